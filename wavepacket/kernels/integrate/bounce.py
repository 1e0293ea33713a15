"""Hard walls and contacts: what becomes of a step that leads over an edge of the sample; at_edges.py says how."""

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
from wavepacket.kernels.integrate.reach import in_space
from wavepacket.kernels.integrate.turning import HIT, LEAVING, MARKS, NUMBER, PHASE, contact_at, reflect
from wavepacket.kernels.integrate.valley_crossing import CROSS_SIGNATURE
from wavepacket.kernels.jit.decorators import kernel, routine
from wavepacket.kernels.lanes import NOW, SIGN, STOP, TIME
from wavepacket.kernels.layout import LANES, LAST_STAGE, MOMENT_SHIFT
from wavepacket.kernels.motion.fields import TERMS
from wavepacket.kernels.motion.potentials import VALLEY

W = LANES
__all__ = ["CONTACT", "LEAVING", "MARKS", "NUMBER", "OUTCOME", "REFLECTIONS", "WHEN", "bounce"]

_SCRATCH_STAGE = 15  # of K: dense output computes it anew when it needs it


@routine
def turn_round(pointers, source, count, block, followed, packets):
    """Reflect the packets that have landed on a wall, and end those on a contact."""
    (rates, geometry), (lanes, K, _, point, _, band, field) = pointers, block
    outline, marks, stays, domain, seed = followed
    rows, in_fields = len(point) // W, in_space(source[6]) or source[3][TERMS] > 0.0
    t, own, spare = lanes[TIME * W :], lanes[SIGN * W :], K[_SCRATCH_STAGE * rows * W :]
    free = K[(_SCRATCH_STAGE - 1) * rows * W :]
    work = (point, band, field, spare, free, free[W:], free[2 * W :])
    shifts, driven = free[4 * W :], free[5 * W :]
    for l in range(count):
        shifts[l], driven[l] = 0.0, 0.0
    if in_fields:
        for i in range(rows * W):
            point[i] = lanes[NOW * W + i]
        rates(geometry, count, source[:4], t, own, point, band, field, spare)
        for l in range(count):  # what follows writes over this block
            shifts[l] = field[(MOMENT_SHIFT + 2) * W + l] if in_space(source[6]) else 0.0
            driven[l] = 1.0 if in_space(source[6]) or field[l] != 0.0 or field[W + l] != 0.0 else 0.0
    for l in range(count):
        mark, stay = marks[packets[l]], stays[packets[l]]
        if mark[PHASE] != LANDED:
            continue
        contact = contact_at(outline, int(mark[HIT]), lanes[(NOW + 3) * W + l], lanes[(NOW + 4) * W + l])
        if contact < 0.0:
            for j in range(W):
                free[W + j], free[2 * W + j], free[3 * W + j] = t[l], own[l], own[VALLEY * W + l]
            dice = (seed[0], int(mark[NUMBER]), int(stay[REFLECTIONS]))
            feels = (shifts[l], driven[l] > 0.0, dice)
            put_on(outline[int(mark[HIT])], l, lanes[NOW * W :])
            if reflect((rates, geometry), source, (outline, domain), l, lanes, feels, work, mark):
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


@kernel(CROSS_SIGNATURE)
def bounce(method, rates, geometry, count, source, block, packets, followed, polynomial):
    """Keep packets within the outline.

    followed: the outline, the domain of diffuse walls (diffuse.py), nothing, the seed, nothing, ``marks`` and ``stays``.
    """
    outline, marks, stays = followed[0], followed[5], followed[6]
    lanes, K, new = block[0], block[1], block[2]
    last, landed = K[LAST_STAGE * len(new) :], 0
    arrive(outline, marks, lanes, new, last, packets, count)
    watch_edges(method, (rates, geometry), source, count, block, (outline, marks), packets, polynomial)
    for l in range(count):
        landed += 1 if marks[packets[l]][PHASE] == LANDED else 0
    if landed > 0:
        edges = (outline, marks, stays, followed[1], followed[3])
        turn_round((rates, geometry), source, count, block, edges, packets)
