"""Packets that wait for a lane, a block of them at a time: at their starts, with rates, monitors and a first step length.

Preparing LANES packets takes one evaluation of the right-hand side. A packet that begins in its lane would take
a whole step of length zero.
"""

from wavepacket.kernels.integrate.control import monitor, monitor_mixing, next_step
from wavepacket.kernels.integrate.saves import save
from wavepacket.kernels.jit.decorators import routine
from wavepacket.kernels.lanes import SIGN, TIME, load
from wavepacket.kernels.layout import LANES

W = LANES


@routine
def prepare(
    rates, geometry, dimension, source, watched, control, times, begin, queue, block, results, packets, first
):  # fmt: skip
    """Fill the waiting lanes with packets from number ``first`` on; returns how many wait now."""
    integers, reals, scratch, environment = source
    watch, watched_integers = watched
    lanes, derivatives, counts, new = queue
    band, field, polynomial, inverse, buffer = block
    wavevector, position = results
    starts, signs, end = packets
    number = min(W, starts.shape[0] - first)
    for l in range(number):
        load(lanes, new, counts, l, first + l, starts[first + l], signs[first + l], begin)
    t, sign = lanes[TIME * W : (TIME + 1) * W], lanes[SIGN * W : (SIGN + 1) * W]
    k = new[: 3 * W]
    rates(geometry, number, integers, reals, scratch, environment, t, sign, k, band, field, derivatives)
    monitor(lanes, new, band, field, environment, control, number)
    monitor_mixing(watch, watched_integers, reals, scratch, number, lanes, k, derivatives, band)
    save(lanes, new, counts, polynomial, number, dimension, times, inverse, buffer, wavevector, position)
    next_step(lanes, new, derivatives, derivatives, end, control, number)
    return number
