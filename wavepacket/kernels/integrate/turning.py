"""Packets on an edge: which contact it is, or where its wall leads them; and what is known of each between edges."""

import math

from wavepacket.kernels.integrate.diffuse import scattered
from wavepacket.kernels.integrate.outline import (
    CIRCLE,
    KIND,
    REFLECT,
    ROLE,
    SPECULAR,
    distance,
    lies_on,
    normal,
)
from wavepacket.kernels.integrate.reflection import moments_at, slope_at, wavevector_of, way_back
from wavepacket.kernels.integrate.slide import place_along, room_along, total_at
from wavepacket.kernels.jit.decorators import routine
from wavepacket.kernels.lanes import NOW
from wavepacket.kernels.layout import LANES
from wavepacket.kernels.random import two_uniforms

W = LANES

# Columns of ``marks``: what the packet is about, the edge, the end of the packet and the length of step before, when the
# edge is met, how often that was corrected, and whether the step begins on an edge; then the middle of the way to it, the
# number of the packet, and the side (±1) from which it comes to the edge; last the edge that it leaves, and to which side.
PHASE, HIT, LATER, LENGTH, MEETING, TRIES, LEAVING, MIDDLE, NUMBER = 0, 1, 2, 3, 4, 5, 6, 7, 9
SIDE, LEFT, INWARD = 10, 11, 12
MARKS = 13

_CORNER = 4  # edges that may meet in one place
_DRAWN = 100  # states, until one moves inward in the fields that there are
_NORMALS, _SAME = 12, 1e-15  # tries to find the normal in the middle of a way along a round wall


@routine
def contact_at(outline, hit, x, z):
    """Number of the contact that is met, or that the place lies on, -1 for none."""
    if outline[hit][ROLE] != REFLECT:
        return outline[hit][ROLE]
    for i in range(outline.shape[0]):
        if outline[i][ROLE] != REFLECT and lies_on(outline[i], x, z):
            return outline[i][ROLE]
    return REFLECT


@routine
def turn(pointers, source, outline, at, l, lanes, feels, work, mark):
    """Put a packet where a wall leads it; ``at``: its number, and the sign of its normal inward.

    Returns 0 where no state leads back, 1 where the packet moves inward already, 2 where it has been turned. The normal
    of a round wall is that of the middle of the way along it, so that the reversed motion leads back.
    """
    y, (i, sign), (shift, driven, _) = lanes[NOW * W :], at, feels
    edge = outline[i]
    x, z, k, moments = y[3 * W + l], y[4 * W + l], wavevector_of(lanes, l), moments_at(source, shift)
    across = normal(edge, x, z)
    way, result = (sign * across[0], sign * across[1], 0.0), 1
    for _ in range(_NORMALS):
        back, ahead = room_along(outline, i, mark[MIDDLE:], x, z, way)
        path = (k, way, edge, x, z, back, ahead)
        if driven:
            target = total_at(pointers, source, 0.0, 0.0, path, work)
            slope = work[3][3 * W] * way[0] + work[3][4 * W] * way[1]
        else:
            target, slope = slope_at(pointers[1], source, work[4], k, way, moments, work[:2])
        if not slope < 0.0:
            return result
        q, s = way_back(pointers, source, slope, path, (moments, target, driven), work)
        if q == 0.0:
            return 0
        there, result = place_along(path, s), 2
        for c in range(2):
            y[c * W + l] = k[c] + q * way[c]
        y[3 * W + l], y[4 * W + l] = there
        if edge[KIND] != CIRCLE or s == 0.0:
            break
        across = normal(edge, *place_along(path, 0.5 * s))
        new = (sign * across[0], sign * across[1], 0.0)
        if abs(new[0] - way[0]) + abs(new[1] - way[1]) < _SAME:
            break
        way = new
    return result


@routine
def spread(pointers, source, sample, at, l, lanes, feels, work):
    """Put a packet where a diffuse wall leads it; arguments and result as of `turn`.

    1 where no state of its energy moves inward, against the anomalous velocity that fields give to all of them.
    """
    y, (i, sign), (shift, driven, dice), outline = lanes[NOW * W :], at, feels, sample[0]
    x, z, moments = y[3 * W + l], y[4 * W + l], moments_at(source, shift)
    across, draw = normal(outline[i], x, z), 1
    way = (sign * across[0], sign * across[1], 0.0)
    k = wavevector_of(lanes, l)
    target, _ = slope_at(pointers[1], source, work[4], k, way, moments, work[:2])
    for _ in range(_DRAWN):
        y[l], y[W + l], draw = scattered(
            pointers[1], source, sample[1], (*dice, draw), target, way, moments, work
        )
        if draw == 0:
            return 0
        if not driven:
            return 2
        path = (wavevector_of(lanes, l), way, outline[i], x, z, math.inf, math.inf)
        total_at(pointers, source, 0.0, 0.0, path, work)
        if work[3][3 * W] * way[0] + work[3][4 * W] * way[1] > 0.0:
            return 2
    y[l], y[W + l] = k[0], k[1]
    return 1


@routine
def reflect(pointers, source, sample, l, lanes, feels, work, mark):
    """Turn a packet round at every wall that it is on; returns whether there was a state for that at each of them.

    sample: the outline, and the domain of diffuse walls; feels: B more than the uniform one, whether fields do work, and
    (seed, number, reflections), which random numbers depend on.
    """
    y, hit, new, outline = lanes[NOW * W :], int(mark[HIT]), True, sample[0]
    diffuse = outline[hit][SPECULAR] < 1.0 and two_uniforms(*feels[2], 0)[0] >= outline[hit][SPECULAR]
    for _ in range(_CORNER):
        turned = False
        for i in range(outline.shape[0]):
            x, z, first = y[3 * W + l], y[4 * W + l], i == hit and new
            if outline[i][ROLE] != REFLECT or not (first or lies_on(outline[i], x, z)):
                continue
            side = mark[SIDE] if i == hit else distance(outline[i], mark[MIDDLE], mark[MIDDLE + 1])
            at, new = (i, 1.0 if side > 0.0 else -1.0), new and not first
            found = 1
            if first and diffuse:
                found = spread(pointers, source, sample, at, l, lanes, feels, work)
            if found == 1:  # like a mirror, then
                found = turn(pointers, source, outline, at, l, lanes, feels, work, mark)
            if found == 0:
                return False
            turned = turned or found == 2
        if not turned:
            return True
    return True
