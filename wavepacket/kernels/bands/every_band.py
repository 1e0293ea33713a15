"""All bands at many k: energies, and the matrices V_a = ∂_aH + i[H, A_a] between their states.

Matrices at k are made as in direct.py, eight k side by side, and so are the eigenvalue problem and the products with the
states. With position elements the orbitals' own curvature F_ab = ∂_aA_b − ∂_bA_a − i[A_a, A_b] in each state is given, too.
"""

import numpy as np
from numba import types

from wavepacket.kernels.bands.all_levels import all_levels
from wavepacket.kernels.bands.matrices import (
    FIRST_POWER,
    add_products,
    lattice_factors,
    phases,
    polynomial_factors,
)
from wavepacket.kernels.bands.reflections import PAIR, lower, multiply, to_orbitals, tridiagonalise
from wavepacket.kernels.bands.states import FIRST, POSITION, H
from wavepacket.kernels.jit.decorators import INTEGER, REAL, kernel, routine
from wavepacket.kernels.jit.memory import numbers
from wavepacket.kernels.layout import LANES
from wavepacket.kernels.simd import WIDTH, every, fused, load, store

W = LANES
PLACES, SETS = (
    16,
    POSITION,
)  # matrices: H, ∂_aH, then A_a, ∂_xA_a, ∂_yA_a, ∂_zA_a; sets of factors, of which four are used
_ENERGY = types.float64[:, ::1]
_OWN = types.float64[:, :, ::1]
_VELOCITY = types.float64[:, :, :, :, ::1]


@routine
def place(a):
    """Place of A_a among the matrices."""
    return FIRST + 3 + 4 * a


@routine
def add_positions(n, matrices, sites, positions):
    """Orbital positions, which are A alone where no elements of r are given: they go into V then, else into A."""
    size = lower(n, 0)
    for a in range(3):
        for i in range(n):
            tau = every(sites[3 * i + a])
            if positions:
                at = size * place(a) + lower(i, i)
                store(matrices, at, load(matrices, at) + tau)
                continue
            for j in range(i):
                # i (τ_j − τ_i) H_ij
                between, h = every(sites[3 * j + a]) - tau, lower(i, j)
                to = size * (FIRST + a) + h
                p, q = load(matrices, h), load(matrices, h + WIDTH)
                store(matrices, to, fused(-between, q, load(matrices, to)))
                store(matrices, to + WIDTH, fused(between, p, load(matrices, to + WIDTH)))


@routine
def make_matrices(lattice, k, lane, integers, reals, trig, factors, matrices):
    """All matrices of eight lanes."""
    n, terms, positions = integers[1], integers[3], integers[4]
    rows, start = n * (n + 1), 3 * n
    if lattice:
        start += 3 * terms
        lattice_factors(trig, lane, terms, reals, 0, factors)
        terms *= 2
    else:
        polynomial_factors(k, lane, terms, integers[FIRST_POWER:], factors)
    add_products(reals, start, rows, terms, factors, H, 4, matrices, H)
    for a in range(3 if positions else 0):
        add_products(reals, start + (1 + a) * rows * terms, rows, terms, factors, H, 4, matrices, place(a))
    if lattice:
        add_positions(n, matrices, reals[start - 3 * n : start], positions)


@routine
def solve(n, matrices, states, tri):
    """Energies, in the first part of ``tri``, and states of H: component i of state j begins at PAIR (n j + i)."""
    diagonal, coupling, beta, phase, work, reflections, real = tri
    for i in range(0, lower(n, 0), WIDTH):
        store(reflections, i, load(matrices, i))
    tridiagonalise(n, reflections, beta, phase, diagonal, coupling, work)
    all_levels(n, diagonal, coupling, real)
    for j in range(n):
        for i in range(n):
            store(states, PAIR * (n * j + i), load(real, WIDTH * (n * j + i)))
            store(states, PAIR * (n * j + i) + WIDTH, every(0.0))
        to_orbitals(n, reflections, beta, phase, states, PAIR * n * j)


@routine
def multiply_two(n, matrix, x, start, y, target):
    """Product of a Hermitian matrix and two vectors that follow each other: every element is read once for both."""
    other = PAIR * n
    for i in range(0, 2 * other, WIDTH):
        store(y, target + i, every(0.0))
    for i in range(n):
        at, to = start + PAIR * i, target + PAIR * i
        xr, xi, zr, zi = load(x, at), load(x, at + WIDTH), load(x, at + other), load(x, at + other + WIDTH)
        sr, si, tr, ti = every(0.0), every(0.0), every(0.0), every(0.0)
        for j in range(i):
            a, b = load(matrix, lower(i, j)), load(matrix, lower(i, j) + WIDTH)
            u, v = start + PAIR * j, target + PAIR * j
            p, q = load(x, u), load(x, u + WIDTH)
            sr, si = fused(a, p, fused(-b, q, sr)), fused(a, q, fused(b, p, si))
            store(y, v, fused(a, xr, fused(b, xi, load(y, v))))
            store(y, v + WIDTH, fused(a, xi, fused(-b, xr, load(y, v + WIDTH))))
            u, v = u + other, v + other
            p, q = load(x, u), load(x, u + WIDTH)
            tr, ti = fused(a, p, fused(-b, q, tr)), fused(a, q, fused(b, p, ti))
            store(y, v, fused(a, zr, fused(b, zi, load(y, v))))
            store(y, v + WIDTH, fused(a, zi, fused(-b, zr, load(y, v + WIDTH))))
        a = load(matrix, lower(i, i))
        store(y, to, fused(a, xr, sr) + load(y, to))
        store(y, to + WIDTH, fused(a, xi, si) + load(y, to + WIDTH))
        store(y, to + other, fused(a, zr, tr) + load(y, to + other))
        store(y, to + other + WIDTH, fused(a, zi, ti) + load(y, to + other + WIDTH))


@routine
def apply_to_all(n, matrices, slot, states, images):
    """Images of all states under a matrix."""
    size = lower(n, 0)
    matrix = matrices[slot * size : (slot + 1) * size]
    for j in range(0, n - 1, 2):
        multiply_two(n, matrix, states, PAIR * n * j, images, PAIR * n * j)
    if n % 2:
        multiply(n, matrix, states, PAIR * n * (n - 1), images, PAIR * n * (n - 1))


@routine
def inner(n, states, i, images, j, target):
    """Product of state i with image j."""
    p, q, r, s = every(0.0), every(0.0), every(0.0), every(0.0)
    for k in range(n):
        x, y = PAIR * (n * i + k), PAIR * (n * j + k)
        a, b, c, d = load(states, x), load(states, x + WIDTH), load(images, y), load(images, y + WIDTH)
        p, q, r, s = fused(a, c, p), fused(b, d, q), fused(a, d, r), fused(-b, c, s)
    store(target, 0, p + q)
    store(target, WIDTH, r + s)


@routine
def inner_two(n, states, i, images, j, target, other):
    """Products of states i and i + 1 with image j."""
    p, q, r, s = every(0.0), every(0.0), every(0.0), every(0.0)
    t, u, v, w = every(0.0), every(0.0), every(0.0), every(0.0)
    for k in range(n):
        x, y = PAIR * (n * i + k), PAIR * (n * j + k)
        z = x + PAIR * n
        a, b, c, d = load(states, x), load(states, x + WIDTH), load(images, y), load(images, y + WIDTH)
        p, q, r, s = fused(a, c, p), fused(b, d, q), fused(a, d, r), fused(-b, c, s)
        a, b = load(states, z), load(states, z + WIDTH)
        t, u, v, w = fused(a, c, t), fused(b, d, u), fused(a, d, v), fused(-b, c, w)
    store(target, 0, p + q)
    store(target, WIDTH, r + s)
    store(other, 0, t + u)
    store(other, WIDTH, v + w)


@routine
def between_states(n, states, images, target):
    """Lower triangle of matrix elements: of states i and j ≤ i."""
    for i in range(0, n - 1, 2):
        for j in range(i + 1):
            x, y = lower(i, j), lower(i + 1, j)
            inner_two(n, states, i, images, j, target[x : x + PAIR], target[y : y + PAIR])
        x = lower(i + 1, i + 1)
        inner(n, states, i + 1, images, i + 1, target[x : x + PAIR])
    if n % 2:
        for j in range(n):
            x = lower(n - 1, j)
            inner(n, states, n - 1, images, j, target[x : x + PAIR])


@routine
def add_commutators(n, energy, a, elements):
    """V_a += i (ε_i − ε_j) A_a, both between states: ∂_aH and A_a are three matrices apart."""
    size = lower(n, 0)
    for i in range(n):
        for j in range(i):
            at = size * a + lower(i, j)
            x, gap = size * (3 + a) + lower(i, j), load(energy, WIDTH * i) - load(energy, WIDTH * j)
            store(elements, at, fused(-gap, load(elements, x + WIDTH), load(elements, at)))
            store(elements, at + WIDTH, fused(gap, load(elements, x), load(elements, at + WIDTH)))


@routine
def own_curvature(n, c, matrices, states, images, elements, own):
    """F_ab in each state, c the axis across a and b."""
    a, b, size = (c + 1) % 3, (c + 2) % 3, lower(n, 0)
    x, y = size * (place(b) + 1 + a), size * (place(a) + 1 + b)
    for i in range(0, size, WIDTH):
        store(matrices, x + i, load(matrices, x + i) - load(matrices, y + i))
    apply_to_all(n, matrices, place(b) + 1 + a, states, images)
    for i in range(n):
        inner(n, states, i, images, i, own[3 * WIDTH * n : 3 * WIDTH * n + PAIR])
        total = load(own, 3 * WIDTH * n)
        # −i[A_a, A_b] = 2 Im Σ_j A_a,ij A_b,ij*; below the diagonal (j, i) is kept, conjugate in both.
        for j in range(n):
            at, turn = lower(max(i, j), min(i, j)), every(2.0 if j <= i else -2.0)
            p, q = load(elements, size * (3 + a) + at), load(elements, size * (3 + a) + at + WIDTH)
            r, s = load(elements, size * (3 + b) + at), load(elements, size * (3 + b) + at + WIDTH)
            total = fused(turn, fused(q, r, -(p * s)), total)
        store(own, WIDTH * (3 * i + c), total)


@routine
def rank_levels(n, energy, lane, ranks):
    """How many levels of a lane are below each of them."""
    for j in range(n):
        level, rank = energy[WIDTH * j + lane], 0
        for i in range(n):
            other = energy[WIDTH * i + lane]
            if other < level or (other == level and i < j):
                rank += 1
        ranks[j] = rank


@routine
def write_lane(n, lane, positions, found, ranks, energy, velocity, curvature):
    """Put one lane's results in the order of energy: energy (N,), V (3, N, N, 2) above the diagonal, F (N, 3)."""
    levels, elements, own = found
    size = lower(n, 0)
    rank_levels(n, levels, lane, ranks)
    for i in range(n):
        energy[ranks[i]] = levels[WIDTH * i + lane]
        for c in range(3 if positions else 0):
            curvature[ranks[i], c] = own[WIDTH * (3 * i + c) + lane]
        for j in range(i + 1):
            x, y, sign = ranks[i], ranks[j], 1.0
            if x > y:
                x, y, sign = y, x, -1.0
            for a in range(3):
                at = size * a + lower(i, j) + lane
                velocity[a, x, y, 0] = elements[at]
                velocity[a, x, y, 1] = sign * elements[at + WIDTH]


@routine
def solve_eight(n, positions, matrices, states, images, elements, own, tri):
    """Everything that is asked of eight lanes, from their matrices."""
    size = lower(n, 0)
    solve(n, matrices, states, tri)
    for a in range(3):
        apply_to_all(n, matrices, FIRST + a, states, images)
        between_states(n, states, images, elements[size * a : size * (a + 1)])
        if positions:
            apply_to_all(n, matrices, place(a), states, images)
            between_states(n, states, images, elements[size * (3 + a) : size * (4 + a)])
            add_commutators(n, tri[0], a, elements)
    for c in range(3 if positions else 0):
        own_curvature(n, c, matrices, states, images, elements, own)


@kernel(types.void(types.int64, _ENERGY, INTEGER, REAL, _ENERGY, _VELOCITY, _OWN), allocates=True)
def every_band(lattice, k, integers, reals, energy, velocity, curvature):
    """All bands at k (n, 3), of a lattice or else a k·p model, with the arrays of a direct source.

    Energies (n, N) rise; V (n, 3, N, N, 2) of complex numbers is filled above and on the diagonal; F (n, N, 3) is filled
    where position elements are given.
    """
    n, terms, positions = integers[1], integers[3], integers[4]
    functions, vector = (2 if lattice else 1) * terms, PAIR * n
    matrices, factors = numbers(PLACES * lower(n, 0)), numbers(WIDTH * SETS * functions)
    trig, block = numbers(2 * W * terms), numbers(3 * W)
    states, images, elements = numbers(n * vector), numbers(n * vector), numbers(6 * lower(n, 0))
    own = numbers(3 * WIDTH * n + PAIR)
    tri = (
        numbers(WIDTH * n), numbers(WIDTH * n), numbers(WIDTH * n), numbers(vector), numbers(vector),
        numbers(lower(n, 0)), numbers(WIDTH * n * n),
    )  # fmt: skip
    ranks = np.empty(n, np.int64)
    for first in range(0, k.shape[0], W):
        count = min(W, k.shape[0] - first)
        for l in range(W):
            for c in range(3):
                block[c * W + l] = k[first + min(l, count - 1), c]
        if lattice:
            phases(block, terms, reals, trig)
        for lane in range(0, count, WIDTH):
            make_matrices(lattice, block, lane, integers, reals, trig, factors, matrices)
            solve_eight(n, positions, matrices, states, images, elements, own, tri)
            for l in range(min(WIDTH, count - lane)):
                at = first + lane + l
                write_lane(
                    n, l, positions, (tri[0], elements, own), ranks, energy[at], velocity[at], curvature[at]
                )
