"""Products of matrices between the states of a group of bands and others, element by element."""

from wavepacket.kernels.bands.group_states import product
from wavepacket.kernels.bands.reflections import PAIR
from wavepacket.kernels.jit.decorators import routine
from wavepacket.kernels.simd import WIDTH, every, fused, load, store


@routine
def add_chain(n, place, inside, left, x, right, y, total, sign):
    """Add sign Σ_l L_ml R_lj, l in a range, to a complex number; (m, j) is ``place``, and matrices begin at x and y."""
    re, im, factor = load(total, 0), load(total, WIDTH), every(sign)
    for l in range(inside[0], inside[1]):
        p, q = x + PAIR * (n * place[0] + l), y + PAIR * (n * l + place[1])
        a, b = factor * load(left, p), factor * load(left, p + WIDTH)
        r, s = load(right, q), load(right, q + WIDTH)
        re, im = fused(a, r, fused(-b, s, re)), fused(a, s, fused(b, r, im))
    store(total, 0, re)
    store(total, WIDTH, im)


@routine
def outside(n, group, matrix, at, vectors, source, target):
    """Product with a matrix from the group to the other states."""
    product(n, (0, group[0]), group, matrix, at, vectors, source, target)
    product(n, (group[1], n), group, matrix, at, vectors, source, target)
