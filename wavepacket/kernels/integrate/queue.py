"""Packets that wait for a lane, a block of them at a time: at their starts, with rates, monitors and a first step length.

Preparing LANES packets takes one evaluation of the right-hand side. A packet that begins in its lane would take
a whole step of length zero.
"""

from wavepacket.kernels.integrate.control import (
    SURVIVAL,
    ends_at_saves,
    keep_to_saves,
    monitor,
    monitor_mixing,
    next_step,
)
from wavepacket.kernels.integrate.reach import approach, note_reach
from wavepacket.kernels.integrate.saves import save_starts
from wavepacket.kernels.jit.decorators import routine
from wavepacket.kernels.lanes import END, SIGN, STEP, TIME, TRIED, is_under_way, load
from wavepacket.kernels.layout import LANES
from wavepacket.kernels.motion.flight import EXPONENT

W = LANES
_FIRST_EXPONENT = 0.1  # a flight begins with a step in which no more of the packets than this part scatter


@routine
def prepare(pointers, source, watched, requested, queue, buffers, paths, packets, first):
    """Fill the waiting lanes with packets from number ``first`` on; returns how many wait now."""
    rates, geometry, watch = pointers
    integers, control = watched
    lanes, derivatives, counts, new = queue
    band, field = buffers
    starts, own = packets
    number = min(W, starts.shape[0] - first)
    for l in range(number):
        load(lanes, new, counts, l, first + l, starts[first + l], own[first + l])
    t, signs = lanes[TIME * W : (TIME + 1) * W], lanes[SIGN * W :]
    asked = (source[4], source[1], source[2], source[3])
    rates(geometry, number, asked, t, signs, new, band, field, derivatives)
    monitor(lanes, new, band, field, source[3], control, number)
    monitor_mixing(watch, integers, source, number, lanes, new, derivatives, band)
    save_starts(lanes, new, counts, requested, number, paths)
    next_step(lanes, new, derivatives, derivatives, control, number)
    note_reach(lanes, field, number)
    approach(lanes, derivatives, source[6], number)
    if ends_at_saves(control):
        keep_to_saves(lanes, counts, requested, number)
    if control[SURVIVAL] > 0.0:
        for l in range(number):
            until = lanes[END * W + l] - lanes[TIME * W + l]
            h = min(lanes[STEP * W + l], _FIRST_EXPONENT / max(derivatives[EXPONENT * W + l], 1e-300))
            lanes[STEP * W + l] = min(h, until)
            counts[TRIED * W + l] = 0 if is_under_way(lanes, l) else 1
    return number
