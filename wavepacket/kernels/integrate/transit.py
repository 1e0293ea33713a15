"""How long a packet in free flight survives in each valley: borders are found on the dense output of each step.

Where all packets scatter at a constant rate the chance to have survived is e^{-Γt}, so that the time in a valley, weighted
by it, follows from the times at which borders are crossed.
"""

import math

from wavepacket.kernels.elementary import exponential
from wavepacket.kernels.integrate import dop853_coefficients as tableau
from wavepacket.kernels.integrate.flight_step import BLOCK, evaluate
from wavepacket.kernels.integrate.stages import make_stage, make_sum
from wavepacket.kernels.integrate.valley_crossing import BEGUN, CROSS_SIGNATURE, ENTERED, HERE, REACH
from wavepacket.kernels.jit.decorators import kernel, routine
from wavepacket.kernels.layout import GEOMETRY, LANES, LAST_STAGE
from wavepacket.kernels.motion.flight import FLOW
from wavepacket.kernels.reduce.regions import fold, nearest

W = LANES
_PLACES = 3 * W
_BAND, _FIELD = GEOMETRY * W, 3 * W
_POLYNOMIAL = _BAND + _FIELD
_FOUND = _POLYNOMIAL + 7 * _PLACES
SPARE = _FOUND + 6
"""Numbers of working space."""

# A shorter visit to another valley than this part of a step may go unseen: it leads by the square of it, at most, across
# the border, and so do as few of all packets.
_SHORTEST = 1.0 / 64.0
_CLOSE = 1e-13  # of a step: the time of a crossing
_MOST = 60

_stage_13, _stage_14, _stage_15 = (make_stage(tableau.STAGES[i], BLOCK) for i in (13, 14, 15))
_dense_3, _dense_4, _dense_5, _dense_6 = (make_sum(tableau.DENSE[i], BLOCK) for i in range(4))


@routine
def survival(rate, t):
    """−∫ e^{-Γt} dt up to a constant, fs; Γ = 0 for flights whose end has been drawn already."""
    return exponential(-rate * t) / rate if rate > 0.0 else -t


@routine
def distance(k, y, place):
    """From a point to that of one lane."""
    total = 0.0
    for c in range(3):
        total += (k[c] - y[place + c * W]) ** 2
    return math.sqrt(total)


@routine
def speed(K, place):
    """|k̇| of one lane."""
    return math.sqrt(K[place] ** 2 + K[place + W] ** 2 + K[place + 2 * W] ** 2)


@routine
def leaves(l, y, new, K, h, mark):
    """Whether a step may lead out of the region that is known to belong to the present valley."""
    arc = 0.5 * h[l] * (speed(K, l) + speed(K, LAST_STAGE * BLOCK + l))
    return max(distance(mark[HERE:], y, l), distance(mark[HERE:], new, l)) + arc > mark[REACH]


@routine
def interpolating(y, new, K, h, p):
    """Coefficients for k of all lanes: Hairer, Nørsett and Wanner (1993), section II.6."""
    for row in range(3):
        for l in range(W):
            i = row * W + l
            change, begin, end = new[i] - y[i], h[l] * K[i], h[l] * K[LAST_STAGE * BLOCK + i]
            p[i] = change
            p[_PLACES + i] = begin - change
            p[2 * _PLACES + i] = 2.0 * change - (begin + end)
            p[3 * _PLACES + i] = h[l] * _dense_3(K, i)
            p[4 * _PLACES + i] = h[l] * _dense_4(K, i)
            p[5 * _PLACES + i] = h[l] * _dense_5(K, i)
            p[6 * _PLACES + i] = h[l] * _dense_6(K, i)


@routine
def locate(l, u, y, p, k):
    """The wavevector of one lane after the part u of its step."""
    v = 1.0 - u
    for c in range(3):
        i = c * W + l
        value = p[6 * _PLACES + i] * u + p[5 * _PLACES + i]
        value = (value * v + p[4 * _PLACES + i]) * u + p[3 * _PLACES + i]
        value = (value * v + p[2 * _PLACES + i]) * u + p[_PLACES + i]
        k[c] = (value * v + p[i]) * u + y[i]


@routine
def margin(k, basis, inverse, images, owners, here, there, found):
    """How much farther the centres of one valley are than those of another."""
    fold(k, basis, inverse, found)
    first, second = math.inf, math.inf
    for i in range(images.shape[0]):
        square = 0.0
        for c in range(3):
            square += (found[c] - images[i, c]) ** 2
        if owners[i] == here:
            first = min(first, square)
        elif owners[i] == there:
            second = min(second, square)
    return math.sqrt(second) - math.sqrt(first)


@routine
def crossing(l, low, high, y, p, basis, inverse, images, owners, here, there, k, found):
    """The part of a step at which the border between two valleys is crossed: regula falsi, Illinois variant."""
    locate(l, low, y, p, k)
    a = margin(k, basis, inverse, images, owners, here, there, found)
    locate(l, high, y, p, k)
    b = margin(k, basis, inverse, images, owners, here, there, found)
    if a <= 0.0:
        return low
    kept = 0
    for _ in range(_MOST):
        if high - low <= _CLOSE or b >= 0.0:
            return high
        u = (low * b - high * a) / (b - a)
        locate(l, u, y, p, k)
        value = margin(k, basis, inverse, images, owners, here, there, found)
        if abs(value) <= _CLOSE * (a - b):
            return u
        if value > 0.0:
            low, a = u, value
            b = 0.5 * b if kept == 1 else b
            kept = 1
        else:
            high, b = u, value
            a = 0.5 * a if kept == -1 else a
            kept = -1
    return 0.5 * (low + high)


@routine
def walk(l, y, K, p, t, h, rate, basis, inverse, images, owners, valley, mark, stay, work):
    """Follow one lane through its step and note every crossing; returns the valley at its end.

    Parts of the step are halved until they are sure to stay in a valley, or as short as they may be.
    """
    k, found = work[:3], work[3:]
    fastest = 1.5 * h * max(speed(K, l), speed(K, LAST_STAGE * BLOCK + l))
    u, width, reach = 0.0, 1.0, mark[REACH]
    while u < 1.0:
        width = min(width, 1.0 - u)
        locate(l, u + width, y, p, k)
        there, room = nearest(k, basis, inverse, images, owners, valley, found)
        sure = there == valley and fastest * width <= reach + room
        if not sure and width > _SHORTEST:
            width = 0.5 * width
            continue
        if there != valley:
            x = crossing(l, u, u + width, y, p, basis, inverse, images, owners, valley, there, k, found)
            now = t + x * h - mark[BEGUN]
            stay[valley] += survival(rate, mark[ENTERED]) - survival(rate, now)
            mark[ENTERED] = now
        u, valley, reach = u + width, there, room
        width = 2.0 * width
    locate(l, 1.0, y, p, k)
    for c in range(3):
        mark[HERE + c] = k[c]
    mark[REACH] = reach
    return valley


@kernel(CROSS_SIGNATURE)
def cross_borders(
    geometry, count, integers, reals, scratch, environment, scattering, y, new, K, t, h, sign, rate, stage_time, point,
    error, ids, spare, basis, inverse, images, owners, valleys, marks, stays,
):  # fmt: skip
    """Add the time that each packet has survived in valleys that it has left in this step: ``stays`` (n, V), fs.

    A step that is not accepted counts for nothing. ``valleys`` (n,) says where each packet is, ``marks`` is as in
    valley_crossing.py, with reach 0 at the start.
    """
    band, field, p, work = spare[:_BAND], spare[_BAND:_POLYNOMIAL], spare[_POLYNOMIAL:_FOUND], spare[_FOUND:]
    asked = False
    for l in range(count):
        mark = marks[ids[l]]
        if error[l] <= 1.0 and leaves(l, y, new, K, h, mark):
            for c in range(3):
                mark[HERE + c] = y[c * W + l]
                work[c] = y[c * W + l]
            mark[REACH] = nearest(work, basis, inverse, images, owners, valleys[ids[l]], work[3:])[1]
            asked = asked or leaves(l, y, new, K, h, mark)
    if not asked:
        return
    source, lanes = (integers, reals, scratch, environment, scattering), (t, h, sign, rate, stage_time)
    _stage_13(y, h, K, FLOW, point)
    evaluate(13, geometry, count, source, point, lanes, K, band, field)
    _stage_14(y, h, K, FLOW, point)
    evaluate(14, geometry, count, source, point, lanes, K, band, field)
    _stage_15(y, h, K, FLOW, point)
    evaluate(15, geometry, count, source, point, lanes, K, band, field)
    interpolating(y, new, K, h, p)
    for l in range(count):
        packet = ids[l]
        if error[l] <= 1.0 and leaves(l, y, new, K, h, marks[packet]):
            valleys[packet] = walk(
                l, y, K, p, t[l], h[l], rate[l], basis, inverse, images, owners, valleys[packet], marks[packet],
                stays[packet], work,
            )  # fmt: skip
