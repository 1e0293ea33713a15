"""Dense output: the state of one lane at the requested times that its last step has passed."""

import numpy as np

from wavepacket.kernels._jit import scalar
from wavepacket.kernels.elementary import fma
from wavepacket.kernels.layout import LANES, STATE

W = LANES
ROWS = STATE * W


@scalar
def interpolate(polynomial, y, place, x):
    """Hairer, Nørsett and Wanner (1993), section II.6: nested form of the interpolating polynomial at 0 <= x <= 1."""
    z = 1.0 - x
    p = polynomial
    value = fma(p[6 * ROWS + place], x, p[5 * ROWS + place])
    value = fma(value, z, p[4 * ROWS + place])
    value = fma(value, x, p[3 * ROWS + place])
    value = fma(value, z, p[2 * ROWS + place])
    value = fma(value, x, p[ROWS + place])
    value = fma(value, z, p[place])
    return fma(value, x, y[place])


@scalar
def needs_dense(lanes, times, active):
    """Whether a requested time lies strictly inside the step of any accepted lane."""
    for l in range(active):
        if (
            lanes.accepted[l] > 0.0
            and lanes.saved[l] < len(times)
            and times[lanes.saved[l]] < lanes.next_time[l]
        ):
            return True
    return False


@scalar
def save(lanes, l, times, position, wavevector):
    """Write every requested time up to the end of the accepted step of lane l."""
    packet, begin, reached, h = lanes.packet[l], lanes.t[l], lanes.next_time[l], lanes.h[l]
    row = lanes.saved[l]
    while row < len(times) and times[row] < reached:
        x = (times[row] - begin) / h
        for c in range(3):
            wavevector[packet, row, c] = interpolate(lanes.polynomial, lanes.y, c * W + l, x)
            position[packet, row, c] = interpolate(lanes.polynomial, lanes.y, (3 + c) * W + l, x)
        row += 1
    if row < len(times) and times[row] == reached:
        for c in range(3):
            wavevector[packet, row, c] = lanes.new[c * W + l]
            position[packet, row, c] = lanes.new[(3 + c) * W + l]
        row += 1
    lanes.saved[l] = row


@scalar
def erase_rest(packet, row, position, wavevector):
    """Fill the times that a stopped packet did not reach with not-a-number."""
    for i in range(row, position.shape[1]):
        for c in range(3):
            wavevector[packet, i, c] = np.nan
            position[packet, i, c] = np.nan
