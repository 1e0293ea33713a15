"""Hard walls for packets in a group of bands: at_edges.py leads them to an edge, and group_turning.py turns them there."""

from wavepacket.kernels.integrate.at_edges import (
    CONTACT,
    LANDED,
    OUTCOME,
    REFLECTIONS,
    WHEN,
    arrive,
    begin_anew,
    put_on,
    watch_edges,
)
from wavepacket.kernels.integrate.control import ABSORBED, NO_REFLECTION
from wavepacket.kernels.integrate.group import put_back
from wavepacket.kernels.integrate.group_turning import reflect
from wavepacket.kernels.integrate.turning import HIT, LEAVING, MARKS, PHASE, contact_at
from wavepacket.kernels.integrate.valley_crossing import CROSS_SIGNATURE
from wavepacket.kernels.jit.decorators import kernel, routine
from wavepacket.kernels.lanes import ACCEPTED, NOW, SIGN, STOP, TIME
from wavepacket.kernels.layout import LANES, LAST_STAGE

W = LANES
__all__ = ["CONTACT", "LEAVING", "MARKS", "OUTCOME", "WHEN", "group_bounce"]

# Of K: the stages 13 to 15 serve dense output alone, which a group has not.
_VECTORS_STAGE, _SCRATCH_STAGE = 14, 15


@routine
def turn_round(pointers, source, count, block, followed, packets):
    """Reflect the packets that have landed on a wall, and end those on a contact."""
    (rates, geometry), (lanes, K, _, point, _, band, field) = pointers, block
    outline, marks, stays = followed
    rows, t, own = len(point) // W, lanes[TIME * W :], lanes[SIGN * W :]
    out, vectors = K[_SCRATCH_STAGE * rows * W :], K[_VECTORS_STAGE * rows * W : _SCRATCH_STAGE * rows * W]
    times, belongings = vectors[(rows - 3) * W :], vectors[(rows - 2) * W :]
    work = (point, band, field, out, vectors, times, belongings)
    for l in range(count):
        mark, stay = marks[packets[l]], stays[packets[l]]
        if mark[PHASE] != LANDED:
            continue
        y, hit = lanes[NOW * W :], int(mark[HIT])
        contact = contact_at(outline, hit, y[3 * W + l], y[4 * W + l])
        if contact < 0.0:
            put_on(outline[hit], l, y)
            for i in range(len(point)):
                point[i] = y[(i // W) * W + l]
            for j in range(W):
                times[j], belongings[j], belongings[W + j] = t[l], own[l], own[W + l]
            if reflect(pointers, source, outline, l, lanes, work, mark):
                stay[REFLECTIONS] += 1.0
                contact = contact_at(outline, hit, y[3 * W + l], y[4 * W + l])
            else:
                lanes[STOP * W + l] = NO_REFLECTION
        if contact >= 0.0:
            stay[CONTACT], stay[WHEN], lanes[STOP * W + l] = contact, lanes[TIME * W + l], ABSORBED
    for i in range(rows * W):
        point[i] = lanes[NOW * W + i]
    rates(geometry, count, source[:4], t, own, point, band, field, out)
    for l in range(count):
        mark = marks[packets[l]]
        if mark[PHASE] == LANDED:
            begin_anew(l, lanes, mark)
            for row in range(rows):
                K[row * W + l] = out[row * W + l]


@kernel(CROSS_SIGNATURE)
def group_bounce(method, rates, geometry, count, source, block, packets, followed, polynomial):
    """Keep packets in a group of bands within the outline, and u in the group.

    followed: the outline; what became of each packet (n, OUTCOME and the marks of group.py); the times of the saves, fs;
    nothing twice; ``marks`` of the edges; and velocity and u at all saves.
    """
    outline, stays, times, marks, saves = followed[0], followed[1], followed[2], followed[5], followed[6]
    lanes, K, new = block[0], block[1], block[2]
    last, on_edges = K[LAST_STAGE * len(new) :], 0
    arrive(outline, marks, lanes, new, last, packets, count)
    watch_edges(method, (rates, geometry), source, count, block, (outline, marks), packets, polynomial)
    for l in range(count):
        if marks[packets[l]][PHASE] == LANDED:
            on_edges += 1
            lanes[ACCEPTED * W + l] = 0.0  # the step that leads on is rejected
    put_back(source, block, count, packets, times, stays[:, OUTCOME:], saves)
    if on_edges > 0:
        turn_round((rates, geometry), source, count, block, (outline, marks, stays), packets)
