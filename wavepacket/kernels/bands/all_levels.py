"""All levels and states of real tridiagonal matrices, eight matrices side by side.

The implicit QL method (G. H. Golub and C. F. Van Loan, Matrix Computations; `imtql2` of EISPACK): plane rotations alone,
so that states are orthonormal to rounding however near the levels are. Lanes that have found a level wait for the others.
"""

from wavepacket.kernels.jit.decorators import routine
from wavepacket.kernels.simd import WIDTH, choose, count_below, every, fused, load, root, size, store

_TINY = 1e-300
_ROUNDING = 1.1e-16
_SWEEPS = 60  # two or three are enough for a level


@routine
def negligible(n, diagonal, coupling):
    """Coupling that is no more than rounding of the matrix."""
    norm, before = every(0.0), every(0.0)
    for k in range(n):
        after = size(load(coupling, WIDTH * k))
        row = size(load(diagonal, WIDTH * k)) + before + after
        norm, before = choose(norm, row, row, norm), after
    least = norm * every(_ROUNDING)
    return choose(least, every(_TINY), every(_TINY), least)


@routine
def rotate(n, states, i, c, s):
    """Turn states i and i + 1 by an angle with this cosine and sine."""
    x, y = WIDTH * n * i, WIDTH * n * (i + 1)
    for k in range(0, WIDTH * n, WIDTH):
        p, q = load(states, x + k), load(states, y + k)
        store(states, y + k, fused(s, p, c * q))
        store(states, x + k, fused(c, p, -(s * q)))


@routine
def sweep(n, level, end, last, diagonal, coupling, states):
    """One QL sweep from row ``end``, with diagonal element ``last``, to row ``level``; lanes without rows between rest."""
    zero, one, two, tiny = every(0.0), every(1.0), every(2.0), every(_TINY)
    d, e = load(diagonal, WIDTH * level), load(coupling, WIDTH * level)
    ratio = (load(diagonal, WIDTH * (level + 1)) - d) / (two * choose(size(e), tiny, one, e))
    length = root(fused(ratio, ratio, one))
    g = last - d + e / (ratio + choose(ratio, zero, -length, length))
    s, c, p = one, one, zero
    for back in range(n - 1 - level):
        i = n - 2 - back
        here, at = every(1.0 * i), WIDTH * i
        e, after, d = load(coupling, at), load(diagonal, at + WIDTH), load(diagonal, at)
        f, b = s * e, c * e
        r = root(fused(f, f, g * g))
        safe = choose(r, tiny, one, r)
        sine, cosine = choose(r, tiny, zero, f / safe), choose(r, tiny, one, g / safe)
        start = after - p
        turned = fused(d - start, sine, two * cosine * b)
        shift = sine * turned
        store(coupling, at + WIDTH, choose(here, end, r, load(coupling, at + WIDTH)))
        store(diagonal, at + WIDTH, choose(here, end, start + shift, after))
        g = choose(here, end, fused(cosine, turned, -b), g)
        s, c, p = choose(here, end, sine, s), choose(here, end, cosine, c), choose(here, end, shift, p)
        rotate(n, states, i, choose(here, end, cosine, one), choose(here, end, sine, zero))
    first, at = every(1.0 * level), WIDTH * level
    store(diagonal, at, choose(first, end, load(diagonal, at) - p, load(diagonal, at)))
    store(coupling, at, choose(first, end, g, load(coupling, at)))
    for i in range(level + 1, n):
        there, at = size(every(1.0 * i) - end), WIDTH * i
        store(coupling, at, choose(there, every(0.5), zero, load(coupling, at)))


@routine
def all_levels(n, diagonal, coupling, states):
    """Levels in place of the diagonal, in no order, and their vectors: component k of state j begins at WIDTH (n j + k)."""
    for j in range(n):
        for k in range(n):
            store(states, WIDTH * (n * j + k), every(1.0 if j == k else 0.0))
    least = negligible(n, diagonal, coupling)
    for level in range(n - 1):
        for _ in range(_SWEEPS):
            end, last = every(1.0 * (n - 1)), load(diagonal, WIDTH * (n - 1))
            for back in range(n - 1 - level):
                i = n - 2 - back
                e = size(load(coupling, WIDTH * i))
                end = choose(e, least, every(1.0 * i), end)
                last = choose(e, least, load(diagonal, WIDTH * i), last)
            if count_below(every(1.0 * level) - end, -0.5) == 0:
                break
            sweep(n, level, end, last, diagonal, coupling, states)
