"""Geometry of band n of an N-band Hamiltonian by perturbation theory, free of any smooth gauge, for eight k side by side.

With covariant derivatives of operators D_a O = ∂_a O - i[A_a, O] (A: position matrix between the basis states), V_a = D_a H,
G = Σ_{l≠n} |l⟩⟨l|/(ε_n - ε_l) and |D_a n⟩ = G V_a |n⟩ (charge -e):

    Ω_ab = -2 Im⟨D_a n|D_b n⟩ + ⟨n|F_ab|n⟩,  F_ab = ∂_aA_b - ∂_bA_a - i[A_a, A_b]
    m_ab = -(e/ħ) Im T_ab,  T_ab = ⟨n|V_a G V_b|n⟩

and ∂_d T_ab follows from D_d G = -P V_d G² - G² V_d P - G (∂_dε - V_d) G. Degeneracies among the other bands do no harm.
With position elements the first line is the full interpolated curvature of X. Wang, J. R. Yates, I. Souza and D. Vanderbilt,
Phys. Rev. B 74, 195118 (2006); m is taken within the space of the basis states, without elements of r outside it.

No other state than n is computed: G is a solution of linear equations (tridiagonal.py).
"""

import math

from wavepacket.kernels.bands.moment_slopes import moment_slopes, second_order
from wavepacket.kernels.bands.reflections import PAIR, from_orbitals, lower, to_orbitals, tridiagonalise
from wavepacket.kernels.bands.states import (
    AU,
    FIRST,
    GGV,
    GV,
    HAU,
    HU,
    SPARE,
    VECTORS,
    VU,
    H,
    U,
    V,
    add,
    apply,
    apply_position,
    copy,
    imaginary_inner,
    position,
    real_inner,
)
from wavepacket.kernels.bands.tridiagonal import eigenvector, factorise, normalise, solve, three_levels
from wavepacket.kernels.jit.decorators import routine
from wavepacket.kernels.layout import (
    CURVATURE,
    ENERGY,
    GAP,
    GRADIENT,
    LANES,
    MIXING,
    MOMENT,
    NEED_MIXING,
    NEED_MOMENT,
)
from wavepacket.kernels.simd import WIDTH, choose, every, fused, load, store
from wavepacket.units import E_OVER_HBAR

W = LANES


@routine
def expectation(n, matrices, slot, vectors, spare):
    """⟨u|matrix|u⟩."""
    apply(n, matrices, slot, vectors, U, spare)
    return real_inner(n, vectors, U, spare)


@routine
def outer_curvature(n, a, b, matrices, vectors):
    """⟨u|F_ab|u⟩."""
    value = every(2.0) * imaginary_inner(n, vectors, AU + a, AU + b)
    value += expectation(n, matrices, position(b) + 1 + a, vectors, SPARE)
    return value - expectation(n, matrices, position(a) + 1 + b, vectors, SPARE)


@routine
def orbital_moment(n, vectors, a, b):
    """m_ab = -(e/ħ) Im⟨V_a n|G V_b n⟩ in eV/T, of charge -e."""
    return every(-E_OVER_HBAR) * imaginary_inner(n, vectors, V + a, GV + b)


@routine
def eigenstate(n, band, matrices, vectors, levels, tri):
    """State u of the band, and in ``levels`` its energy and those beside it, scaled to [-1, 1].

    ``tri`` keeps what ``resolvent`` needs; the matrix itself is kept apart from the reflections that reduce it.
    """
    reflections, beta, phase, diagonal, coupling, work, interval, vector, factors = tri
    for i in range(0, lower(n, 0), WIDTH):
        store(reflections, i, load(matrices, i))
    tridiagonalise(n, reflections, beta, phase, diagonal, coupling, work)
    normalise(n, diagonal, coupling, interval)
    three_levels(n, band, diagonal, coupling, levels)
    level = load(levels, WIDTH)
    meet = eigenvector(n, level, diagonal, coupling, factors[0], factors[1], vector)
    factorise(n, level, meet, diagonal, coupling, factors)
    for i in range(n):
        store(vectors, PAIR * (n * U + i), load(vector, WIDTH * i))
        store(vectors, PAIR * (n * U + i) + WIDTH, every(0.0))
    to_orbitals(n, reflections, beta, phase, vectors, PAIR * n * U)


@routine
def resolvent(n, tri, vectors, source, target):
    """Vector number target = G times vector number source, both in the tridiagonal basis."""
    interval, vector, factors = tri[6], tri[7], tri[8]
    copy(n, vectors, source, target)
    solve(n, factors, vector, vectors, PAIR * n * target)
    factor = every(-1.0) / load(interval, WIDTH)
    for i in range(0, PAIR * n, WIDTH):
        at = PAIR * n * target + i
        store(vectors, at, factor * load(vectors, at))


@routine
def first_order(n, matrices, sites, positions, tri, energy, vectors):
    """V_a u = ∂_aH u + i (H - ε) A_a u, and G and G² applied to it."""
    reflections, beta, phase = tri[0], tri[1], tri[2]
    none, one = every(0.0), every(1.0)
    for a in range(3):
        apply(n, matrices, FIRST + a, vectors, U, HU + a)
        apply_position(n, a, matrices, sites, positions, vectors, U, AU + a)
        apply(n, matrices, H, vectors, AU + a, HAU + a)
        copy(n, vectors, HU + a, VU + a)
        add(n, none, one, vectors, HAU + a, VU + a)
        add(n, none, -energy, vectors, AU + a, VU + a)
        copy(n, vectors, VU + a, V + a)
        from_orbitals(n, reflections, beta, phase, vectors, PAIR * n * (V + a))
        resolvent(n, tri, vectors, V + a, GV + a)
        resolvent(n, tri, vectors, GV + a, GGV + a)


def work_size(n):
    """Numbers of working space of ``geometry_of_band``."""
    return WIDTH * (n * (n + 1) + 2 * n * VECTORS + 13 * n + 5)


@routine
def geometry_of_band(n, band, need, positions, matrices, sites, work, lane, out):
    """All geometry rows of eight lanes, the first of which is ``lane``, from the matrices at their k."""
    size = WIDTH * n
    vectors, rest = work[: 2 * size * VECTORS], work[2 * size * VECTORS :]
    levels, interval, rest = rest[:24], rest[24:40], rest[40:]
    factors = (
        rest[:size], rest[size : 2 * size], rest[2 * size : 3 * size], rest[3 * size : 4 * size], rest[4 * size : 5 * size],
    )  # fmt: skip
    rest = rest[5 * size :]
    tri = (
        rest[8 * size :], rest[:size], rest[size : 3 * size], rest[3 * size : 4 * size], rest[4 * size : 5 * size],
        rest[5 * size : 7 * size], interval, rest[7 * size : 8 * size], factors,
    )  # fmt: skip
    eigenstate(n, band, matrices, vectors, levels, tri)
    centre, half = load(tri[6], 0), load(tri[6], WIDTH)
    energy = fused(half, load(levels, WIDTH), centre)
    first_order(n, matrices, sites, positions, tri, energy, vectors)
    store(out, ENERGY * W + lane, energy)
    for c in range(3):
        a, b = (c + 1) % 3, (c + 2) % 3
        store(out, (GRADIENT + c) * W + lane, real_inner(n, vectors, U, VU + c))
        omega = every(-2.0) * imaginary_inner(n, vectors, GV + a, GV + b)
        if positions:
            omega += outer_curvature(n, a, b, matrices, vectors)
        store(out, (CURVATURE + c) * W + lane, omega)
        store(out, (MOMENT + c) * W + lane, orbital_moment(n, vectors, a, b))
        if need & NEED_MIXING:
            store(out, (MIXING + c) * W + lane, real_inner(n, vectors, GGV + c, GGV + c))
            store(out, (MIXING + 3 + c) * W + lane, real_inner(n, vectors, GGV + a, GGV + b))
    gap = every(math.inf)
    if band > 0:
        gap = half * (load(levels, WIDTH) - load(levels, 0))
    if band < n - 1:
        above = half * (load(levels, 2 * WIDTH) - load(levels, WIDTH))
        gap = above if band == 0 else choose(above, gap, above, gap)
    store(out, GAP * W + lane, gap)
    if need & NEED_MOMENT:
        second_order(n, matrices, sites, positions, tri, energy, vectors)
        moment_slopes(n, vectors, lane, out)
