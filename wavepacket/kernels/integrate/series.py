"""Chebyshev series of a velocity along a window of time, of its integral, and what both say at the saves within.

A window has the extremes of a Chebyshev polynomial as nodes, 16 (degree FEW) or 31 (degree MANY), of which the former are
every other one. Rows of ``known`` have a place for each node, those of ``series`` for each term; a row for each direction.
C. W. Clenshaw and A. R. Curtis, Numer. Math. 2, 197 (1960).
"""

import math

from wavepacket.kernels.elementary import bits_from_float, exponential
from wavepacket.kernels.integrate.saves import put
from wavepacket.kernels.jit.decorators import routine, scalar
from wavepacket.kernels.simd import WIDTH, count_below, every, fused, load, store

FEW, MANY = 15, 30
NODES, TERMS = 32, 40  # room in a row
WIDE = 2 * WIDTH

# Parts of ``rules``: 1 + x of all nodes, and the weights (nodes, terms) that make terms of values; terms are padded to WIDE.
PLACES, COARSE = 0, NODES
FINE = COARSE + (FEW + 1) * WIDE
RULES = FINE + (MANY + 1) * 2 * WIDE

_LN2 = math.log(2.0)
_BITS = 2.0**-52
_BIAS = 1023.0
_STEEPEST = 20.0


@scalar
def store_two(out, at, first, second):
    """Sixteen numbers from ``at`` on."""
    store(out, at, first)
    store(out, at + WIDTH, second)


@routine
def expand(known, step, degree, weights, planar, series):
    """Terms of the polynomial through every ``step``-th node, for all directions; those beyond the degree are zero."""
    nodes = degree + 1
    width = ((nodes - 1) | (WIDE - 1)) + 1
    for first in range(0, width, WIDE):
        x, y, z = every(0.0), every(0.0), every(0.0)
        u, v, w = every(0.0), every(0.0), every(0.0)
        for i in range(nodes):
            a, b = load(weights, i * width + first), load(weights, i * width + first + WIDTH)
            p, q = every(known[step * i]), every(known[NODES + step * i])
            x, u, y, v = fused(p, a, x), fused(p, b, u), fused(q, a, y), fused(q, b, v)
            if not planar:
                p = every(known[2 * NODES + step * i])
                z, w = fused(p, a, z), fused(p, b, w)
        store_two(series, first, x, u)
        store_two(series, TERMS + first, y, v)
        store_two(series, 2 * TERMS + first, z, w)


@routine
def rest(series, degree):
    """What the last three terms add, at most: more than all that is left out, where terms fall like powers."""
    largest = 0.0
    for c in range(3):
        last = c * TERMS + degree
        largest = max(largest, abs(series[last]) + abs(series[last - 1]) + abs(series[last - 2]))
    return largest


@scalar
def logarithm(x):
    """Logarithm of x > 0 to 0.06: the exponent and a straight line between powers of two; the same on every CPU."""
    return _LN2 * (bits_from_float(max(x, 1e-300)) * _BITS - _BIAS)


@scalar
def ratio_of_lengths(size, found, wanted, degree):
    """How many times as long a window may be for a rest of ``wanted`` at MANY nodes, after one of ``found`` at ``degree``.

    Terms fall like ρ^-n where the velocity is smooth within an ellipse about the window, with half axes (ρ ± 1/ρ)/2 of half
    its length: L. N. Trefethen, Approximation Theory and Approximation Practice (2013), theorem 8.2.
    """
    here = exponential(min((logarithm(size) - logarithm(found)) / (degree - 1.0), _STEEPEST))
    there = exponential((logarithm(size) - logarithm(wanted)) / (MANY - 1.0))
    return (here - 1.0 / here) / (there - 1.0 / there)


@routine
def integrate(series, degree, half, at, integral):
    """Terms of the integral that begins with ``at`` at the start of a window, three numbers that become those at its end."""
    for c in range(3):
        row = c * TERMS
        series[row + degree + 1] = series[row + degree + 2] = 0.0
        first = half * (series[row] - 0.5 * series[row + 2])
        begin, end, sign = -first, first, 1.0
        integral[row + 1] = first
        for n in range(2, degree + 2):
            term = half * (series[row + n - 1] - series[row + n + 1]) / (2.0 * n)
            integral[row + n] = term
            begin, end, sign = begin + sign * term, end + term, -sign
        integral[row] = at[c] - begin
        at[c] = integral[row] + end


@routine
def save(saves, window, degree, terms, line, planar, paths, buffer):
    """k, r and velocity at the saves of a window before ``until``; returns the first save of the next one.

    saves: times, followed by infinite ones, the first of this window, and the place of the path among all;
    window: when it begins, its length, and until when saves belong to it; line: k at time 0 and its rate.
    """
    (times, row, path), (begin, length, until), (series, integral) = saves, window, terms
    wavevector, position, velocity = paths
    number, inverse = len(times) - WIDTH, 2.0 / length
    while times[row] < until:
        t = load(times, row)
        count = count_below(t, until)
        x = fused(t - every(begin), every(inverse), every(-1.0))
        twice, before, now = x + x, every(1.0), x
        vx, vy, vz = every(series[0]), every(series[TERMS]), every(series[2 * TERMS])
        rx, ry, rz = every(integral[0]), every(integral[TERMS]), every(integral[2 * TERMS])
        for n in range(1, degree + 2):
            vx, rx = fused(every(series[n]), now, vx), fused(every(integral[n]), now, rx)
            vy, ry = fused(every(series[TERMS + n]), now, vy), fused(every(integral[TERMS + n]), now, ry)
            if not planar:
                vz = fused(every(series[2 * TERMS + n]), now, vz)
                rz = fused(every(integral[2 * TERMS + n]), now, rz)
            before, now = now, fused(twice, now, -before)
        kx, ky = fused(every(line[3]), t, every(line[0])), fused(every(line[4]), t, every(line[1]))
        kz = fused(every(line[5]), t, every(line[2]))
        start, room = 3 * (path + row), number - row
        put((kx, ky, kz), start, count, room, buffer, wavevector)
        put((rx, ry, rz), start, count, room, buffer, position)
        put((vx, vy, vz), start, count, room, buffer, velocity)
        row += count
    return row
