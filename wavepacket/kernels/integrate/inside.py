"""Gap and D between the ends of a step: a packet must not jump over a closing gap, or over D → 0.

The stages of a step tell at no cost how much the gap changes along it. Where it changes by as much as it is small, or
the step is long, the path of the step is looked at: at eight places, then again between those between which the gap
could reach its limit at one and a half times the steepest slope among these eight, until it cannot, or does. A cone is
found exactly: its slope is constant on either side. Where bands touch to higher order slopes fall towards the place, so
that they are taken anew at each look: with those of the whole step the doubt would spread over ever more intervals.
"""

import math

from wavepacket.kernels.integrate.control import (
    DENSITY_OF_STATES,
    GAP_TOO_SMALL,
    INTERPOLATES,
    LONGEST_PHASE,
    MINIMUM_FACTOR,
    MINIMUM_GAP,
    UNSEEN,
)
from wavepacket.kernels.integrate.runge_kutta import cubic, locate
from wavepacket.kernels.jit.decorators import routine, scalar
from wavepacket.kernels.lanes import (
    ACCEPTED,
    FACTOR_HIGH,
    FACTOR_LOW,
    GAP_LOW,
    HIGHEST,
    LOWEST,
    NOW,
    STEP,
    STOP,
    SUSPECT,
    used_lanes,
)
from wavepacket.kernels.layout import CURVATURE, GAP, LANES, REDUCED_SHIFT
from wavepacket.kernels.motion.equations import density_of_states_factor, three, with_shift
from wavepacket.kernels.motion.fields import REDUCED_FIELD
from wavepacket.kernels.vectors import dot

W = LANES
POINTS = 8  # a geometry costs the same for one of them and for eight
STACK = 512
_SLOPE = 1.5  # margin over the steepest slope seen
_EXACT = 1e-3  # of the limit: what the gap may still fall below it unseen
_SHORTEST = 1e-13  # of a step
_LOOKS = 2000


@scalar
def doubt(low, high, departure, phase, unseen, limit, least):
    """1 where gap or D could pass its limit within a step that was seen at its stages only, else 0.

    low, high: extremes of the gap at the stages, eV; departure: |D - 1| at most; phase: |k̇| h in units of what the
    stages resolve; unseen: how far below ``low`` a cone may lead between two stages, of high - low. For a single band,
    whose gap is infinite, 0.
    """
    near = 1.0 if low - unseen * (high - low) < limit else 0.0
    near = 1.0 if phase > 1.0 else near
    near = near if limit > 0.0 else 0.0
    # Ω of two bands that come close goes with the third power of the gap at most.
    far = departure * high * high * high
    near = 1.0 if far > (1.0 - least) * low * low * low else near
    return near if low < math.inf else 0.0


@routine
def any_suspect(lanes, active):
    """Whether a lane is marked."""
    marked = 0
    for l in range(active):
        marked += 1 if lanes[SUSPECT * W + l] > 0.0 else 0
    return marked > 0


@routine
def suspect(lanes, rates, control, length, count):
    """Mark the accepted lanes whose step has to be looked into; returns whether there are any."""
    limit, least, unseen = control[MINIMUM_GAP], control[MINIMUM_FACTOR], control[UNSEEN]
    unit = length / control[LONGEST_PHASE]
    used = used_lanes(count)
    for l in range(used):
        phase = unit * lanes[STEP * W + l] * (abs(rates[l]) + abs(rates[W + l]) + abs(rates[2 * W + l]))
        departure = max(1.0 - lanes[FACTOR_LOW * W + l], lanes[FACTOR_HIGH * W + l] - 1.0)
        mark = doubt(lanes[LOWEST * W + l], lanes[HIGHEST * W + l], departure, phase, unseen, limit, least)
        mark = mark if lanes[STOP * W + l] == 0.0 else 0.0
        mark *= lanes[ACCEPTED * W + l]
        lanes[SUSPECT * W + l] = mark
    # Whole numbers, and apart: a sum of floating-point numbers in order would keep the loop from being vectorised.
    return any_suspect(lanes, used)


@routine
def sample(geometry, source, y, polynomial, l, begin, width, block):
    """Gap and, in ``point``, D at eight places of a step from ``begin`` on, ``width`` apart."""
    integers, reals, scratch, environment = source[0], source[1], source[2], source[3]
    point, band, field = block
    # B of the last stage: within a step a field that varies slowly is as good as uniform.
    uniform = (environment[REDUCED_FIELD], environment[REDUCED_FIELD + 1], environment[REDUCED_FIELD + 2])
    b = with_shift(uniform, field, REDUCED_SHIFT, l)
    for j in range(POINTS):
        for c in range(3):
            point[c * W + j] = locate(y, polynomial, c * W + l, begin + j * width)
    geometry(point, POINTS, integers, reals, scratch, band)
    for j in range(POINTS):
        point[j] = density_of_states_factor(dot(b, three(band, CURVATURE * W + j)))


@scalar
def is_clear(one, other, change, departure, limit, least):
    """Whether the gap, and D, stay above their limits between two places; a gap that changes by ``change`` at most."""
    lowest = 0.5 * (one + other - change)
    open_gap = limit == 0.0 or lowest >= limit or change < _EXACT * limit
    ratio = max(one, other) / lowest if lowest > 0.0 else math.inf
    # Ω of two bands that come close goes with the third power of the gap at most.
    whole = (
        departure == 0.0 or change < 0.1 * min(one, other) or departure * ratio * ratio * ratio < 1.0 - least
    )
    return open_gap, whole


@routine
def look(geometry, source, control, l, y, polynomial, deep, block, work):
    """Look at the path of one lane within its step; returns the reason to stop (0: none), or 1 where it stays doubtful.

    ``found`` gets the lowest gap, the lowest and the highest D. Without ``deep`` only the first eight places are looked
    at, with a doubled margin, and what they leave open stays doubtful.
    """
    (point, band, _), (stack, found) = block, work
    limit, least = control[MINIMUM_GAP], control[MINIMUM_FACTOR]
    margin = _SLOPE if deep else 2.0 * _SLOPE
    found[0], found[1], found[2] = math.inf, math.inf, -math.inf
    top, looks = 1, 0
    stack[0], stack[1] = 0.0, 1.0
    while top > 0 and looks < _LOOKS:
        top, looks = top - 1, looks + 1
        begin = stack[2 * top]
        width = (stack[2 * top + 1] - begin) / (POINTS - 1)
        sample(geometry, source, y, polynomial, l, begin, width, block)
        slope = 0.0
        for j in range(POINTS):
            gap, factor = band[GAP * W + j], point[j]
            found[0], found[1], found[2] = min(found[0], gap), min(found[1], factor), max(found[2], factor)
            if j > 0:
                slope = max(slope, abs(gap - band[GAP * W + j - 1]) / width)
        if found[0] < limit:
            return GAP_TOO_SMALL if deep else 1.0
        if found[1] < least:
            return DENSITY_OF_STATES if deep else 1.0
        change = margin * slope * width
        for j in range(POINTS - 1):
            one, other = band[GAP * W + j], band[GAP * W + j + 1]
            departure = max(abs(1.0 - point[j]), abs(1.0 - point[j + 1]))
            open_gap, whole = is_clear(one, other, change, departure, limit, least)
            if open_gap and whole:
                continue
            if not deep:
                return 1.0
            if 2 * top + 1 >= STACK:
                return DENSITY_OF_STATES if open_gap else GAP_TOO_SMALL
            if width > _SHORTEST:
                stack[2 * top], stack[2 * top + 1] = begin + j * width, begin + (j + 1) * width
                top += 1
    # What cannot be shown to stay above its limit counts as if it did not.
    return 0.0 if top == 0 else GAP_TOO_SMALL


@routine
def clear(geometry, source, control, block, last, polynomial, work, active):
    """Cubics through the ends of the steps; where dense output follows, a first look along them clears most lanes."""
    lanes, K, new, point, _, band, field = block
    used = used_lanes(active)
    y = lanes[NOW * W :]
    cubic(y, new, lanes[STEP * W : STEP * W + used], K, last, 3, polynomial)
    deep = control[INTERPOLATES] == 0.0  # no literal, or numba would compile `look` once more
    for l in range(active):
        if not deep and lanes[SUSPECT * W + l] > 0.0:
            lanes[SUSPECT * W + l] = look(
                geometry, source, control, l, y, polynomial, deep, (point, band, field), work
            )


@routine
def look_inside(geometry, source, control, block, polynomial, work, active):
    """Follow the polynomial of the marked steps, note what is met there, and stop packets that pass a limit."""
    lanes, _, _, point, _, band, field = block
    found, deep = work[1], active > 0
    for l in range(active):
        if lanes[SUSPECT * W + l] > 0.0:
            places = (point, band, field)
            stop = look(geometry, source, control, l, lanes[NOW * W :], polynomial, deep, places, work)
            lanes[STOP * W + l] = stop if stop > 0.0 else lanes[STOP * W + l]
            lanes[GAP_LOW * W + l] = min(lanes[GAP_LOW * W + l], found[0])
            lanes[FACTOR_LOW * W + l] = min(lanes[FACTOR_LOW * W + l], found[1])
            lanes[FACTOR_HIGH * W + l] = max(lanes[FACTOR_HIGH * W + l], found[2])
