"""What a packet feels whose internal state u lies in a group g of bands, free of any gauge, for eight k side by side.

With X_A = Σ_{m∉g, n∈g} |m⟩ ⟨m|V_A|n⟩/(ε_n − ε_m) ⟨n|, which is (1−P) ∂_A P between both spaces, and h = PHP:

    w_A = X_A u,   Ω_AB = −2 Im⟨w_A|w_B⟩,   energy ⟨u|h|u⟩,   velocity ⟨u|V_A|u⟩
    m̂_AB = (e/ħ) [X_A† H X_B − (X_A† X_B h + h X_A† X_B)/2] less the same with A and B exchanged, times −i/2

What elements of r add stands in group_positions.py. Everything stands in the basis of the states by rising energy. u has N
complex rows behind k and r: Re u_i, Im u_i, ... For a lattice it is in the gauge without orbital positions in the phase of
H(k), in which it is periodic in k.
"""

import math

from wavepacket.kernels.bands.group_moment import moment_and_slopes
from wavepacket.kernels.bands.group_positions import (
    SQUARES,
    add_own_curvature,
    carry,
    own_field,
    positions_at,
    velocities,
)
from wavepacket.kernels.bands.group_states import (
    SETS,
    elements,
    has_positions,
    is_lattice,
    last_band,
    matrices_at,
    product,
    states_of,
)
from wavepacket.kernels.bands.group_vectors import CARRIED, EX, VECTORS, A, E, X, Y, Z
from wavepacket.kernels.bands.matrices import phases
from wavepacket.kernels.bands.reflections import PAIR, lower
from wavepacket.kernels.bands.states import FIRST, MATRICES, imaginary_inner, real_inner
from wavepacket.kernels.jit.decorators import routine, scalar
from wavepacket.kernels.layout import (
    CURVATURE,
    ENERGY,
    GAP,
    GRADIENT,
    LANES,
    MIXING,
    NEED_MIXING,
    NEED_MOMENT,
    STATE,
)
from wavepacket.kernels.simd import WIDTH, choose, every, fused, load, root, store

W = LANES
# Rows left in front of the scratch space for every lane, 2N each: Pu of norm 1, what H turns it by, and w_x, w_y, w_z.
PROJECTED, TURNED, TILTED, KEPT = 0, 1, 2, 5
FIELDS = 3  # then −(q/e) B at each packet, T, one row each


def scratch_size(n, terms, positions):
    """Numbers of scratch space, for so many pairs of cells or terms, with elements of r or without."""
    matrices, squares = MATRICES if positions else SETS, SQUARES if positions else 0
    work = lower_size(n) * (matrices + 1) + 2 * WIDTH * n * n * (1 + 3 + 3 + 6 + squares)
    work += 2 * WIDTH * n * (VECTORS + 4)
    return fields_begin(n) + FIELDS * W + work + WIDTH * (2 * SETS * terms + 8 * n + n * n) + 2 * W * terms


def lower_size(n):
    """Numbers of a lower triangle for eight lanes."""
    return WIDTH * n * (n + 1)


@scalar
def fields_begin(n):
    """Where the rows of the field that the moment feels begin in the scratch space."""
    return 2 * n * KEPT * W


@routine
def cut(n, positions, scratch):
    """Working space behind the rows that are kept: (matrices, states, image, V, X, second, vectors, more), tri, rest."""
    size, square, vector = lower(n, 0), PAIR * n * n, PAIR * n
    number, squares = MATRICES if positions else SETS, SQUARES if positions else 0
    rest = scratch[fields_begin(n) + FIELDS * W :]
    matrices, rest = rest[: number * size], rest[number * size :]
    states, rest = rest[:square], rest[square:]
    velocity, rest = rest[: 3 * square], rest[3 * square :]
    tilt, rest = rest[: 3 * square], rest[3 * square :]
    second, rest = rest[: 6 * square], rest[6 * square :]
    more, rest = rest[: squares * square], rest[squares * square :]
    vectors, rest = rest[: VECTORS * vector], rest[VECTORS * vector :]
    image, phase, work, rest = (
        rest[:vector],
        rest[vector : 2 * vector],
        rest[2 * vector : 3 * vector],
        rest[3 * vector :],
    )
    reflections, real, rest = rest[:size], rest[size : size + WIDTH * n * n], rest[size + WIDTH * n * n :]
    tri = (
        rest[: WIDTH * n], rest[WIDTH * n : 2 * WIDTH * n], rest[2 * WIDTH * n : 3 * WIDTH * n], phase, work, reflections,
        real,
    )  # fmt: skip
    return (matrices, states, image, velocity, tilt, second, vectors, more), tri, rest[3 * WIDTH * n :]


@routine
def project(n, group, states, point, lane, vectors):
    """Components of u along the states of the group, of norm 1, and the same times their energies' place holder."""
    square = every(0.0)
    for j in range(n):
        to = PAIR * (n * A + j)
        re, im = every(0.0), every(0.0)
        for i in range(n if group[0] <= j < group[1] else 0):
            x, at = PAIR * (n * j + i), (STATE + 2 * i) * W + lane
            p, q, r, s = load(states, x), load(states, x + WIDTH), load(point, at), load(point, at + W)
            re, im = fused(p, r, fused(q, s, re)), fused(p, s, fused(-q, r, im))
        store(vectors, to, re)
        store(vectors, to + WIDTH, im)
        square = fused(re, re, fused(im, im, square))
    inverse = every(1.0) / root(square)
    for i in range(PAIR * n * A, PAIR * n * (A + 1), WIDTH):
        store(vectors, i, inverse * load(vectors, i))


@routine
def weigh(n, energy, vectors, source, target):
    """Vector number target: components of another times their energies."""
    for j in range(n):
        x, y, e = PAIR * (n * source + j), PAIR * (n * target + j), load(energy, WIDTH * j)
        store(vectors, y, e * load(vectors, x))
        store(vectors, y + WIDTH, e * load(vectors, x + WIDTH))


@routine
def tilts(n, group, energy, velocity, tilt):
    """X_a from V_a: matrix elements over differences of energy."""
    square = PAIR * n * n
    for m in range(n):
        for j in range(group[0], group[1]):
            inverse = every(1.0) / (load(energy, WIDTH * j) - load(energy, WIDTH * m))
            for part in range(0, 6 if m < group[0] or m >= group[1] else 0):
                at = (part // 2) * square + PAIR * (n * m + j) + WIDTH * (part % 2)
                store(tilt, at, inverse * load(velocity, at))


@routine
def first_order(n, group, need, energy, velocity, tilt, vectors):
    """Vectors w_a, and with the moment what it is made of, from u."""
    square = PAIR * n * n
    weigh(n, energy, vectors, A, E)
    for i in range(PAIR * n * X, PAIR * n * Z, WIDTH):
        store(vectors, i, every(0.0))
    for a in range(3):
        product(n, (0, group[0]), group, tilt, a * square, vectors, A, X + a)
        product(n, (group[1], n), group, tilt, a * square, vectors, A, X + a)
        if need & NEED_MOMENT:
            product(n, (0, group[0]), group, tilt, a * square, vectors, E, Y + a)
            product(n, (group[1], n), group, tilt, a * square, vectors, E, Y + a)
            weigh(n, energy, vectors, X + a, EX + a)


@routine
def velocity_of(n, group, velocity, at, vectors):
    """⟨u|V_a|u⟩, the matrix of which begins at ``at``."""
    total = every(0.0)
    for i in range(group[0], group[1]):
        x = PAIR * (n * A + i)
        for j in range(group[0], group[1]):
            m, y = at + PAIR * (n * i + j), PAIR * (n * A + j)
            a, b, p, q = (
                load(velocity, m),
                load(velocity, m + WIDTH),
                load(vectors, y),
                load(vectors, y + WIDTH),
            )
            re, im = fused(a, p, -(b * q)), fused(a, q, b * p)
            total = fused(load(vectors, x), re, fused(load(vectors, x + WIDTH), im, total))
    return total


@routine
def put_geometry(n, group, energy, velocity, vectors, lane, band):
    """Rows of the geometry that need no moment, but for the mixing; returns the energy."""
    mean = real_inner(n, vectors, A, E)
    store(band, ENERGY * W + lane, mean)
    for c in range(3):
        store(band, (GRADIENT + c) * W + lane, velocity_of(n, group, velocity, PAIR * n * n * c, vectors))
        omega = every(-2.0) * imaginary_inner(n, vectors, X + (c + 1) % 3, X + (c + 2) % 3)
        store(band, (CURVATURE + c) * W + lane, omega)
    put_gap(n, group, energy, lane, band)
    return mean


@routine
def put_gap(n, group, energy, lane, band):
    """Distance of the group to the bands beside it."""
    gap = every(math.inf)
    if group[0] > 0:
        gap = load(energy, WIDTH * group[0]) - load(energy, WIDTH * (group[0] - 1))
    if group[1] < n:
        above = load(energy, WIDTH * group[1]) - load(energy, WIDTH * (group[1] - 1))
        gap = choose(above, gap, above, gap)
    store(band, GAP * W + lane, gap)


@routine
def put_mixing(n, group, energy, mean, vectors, lane, band):
    """Rows of the mixing: Re Σ_m w_a,m* w_b,m/(ε − ε_m)², with the packet's own energy."""
    for m in range(n):
        inverse = every(1.0) / (mean - load(energy, WIDTH * m))
        inside = every(0.0 if group[0] <= m < group[1] else 1.0)
        for a in range(3):
            x, y = PAIR * (n * (X + a) + m), PAIR * (n * (Y + a) + m)
            store(vectors, y, choose(inside, every(0.5), every(0.0), inverse * load(vectors, x)))
            store(
                vectors, y + WIDTH, choose(inside, every(0.5), every(0.0), inverse * load(vectors, x + WIDTH))
            )
    for c in range(3):
        store(band, (MIXING + c) * W + lane, real_inner(n, vectors, Y + c, Y + c))
        store(band, (MIXING + 3 + c) * W + lane, real_inner(n, vectors, Y + (c + 1) % 3, Y + (c + 2) % 3))


@routine
def put_orbitals(n, states, vectors, source, scratch, row, lane):
    """A vector of components in the orbitals, into 2N rows of the scratch space from a row on."""
    for i in range(n):
        re, im = every(0.0), every(0.0)
        for j in range(n):
            x, y = PAIR * (n * j + i), PAIR * (n * source + j)
            p, q, r, s = load(states, x), load(states, x + WIDTH), load(vectors, y), load(vectors, y + WIDTH)
            re, im = fused(p, r, fused(-q, s, re)), fused(p, s, fused(q, r, im))
        store(scratch, (row + 2 * i) * W + lane, re)
        store(scratch, (row + 2 * i + 1) * W + lane, im)


@routine
def group_lanes(integers, reals, point, lane, band, scratch):
    """Everything of eight lanes, but for phases, which are known for all lanes."""
    n, need, group = integers[1], integers[0], (integers[2], last_band(integers) + 1)
    positions = has_positions(integers)
    arrays, tri, rest = cut(n, positions, scratch)
    matrices, states, image, velocity, tilt, _, vectors, more = arrays
    functions = W * 2 * integers[3]
    matrices_at(point, lane, integers, reals, rest, rest[functions:], matrices)
    states_of(n, matrices, states, tri)
    energy, columns, square = tri[0], (0, n) if need & NEED_MOMENT else group, PAIR * n * n
    if positions:
        positions_at(integers, reals, rest[functions:], matrices)
        velocities(n, energy, arrays)
        own_field(n, group, arrays)
    for a in range(0 if positions else 3):
        elements(n, FIRST + a, columns, matrices, states, image, velocity, a * square)
    project(n, group, states, point, lane, vectors)
    tilts(n, group, energy, velocity, tilt)
    first_order(n, group, need, energy, velocity, tilt, vectors)
    mean = put_geometry(n, group, energy, velocity, vectors, lane, band)
    if positions:
        add_own_curvature(n, group, more, vectors, lane, band)
    for j in range(n):
        x, y, above = PAIR * (n * A + j), PAIR * (n * Z + j), load(energy, WIDTH * j) - mean
        store(vectors, y, above * load(vectors, x))
        store(vectors, y + WIDTH, above * load(vectors, x + WIDTH))
    if need & NEED_MOMENT:
        moment_and_slopes(n, group, energy, positions, arrays, scratch[fields_begin(n) :], lane, band)
    if need & NEED_MIXING:
        put_mixing(n, group, energy, mean, vectors, lane, band)
    put_orbitals(n, states, vectors, A, scratch, 2 * n * PROJECTED, lane)
    put_orbitals(n, states, vectors, Z, scratch, 2 * n * TURNED, lane)
    if positions:
        carry(n, group, more, vectors)
    for a in range(3):
        source = CARRIED + a if positions else X + a
        put_orbitals(n, states, vectors, source, scratch, 2 * n * (TILTED + a), lane)


@routine
def group_rows(count, integers, reals, scratch, point, band):
    """Geometry rows of all lanes, and in front of the scratch space the vectors that turn u in the field of its rows."""
    n, terms = integers[1], integers[3]
    if is_lattice(integers):
        phases(point, terms, reals, cut(n, has_positions(integers), scratch)[2])
    for lane in range(0, count, WIDTH):
        group_lanes(integers, reals, point, lane, band, scratch)
