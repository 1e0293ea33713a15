"""The outline of a sample in the xy plane: straight edges and circles, and where a step first meets one of them.

Each row of ``outline`` is one edge. The distance from it is signed: positive on the left of a straight edge, seen from its
first end, and outside a circle.
"""

import math

from wavepacket.kernels.integrate.illinois import between, narrowed
from wavepacket.kernels.integrate.runge_kutta import locate
from wavepacket.kernels.jit.decorators import routine
from wavepacket.kernels.layout import LANES

W = LANES

# Columns of a row: its kind, first end (or centre), unit vector along it, length (or radius), what it does (REFLECT, or
# the number of a contact), how near counts as on it, Å, and which share of the packets it reflects like a mirror.
KIND, X, Y, ALONG_X, ALONG_Y, LENGTH, ROLE, NEAR, SPECULAR = 0, 1, 2, 3, 4, 5, 6, 7, 8
EDGE = 9
STRAIGHT, CIRCLE = 0.0, 1.0
REFLECT = -1.0

PLACES = 16  # of a step at which the distance is looked at
_CLOSE = 1e-15  # of a step
_MOST = 60


@routine
def distance(edge, x, y):
    """Signed distance from the line or circle of an edge, Å."""
    dx, dy = x - edge[X], y - edge[Y]
    if edge[KIND] == CIRCLE:
        return math.sqrt(dx * dx + dy * dy) - edge[LENGTH]
    return edge[ALONG_X] * dy - edge[ALONG_Y] * dx


@routine
def normal(edge, x, y):
    """Unit vector in which the distance grows, at a place."""
    if edge[KIND] == CIRCLE:
        dx, dy = x - edge[X], y - edge[Y]
        r = math.sqrt(dx * dx + dy * dy)
        return dx / r, dy / r
    return -edge[ALONG_Y], edge[ALONG_X]


@routine
def beside(edge, x, y, margin):
    """Whether a place lies between the ends of an edge, or beyond them by no more than a margin in Å."""
    if edge[KIND] == CIRCLE:
        return True
    s = edge[ALONG_X] * (x - edge[X]) + edge[ALONG_Y] * (y - edge[Y])
    return -margin <= s <= edge[LENGTH] + margin


@routine
def lies_on(edge, x, y):
    """Whether a place counts as on an edge."""
    return abs(distance(edge, x, y)) <= edge[NEAR] and beside(edge, x, y, edge[NEAR])


@routine
def gap_at(edge, l, u, y, p, begin):
    """Distance after the part u of the step of a lane; for a packet that leaves the edge what it has gained, over u."""
    value = distance(edge, locate(y, p, 3 * W + l, u), locate(y, p, 4 * W + l, u))
    return (value - begin[2]) / u if begin[0] else value


@routine
def root(edge, l, low, high, values, path, begin):
    """The part of a step at which an edge is met between two places with distances of unlike sign."""
    (y, p), (a, b), u = path, values, high
    ends = (low, high, a, b, 0)
    for _ in range(_MOST):
        if ends[1] - ends[0] <= _CLOSE or ends[3] == 0.0:
            return ends[1]
        u = between(ends)
        value = gap_at(edge, l, u, y, p, begin)
        if value == 0.0:
            return u
        ends = narrowed(ends, u, value)
    return u


@routine
def first_meeting(edge, l, begin, path):
    """The part of a step after which its path first meets an edge; 2 where it does not.

    begin: whether the packet leaves the edge; the distance at u = 0, or how fast it grows there, per step; the distance
    then. Between places the parabola through three of them shows where a path only touches.
    """
    y, p = path
    before, last, width = begin[1], begin[1], 1.0 / PLACES
    for j in range(1, PLACES + 1):
        high = j * width
        value = gap_at(edge, l, high, y, p, begin)
        low, found = high - width, 2.0
        if value * last <= 0.0:
            found = root(edge, l, low, high, (last, value), path, begin)
        elif j > 1 and abs(last) < abs(before) and abs(last) < abs(value) and before * last > 0.0:
            least = low + 0.5 * width * (before - value) / (before - 2.0 * last + value)
            there = gap_at(edge, l, least, y, p, begin)
            if there * last < 0.0:
                earlier = least < low
                one = before if earlier else last
                found = root(edge, l, low - width if earlier else low, least, (one, there), path, begin)
        if found <= 1.0:
            x, z = locate(y, p, 3 * W + l, found), locate(y, p, 4 * W + l, found)
            if beside(edge, x, z, edge[NEAR]):
                return found
        before, last = last, value
    return 2.0
