"""The outline of a sample in the xy plane: straight edges and circles.

Each row of ``outline`` is one edge. The distance from it is signed: positive on the left of a straight edge, seen from its
first end, and outside a circle.
"""

import math

from wavepacket.kernels.jit.decorators import routine

# Columns of a row: its kind, first end (or centre), unit vector along it, length (or radius), what it does (REFLECT, or
# the number of a contact), how near counts as on it, Å, and which share of the packets it reflects like a mirror.
KIND, X, Y, ALONG_X, ALONG_Y, LENGTH, ROLE, NEAR, SPECULAR = 0, 1, 2, 3, 4, 5, 6, 7, 8
EDGE = 9
STRAIGHT, CIRCLE = 0.0, 1.0
REFLECT = -1.0


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
