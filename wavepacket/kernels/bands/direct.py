"""Band sources that diagonalise at every k: the reference for N bands, and the way near small gaps.

Both kinds have matrices that are sums of fixed matrices times functions of k: H = Σ_t C_t F_t(k) with real F_t, and ∂H is
the same sum with ∂F_t. One product of real matrices serves eight k.

Lattice: H = Σ_R H(R) e^{ik·R}; orbital positions and position elements make A, so nothing is lost by leaving them out
of the phase. A pair of cells ±R shares cos k·R and sin k·R. integers: need bits, N, band, number of pairs, whether r(R) is
given. reals: Cartesian R (3 a pair), positions (3N, Å), then tables of H and, where given, r_x, r_y, r_z.

k·p: H = Σ_t k_x^p k_y^q k_z^r M_t and A = 0. integers: need bits, N, band, number of terms, 0, powers (3 a term).
reals: positions (3N, all 0), table of H.

A table has for each element (i, j), j ≤ i, two rows, for its real and its imaginary part, with a number for each F_t.
"""

from wavepacket.kernels.bands.perturbation import geometry_of_band, work_size
from wavepacket.kernels.bands.reflections import lower
from wavepacket.kernels.bands.states import FIRST, MATRICES, POSITION, SECOND, H, position
from wavepacket.kernels.elementary import sine_cosine
from wavepacket.kernels.jit.decorators import kernel, routine
from wavepacket.kernels.layout import GEOMETRY_SIGNATURE, LANES, MOMENT_GRADIENT, NEED_MOMENT
from wavepacket.kernels.simd import WIDTH, every, fused, load, store

W = LANES
FIRST_POWER = 5
_DIRECTIONS = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))  # of ∂_a∂_b, in the order of SECOND


@routine
def add_products(table, start, rows, terms, factors, first, count, out, target):
    """Matrices from ``target`` on: the table times ``count`` sets of F, an even number, from set ``first`` on."""
    for one in range(0, count, 2):
        f, g = WIDTH * terms * (first + one), WIDTH * terms * (first + one + 1)
        x, y = WIDTH * rows * (target + one), WIDTH * rows * (target + one + 1)
        for row in range(0, rows, 2):
            p, q, r, s = every(0.0), every(0.0), every(0.0), every(0.0)
            at = start + terms * row
            for t in range(terms):
                a, b = every(table[at + t]), every(table[at + terms + t])
                u, v = load(factors, f + WIDTH * t), load(factors, g + WIDTH * t)
                p, q, r, s = fused(a, u, p), fused(b, u, q), fused(a, v, r), fused(b, v, s)
            store(out, x + WIDTH * row, p)
            store(out, x + WIDTH * (row + 1), q)
            store(out, y + WIDTH * row, r)
            store(out, y + WIDTH * (row + 1), s)


@routine
def phases(k, pairs, reals, trig):
    """Cos and sin of k·R for all lanes."""
    for pair in range(pairs):
        x, y, z = reals[3 * pair], reals[3 * pair + 1], reals[3 * pair + 2]
        for l in range(W):
            s, c = sine_cosine(k[l] * x + k[W + l] * y + k[2 * W + l] * z)
            trig[2 * W * pair + l] = c
            trig[2 * W * pair + W + l] = s


@routine
def lattice_factors(trig, lane, pairs, reals, need, factors):
    """Sets of F for eight lanes: cos and sin of each pair, their derivatives, and the second ones where they are needed."""
    terms = 2 * pairs
    for pair in range(pairs):
        c, s = load(trig, 2 * W * pair + lane), load(trig, 2 * W * pair + W + lane)
        at = 2 * WIDTH * pair
        store(factors, at, c)
        store(factors, at + WIDTH, s)
        for a in range(3):
            r = every(reals[3 * pair + a])
            to = WIDTH * terms * (FIRST + a) + at
            store(factors, to, -(r * s))
            store(factors, to + WIDTH, r * c)
        if need & NEED_MOMENT:
            for place, (a, b) in enumerate(_DIRECTIONS):
                r = every(-reals[3 * pair + a] * reals[3 * pair + b])
                to = WIDTH * terms * (SECOND + place) + at
                store(factors, to, r * c)
                store(factors, to + WIDTH, r * s)


def scratch_size(n, terms):
    """Numbers of scratch space that both kernels want."""
    return WIDTH * (MATRICES * n * (n + 1) + POSITION * terms) + W * terms + work_size(n)


@routine
def clear_moment_slopes(out):
    """∂m/∂k is zero where nobody needs it."""
    for i in range(MOMENT_GRADIENT * W, (MOMENT_GRADIENT + 9) * W):
        out[i] = 0.0


@kernel(GEOMETRY_SIGNATURE)
def direct_lattice_geometry(k, count, integers, reals, scratch, out):
    """Geometry rows of one band of an N-band lattice by diagonalisation at each k."""
    need, n, band, pairs, positions = integers[0], integers[1], integers[2], integers[3], integers[4]
    rows, terms = n * (n + 1), 2 * pairs
    sites = reals[3 * pairs : 3 * pairs + 3 * n]
    table = 3 * pairs + 3 * n
    first, second = WIDTH * MATRICES * rows, WIDTH * (MATRICES * rows + POSITION * terms)
    matrices, factors = scratch[:first], scratch[first:second]
    trig, work = scratch[second : second + W * terms], scratch[second + W * terms :]
    clear_moment_slopes(out)
    phases(k, pairs, reals, trig)
    for lane in range(0, count, WIDTH):
        lattice_factors(trig, lane, pairs, reals, need, factors)
        add_products(
            reals, table, rows, terms, factors, H, POSITION if need & NEED_MOMENT else SECOND, matrices, H
        )
        for a in range(3 if positions else 0):
            add_products(
                reals, table + (1 + a) * rows * terms, rows, terms, factors, H, SECOND, matrices, position(a)
            )
            for i in range(n):
                at = WIDTH * rows * position(a) + lower(i, i)
                store(matrices, at, load(matrices, at) + every(sites[3 * i + a]))
        geometry_of_band(n, band, need, positions, matrices, sites, work, lane, out)


@routine
def power_derivative(x, power, order):
    """d^order/dx^order of x^power, by products alone."""
    value = 1.0
    for i in range(order):
        value *= power - i
    for _ in range(power - order):
        value *= x
    return value


@routine
def monomial_derivative(x, y, z, power, a, b):
    """∂_a∂_b of x^p y^q z^r; a direction of -1 means no derivative."""
    value = power_derivative(x, power[0], (1 if a == 0 else 0) + (1 if b == 0 else 0))
    value *= power_derivative(y, power[1], (1 if a == 1 else 0) + (1 if b == 1 else 0))
    return value * power_derivative(z, power[2], (1 if a == 2 else 0) + (1 if b == 2 else 0))


@routine
def polynomial_factors(k, lane, terms, powers, factors):
    """Sets of F for eight lanes: monomials and their first and second derivatives."""
    for t in range(terms):
        power = powers[3 * t : 3 * t + 3]
        for l in range(WIDTH):
            x, y, z = k[lane + l], k[W + lane + l], k[2 * W + lane + l]
            factors[WIDTH * t + l] = monomial_derivative(x, y, z, power, -1, -1)
            for a in range(3):
                factors[WIDTH * (terms * (FIRST + a) + t) + l] = monomial_derivative(x, y, z, power, a, -1)
            for place, (a, b) in enumerate(_DIRECTIONS):
                factors[WIDTH * (terms * (SECOND + place) + t) + l] = monomial_derivative(
                    x, y, z, power, a, b
                )


@kernel(GEOMETRY_SIGNATURE)
def direct_polynomial_geometry(k, count, integers, reals, scratch, out):
    """Geometry rows of one band of an N-band k·p Hamiltonian by diagonalisation at each k."""
    need, n, band, terms = integers[0], integers[1], integers[2], integers[3]
    rows, sites = n * (n + 1), reals[: 3 * n]
    first, second = WIDTH * MATRICES * rows, WIDTH * (MATRICES * rows + POSITION * terms)
    matrices, factors, work = scratch[:first], scratch[first:second], scratch[second:]
    clear_moment_slopes(out)
    for lane in range(0, count, WIDTH):
        polynomial_factors(k, lane, terms, integers[FIRST_POWER:], factors)
        add_products(reals, 3 * n, rows, terms, factors, H, POSITION, matrices, H)
        geometry_of_band(n, band, need, 0, matrices, sites, work, lane, out)
