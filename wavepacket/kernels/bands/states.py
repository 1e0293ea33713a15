"""Matrices at k and vectors of orbitals, eight of each side by side: which there are, and what is done with them.

Blocks and triangles are those of reflections.py; vector number s of an array begins at s times ``PAIR n``.
"""

from wavepacket.kernels.bands.reflections import PAIR, lower, multiply
from wavepacket.kernels.jit.decorators import routine, scalar
from wavepacket.kernels.simd import WIDTH, every, fused, load, store

# Matrices at k: H, ∂_aH, ∂_a∂_bH (xx, yy, zz, yz, xz, xy), then A_a, ∂_xA_a, ∂_yA_a, ∂_zA_a for each component a.
H, FIRST, SECOND, POSITION, MATRICES = 0, 1, 4, 10, 22
SECOND_OF = (0, 5, 4, 5, 1, 3, 4, 3, 2)  # place among the six of ∂_a∂_b, by 3 a + b

# Vectors: u, ∂_aH u, A_a u, H A_a u, V_a u, G V_a u in orbitals; then V_a u, G V_a u, G² V_a u in the tridiagonal basis.
U, HU, AU, HAU, VU, GVU, V, GV, GGV = 0, 1, 4, 7, 10, 13, 16, 19, 22
# For ∂m: A_a A_d u and A_a (H A_d - i ∂_dH) u (by 3 a + d), V_a G V_b u (3 a + b), (D_d V_a) u (3 d + a); work.
AAU, AGU, VGVU, SLOPE, SPARE, VECTORS = 25, 34, 43, 52, 61, 64


@scalar
def position(a):
    """Place of A_a among the matrices."""
    return POSITION + 4 * a


@routine
def apply(n, matrices, slot, vectors, source, target):
    """Vector number target = matrix number slot times vector number source."""
    size = lower(n, 0)
    multiply(
        n, matrices[slot * size : (slot + 1) * size], vectors, PAIR * n * source, vectors, PAIR * n * target
    )


@routine
def apply_position(n, a, matrices, sites, positions, vectors, source, target):
    """The same with A_a, which has the orbitals' positions alone where no elements of r are given."""
    if positions:
        apply(n, matrices, position(a), vectors, source, target)
        return
    for i in range(n):
        tau, x, y = every(sites[3 * i + a]), PAIR * (n * source + i), PAIR * (n * target + i)
        store(vectors, y, tau * load(vectors, x))
        store(vectors, y + WIDTH, tau * load(vectors, x + WIDTH))


@routine
def add(n, re, im, vectors, source, target):
    """Vector number target += (re + i im) times vector number source, re and im one number a lane."""
    for i in range(n):
        x, y = PAIR * (n * source + i), PAIR * (n * target + i)
        p, q = load(vectors, x), load(vectors, x + WIDTH)
        store(vectors, y, fused(re, p, fused(-im, q, load(vectors, y))))
        store(vectors, y + WIDTH, fused(re, q, fused(im, p, load(vectors, y + WIDTH))))


@routine
def copy(n, vectors, source, target):
    """Vector number target = vector number source."""
    for i in range(0, PAIR * n, WIDTH):
        store(vectors, PAIR * n * target + i, load(vectors, PAIR * n * source + i))


@routine
def real_inner(n, vectors, a, b):
    """Re⟨a|b⟩."""
    total = every(0.0)
    for i in range(0, PAIR * n, WIDTH):
        total = fused(load(vectors, PAIR * n * a + i), load(vectors, PAIR * n * b + i), total)
    return total


@routine
def imaginary_inner(n, vectors, a, b):
    """Im⟨a|b⟩."""
    total = every(0.0)
    for i in range(n):
        x, y = PAIR * (n * a + i), PAIR * (n * b + i)
        total = fused(
            load(vectors, x),
            load(vectors, y + WIDTH),
            fused(-load(vectors, x + WIDTH), load(vectors, y), total),
        )
    return total
