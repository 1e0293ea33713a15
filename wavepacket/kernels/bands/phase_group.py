"""What a packet in a group g of N bands of H(k, λ(r, t)) feels, on phase space (x, y, k_x, k_y) and free of any gauge.

As in group.py X_A = (1−P) ∂_A P for A along x, y, k_x, k_y and t, w_A = X_A u and Ω_AB = −2 Im⟨w_A|w_B⟩. The gradient energy
is a matrix within the group as the orbital moment is, which is the same of k_x and k_y:

    Ĝ_AB = −(i/2) [X_A† H X_B − ½(X_A† X_B h + h X_A† X_B) − (A ↔ B)],   h = PHP,   𝓔 = ⟨u|h + Σ_j Ĝ_{r_j k_j}|u⟩ − m·B

With H counted from ⟨u|h|u⟩ and T_A = H w_A − ½ X_A h u that is ⟨Ĝ_AB⟩ = Im⟨w_A|T_B⟩ + ½ Im⟨w_B|X_A h u⟩. One band is a
group of one, whose u is the eigenstate: then ⟨Ĝ_AB⟩ = Im⟨∂_A u|(H − ε)|∂_B u⟩. Everything stands in the basis of states by
rising energy.
"""

from wavepacket.kernels.bands.group import project, put_gap, put_orbitals, velocity_of, weigh
from wavepacket.kernels.bands.group_moment import among_others, derivative_of_tilt, outside
from wavepacket.kernels.bands.group_states import add_adjoint, elements, product, states_of
from wavepacket.kernels.bands.group_vectors import A, E
from wavepacket.kernels.bands.phase_matrices import (
    ALONG,
    FACTORS,
    FIRST_BAND,
    INTERNAL,
    KX,
    KY,
    LAST_BAND,
    LATE,
    MATRICES,
    PAIRS,
    PLACE,
    SIZE,
    TWICE,
    T,
    X,
    Y,
    phase_matrices,
)
from wavepacket.kernels.bands.reflections import PAIR, lower
from wavepacket.kernels.bands.states import POSITION, add, copy, imaginary_inner, real_inner
from wavepacket.kernels.jit.decorators import routine, scalar
from wavepacket.kernels.layout import ENERGY, LANES, MOMENT
from wavepacket.kernels.simd import WIDTH, every, fused, load, store
from wavepacket.units import E_OVER_HBAR

W = LANES
DIRECTIONS, SQUARES = 5, 15
OF_GRADIENT = 3  # place among the factors of terms, as in motion/texture.py

# Rows left in front of the scratch space, 2N each: Pu of norm 1, what H and the gradient energy turn it by, what Ĝ_{k_x k_y}
# does, and w_A.
PROJECTED, TURNED, TURNED_BY_FIELD, TILTED, KEPT = 0, 1, 2, 3, 8
# Then rows of numbers: Ω of (xy, xk_x, xk_y, yk_x, yk_y, k_xk_y), Ω_At, slopes of ⟨h⟩, of the gradient energy and of
# G_{k_x k_y}, these two energies, and Re⟨v_A|v_B⟩ for A ≤ B, where v_A = w_A/(ε − ε_m).
OMEGA, OMEGA_T, SLOPE, GRADIENT_SLOPE, FIELD_SLOPE = 0, 6, 10, 14, 18
GRADIENT_ENERGY, FIELD_ENERGY, SQUARE = 22, 23, 24
NUMBERS = SQUARE + SQUARES

# Vectors behind u and h u: w_A, X_A h u, T_A, V_C u within the group; for each direction D_Cw_A, D_C(X_A h u), V_C w_k;
# what u turns by; v_A; work.
WA, YA, TA, VA = 2, 7, 11, 15
DX, DY, VX, Z, ZB, VM, SPARE, VECTORS = 16, 20, 24, 26, 27, 28, 33, 36


def scratch_size(n: int, terms: int, lattice: int, columns: int, lambdas: int, jet: int) -> int:
    """Numbers of scratch space, for so many pairs of cells or terms, columns of the table and λ."""
    functions = terms * (1 + lattice)
    arrays = (
        lower_size(n) * (MATRICES + 1) + 2 * WIDTH * n * n * (1 + 5 + 5 + 10) + 2 * WIDTH * n * (VECTORS + 4)
    )
    work = WIDTH * (POSITION * functions + MATRICES * columns + 8 * n + n * n)
    return (2 * n * KEPT + NUMBERS + 1 + jet * lambdas + 2 * terms) * W + arrays + work


def lower_size(n: int) -> int:
    """Numbers of a lower triangle for eight lanes."""
    return WIDTH * n * (n + 1)


@scalar
def numbers_begin(n):
    """Where the rows of numbers begin in the scratch space."""
    return 2 * n * KEPT * W


@routine
def cut(n, rest):
    """Working space of eight lanes: (matrices, states, image, V, X, D_CX, vectors), tri, rest."""
    size, square, vector = lower(n, 0), PAIR * n * n, PAIR * n
    matrices, rest = rest[: MATRICES * size], rest[MATRICES * size :]
    states, rest = rest[:square], rest[square:]
    velocity, rest = rest[: DIRECTIONS * square], rest[DIRECTIONS * square :]
    tilt, rest = rest[: DIRECTIONS * square], rest[DIRECTIONS * square :]
    second, rest = rest[: 10 * square], rest[10 * square :]
    vectors, rest = rest[: VECTORS * vector], rest[VECTORS * vector :]
    image, phase, work = rest[:vector], rest[vector : 2 * vector], rest[2 * vector : 3 * vector]
    rest = rest[4 * vector :]
    reflections, real, rest = rest[:size], rest[size : size + WIDTH * n * n], rest[size + WIDTH * n * n :]
    tri = (
        rest[: WIDTH * n], rest[WIDTH * n : 2 * WIDTH * n], rest[2 * WIDTH * n : 3 * WIDTH * n], phase, work, reflections,
        real,
    )  # fmt: skip
    return (matrices, states, image, velocity, tilt, second, vectors), tri, rest[3 * WIDTH * n :]


@routine
def stand_in(n, band, vectors):
    """The eigenstate itself in place of an internal state."""
    for j in range(n):
        store(vectors, PAIR * (n * A + j), every(1.0 if j == band else 0.0))
        store(vectors, PAIR * (n * A + j) + WIDTH, every(0.0))


@routine
def counted_from_mean(n, energy, vectors):
    """The mean energy of u; levels are counted from it from then on."""
    mean = every(0.0)
    for j in range(n):
        at = PAIR * (n * A + j)
        re, im = load(vectors, at), load(vectors, at + WIDTH)
        mean = fused(fused(re, re, im * im), load(energy, WIDTH * j), mean)
    for j in range(n):
        store(energy, WIDTH * j, load(energy, WIDTH * j) - mean)
    return mean


@routine
def all_tilts(n, group, energy, velocity, tilt):
    """X_A from V_A along all directions: matrix elements over differences of energy."""
    square = PAIR * n * n
    for m in range(n):
        for j in range(group[0], group[1] if m < group[0] or m >= group[1] else group[0]):
            inverse = every(1.0) / (load(energy, WIDTH * j) - load(energy, WIDTH * m))
            for part in range(2 * DIRECTIONS):
                at = (part // 2) * square + PAIR * (n * m + j) + WIDTH * (part % 2)
                store(tilt, at, inverse * load(velocity, at))


@routine
def first_order(n, group, energy, tilt, vectors):
    """Vectors w_A, X_A h u, T_A and v_A from u."""
    square, none = PAIR * n * n, every(0.0)
    weigh(n, energy, vectors, A, E)
    for i in range(PAIR * n * WA, PAIR * n * VECTORS, WIDTH):
        store(vectors, i, none)
    for a in range(DIRECTIONS):
        outside(n, group, tilt, a * square, vectors, A, WA + a)
        for m in range(n):
            if m < group[0] or m >= group[1]:
                x, y = PAIR * (n * (WA + a) + m), PAIR * (n * (VM + a) + m)
                inverse = every(-1.0) / load(energy, WIDTH * m)
                store(vectors, y, inverse * load(vectors, x))
                store(vectors, y + WIDTH, inverse * load(vectors, x + WIDTH))
    for a in range(T):
        outside(n, group, tilt, a * square, vectors, E, YA + a)
        weigh(n, energy, vectors, WA + a, TA + a)
        add(n, every(-0.5), none, vectors, YA + a, TA + a)


@routine
def put(rows, row, lane, value):
    """One number of eight lanes."""
    store(rows, row * W + lane, value)


@routine
def put_first_order(n, group, velocity, vectors, lane, rows):
    """Ω, ∂⟨h⟩ and the products that the mixing is made of."""
    square, at, place = PAIR * n * n, OMEGA, SQUARE
    for a in range(DIRECTIONS):
        for b in range(a, DIRECTIONS):
            put(rows, place, lane, real_inner(n, vectors, VM + a, VM + b))
            place += 1
            if b > a:
                omega = every(-2.0) * imaginary_inner(n, vectors, WA + a, WA + b)
                if b == T:
                    put(rows, OMEGA_T + a, lane, omega)
                else:
                    put(rows, at, lane, omega)
                    at += 1
    for a in range(T):
        put(rows, SLOPE + a, lane, velocity_of(n, group, velocity, a * square, vectors))


@routine
def energy_between(n, vectors, a, b):
    """⟨Ĝ_ab⟩."""
    half = every(0.5) * imaginary_inner(n, vectors, WA + b, YA + a)
    return half + imaginary_inner(n, vectors, WA + a, TA + b)


@routine
def change_of_energy(n, vectors, a, b):
    """Derivative of ⟨Ĝ_ab⟩ along a direction with u carried along, from the vectors made for it; b is k_x or k_y."""
    value = imaginary_inner(n, vectors, DX + a, TA + b) - imaginary_inner(n, vectors, DX + b, TA + a)
    value += imaginary_inner(n, vectors, WA + a, VX + b - KX)
    less = imaginary_inner(n, vectors, WA + a, DY + b) + imaginary_inner(n, vectors, DY + a, WA + b)
    return fused(every(-0.5), less, value)


@routine
def second_order(n, group, energy, arrays, lane, rows):
    """Derivatives of the gradient energy and of G_{k_x k_y} along all directions of phase space."""
    matrices, states, image, velocity, tilt, second, vectors = arrays
    square, one, none = PAIR * n * n, every(1.0), every(0.0)
    for place, (a, c) in enumerate(PAIRS):
        elements(n, TWICE + place, group, matrices, states, image, second, place * square)
        derivative_of_tilt(n, group, energy, (a, c, place), velocity, tilt, second, image)
    for c in range(T):
        product(n, group, group, velocity, c * square, vectors, A, VA)
        for a in range(T):
            at = PLACE[4 * c + a] * square
            outside(n, group, second, at, vectors, A, DX + a)
            outside(n, group, second, at, vectors, E, SPARE)
            outside(n, group, tilt, a * square, vectors, VA, DY + a)
            add(n, one, none, vectors, SPARE, DY + a)
        for b in range(2):
            # w has no part within the group, so that all columns serve
            among_others(n, group, velocity, c * square, vectors, WA + KX + b, VX + b)
        change = change_of_energy(n, vectors, X, KX) + change_of_energy(n, vectors, Y, KY)
        put(rows, GRADIENT_SLOPE + c, lane, change)
        put(rows, FIELD_SLOPE + c, lane, change_of_energy(n, vectors, KX, KY))


@routine
def add_half(n, group, energy, tilt, vectors, places, factor, target):
    """Add −(i/2)(X_a† T_b − ½ h X_a† w_b) times a factor to a vector; places: a and b."""
    (a, b), square = places, PAIR * n * n
    for i in range(PAIR * n * SPARE, PAIR * n * (SPARE + 2), WIDTH):
        store(vectors, i, every(0.0))
    for low, high in ((0 * n, group[0]), (group[1], n)):
        add_adjoint(n, (low, high), group, tilt, a * square, vectors, TA + b, SPARE)
        add_adjoint(n, (low, high), group, tilt, a * square, vectors, WA + b, SPARE + 1)
    for j in range(group[0], group[1]):
        x, y = PAIR * (n * (SPARE + 1) + j), PAIR * (n * SPARE + j)
        half = every(-0.5) * load(energy, WIDTH * j)
        store(vectors, y, fused(half, load(vectors, x), load(vectors, y)))
        store(vectors, y + WIDTH, fused(half, load(vectors, x + WIDTH), load(vectors, y + WIDTH)))
    add(n, every(0.0), every(-0.5) * factor, vectors, SPARE, target)


@routine
def turns(n, group, energy, tilt, vectors, gradient, energies):
    """What u turns by, less the means: (h + Σ_j Ĝ_{r_j k_j}) u, and Ĝ_{k_x k_y} u."""
    one, none = every(1.0), every(0.0)
    copy(n, vectors, E, Z)
    for a in range(2):
        add_half(n, group, energy, tilt, vectors, (a, KX + a), gradient, Z)
        add_half(n, group, energy, tilt, vectors, (KX + a, a), -gradient, Z)
    add_half(n, group, energy, tilt, vectors, (KX, KY), one, ZB)
    add_half(n, group, energy, tilt, vectors, (KY, KX), -one, ZB)
    add(n, -(gradient * energies[0]), none, vectors, A, Z)
    add(n, -energies[1], none, vectors, A, ZB)


@routine
def phase_lanes(integers, reals, point, lane, space, scratch, band):
    """Everything of eight lanes; space: cosines and sines of all lanes, jets, and working space."""
    n, group = integers[SIZE], (integers[FIRST_BAND], integers[LAST_BAND] + 1)
    arrays, tri, work = cut(n, space[2])
    matrices, states, image, velocity, tilt, _, vectors = arrays
    rows, energy, square = scratch[numbers_begin(n) :], tri[0], PAIR * n * n
    phase_matrices(integers, reals, point, lane, space[0], space[1], work, matrices)
    states_of(n, matrices, states, tri)
    for a in range(T):
        elements(n, ALONG + a, (0 * n, n), matrices, states, image, velocity, a * square)
    elements(n, LATE, group, matrices, states, image, velocity, T * square)
    if integers[INTERNAL] == 1:
        project(n, group, states, point, lane, vectors)
    else:
        stand_in(n, group[0], vectors)
    put_gap(n, group, energy, lane, band)
    mean, gradient = counted_from_mean(n, energy, vectors), every(reals[FACTORS + OF_GRADIENT])
    all_tilts(n, group, energy, velocity, tilt)
    first_order(n, group, energy, tilt, vectors)
    put_first_order(n, group, velocity, vectors, lane, rows)
    second_order(n, group, energy, arrays, lane, rows)
    of_place = energy_between(n, vectors, X, KX) + energy_between(n, vectors, Y, KY)
    of_field = energy_between(n, vectors, KX, KY)
    put(rows, GRADIENT_ENERGY, lane, of_place)
    put(rows, FIELD_ENERGY, lane, of_field)
    store(band, ENERGY * W + lane, fused(gradient, of_place, mean))
    store(band, (MOMENT + 2) * W + lane, every(E_OVER_HBAR) * of_field)
    if integers[INTERNAL] == 1:
        turns(n, group, energy, tilt, vectors, gradient, (of_place, of_field))
        put_orbitals(n, states, vectors, A, scratch, 2 * n * PROJECTED, lane)
        put_orbitals(n, states, vectors, Z, scratch, 2 * n * TURNED, lane)
        put_orbitals(n, states, vectors, ZB, scratch, 2 * n * TURNED_BY_FIELD, lane)
        for a in range(DIRECTIONS):
            put_orbitals(n, states, vectors, WA + a, scratch, 2 * n * (TILTED + a), lane)
