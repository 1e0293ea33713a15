"""Matrices of N-band Hamiltonians at k: sums of fixed matrices times functions of k, eight k side by side.

H = Σ_t C_t F_t(k) with real F_t, and ∂H is the same sum with ∂F_t. One product of real matrices serves eight k.

Lattice: H = Σ_R H(R) e^{ik·R}; orbital positions and position elements make A, so nothing is lost by leaving them out
of the phase. A pair of cells ±R shares cos k·R and sin k·R. integers: need bits, N, band, number of pairs, whether r(R) is
given. reals: Cartesian R (3 a pair), positions (3N, Å), then tables of H and, where given, r_x, r_y, r_z.

k·p: H = Σ_t k_x^p k_y^q k_z^r M_t and A = 0. integers: need bits, N, band, number of terms, 0, powers (3 a term).
reals: positions (3N, all 0), table of H.

A table has for each element (i, j), j ≤ i, two rows, for its real and its imaginary part, with a number for each F_t.
"""

from wavepacket.kernels.bands.states import FIRST, SECOND
from wavepacket.kernels.elementary import sine_cosine
from wavepacket.kernels.jit.decorators import routine
from wavepacket.kernels.layout import LANES, NEED_MOMENT
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
