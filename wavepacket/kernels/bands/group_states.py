"""States of an N-band Hamiltonian at k by rising energy, and matrices between them: what groups of bands are made of.

Arrays are those of direct.py, with integers: need bits, N, first band, terms, 1 where terms are left out or else 0, powers
of a k·p model, then 1 where elements of r are given, the last band, and 1 for a lattice. Orbital positions enter
V_a = ∂_aH + i[H, A_a] and D_aV_b = ∂_aV_b − i[A_a, V_b] here; what elements of r make of both: group_positions.py.
"""

from wavepacket.kernels.bands.every_band import add_positions, solve
from wavepacket.kernels.bands.matrices import FIRST_POWER, add_products, lattice_factors, polynomial_factors
from wavepacket.kernels.bands.reflections import PAIR, lower, multiply
from wavepacket.kernels.bands.states import FIRST, SECOND, H
from wavepacket.kernels.jit.decorators import routine, scalar
from wavepacket.kernels.layout import LANES, NEED_MOMENT
from wavepacket.kernels.simd import WIDTH, choose, every, fused, load, store

W = LANES
SETS = 10  # matrices: H, ∂_aH, ∂_a∂_bH
PAIRS = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))  # of ∂_a∂_b, in the order of SECOND


@scalar
def last_band(integers):
    """Highest band of the group."""
    return integers[len(integers) - 2]


@scalar
def is_lattice(integers):
    """Whether matrices are those of a lattice, else of a k·p model."""
    return integers[len(integers) - 1] == 1


@scalar
def has_positions(integers):
    """Whether elements of r are given."""
    return integers[len(integers) - 3] == 1


@scalar
def is_switched(integers):
    """Whether the environment says how much of each Berry term is kept."""
    return integers[4] == 1


@scalar
def first_site(integers):
    """Where the orbital positions begin among the reals."""
    return 3 * integers[3] if is_lattice(integers) else 0 * integers[3]


@routine
def add_positions_twice(n, matrices, sites):
    """D_aV_b from ∂_a∂_bH, with Δ = τ_j − τ_i: ∂_a∂_bH + iΔ_a ∂_bH + iΔ_b ∂_aH − Δ_aΔ_b H."""
    size = lower(n, 0)
    for place, (a, b) in enumerate(PAIRS):
        for i in range(n):
            for j in range(i):
                p = every(sites[3 * j + a] - sites[3 * i + a])
                q = every(sites[3 * j + b] - sites[3 * i + b])
                at = lower(i, j)
                to, x, y = size * (SECOND + place) + at, size * (FIRST + a) + at, size * (FIRST + b) + at
                re = fused(
                    -p, load(matrices, y + WIDTH), fused(-q, load(matrices, x + WIDTH), load(matrices, to))
                )
                im = fused(p, load(matrices, y), fused(q, load(matrices, x), load(matrices, to + WIDTH)))
                store(matrices, to, fused(-(p * q), load(matrices, at), re))
                store(matrices, to + WIDTH, fused(-(p * q), load(matrices, at + WIDTH), im))


@routine
def matrices_at(k, lane, integers, reals, trig, factors, matrices):
    """H and its derivatives at eight lanes, the second ones where the moment is wanted; covariant with positions alone."""
    n, terms, need = integers[1], integers[3], integers[0]
    rows, sites = n * (n + 1), first_site(integers)
    functions = 2 * terms if is_lattice(integers) else terms
    if is_lattice(integers):
        lattice_factors(trig, lane, terms, reals, need, factors)
    else:
        polynomial_factors(k, lane, terms, integers[FIRST_POWER:], factors)
    count = SETS if need & NEED_MOMENT else SECOND
    add_products(reals, sites + 3 * n, rows, functions, factors, H, count, matrices, H)
    if is_lattice(integers) and not has_positions(integers):
        if need & NEED_MOMENT:
            add_positions_twice(n, matrices, reals[sites : sites + 3 * n])
        add_positions(n, matrices, reals[sites : sites + 3 * n], 0)


@routine
def sort_states(n, energy, states):
    """Exchange neighbours until energies rise, in every lane."""
    for rest in range(n - 1):
        for i in range(n - 1 - rest):
            low, high = load(energy, WIDTH * i), load(energy, WIDTH * (i + 1))
            store(energy, WIDTH * i, choose(high, low, high, low))
            store(energy, WIDTH * (i + 1), choose(high, low, low, high))
            x, y = PAIR * n * i, PAIR * n * (i + 1)
            for c in range(0, PAIR * n, WIDTH):
                p, q = load(states, x + c), load(states, y + c)
                store(states, x + c, choose(high, low, q, p))
                store(states, y + c, choose(high, low, p, q))


@routine
def states_of(n, matrices, states, tri):
    """Energies, in the first part of ``tri``, by rising order, and their states."""
    solve(n, matrices, states, tri)
    sort_states(n, tri[0], states)


@routine
def between(n, i, j, states, image, target, at):
    """⟨i|image⟩ into element (i, j) of an N × N matrix that begins at ``at``."""
    re, im = every(0.0), every(0.0)
    for c in range(n):
        x, y = PAIR * (n * i + c), PAIR * c
        p, q, r, s = load(states, x), load(states, x + WIDTH), load(image, y), load(image, y + WIDTH)
        re, im = fused(p, r, fused(q, s, re)), fused(p, s, fused(-q, r, im))
    to = at + PAIR * (n * i + j)
    store(target, to, re)
    store(target, to + WIDTH, im)


@routine
def elements(n, slot, columns, matrices, states, image, target, at):
    """⟨i|matrix|j⟩ for all i and for j from the first of ``columns`` to before the last."""
    size = lower(n, 0)
    for j in range(columns[0], columns[1]):
        multiply(n, matrices[slot * size : (slot + 1) * size], states, PAIR * n * j, image, 0)
        for i in range(n):
            between(n, i, j, states, image, target, at)


@routine
def product(n, rows, columns, matrix, at, vectors, source, target):
    """Vector number target: Σ_j M_ij x_j for i and j in ranges; rows outside are left alone."""
    for i in range(rows[0], rows[1]):
        re, im = every(0.0), every(0.0)
        for j in range(columns[0], columns[1]):
            m, x = at + PAIR * (n * i + j), PAIR * (n * source + j)
            a, b, p, q = load(matrix, m), load(matrix, m + WIDTH), load(vectors, x), load(vectors, x + WIDTH)
            re, im = fused(a, p, fused(-b, q, re)), fused(a, q, fused(b, p, im))
        to = PAIR * (n * target + i)
        store(vectors, to, re)
        store(vectors, to + WIDTH, im)


@routine
def add_adjoint(n, rows, columns, matrix, at, vectors, source, target):
    """Vector number target += Σ_i M_ij* x_i for j in ``columns`` and i in ``rows``."""
    for j in range(columns[0], columns[1]):
        to = PAIR * (n * target + j)
        re, im = load(vectors, to), load(vectors, to + WIDTH)
        for i in range(rows[0], rows[1]):
            m, x = at + PAIR * (n * i + j), PAIR * (n * source + i)
            a, b, p, q = load(matrix, m), load(matrix, m + WIDTH), load(vectors, x), load(vectors, x + WIDTH)
            re, im = fused(a, p, fused(b, q, re)), fused(a, q, fused(-b, p, im))
        store(vectors, to, re)
        store(vectors, to + WIDTH, im)
