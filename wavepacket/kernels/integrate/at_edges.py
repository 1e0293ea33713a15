"""Steps that lead over an edge of a sample: how a packet comes to the edge, and goes on from there.

A packet that meets an edge takes three steps of the loop for it, each of its own lane alone. The step over the edge is
rejected, and the end of the packet brought forward to the time at which its dense output meets the edge; the step that
ends there is corrected until it does, by Newton's rule; the one after it, which would lead on, is rejected, and the packet
begins anew with the reflected wavevector, or is over at a contact. So saves and monitors know nothing of walls.
"""

from wavepacket.kernels.integrate.meeting import WORK, begin_way, first_meeting
from wavepacket.kernels.integrate.outline import NEAR, beside, distance, lies_on, normal
from wavepacket.kernels.integrate.turning import (
    HIT,
    INWARD,
    LATER,
    LEAVING,
    LEFT,
    LENGTH,
    MEETING,
    MIDDLE,
    PHASE,
    SIDE,
    TRIES,
)
from wavepacket.kernels.jit.decorators import routine
from wavepacket.kernels.lanes import (
    ACCEPTED,
    BEFORE,
    END,
    ERROR,
    NOW,
    REACHED,
    REJECTED,
    STEP,
    TIME,
    used_lanes,
)
from wavepacket.kernels.layout import INTERPOLANT, LANES, LAST_STAGE

W = LANES

FREE, BOUND, ARRIVED, LANDED = 0.0, 1.0, 2.0, 3.0

# Columns of ``stays``: number of the contact that a packet ended at, -1 for none; when, fs; and reflections.
CONTACT, WHEN, REFLECTIONS = 0, 1, 2
OUTCOME = 3

_CORRECTIONS = 4
_EXACT = 1e-12  # of a step: how far off the time of a meeting may be
_EARLIER = 1e-9  # of a step: nothing is met before its end that is met later than this before it
_START = 1e-5  # of NEAR: a packet that starts so near to an edge leaves it, to whichever side it moves
_SHORTEST = 1e-13  # of the time: a step that a correction may reject, or lead to


@routine
def note_fastest(K, rows, count, out):
    """Write the largest ṙ² in the plane at the stages of each lane's step: at its ends a packet may be at rest."""
    for l in range(used_lanes(count)):
        out[l] = 0.0
    for i in range(LAST_STAGE + 1):
        vx, vy = K[(i * rows + 3) * W :], K[(i * rows + 4) * W :]
        for l in range(used_lanes(count)):
            square = vx[l] * vx[l] + vy[l] * vy[l]
            out[l] = square if square > out[l] else out[l]


@routine
def may_meet(edge, x, z, way):
    """Whether a path of this length from a place can meet an edge."""
    far = way + edge[NEAR]
    return abs(distance(edge, x, z)) <= far and beside(edge, x, z, far)


@routine
def next_meeting(outline, l, y, p, mark, work):
    """(Part of the step, edge, side) of the first meeting of a lane; part 2 for none."""
    x, z, reach = y[3 * W + l], y[4 * W + l], begin_way(p, l, work)
    first, which, side = 2.0, 0, 0.0
    for i in range(outline.shape[0]):
        edge, inward = outline[i], mark[INWARD] if mark[LEFT] == i else 0.0
        leaves = mark[LEAVING] > 0.0 and (inward != 0.0 or lies_on(edge, x, z))
        if mark[INWARD] == 0.0:  # a start
            leaves = leaves and abs(distance(edge, x, z)) <= _START * edge[NEAR]
        if leaves or may_meet(edge, x, z, reach):
            u, comes_from = first_meeting(edge, l, (leaves, inward if leaves else 0.0), reach, (y, p), work)
            if u < first:
                first, which, side = u, i, comes_from
    return first, which, side


@routine
def try_again(l, lanes, length):
    """Reject the step of a lane, which was not too long, so that the next one is as long as given, or shorter."""
    lanes[ACCEPTED * W + l], lanes[REJECTED * W + l] = 0.0, 1.0
    lanes[ERROR * W + l], lanes[BEFORE * W + l] = 0.0, 0.0
    lanes[STEP * W + l] = length


@routine
def head_for(l, lanes, mark, u, which, side):
    """Reject the step of a lane, and let the packet come to the edge that it meets after the part u of it."""
    t, h = lanes[TIME * W + l], lanes[STEP * W + l]
    if mark[PHASE] == FREE:
        mark[LATER], mark[LENGTH] = lanes[END * W + l], h
    mark[TRIES] = 0.0 if mark[PHASE] == FREE or mark[HIT] != which else mark[TRIES] + 1.0
    mark[PHASE], mark[HIT], mark[SIDE], mark[MEETING] = BOUND, which, side, t + u * h
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
    # Past the end of the edge the packet goes on; it may have met another one.
    mark[PHASE] = ARRIVED if beside(edge, x, z, edge[NEAR]) else FREE
    lanes[END * W + l] = mark[LATER]
    mark[MIDDLE], mark[MIDDLE + 1] = 0.5 * (y[3 * W + l] + x), 0.5 * (y[4 * W + l] + z)


@routine
def begin_anew(l, lanes, mark):
    """Reject the step of a lane, and try one as long as before the edge came in its way."""
    mark[PHASE], mark[LEAVING], mark[LEFT], mark[INWARD] = FREE, 1.0, mark[HIT], mark[SIDE]
    try_again(l, lanes, mark[LENGTH])


@routine
def put_on(edge, l, y):
    """Move a packet onto the edge that it has come to, where the error of its step has led it past."""
    off, across = distance(edge, y[3 * W + l], y[4 * W + l]), normal(edge, y[3 * W + l], y[4 * W + l])
    if abs(off) > edge[NEAR]:
        y[3 * W + l] -= off * across[0]
        y[4 * W + l] -= off * across[1]


@routine
def watch_edges(method, pointers, source, count, block, followed, packets, polynomial):
    """Find the packets whose step leads over an edge, or over another one than that which it was to end at.

    ``followed``: the outline and ``marks``.
    """
    lanes, K, new = block[0], block[1], block[2]
    outline, marks = followed
    y, work, asked, squares = lanes[NOW * W :], block[3][:WORK], 0, block[3][:W]
    note_fastest(K, len(new) // W, count, squares)
    for l in range(count):
        mark = marks[packets[l]]
        if lanes[ACCEPTED * W + l] == 0.0 or mark[PHASE] == LANDED:
            continue
        chord = ((new[3 * W + l] - y[3 * W + l]) ** 2 + (new[4 * W + l] - y[4 * W + l]) ** 2) ** 0.5
        way, near = 1.5 * lanes[STEP * W + l] * squares[l] ** 0.5 + chord, False
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
        u, which, side = next_meeting(outline, l, y, polynomial, mark, work)
        if mark[PHASE] == ARRIVED:  # unless it has met something before
            tried = mark[HIT] == which and mark[TRIES] >= _CORRECTIONS
            u = 2.0 if tried or u > 1.0 - _EARLIER else u
        if u <= 1.0:
            head_for(l, lanes, mark, u, which, side)
        else:
            mark[LEAVING] = 0.0


@routine
def arrive(outline, marks, lanes, new, last, packets, count):
    """Tell the packets that stand on the edge they have come to, and those whose step has just led there."""
    for l in range(count):
        mark = marks[packets[l]]
        if mark[PHASE] == ARRIVED:
            mark[PHASE] = LANDED
        elif (
            mark[PHASE] == BOUND and lanes[ACCEPTED * W + l] > 0.0 and lanes[REACHED * W + l] == mark[MEETING]
        ):
            land(outline, l, lanes, new, last, mark)
