"""From the pseudospin of a block of packets, d and its derivatives along crystal directions, to the band's geometry.

Work rows for ``directions`` directions: d_0..d_3, 1/|d|, then the first derivatives of d_0..d_3 (4 rows a direction), then
the second derivatives of d_1..d_3 (3 rows a pair of directions i <= j). The frame a_i turns directions into Cartesian ones:
∂/∂k = Σ a_i D_i, Ω = Σ_{i<j} (a_i × a_j) Ω_ij.
"""

import math

from wavepacket.kernels._jit import scalar
from wavepacket.kernels.layout import (
    CURVATURE,
    ENERGY,
    GAP,
    GEOMETRY,
    GRADIENT,
    LANES,
    MIXING,
    MOMENT,
    MOMENT_GRADIENT,
    NEED_MIXING,
    NEED_MOMENT,
)
from wavepacket.kernels.two_band import curvature_and_moment, mixing, moment_slope, pseudospin_length, slope
from wavepacket.kernels.vectors import cross

W = LANES


@scalar
def first_row(i):
    """First row of the derivatives along direction i."""
    return 5 + 4 * i


@scalar
def second_row(i, j, directions):
    """First row of the second derivatives along i and j."""
    low, high = min(i, j), max(i, j)
    return 5 + 4 * directions + 3 * (low * directions - low * (low - 1) // 2 + high - low)


def work_rows(directions: int) -> int:
    """Number of rows that the pseudospin and its derivatives take."""
    return 5 + 4 * directions + 3 * (directions * (directions + 1) // 2)


rows_of_work = scalar(work_rows)


@scalar
def rows3(work, row):
    """Views on three consecutive rows."""
    return (
        work[row * W : (row + 1) * W],
        work[(row + 1) * W : (row + 2) * W],
        work[(row + 2) * W : (row + 3) * W],
    )


@scalar
def at(rows, lane):
    return rows[0][lane], rows[1][lane], rows[2][lane]


@scalar
def frame_vector(frame, i):
    return frame[3 * i], frame[3 * i + 1], frame[3 * i + 2]


@scalar
def energy_pass(work, directions, frame, s, out):
    """ε, its gradient and the gap."""
    d, inverse = rows3(work, 1), work[4 * W : 5 * W]
    for l in range(W):
        length, inverse[l] = pseudospin_length(at(d, l), s)
        out[ENERGY * W + l] = work[l] + s * length
        out[GAP * W + l] = 2.0 * length if s != 0.0 else math.inf
    for i in range(directions):
        a = frame_vector(frame, i)
        row = first_row(i)
        d0_slope = work[row * W : (row + 1) * W]
        di = rows3(work, row + 1)
        for l in range(W):
            value = slope(d0_slope[l], at(d, l), at(di, l), s, inverse[l])
            out[GRADIENT * W + l] += a[0] * value
            out[(GRADIENT + 1) * W + l] += a[1] * value
            out[(GRADIENT + 2) * W + l] += a[2] * value


@scalar
def curvature_pass(work, i, j, area, s, out):
    """Ω and m of one pair of directions, whose plane is area = a_i × a_j."""
    inverse = work[4 * W : 5 * W]
    d, di, dj = rows3(work, 1), rows3(work, first_row(i) + 1), rows3(work, first_row(j) + 1)
    for l in range(W):
        omega, moment = curvature_and_moment(at(d, l), at(di, l), at(dj, l), s, inverse[l])
        out[CURVATURE * W + l] += area[0] * omega
        out[(CURVATURE + 1) * W + l] += area[1] * omega
        out[(CURVATURE + 2) * W + l] += area[2] * omega
        out[MOMENT * W + l] += area[0] * moment
        out[(MOMENT + 1) * W + l] += area[1] * moment
        out[(MOMENT + 2) * W + l] += area[2] * moment


@scalar
def moment_pass(work, i, j, n, directions, area, a, s, out):
    """∂m/∂k of one pair of directions along a third one, n, with frame vector a."""
    inverse = work[4 * W : 5 * W]
    d, di, dj = rows3(work, 1), rows3(work, first_row(i) + 1), rows3(work, first_row(j) + 1)
    dn = rows3(work, first_row(n) + 1)
    dni, dnj = rows3(work, second_row(n, i, directions)), rows3(work, second_row(n, j, directions))
    for l in range(W):
        value = moment_slope(at(d, l), at(di, l), at(dj, l), at(dn, l), at(dni, l), at(dnj, l), inverse[l])
        for c in range(3):
            out[(MOMENT_GRADIENT + 3 * c) * W + l] += area[c] * a[0] * value
            out[(MOMENT_GRADIENT + 3 * c + 1) * W + l] += area[c] * a[1] * value
            out[(MOMENT_GRADIENT + 3 * c + 2) * W + l] += area[c] * a[2] * value


@scalar
def mixing_pass(work, i, j, a, b, s, out):
    """Interband mixing tensor of one pair of directions with frame vectors a and b, i <= j."""
    inverse = work[4 * W : 5 * W]
    d, di, dj = rows3(work, 1), rows3(work, first_row(i) + 1), rows3(work, first_row(j) + 1)
    pair = 1.0 if i == j else 2.0
    for l in range(W):
        value = 0.5 * pair * mixing(at(d, l), at(di, l), at(dj, l), inverse[l])
        out[MIXING * W + l] += 2.0 * a[0] * b[0] * value
        out[(MIXING + 1) * W + l] += 2.0 * a[1] * b[1] * value
        out[(MIXING + 2) * W + l] += 2.0 * a[2] * b[2] * value
        out[(MIXING + 3) * W + l] += (a[1] * b[2] + a[2] * b[1]) * value
        out[(MIXING + 4) * W + l] += (a[0] * b[2] + a[2] * b[0]) * value
        out[(MIXING + 5) * W + l] += (a[0] * b[1] + a[1] * b[0]) * value


@scalar
def band_geometry(work, directions, frame, s, need, out):
    """All geometry rows from the pseudospin rows; ``need`` are the NEED_ bits."""
    for l in range(GEOMETRY * W):
        out[l] = 0.0
    energy_pass(work, directions, frame, s, out)
    if s == 0.0:
        return
    for i in range(directions):
        for j in range(i + 1, directions):
            area = cross(frame_vector(frame, i), frame_vector(frame, j))
            curvature_pass(work, i, j, area, s, out)
            if need & NEED_MOMENT:
                for n in range(directions):
                    moment_pass(work, i, j, n, directions, area, frame_vector(frame, n), s, out)
    if need & NEED_MIXING:
        for i in range(directions):
            for j in range(i, directions):
                mixing_pass(work, i, j, frame_vector(frame, i), frame_vector(frame, j), s, out)
