"""Steps in a potential: none leads over a feature of V(r), which the stages on both sides of it would not see."""

from wavepacket.kernels.integrate.control import SAFETY
from wavepacket.kernels.jit.decorators import routine
from wavepacket.kernels.lanes import FAR, NOW, STEP, used_lanes
from wavepacket.kernels.layout import FLOW, LANES, REACH
from wavepacket.kernels.motion.equations import three

W = LANES
_LARGEST = 1e20


@routine
def in_space(sizes):
    """Whether rates depend on where a packet is."""
    return sizes[FLOW + 1] > 0


@routine
def note_reach(lanes, field, count):
    """Packets at their starts: how far the first step may lead; of no meaning without a potential."""
    for l in range(used_lanes(count)):
        lanes[FAR * W + l] = field[REACH * W + l]


@routine
def keep_in_reach(lanes, new, field, error, sizes, count):
    """Count a path beyond the reach as an error of the eighth power, so that the next step is shorter by their ratio.

    Also note the reach at the end of a step that will be accepted. Comes before the error is judged, and before dense
    output, which uses ``field``. Without a potential nothing is done.
    """
    if not in_space(sizes):
        return
    for l in range(used_lanes(count)):
        x, y, z = three(new, 3 * W + l)
        x0, y0, z0 = three(lanes, (NOW + 3) * W + l)
        over = min((abs(x - x0) + abs(y - y0) + abs(z - z0)) / lanes[FAR * W + l], _LARGEST)
        over *= over
        over *= over
        over *= over
        error[l] = over if over > error[l] else error[l]
        lanes[FAR * W + l] = field[REACH * W + l] if error[l] <= 1.0 else lanes[FAR * W + l]


@routine
def approach(lanes, rates, sizes, count):
    """Shorten the next step to the reach at the velocity of now, in a potential."""
    if not in_space(sizes):
        return
    for l in range(used_lanes(count)):
        vx, vy, vz = three(rates, 3 * W + l)
        speed = max(abs(vx) + abs(vy) + abs(vz), 1e-300)
        lanes[STEP * W + l] = min(lanes[STEP * W + l], SAFETY * lanes[FAR * W + l] / speed)
