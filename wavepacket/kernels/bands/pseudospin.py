"""From the pseudospin of a block of packets, d and its derivatives along crystal directions, to the band's geometry.

Work rows: one group for each of d_0..d_3, and in it the component itself, its first derivatives, and its second
derivatives for pairs of directions i <= j (11, 12, 22 or 11, 12, 13, 22, 23, 33). The number of directions is a constant
wherever these functions are used, so that all rows stand at constant places: the compiler then vectorises.

The frame a_i turns directions into Cartesian ones: ∂/∂k = Σ a_i D_i, Ω = Σ_{i<j} (a_i × a_j) Ω_ij. Two directions always
lie in the xy plane.

``kept`` says of each component and row whether it is there at all. A kernel that is compiled for one crystal knows which
are zero by structure: they are neither written nor read, and what they would multiply vanishes.
"""

import math

from wavepacket.kernels.bands.two_band import (
    curvature_and_moment,
    mixing,
    moment_slope,
    pseudospin_length,
    rotate,
    rotate_twice,
    slope,
)
from wavepacket.kernels.elementary import fma
from wavepacket.kernels.jit.decorators import formula, scalar
from wavepacket.kernels.layout import (
    CURVATURE,
    ENERGY,
    GAP,
    GRADIENT,
    LANES,
    MIXING,
    MOMENT,
    MOMENT_GRADIENT,
    NEED_MIXING,
    NEED_MOMENT,
)
from wavepacket.kernels.vectors import cross, dot

W = LANES


def group_rows(directions: int) -> int:
    """Number of rows of one component and its derivatives."""
    return 1 + directions + directions * (directions + 1) // 2


def work_rows(directions: int) -> int:
    """Number of rows that the pseudospin and its derivatives take."""
    return 4 * group_rows(directions)


rows_of_group = scalar(group_rows)


EVERY_ROW = ((True,) * group_rows(3),) * 4


@scalar
def inverse_row(directions):
    """Row of 1/|d|: the first one of the second derivatives of d_0, which nobody needs."""
    return 1 + directions


@scalar
def at(work, directions, row, l):
    """Components d_1, d_2, d_3 of one row of the groups."""
    step, place = rows_of_group(directions) * W, row * W + l
    return work[step + place], work[2 * step + place], work[3 * step + place]


@scalar
def kept_at(work, row, l, kept):
    """The same of three directions, with zeros for what is not kept."""
    x, y, z = at(work, 3, row, l)
    return x if kept[1][row] else 0.0, y if kept[2][row] else 0.0, z if kept[3][row] else 0.0


@scalar
def put(work, directions, row, l, values):
    """Replace the first two components of one row; rotations about z leave the third one alone."""
    step, place = rows_of_group(directions) * W, row * W + l
    work[step + place] = values[0]
    work[2 * step + place] = values[1]


@scalar
def frame_vector(frame, i):
    return frame[3 * i], frame[3 * i + 1], frame[3 * i + 2]


@formula
def combine(a, b, c, x, y, z):
    """X a + y b + z c."""
    return (
        fma(x, a[0], fma(y, b[0], z * c[0])),
        fma(x, a[1], fma(y, b[1], z * c[1])),
        fma(x, a[2], fma(y, b[2], z * c[2])),
    )


@scalar
def put3(out, row, l, values):
    """Write three numbers into rows row, row + 1, row + 2."""
    out[row * W + l] = values[0]
    out[(row + 1) * W + l] = values[1]
    out[(row + 2) * W + l] = values[2]


@scalar
def planar_positions(work, u, v, need, used):
    """Turn plain derivatives along two directions into covariant ones; (u, v) is the distance of the orbitals."""
    if need & NEED_MOMENT:
        for l in range(used):
            d, d1, d2 = at(work, 2, 0, l), at(work, 2, 1, l), at(work, 2, 2, l)
            put(work, 2, 3, l, rotate_twice(u, u, d, d1, d1, at(work, 2, 3, l)))
            put(work, 2, 4, l, rotate_twice(u, v, d, d1, d2, at(work, 2, 4, l)))
            put(work, 2, 5, l, rotate_twice(v, v, d, d2, d2, at(work, 2, 5, l)))
    for l in range(used):
        d = at(work, 2, 0, l)
        put(work, 2, 1, l, rotate(u, d, at(work, 2, 1, l)))
        put(work, 2, 2, l, rotate(v, d, at(work, 2, 2, l)))


@scalar
def spatial_positions(work, shift, need, used):
    """The same for three directions."""
    u, v, w = shift[0], shift[1], shift[2]
    if need & NEED_MOMENT:
        for l in range(used):
            d = at(work, 3, 0, l)
            d1, d2, d3 = at(work, 3, 1, l), at(work, 3, 2, l), at(work, 3, 3, l)
            put(work, 3, 4, l, rotate_twice(u, u, d, d1, d1, at(work, 3, 4, l)))
            put(work, 3, 5, l, rotate_twice(u, v, d, d1, d2, at(work, 3, 5, l)))
            put(work, 3, 6, l, rotate_twice(u, w, d, d1, d3, at(work, 3, 6, l)))
            put(work, 3, 7, l, rotate_twice(v, v, d, d2, d2, at(work, 3, 7, l)))
            put(work, 3, 8, l, rotate_twice(v, w, d, d2, d3, at(work, 3, 8, l)))
            put(work, 3, 9, l, rotate_twice(w, w, d, d3, d3, at(work, 3, 9, l)))
    for l in range(used):
        d = at(work, 3, 0, l)
        put(work, 3, 1, l, rotate(u, d, at(work, 3, 1, l)))
        put(work, 3, 2, l, rotate(v, d, at(work, 3, 2, l)))
        put(work, 3, 3, l, rotate(w, d, at(work, 3, 3, l)))


@scalar
def planar_energy(work, frame, s, used, out):
    """ε, its gradient, the gap, Ω and m of a planar crystal."""
    a1x, a1y, a2x, a2y = frame[0], frame[1], frame[3], frame[4]
    area, inverse_place = a1x * a2y - a1y * a2x, inverse_row(2) * W
    for l in range(used):
        d, d1, d2 = at(work, 2, 0, l), at(work, 2, 1, l), at(work, 2, 2, l)
        length, inverse = pseudospin_length(d, s)
        work[inverse_place + l] = inverse
        e1, e2 = slope(work[W + l], d, d1, s, inverse), slope(work[2 * W + l], d, d2, s, inverse)
        omega, m = curvature_and_moment(d, d1, d2, s, inverse)
        out[ENERGY * W + l] = fma(s, length, work[l])
        out[GAP * W + l] = 2.0 * length if s != 0.0 else math.inf
        out[GRADIENT * W + l] = fma(a1x, e1, a2x * e2)
        out[(GRADIENT + 1) * W + l] = fma(a1y, e1, a2y * e2)
        out[(CURVATURE + 2) * W + l] = area * omega
        out[(MOMENT + 2) * W + l] = area * m


@scalar
def planar_moment(work, frame, used, out):
    """∂m/∂k of a planar crystal."""
    a1x, a1y, a2x, a2y = frame[0], frame[1], frame[3], frame[4]
    area, inverse_place = a1x * a2y - a1y * a2x, inverse_row(2) * W
    for l in range(used):
        d, d1, d2 = at(work, 2, 0, l), at(work, 2, 1, l), at(work, 2, 2, l)
        d11, d12, d22 = at(work, 2, 3, l), at(work, 2, 4, l), at(work, 2, 5, l)
        inverse = work[inverse_place + l]
        m1 = moment_slope(d, d1, d2, d1, d11, d12, 0.0, inverse)
        m2 = moment_slope(d, d1, d2, d2, d12, d22, 0.0, inverse)
        out[(MOMENT_GRADIENT + 6) * W + l] = area * fma(a1x, m1, a2x * m2)
        out[(MOMENT_GRADIENT + 7) * W + l] = area * fma(a1y, m1, a2y * m2)


@scalar
def planar_geometry(work, frame, s, need, used, out):
    """Geometry rows of a planar crystal from the pseudospin rows; ``need`` are the NEED_ bits."""
    planar_energy(work, frame, s, used, out)
    if need & NEED_MOMENT:
        planar_moment(work, frame, used, out)
    if need & NEED_MIXING:
        a1, a2, none = frame_vector(frame, 0), frame_vector(frame, 1), (0.0, 0.0, 0.0)
        for l in range(used):
            d, d1, d2 = at(work, 2, 0, l), at(work, 2, 1, l), at(work, 2, 2, l)
            put_mixing(d, (d1, d2, d2), (a1, a2, none), work[inverse_row(2) * W + l], l, out)


@scalar
def put_mixing(d, slopes, frame, inverse, l, out):
    """Interband mixing tensor: of the Cartesian derivatives of d."""
    (d1, d2, d3), (a1, a2, a3) = slopes, frame
    dx = combine(d1, d2, d3, a1[0], a2[0], a3[0])
    dy = combine(d1, d2, d3, a1[1], a2[1], a3[1])
    dz = combine(d1, d2, d3, a1[2], a2[2], a3[2])
    square = (mixing(d, dx, dx, inverse), mixing(d, dy, dy, inverse), mixing(d, dz, dz, inverse))
    skew = (mixing(d, dy, dz, inverse), mixing(d, dx, dz, inverse), mixing(d, dx, dy, inverse))
    put3(out, MIXING, l, square)
    put3(out, MIXING + 3, l, skew)


@scalar
def planes(frame):
    """Vectors a_2 × a_3, a_3 × a_1, a_1 × a_2 of the planes of each pair of directions."""
    a1, a2, a3 = frame_vector(frame, 0), frame_vector(frame, 1), frame_vector(frame, 2)
    return cross(a2, a3), cross(a3, a1), cross(a1, a2)


@scalar
def spatial_energy(work, frame, s, kept, used, out):
    """ε, its gradient, the gap, Ω and m."""
    a1, a2, a3 = frame_vector(frame, 0), frame_vector(frame, 1), frame_vector(frame, 2)
    p1, p2, p3 = planes(frame)
    inverse_place = inverse_row(3) * W
    for l in range(used):
        d = kept_at(work, 0, l, kept)
        d1, d2, d3 = kept_at(work, 1, l, kept), kept_at(work, 2, l, kept), kept_at(work, 3, l, kept)
        length, inverse = pseudospin_length(d, s)
        work[inverse_place + l] = inverse
        out[ENERGY * W + l] = fma(s, length, work[l] if kept[0][0] else 0.0)
        out[GAP * W + l] = 2.0 * length if s != 0.0 else math.inf
        e1 = slope(work[W + l] if kept[0][1] else 0.0, d, d1, s, inverse)
        e2 = slope(work[2 * W + l] if kept[0][2] else 0.0, d, d2, s, inverse)
        e3 = slope(work[3 * W + l] if kept[0][3] else 0.0, d, d3, s, inverse)
        put3(out, GRADIENT, l, combine(a1, a2, a3, e1, e2, e3))
        omega1, m1 = curvature_and_moment(d, d2, d3, s, inverse)
        omega2, m2 = curvature_and_moment(d, d3, d1, s, inverse)
        omega3, m3 = curvature_and_moment(d, d1, d2, s, inverse)
        put3(out, CURVATURE, l, combine(p1, p2, p3, omega1, omega2, omega3))
        put3(out, MOMENT, l, combine(p1, p2, p3, m1, m2, m3))


@scalar
def spatial_moment(work, frame, kept, used, out):
    """∂m/∂k."""
    a1, a2, a3 = frame_vector(frame, 0), frame_vector(frame, 1), frame_vector(frame, 2)
    p1, p2, p3 = planes(frame)
    inverse_place = inverse_row(3) * W
    for l in range(used):
        d = kept_at(work, 0, l, kept)
        d1, d2, d3 = kept_at(work, 1, l, kept), kept_at(work, 2, l, kept), kept_at(work, 3, l, kept)
        d11, d12, d13 = kept_at(work, 4, l, kept), kept_at(work, 5, l, kept), kept_at(work, 6, l, kept)
        d22, d23, d33 = kept_at(work, 7, l, kept), kept_at(work, 8, l, kept), kept_at(work, 9, l, kept)
        inverse = work[inverse_place + l]
        volume = dot(d1, cross(d2, d3))
        # g_n is the slope of m along Cartesian axes, for the n-th pair of directions.
        g1 = combine(
            a1, a2, a3,
            moment_slope(d, d2, d3, d1, d12, d13, volume, inverse),
            moment_slope(d, d2, d3, d2, d22, d23, 0.0, inverse),
            moment_slope(d, d2, d3, d3, d23, d33, 0.0, inverse),
        )  # fmt: skip
        g2 = combine(
            a1, a2, a3,
            moment_slope(d, d3, d1, d1, d13, d11, 0.0, inverse),
            moment_slope(d, d3, d1, d2, d23, d12, volume, inverse),
            moment_slope(d, d3, d1, d3, d33, d13, 0.0, inverse),
        )  # fmt: skip
        g3 = combine(
            a1, a2, a3,
            moment_slope(d, d1, d2, d1, d11, d12, 0.0, inverse),
            moment_slope(d, d1, d2, d2, d12, d22, 0.0, inverse),
            moment_slope(d, d1, d2, d3, d13, d23, volume, inverse),
        )  # fmt: skip
        put3(out, MOMENT_GRADIENT, l, combine(g1, g2, g3, p1[0], p2[0], p3[0]))
        put3(out, MOMENT_GRADIENT + 3, l, combine(g1, g2, g3, p1[1], p2[1], p3[1]))
        put3(out, MOMENT_GRADIENT + 6, l, combine(g1, g2, g3, p1[2], p2[2], p3[2]))


@scalar
def spatial_geometry(work, frame, s, need, used, out):
    """Geometry rows from the pseudospin rows; ``need`` are the NEED_ bits."""
    spatial_energy(work, frame, s, EVERY_ROW, used, out)
    if need & NEED_MOMENT:
        spatial_moment(work, frame, EVERY_ROW, used, out)
    if need & NEED_MIXING:
        vectors = frame_vector(frame, 0), frame_vector(frame, 1), frame_vector(frame, 2)
        for l in range(used):
            slopes = at(work, 3, 1, l), at(work, 3, 2, l), at(work, 3, 3, l)
            put_mixing(at(work, 3, 0, l), slopes, vectors, work[inverse_row(3) * W + l], l, out)
