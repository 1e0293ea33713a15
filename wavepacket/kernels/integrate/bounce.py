"""Hard walls and contacts: what becomes of a step that leads over an edge of the sample.

A packet that meets an edge takes three steps of the loop for it, each of its own lane alone. The step over the edge is
rejected, and the end of the packet brought forward to the time at which its dense output meets the edge; the step that
ends there is corrected until it does, by Newton's rule; the one after it, which would lead on, is rejected, and the packet
begins anew with the reflected wavevector, or is over at a contact. So saves and monitors know nothing of walls.
"""

from wavepacket.kernels.integrate.control import ABSORBED, NO_REFLECTION
from wavepacket.kernels.integrate.outline import NEAR, beside, distance, first_meeting, lies_on, normal
from wavepacket.kernels.integrate.reach import in_space
from wavepacket.kernels.integrate.turning import (
    HIT,
    LATER,
    LEAVING,
    LENGTH,
    MARKS,
    MEETING,
    MIDDLE,
    NUMBER,
    PHASE,
    TRIES,
    contact_at,
    reflect,
)
from wavepacket.kernels.integrate.valley_crossing import CROSS_SIGNATURE
from wavepacket.kernels.jit.decorators import kernel, routine
from wavepacket.kernels.lanes import (
    ACCEPTED,
    BEFORE,
    END,
    ERROR,
    NOW,
    REACHED,
    REJECTED,
    SIGN,
    STEP,
    STOP,
    TIME,
)
from wavepacket.kernels.layout import INTERPOLANT, LANES, LAST_STAGE, MOMENT_SHIFT
from wavepacket.kernels.motion.fields import TERMS

W = LANES
__all__ = ["CONTACT", "LEAVING", "MARKS", "NUMBER", "OUTCOME", "REFLECTIONS", "WHEN", "bounce"]

FREE, BOUND, ARRIVED, LANDED = 0.0, 1.0, 2.0, 3.0

# Columns of ``stays``: number of the contact that a packet ended at, -1 for none; when, fs; and reflections.
CONTACT, WHEN, REFLECTIONS = 0, 1, 2
OUTCOME = 3

_SCRATCH_STAGE = 15  # of K: dense output computes it anew when it needs it
_CORRECTIONS = 4
_EXACT = 1e-12  # of a step: how far off the time of a meeting may be
_SHORTEST = 1e-13  # of the time: a step that a correction may reject, or lead to


@routine
def speed(rates, l):
    """|ṙ| in the plane of one lane."""
    return (rates[3 * W + l] ** 2 + rates[4 * W + l] ** 2) ** 0.5


@routine
def may_meet(edge, x, z, way):
    """Whether a path of this length from a place can meet an edge."""
    far = way + edge[NEAR]
    return abs(distance(edge, x, z)) <= far and beside(edge, x, z, far)


@routine
def next_meeting(outline, l, lanes, K, p, leaving):
    """(Part of the step, edge) of the first meeting of a lane; part 2 for none."""
    y, h = lanes[NOW * W :], lanes[STEP * W + l]
    x, z = y[3 * W + l], y[4 * W + l]
    first, which = 2.0, 0
    for i in range(outline.shape[0]):
        edge = outline[i]
        off, on = distance(edge, x, z), leaving and lies_on(edge, x, z)
        across = normal(edge, x, z)
        start = h * (K[3 * W + l] * across[0] + K[4 * W + l] * across[1]) if on else off
        u = first_meeting(edge, l, (on, start, off), (y, p))
        if u < first:
            first, which = u, i
    return first, which


@routine
def try_again(l, lanes, length):
    """Reject the step of a lane, which was not too long, so that the next one is as long as given, or shorter."""
    lanes[ACCEPTED * W + l], lanes[REJECTED * W + l] = 0.0, 1.0
    lanes[ERROR * W + l], lanes[BEFORE * W + l] = 0.0, 0.0
    lanes[STEP * W + l] = length


@routine
def head_for(l, lanes, mark, u, which):
    """Reject the step of a lane, and let the packet come to the edge that it meets after the part u of it."""
    t, h = lanes[TIME * W + l], lanes[STEP * W + l]
    mark[PHASE], mark[HIT], mark[TRIES] = BOUND, which, 0.0
    mark[LATER], mark[LENGTH], mark[MEETING] = lanes[END * W + l], h, t + u * h
    lanes[END * W + l] = mark[MEETING]
    try_again(l, lanes, h)
    if mark[MEETING] <= t:  # on it already, to rounding
        lanes[END * W + l], mark[PHASE] = mark[LATER], LANDED


@routine
def land(outline, l, lanes, new, last, mark):
    """Accept a step that ends on the edge, or correct the time of the meeting."""
    edge, x, z = outline[int(mark[HIT])], new[3 * W + l], new[4 * W + l]
    across, t = normal(edge, x, z), lanes[TIME * W + l]
    closing = last[3 * W + l] * across[0] + last[4 * W + l] * across[1]
    off, bound, h = -distance(edge, x, z), 0.5 * mark[LENGTH], lanes[STEP * W + l]
    late = off / closing if abs(off) < abs(closing) * bound else 0.0
    # A step that hardly moves the time must not be rejected: the packet would count as lost.
    again = mark[TRIES] < _CORRECTIONS and min(h, h + late) > _SHORTEST * max(abs(t), mark[LATER])
    if again and abs(late) > _EXACT * mark[LENGTH]:
        mark[TRIES] += 1.0
        mark[MEETING] += late
        lanes[END * W + l] = mark[MEETING]
        try_again(l, lanes, mark[LENGTH])
        return
    y = lanes[NOW * W :]
    mark[PHASE], mark[LEAVING] = ARRIVED, 0.0
    lanes[END * W + l] = mark[LATER]
    mark[MIDDLE], mark[MIDDLE + 1] = 0.5 * (y[3 * W + l] + x), 0.5 * (y[4 * W + l] + z)


@routine
def begin_anew(l, lanes, mark):
    """Reject the step of a lane, and try one as long as before the edge came in its way."""
    mark[PHASE], mark[LEAVING] = FREE, 1.0
    try_again(l, lanes, mark[LENGTH])


@routine
def turn_round(pointers, source, count, block, followed, packets):
    """Reflect the packets that have landed on a wall, and end those on a contact."""
    (rates, geometry), (lanes, K, _, point, _, band, field) = pointers, block
    outline, marks, stays, domain, seed = followed
    rows, in_fields = len(point) // W, in_space(source[6]) or source[3][TERMS] > 0.0
    t, own, spare = lanes[TIME * W :], lanes[SIGN * W :], K[_SCRATCH_STAGE * rows * W :]
    free = K[(_SCRATCH_STAGE - 1) * rows * W :]
    work = (point, band, field, spare, free, free[W:], free[2 * W :])
    shifts, driven = free[3 * W :], free[4 * W :]
    for l in range(count):
        shifts[l], driven[l] = 0.0, 0.0
    if in_fields:
        for i in range(rows * W):
            point[i] = lanes[NOW * W + i]
        rates(geometry, count, source[:4], t, own, point, band, field, spare)
        for l in range(count):  # what follows writes over this block
            shifts[l] = field[MOMENT_SHIFT * W + l] if in_space(source[6]) else 0.0
            driven[l] = 1.0 if in_space(source[6]) or field[l] != 0.0 or field[W + l] != 0.0 else 0.0
    for l in range(count):
        mark, stay = marks[packets[l]], stays[packets[l]]
        if mark[PHASE] != LANDED:
            continue
        contact = contact_at(outline, int(mark[HIT]), lanes[(NOW + 3) * W + l], lanes[(NOW + 4) * W + l])
        if contact < 0.0:
            for j in range(W):
                free[W + j], free[2 * W + j] = t[l], own[l]
            dice = (seed[0], int(mark[NUMBER]), int(stay[REFLECTIONS]))
            feels = (shifts[l], driven[l] > 0.0, dice)
            if reflect((rates, geometry), source, (outline, domain), l, lanes, K, feels, work, mark):
                stay[REFLECTIONS] += 1.0
                contact = contact_at(
                    outline, int(mark[HIT]), lanes[(NOW + 3) * W + l], lanes[(NOW + 4) * W + l]
                )
            else:
                lanes[STOP * W + l] = NO_REFLECTION
        if contact >= 0.0:
            stay[CONTACT], stay[WHEN], lanes[STOP * W + l] = contact, lanes[TIME * W + l], ABSORBED
    for i in range(rows * W):
        point[i] = lanes[NOW * W + i]
    rates(geometry, count, source[:4], t, own, point, band, field, spare)
    for l in range(count):
        mark = marks[packets[l]]
        if mark[PHASE] == LANDED:
            begin_anew(l, lanes, mark)
            for row in range(rows):
                K[row * W + l] = spare[row * W + l]


@routine
def watch_edges(method, pointers, source, count, block, followed, packets, polynomial):
    """Find the packets whose step leads over an edge."""
    lanes, K, new = block[0], block[1], block[2]
    outline, marks, _ = followed
    rows = len(new) // W
    y, last, asked = lanes[NOW * W :], K[LAST_STAGE * rows * W :], 0
    for l in range(count):
        mark = marks[packets[l]]
        if lanes[ACCEPTED * W + l] == 0.0 or mark[PHASE] != FREE:
            continue
        chord = ((new[3 * W + l] - y[3 * W + l]) ** 2 + (new[4 * W + l] - y[4 * W + l]) ** 2) ** 0.5
        way, near = 1.5 * lanes[STEP * W + l] * max(speed(K, l), speed(last, l)) + chord, False
        for i in range(outline.shape[0]):
            near = near or may_meet(outline[i], y[3 * W + l], y[4 * W + l], way)
        if near:
            asked |= 1 << l
        else:
            mark[LEAVING] = 0.0
    if asked == 0:
        return
    method(INTERPOLANT, pointers[0], pointers[1], count, source, block, polynomial)
    for l in range(count):
        if (asked >> l) & 1 == 0:
            continue
        mark = marks[packets[l]]
        u, which = next_meeting(outline, l, lanes, K, polynomial, mark[LEAVING] > 0.0)
        if u <= 1.0:
            head_for(l, lanes, mark, u, which)
        else:
            mark[LEAVING] = 0.0


@kernel(CROSS_SIGNATURE)
def bounce(method, rates, geometry, count, source, block, packets, followed, polynomial):
    """Keep packets within the outline.

    followed: the outline, the domain of diffuse walls (diffuse.py), nothing, the seed, nothing, ``marks`` and ``stays``.
    """
    outline, marks, stays = followed[0], followed[5], followed[6]
    lanes, K, new = block[0], block[1], block[2]
    last, landed = K[LAST_STAGE * len(new) :], 0
    for l in range(count):
        mark = marks[packets[l]]
        if mark[PHASE] == ARRIVED:
            mark[PHASE] = LANDED
        elif (
            mark[PHASE] == BOUND and lanes[ACCEPTED * W + l] > 0.0 and lanes[REACHED * W + l] == mark[MEETING]
        ):
            land(outline, l, lanes, new, last, mark)
    watch_edges(method, (rates, geometry), source, count, block, (outline, marks, stays), packets, polynomial)
    for l in range(count):
        landed += 1 if marks[packets[l]][PHASE] == LANDED else 0
    if landed > 0:
        edges = (outline, marks, stays, followed[1], followed[3])
        turn_round((rates, geometry), source, count, block, edges, packets)
