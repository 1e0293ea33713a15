"""How long a packet in free flight survives in each valley: borders are found on the dense output of each step.

Where all packets scatter at a constant rate the chance to have survived is e^{-Γt}, so that the time in a valley, weighted
by it, follows from the times at which borders are crossed.
"""

import math

from wavepacket.kernels.elementary import exponential
from wavepacket.kernels.integrate.illinois import between, narrowed
from wavepacket.kernels.integrate.runge_kutta import locate
from wavepacket.kernels.integrate.valley_crossing import BEGUN, CROSS_SIGNATURE, ENTERED, HERE, REACH
from wavepacket.kernels.jit.decorators import kernel, routine
from wavepacket.kernels.lanes import ACCEPTED, NOW, RATE, STEP, TIME
from wavepacket.kernels.layout import INTERPOLANT, LANES, LAST_STAGE
from wavepacket.kernels.motion.flight import ROWS
from wavepacket.kernels.reduce.regions import fold, nearest

W = LANES
_LAST = LAST_STAGE * ROWS * W

# A shorter visit to another valley than this part of a step may go unseen: it leads by the square of it, at most, across
# the border, and so do as few of all packets.
_SHORTEST = 1.0 / 64.0
_CLOSE = 1e-13  # of a step: the time of a crossing
_MOST = 60


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
    arc = 0.5 * h[l] * (speed(K, l) + speed(K, _LAST + l))
    return max(distance(mark[HERE:], y, l), distance(mark[HERE:], new, l)) + arc > mark[REACH]


@routine
def place_at(l, u, y, p, k):
    """The wavevector of one lane after the part u of its step."""
    for c in range(3):
        k[c] = locate(y, p, c * W + l, u)


@routine
def margin(k, regions, here, there, found):
    """How much farther the centres of one valley are than those of another."""
    basis, inverse, images, owners = regions
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
def crossing(l, low, high, path, regions, here, there, work):
    """The part of a step at which the border between two valleys is crossed."""
    (y, p), (k, found) = path, work
    place_at(l, low, y, p, k)
    a = margin(k, regions, here, there, found)
    place_at(l, high, y, p, k)
    b = margin(k, regions, here, there, found)
    if a <= 0.0:
        return low
    ends = (low, high, a, b, 0)
    for _ in range(_MOST):
        if ends[1] - ends[0] <= _CLOSE or ends[3] >= 0.0:
            return ends[1]
        u = between(ends)
        place_at(l, u, y, p, k)
        value = margin(k, regions, here, there, found)
        if abs(value) <= _CLOSE * (ends[2] - ends[3]):
            return u
        ends = narrowed(ends, u, value)
    return 0.5 * (ends[0] + ends[1])


@routine
def walk(l, lanes, K, p, regions, valley, mark, stay, work):
    """Follow one lane through its step and note every crossing; returns the valley at its end.

    Parts of the step are halved until they are sure to stay in a valley, or as short as they may be.
    """
    basis, inverse, images, owners = regions
    k, found = work
    y, t, h, rate = lanes[NOW * W :], lanes[TIME * W + l], lanes[STEP * W + l], lanes[RATE * W + l]
    fastest = 1.5 * h * max(speed(K, l), speed(K, _LAST + l))
    u, width, reach = 0.0, 1.0, mark[REACH]
    while u < 1.0:
        width = min(width, 1.0 - u)
        place_at(l, u + width, y, p, k)
        there, room = nearest(k, basis, inverse, images, owners, valley, found)
        sure = there == valley and fastest * width <= reach + room
        if not sure and width > _SHORTEST:
            width = 0.5 * width
            continue
        if there != valley:
            x = crossing(l, u, u + width, (y, p), regions, valley, there, work)
            now = t + x * h - mark[BEGUN]
            stay[valley] += survival(rate, mark[ENTERED]) - survival(rate, now)
            mark[ENTERED] = now
        u, valley, reach = u + width, there, room
        width = 2.0 * width
    place_at(l, 1.0, y, p, k)
    for c in range(3):
        mark[HERE + c] = k[c]
    mark[REACH] = reach
    return valley


@kernel(CROSS_SIGNATURE)
def cross_borders(method, rates, geometry, count, source, block, packets, followed, polynomial):
    """Add the time that each packet has survived in valleys that it has left in this step: ``stays`` (n, V), fs.

    A step that is not accepted counts for nothing. ``valleys`` (n,) says where each packet is, ``marks`` is as in
    valley_crossing.py, with reach 0 at the start.
    """
    basis, inverse, images, owners, valleys, marks, stays = followed
    lanes, K, new = block[0], block[1], block[2]
    y, h, free = lanes[NOW * W :], lanes[STEP * W : (STEP + 1) * W], len(polynomial) - 6
    k, found = polynomial[free : free + 3], polynomial[free + 3 :]
    asked = False
    for l in range(count):
        mark = marks[packets[l]]
        if lanes[ACCEPTED * W + l] > 0.0 and leaves(l, y, new, K, h, mark):
            for c in range(3):
                mark[HERE + c] = y[c * W + l]
                k[c] = y[c * W + l]
            mark[REACH] = nearest(k, basis, inverse, images, owners, valleys[packets[l]], found)[1]
            asked = asked or leaves(l, y, new, K, h, mark)
    if not asked:
        return
    method(INTERPOLANT, rates, geometry, count, source, block, polynomial)
    for l in range(count):
        packet = packets[l]
        if lanes[ACCEPTED * W + l] > 0.0 and leaves(l, y, new, K, h, marks[packet]):
            regions = (basis, inverse, images, owners)
            valleys[packet] = walk(
                l, lanes, K, polynomial, regions, valleys[packet], marks[packet], stays[packet], (k, found)
            )
