"""One level of real tridiagonal matrices and the solution of linear equations at it, eight matrices side by side.

Bisection with Sturm's sequence finds the level and its neighbours, and a twisted factorisation gives its vector
(B. N. Parlett and I. S. Dhillon, Linear Algebra Appl. 267, 247 (1997)). The same factors solve for sums over all other
states, so that these are never computed. Errors are those of rounding the matrix, divided by the distance to the next
level, as of any backward stable method and for pairs of levels as near as rounding lets them be told apart.
"""

from wavepacket.kernels.bands.reflections import PAIR
from wavepacket.kernels.jit.decorators import routine
from wavepacket.kernels.simd import WIDTH, choose, every, fused, load, root, size, store

_TINY = 1e-300
_SMALLEST = 5e-324
# A pivot may change by less than the rounding of the matrix, whose norm is 1 here.
_LEAST_PIVOT = 1e-18
_HALVINGS = 54  # of an interval of length 2, down to the rounding of its numbers


@routine
def normalise(n, diagonal, coupling, interval):
    """Scale to an interval [-1, 1] that holds all energies; ``interval`` then has its centre and half length."""
    least, most = load(diagonal, 0), load(diagonal, 0)
    before = every(0.0)
    for k in range(n):
        here, after = load(diagonal, WIDTH * k), load(coupling, WIDTH * k)
        low, high = here - (before + after), here + (before + after)
        least, most = choose(low, least, low, least), choose(most, high, high, most)
        before = after
    centre, half = every(0.5) * (least + most), every(0.5) * (most - least)
    half = choose(half, every(_TINY), every(1.0), half)
    store(interval, 0, centre)
    store(interval, WIDTH, half)
    inverse = every(1.0) / half
    for k in range(n):
        store(diagonal, WIDTH * k, (load(diagonal, WIDTH * k) - centre) * inverse)
        store(coupling, WIDTH * k, load(coupling, WIDTH * k) * inverse)


@routine
def three_levels(n, band, diagonal, coupling, levels):
    """The level of the band and those below and above it, in [-1, 1]; an end of the spectrum stands for what is beyond it.

    Sturm: the leading minors of T - x change their sign once for each level below x.
    """
    one, tiny = every(1.0), every(_SMALLEST)
    wanted = (every(max(band - 1, 0) + 0.5), every(band + 0.5), every(min(band + 1, n - 1) + 0.5))
    for place in range(3):
        store(levels, WIDTH * place, every(0.0))
    step = every(1.0)
    for _ in range(_HALVINGS):
        step = every(0.5) * step
        x, y, z = load(levels, 0), load(levels, WIDTH), load(levels, 2 * WIDTH)
        x0, y0, z0, s0, t0, u0 = one, one, one, one, one, one
        x1, y1, z1, p, q, r = every(0.0), every(0.0), every(0.0), every(0.0), every(0.0), every(0.0)
        square = every(0.0)
        for k in range(n):
            d = load(diagonal, WIDTH * k)
            x2, y2, z2 = (
                fused(d - x, x0, -(square * x1)), fused(d - y, y0, -(square * y1)), fused(d - z, z0, -(square * z1)),
            )  # fmt: skip
            x1, y1, z1 = x0, y0, z0
            x0 = choose(size(x2), tiny, every(1e-150), x2)
            y0 = choose(size(y2), tiny, every(1e-150), y2)
            z0 = choose(size(z2), tiny, every(1e-150), z2)
            s1 = choose(x0, every(0.0), -one, one)
            t1 = choose(y0, every(0.0), -one, one)
            u1 = choose(z0, every(0.0), -one, one)
            p, q, r = p + s1 * s0, q + t1 * t0, r + u1 * u0
            s0, t0, u0 = s1, t1, u1
            e = load(coupling, WIDTH * k)
            square = e * e
        # n - 2 (number of levels below) is the sum of products of neighbouring signs.
        half = every(0.5) * every(1.0 * n)
        store(levels, 0, choose(fused(every(-0.5), p, half), wanted[0], x + step, x - step))
        store(levels, WIDTH, choose(fused(every(-0.5), q, half), wanted[1], y + step, y - step))
        store(levels, 2 * WIDTH, choose(fused(every(-0.5), r, half), wanted[2], z + step, z - step))


@routine
def eigenvector(n, level, diagonal, coupling, down, up, vector):
    """Vector of a level, real numbers (n) of norm 1, by twisted factorisation; returns the row of the twist.

    That is a row in which the vector is large. ``down`` and ``up`` (n) get the inverse pivots from the first row on and
    from the last.
    """
    least, one = every(_LEAST_PIVOT), every(1.0)
    pivot = load(diagonal, 0) - level
    for k in range(n):
        pivot = choose(size(pivot), least, least, pivot)
        inverse = one / pivot
        store(down, WIDTH * k, inverse)
        store(vector, WIDTH * k, pivot)
        e = load(coupling, WIDTH * k)
        pivot = fused(-(e * e), inverse, load(diagonal, WIDTH * min(k + 1, n - 1)) - level)
    best, meet = every(1e300), every(0.0)
    pivot = load(diagonal, WIDTH * (n - 1)) - level
    for i in range(n):
        k = n - 1 - i
        pivot = choose(size(pivot), least, least, pivot)
        inverse = one / pivot
        store(up, WIDTH * k, inverse)
        gamma = size(load(vector, WIDTH * k) + (pivot - (load(diagonal, WIDTH * k) - level)))
        meet = choose(gamma, best, every(1.0 * k), meet)
        best = choose(gamma, best, gamma, best)
        e = load(coupling, WIDTH * max(k - 1, 0))
        pivot = fused(-(e * e), inverse, load(diagonal, WIDTH * max(k - 1, 0)) - level)
    z = every(0.0)
    for i in range(n):
        k = n - 1 - i
        here, e = every(1.0 * k), load(coupling, WIDTH * k)
        z = choose(here, meet, -(e * z) * load(down, WIDTH * k), choose(meet, here, every(0.0), one))
        store(vector, WIDTH * k, z)
    square, z = every(0.0), every(0.0)
    for k in range(n):
        e = load(coupling, WIDTH * max(k - 1, 0))
        z = choose(meet, every(1.0 * k), -(e * z) * load(up, WIDTH * k), load(vector, WIDTH * k))
        store(vector, WIDTH * k, z)
        square = fused(z, z, square)
    inverse = one / root(square)
    for k in range(n):
        store(vector, WIDTH * k, load(vector, WIDTH * k) * inverse)
    return meet


@routine
def shifted(k, level, meet, diagonal):
    """Diagonal element k of T - level, plus 1 in the row ``meet``."""
    here = every(1.0 * k)
    bump = choose(here, meet, every(0.0), choose(meet, here, every(0.0), every(1.0)))
    return (load(diagonal, WIDTH * k) - level) + bump


@routine
def factorise(n, level, meet, diagonal, coupling, factors):
    """Triangular factors of T - level + 1 in the row ``meet``, which is far from singular, with exchange of rows.

    ``factors``: inverse pivots, multipliers, whether rows were exchanged, and two diagonals above the first (n each). For
    what has no part along the level's vector it has the same solution as T - level, with a zero in that row.
    """
    pivots, multipliers, exchanged, over, beyond = factors
    least, one, none = every(_LEAST_PIVOT), every(1.0), every(0.0)
    d, u = shifted(0, level, meet, diagonal), load(coupling, 0)
    for k in range(n - 1):
        e, after = load(coupling, WIDTH * k), load(coupling, WIDTH * (k + 1))
        below = shifted(k + 1, level, meet, diagonal)
        a, b = size(d), size(e)
        pivot = choose(a, b, e, d)
        inverse = one / choose(size(pivot), least, least, pivot)
        factor = choose(a, b, d, e) * inverse
        store(pivots, WIDTH * k, inverse)
        store(multipliers, WIDTH * k, factor)
        store(exchanged, WIDTH * k, choose(a, b, one, none))
        store(over, WIDTH * k, choose(a, b, below, u))
        store(beyond, WIDTH * k, choose(a, b, after, none))
        d, u = (
            choose(a, b, fused(-factor, below, u), fused(-factor, u, below)),
            choose(a, b, -(factor * after), after),
        )
    store(pivots, WIDTH * (n - 1), one / choose(size(d), least, least, d))


@routine
def project_out(n, vector, x, start):
    """Take away the part along a real vector."""
    p, q = every(0.0), every(0.0)
    for i in range(n):
        z = load(vector, WIDTH * i)
        p, q = fused(z, load(x, start + PAIR * i), p), fused(z, load(x, start + PAIR * i + WIDTH), q)
    for i in range(n):
        z, at = load(vector, WIDTH * i), start + PAIR * i
        store(x, at, fused(-z, p, load(x, at)))
        store(x, at + WIDTH, fused(-z, q, load(x, at + WIDTH)))


@routine
def solve(n, factors, vector, x, start):
    """Solve (T - level) x = what x holds, in place: the solution that has no part along the vector of the level."""
    pivots, multipliers, exchanged, over, beyond = factors
    half = every(0.5)
    project_out(n, vector, x, start)
    for part in range(2):
        first = start + WIDTH * part
        value = load(x, first)
        for k in range(n - 1):
            after, factor, swap = (
                load(x, first + PAIR * (k + 1)),
                load(multipliers, WIDTH * k),
                load(exchanged, WIDTH * k),
            )
            store(x, first + PAIR * k, choose(half, swap, after, value))
            value = choose(half, swap, fused(-factor, after, value), fused(-factor, value, after))
        value, later = value * load(pivots, WIDTH * (n - 1)), every(0.0)
        store(x, first + PAIR * (n - 1), value)
        for i in range(n - 1):
            k = n - 2 - i
            rest = fused(
                -load(over, WIDTH * k),
                value,
                fused(-load(beyond, WIDTH * k), later, load(x, first + PAIR * k)),
            )
            value, later = rest * load(pivots, WIDTH * k), value
            store(x, first + PAIR * k, value)
    project_out(n, vector, x, start)
