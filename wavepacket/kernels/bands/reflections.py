"""Hermitian matrices made real and tridiagonal by Householder's reflections, eight matrices side by side.

See G. H. Golub and C. F. Van Loan, Matrix Computations. Every operation is rounded alike on every CPU, and the eight do not
see each other. A block of numbers is eight doubles; of complex ones the real block comes first. Of matrices the lower
triangle is kept, row by row: element (i, j) begins at ``lower(i, j)``.
"""

from wavepacket.kernels.jit.decorators import routine, scalar
from wavepacket.kernels.simd import WIDTH, choose, every, fused, load, root, store

PAIR = 2 * WIDTH
_TINY = 1e-300


@scalar
def lower(i, j):
    """Where element (i, j) of a lower triangle begins."""
    return PAIR * (i * (i + 1) // 2 + j)


@routine
def multiply(n, matrix, x, start, y, target):
    """Product of a Hermitian matrix and a vector: y = matrix x, for vectors that begin at ``start`` and ``target``."""
    for i in range(n):
        store(y, target + PAIR * i, every(0.0))
        store(y, target + PAIR * i + WIDTH, every(0.0))
    for i in range(n):
        xr, xi = load(x, start + PAIR * i), load(x, start + PAIR * i + WIDTH)
        sr, si = every(0.0), every(0.0)
        for j in range(i):
            a, b = load(matrix, lower(i, j)), load(matrix, lower(i, j) + WIDTH)
            p, q = load(x, start + PAIR * j), load(x, start + PAIR * j + WIDTH)
            to = target + PAIR * j
            sr = fused(a, p, fused(-b, q, sr))
            si = fused(a, q, fused(b, p, si))
            store(y, to, fused(a, xr, fused(b, xi, load(y, to))))
            store(y, to + WIDTH, fused(a, xi, fused(-b, xr, load(y, to + WIDTH))))
        a, to = load(matrix, lower(i, i)), target + PAIR * i
        store(y, to, fused(a, xr, sr) + load(y, to))
        store(y, to + WIDTH, fused(a, xi, si) + load(y, to + WIDTH))


@routine
def reflect(n, matrix, beta, k, x, start):
    """Reflection k of ``tridiagonalise`` applied to a vector."""
    sr, si = every(0.0), every(0.0)
    for i in range(k + 1, n):
        a, b = load(matrix, lower(i, k)), load(matrix, lower(i, k) + WIDTH)
        p, q = load(x, start + PAIR * i), load(x, start + PAIR * i + WIDTH)
        sr = fused(a, p, fused(b, q, sr))
        si = fused(a, q, fused(-b, p, si))
    factor = load(beta, WIDTH * k)
    sr, si = sr * factor, si * factor
    for i in range(k + 1, n):
        a, b, to = load(matrix, lower(i, k)), load(matrix, lower(i, k) + WIDTH), start + PAIR * i
        store(x, to, fused(-a, sr, fused(b, si, load(x, to))))
        store(x, to + WIDTH, fused(-a, si, fused(-b, sr, load(x, to + WIDTH))))


@routine
def tridiagonalise(n, matrix, beta, phase, diagonal, coupling, work):
    """Reduce to a real symmetric tridiagonal matrix.

    The columns of ``matrix`` below its diagonal then hold the vectors of the reflections, ``beta`` (n) their factors and
    ``phase`` (n, complex) what makes the couplings real.
    """
    store(phase, 0, every(1.0))
    store(phase, WIDTH, every(0.0))
    for k in range(n - 1):
        square = every(0.0)
        for i in range(k + 1, n):
            a, b = load(matrix, lower(i, k)), load(matrix, lower(i, k) + WIDTH)
            square = fused(a, a, fused(b, b, square))
        at = lower(k + 1, k)
        a, b, length = load(matrix, at), load(matrix, at + WIDTH), root(square)
        first = root(fused(a, a, b * b))
        safe = choose(first, every(_TINY), every(1.0), first)
        c = choose(first, every(_TINY), every(1.0), a / safe)
        s = choose(first, every(_TINY), every(0.0), b / safe)
        store(matrix, at, fused(c, length, a))
        store(matrix, at + WIDTH, fused(s, length, b))
        half = fused(first, length, square)
        factor = every(1.0) / choose(half, every(_TINY), every(1.0), half)
        store(beta, WIDTH * k, choose(every(_TINY), half, factor, every(0.0)))
        store(coupling, WIDTH * k, length)
        p, q = load(phase, PAIR * k), load(phase, PAIR * k + WIDTH)
        store(phase, PAIR * (k + 1), -fused(p, c, -(q * s)))
        store(phase, PAIR * (k + 1) + WIDTH, -fused(p, s, q * c))
        _update(n, matrix, load(beta, WIDTH * k), k, work)
    for k in range(n):
        store(diagonal, WIDTH * k, load(matrix, lower(k, k)))
    store(coupling, WIDTH * (n - 1), every(0.0))


@routine
def _update(n, matrix, factor, k, work):
    """Apply reflection k, of vector v, from both sides to what is left: A - v q† - q v†."""
    for i in range(k + 1, n):
        store(work, PAIR * i, every(0.0))
        store(work, PAIR * i + WIDTH, every(0.0))
    for i in range(k + 1, n):
        vr, vi = load(matrix, lower(i, k)), load(matrix, lower(i, k) + WIDTH)
        a = load(matrix, lower(i, i))
        sr, si = a * vr, a * vi
        for j in range(k + 1, i):
            a, b = load(matrix, lower(i, j)), load(matrix, lower(i, j) + WIDTH)
            p, q = load(matrix, lower(j, k)), load(matrix, lower(j, k) + WIDTH)
            sr = fused(a, p, fused(-b, q, sr))
            si = fused(a, q, fused(b, p, si))
            store(work, PAIR * j, fused(a, vr, fused(b, vi, load(work, PAIR * j))))
            store(work, PAIR * j + WIDTH, fused(a, vi, fused(-b, vr, load(work, PAIR * j + WIDTH))))
        store(work, PAIR * i, load(work, PAIR * i) + sr)
        store(work, PAIR * i + WIDTH, load(work, PAIR * i + WIDTH) + si)
    overlap = every(0.0)
    for i in range(k + 1, n):
        p, q = load(work, PAIR * i) * factor, load(work, PAIR * i + WIDTH) * factor
        store(work, PAIR * i, p)
        store(work, PAIR * i + WIDTH, q)
        overlap = fused(load(matrix, lower(i, k)), p, fused(load(matrix, lower(i, k) + WIDTH), q, overlap))
    overlap = every(-0.5) * factor * overlap
    for i in range(k + 1, n):
        store(work, PAIR * i, fused(overlap, load(matrix, lower(i, k)), load(work, PAIR * i)))
        store(
            work,
            PAIR * i + WIDTH,
            fused(overlap, load(matrix, lower(i, k) + WIDTH), load(work, PAIR * i + WIDTH)),
        )
    for i in range(k + 1, n):
        vr, vi = load(matrix, lower(i, k)), load(matrix, lower(i, k) + WIDTH)
        hr, hi = load(work, PAIR * i), load(work, PAIR * i + WIDTH)
        for j in range(k + 1, i + 1):
            qr, qi = load(work, PAIR * j), load(work, PAIR * j + WIDTH)
            wr, wi, at = load(matrix, lower(j, k)), load(matrix, lower(j, k) + WIDTH), lower(i, j)
            re = fused(-vr, qr, fused(-vi, qi, fused(-hr, wr, fused(-hi, wi, load(matrix, at)))))
            im = fused(-vi, qr, fused(vr, qi, fused(-hi, wr, fused(hr, wi, load(matrix, at + WIDTH)))))
            store(matrix, at, re)
            store(matrix, at + WIDTH, im)


@routine
def to_orbitals(n, matrix, beta, phase, x, start):
    """From components in the tridiagonal basis, in place, to those in the orbitals."""
    for i in range(n):
        at = start + PAIR * i
        a, b, p, q = load(x, at), load(x, at + WIDTH), load(phase, PAIR * i), load(phase, PAIR * i + WIDTH)
        store(x, at, fused(a, p, -(b * q)))
        store(x, at + WIDTH, fused(a, q, b * p))
    for i in range(n - 1):
        reflect(n, matrix, beta, n - 2 - i, x, start)


@routine
def from_orbitals(n, matrix, beta, phase, x, start):
    """From components in the orbitals, in place, to those in the tridiagonal basis."""
    for k in range(n - 1):
        reflect(n, matrix, beta, k, x, start)
    for i in range(n):
        at = start + PAIR * i
        a, b, p, q = load(x, at), load(x, at + WIDTH), load(phase, PAIR * i), load(phase, PAIR * i + WIDTH)
        store(x, at, fused(a, p, b * q))
        store(x, at + WIDTH, fused(b, p, -(a * q)))
