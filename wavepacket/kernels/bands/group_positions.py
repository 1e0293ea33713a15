"""What elements of r make of the matrices of a group of bands: A_a between the states, V_a, its derivatives, and F.

With A_a the matrix of r_a between the orbitals, B_a = ∂_aH and V_a = B_a + i[H, A_a],

    F_ab = ∂_aA_b − ∂_bA_a − i[A_a, A_b],      D_cV_a = ∂_cB_a + i[B_c, A_a] − i[A_c, V_a] + i[H, ∂_cA_a]
    Ω_ab = −2 Im⟨w_a|w_b⟩ + ⟨u|F_ab|u⟩,        D_cX_a − D_aX_c = −i (1−P) F_ca P,        ∂_au = w_a + i A_a u along k

(X. Wang, J. R. Yates, I. Souza and D. Vanderbilt, Phys. Rev. B 74, 195118 (2006), for F in one band). Half of the sum of
D_cV_a and D_aV_c gives what D_cX_a and D_aX_c have in common, F the rest.
"""

from wavepacket.kernels.bands.group_chains import add_chain, outside
from wavepacket.kernels.bands.group_states import elements, first_site, product
from wavepacket.kernels.bands.group_vectors import CARRIED, DX, DY, SPARE, A, E, X
from wavepacket.kernels.bands.matrices import add_products
from wavepacket.kernels.bands.reflections import PAIR, lower
from wavepacket.kernels.bands.states import FIRST, SECOND, H, add, position
from wavepacket.kernels.jit.decorators import routine
from wavepacket.kernels.layout import CURVATURE, LANES
from wavepacket.kernels.simd import WIDTH, every, fused, load, store

W = LANES
# Matrices between states that this leaves: A_a, B_a, F_c with c the axis across, and one to work with.
BARE, OWN, WORK, SQUARES = 3, 6, 9, 10


@routine
def positions_at(integers, reals, factors, matrices):
    """A_a at eight lanes; in the places of ∂_cA_a and ∂_aA_c, a > c, their sum and ∂_cA_a − ∂_aA_c."""
    n, terms = integers[1], 2 * integers[3]
    rows, sites, size = n * (n + 1), first_site(integers), lower(n, 0)
    for a in range(3):
        table = sites + 3 * n + (1 + a) * rows * terms
        add_products(reals, table, rows, terms, factors, H, SECOND, matrices, position(a))
        for i in range(n):
            at = size * position(a) + lower(i, i)
            store(matrices, at, load(matrices, at) + every(reals[sites + 3 * i + a]))
    for a in range(3):
        for c in range(a):
            x, y = size * (position(a) + 1 + c), size * (position(c) + 1 + a)
            for i in range(0, size, WIDTH):
                p, q = load(matrices, x + i), load(matrices, y + i)
                store(matrices, x + i, p + q)
                store(matrices, y + i, p - q)


@routine
def velocities(n, energy, arrays):
    """A_a between all states, B_a aside, and V_a."""
    matrices, states, image, velocity, _, _, _, more = arrays
    square = PAIR * n * n
    for a in range(3):
        elements(n, FIRST + a, (0, n), matrices, states, image, velocity, a * square)
        elements(n, position(a), (0, n), matrices, states, image, more, a * square)
        for at in range(0, square, WIDTH):
            store(more, (BARE + a) * square + at, load(velocity, a * square + at))
        for i in range(n):
            for j in range(n):
                at = a * square + PAIR * (n * i + j)
                gap = load(energy, WIDTH * i) - load(energy, WIDTH * j)
                store(velocity, at, fused(-gap, load(more, at + WIDTH), load(velocity, at)))
                store(velocity, at + WIDTH, fused(gap, load(more, at), load(velocity, at + WIDTH)))


@routine
def own_field(n, group, arrays):
    """F_c between all states and those of the group."""
    matrices, states, image, _, _, _, _, more = arrays
    square, total = PAIR * n * n, image
    for axis in range(3):
        c, a = (axis + 1) % 3, (axis + 2) % 3
        slot, sign = position(min(a, c)) + 1 + max(a, c), every(1.0 if c < a else -1.0)
        elements(n, slot, group, matrices, states, image, more, (OWN + axis) * square)
        for i in range(n):
            for j in range(group[0], group[1]):
                at = (OWN + axis) * square + PAIR * (n * i + j)
                store(total, 0, every(0.0))
                store(total, WIDTH, every(0.0))
                add_chain(n, (i, j), (0, n), more, c * square, more, a * square, total, 1.0)
                add_chain(n, (i, j), (0, n), more, a * square, more, c * square, total, -1.0)
                store(more, at, fused(sign, load(more, at), load(total, WIDTH)))
                store(more, at + WIDTH, fused(sign, load(more, at + WIDTH), -load(total, 0)))


@routine
def add_own_curvature(n, group, more, vectors, lane, band):
    """Add ⟨u|F|u⟩ to Ω."""
    square = PAIR * n * n
    for c in range(3):
        total, row = every(0.0), (CURVATURE + c) * W + lane
        product(n, group, group, more, (OWN + c) * square, vectors, A, SPARE)
        for i in range(group[0], group[1]):
            x, y = PAIR * (n * A + i), PAIR * (n * SPARE + i)
            total = fused(
                load(vectors, x),
                load(vectors, y),
                fused(load(vectors, x + WIDTH), load(vectors, y + WIDTH), total),
            )
        store(band, row, load(band, row) + total)


@routine
def carry(n, group, more, vectors):
    """Vectors w_a + i A_a u: what u gains along k in the gauge of its orbitals."""
    for a in range(3):
        product(n, (0, n), group, more, a * PAIR * n * n, vectors, A, CARRIED + a)
        for i in range(n):
            x, y = PAIR * (n * (X + a) + i), PAIR * (n * (CARRIED + a) + i)
            re, im = load(vectors, y), load(vectors, y + WIDTH)
            store(vectors, y, load(vectors, x) - im)
            store(vectors, y + WIDTH, load(vectors, x + WIDTH) + re)


@routine
def add_to_second(n, group, energy, pair, arrays):
    """Make half of the sum of D_cV_a and D_aV_c of the matrix elements of ∂_c∂_aH; ``pair``: a, c and their place."""
    matrices, states, image, velocity, _, second, _, more = arrays
    square, (a, c), total, none = PAIR * n * n, pair[:2], image, every(0.0)
    slot, half = position(max(a, c)) + 1 + min(a, c), every(0.5)
    elements(n, slot, group, matrices, states, image, more, WORK * square)
    part = every(1.0 if a == c else 0.5)  # of a = c there is one derivative, not the sum of two
    for m in range(n):
        for j in range(group[0], group[1] if m < group[0] or m >= group[1] else group[0]):
            here, every_state = (m, j), (0, n)
            at, to = WORK * square + PAIR * (n * m + j), pair[2] * square + PAIR * (n * m + j)
            store(total, 0, none)
            store(total, WIDTH, none)
            for one, other in ((a, c), (c, a)):
                bare, place, speed = (BARE + other) * square, one * square, other * square
                add_chain(n, here, every_state, more, bare, more, place, total, 1.0)
                add_chain(n, here, every_state, more, place, more, bare, total, -1.0)
                add_chain(n, here, every_state, more, place, velocity, speed, total, -1.0)
                add_chain(n, here, every_state, velocity, speed, more, place, total, 1.0)
            gap = part * (load(energy, WIDTH * m) - load(energy, WIDTH * j))
            re = fused(-gap, load(more, at + WIDTH), load(second, to))
            im = fused(gap, load(more, at), load(second, to + WIDTH))
            store(second, to, fused(-half, load(total, WIDTH), re))
            store(second, to + WIDTH, fused(half, load(total, 0), im))


@routine
def add_orders(n, group, more, vectors):
    """Add to D_bX_a u and D_b(X_a h u) what they have for one order of the axes more than for the other."""
    square, none = PAIR * n * n, every(0.0)
    for i in range(PAIR * n * SPARE, PAIR * n * (SPARE + 2), WIDTH):
        store(vectors, i, none)
    for axis in range(3):
        b, a = (axis + 1) % 3, (axis + 2) % 3
        outside(n, group, more, (OWN + axis) * square, vectors, A, SPARE)
        outside(n, group, more, (OWN + axis) * square, vectors, E, SPARE + 1)
        for to, half in ((3 * b + a, every(-0.5)), (3 * a + b, every(0.5))):
            add(n, none, half, vectors, SPARE, DX + to)
            add(n, none, half, vectors, SPARE + 1, DY + to)
