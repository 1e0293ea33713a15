"""Dense output: the state of one lane at the requested times that its last step has passed."""

import numpy as np

from wavepacket.kernels._jit import routine, scalar
from wavepacket.kernels.elementary import fma
from wavepacket.kernels.lanes import ACCEPTED, NOW, PACKET, REACHED, SAVED, STEP, STOP, TIME
from wavepacket.kernels.layout import LANES, STATE

W = LANES
BLOCK = STATE * W
CHUNK = 8  # saves evaluated together


@routine
def needs_dense(lanes, counts, times, active):
    """Whether a requested time lies strictly inside the step of any accepted lane."""
    for l in range(active):
        row = counts[SAVED * W + l]
        if lanes[ACCEPTED * W + l] > 0.0 and times[row] < lanes[REACHED * W + l]:
            return True
    return False


@scalar
def interpolate(lanes, polynomial, l, row, x, values):
    """One component of lane l at the places x = (t - begin)/h of its step, into its row of CHUNK values.

    Nested as in Hairer, Nørsett and Wanner (1993), section II.6. The number of places comes from an array, or the loop
    would be unrolled instead of vectorised.
    """
    place, p, out = row * W + l, polynomial, values[row * CHUNK : (row + 1) * CHUNK]
    y, p0, p1, p2 = lanes[NOW * W + place], p[place], p[BLOCK + place], p[2 * BLOCK + place]
    p3, p4, p5, p6 = p[3 * BLOCK + place], p[4 * BLOCK + place], p[5 * BLOCK + place], p[6 * BLOCK + place]
    for i in range(len(x)):
        u, v = x[i], 1.0 - x[i]
        value = fma(fma(fma(p6, u, p5), v, p4), u, p3)
        value = fma(fma(fma(value, v, p2), u, p1), v, p0)
        out[i] = fma(value, u, y)


@scalar
def write(state, width, l, save, wavevector, position):
    """Copy column l of a block of states to one save of the flat results."""
    for c in range(3):
        wavevector[3 * save + c] = state[c * width + l]
        position[3 * save + c] = state[(3 + c) * width + l]


@scalar
def save_lane(lanes, new, counts, polynomial, l, dimension, times, x, values, wavevector, position):
    """Write every requested time up to the end of the accepted step of lane l; infinite times follow the last one."""
    row, begin, reached = counts[SAVED * W + l], lanes[TIME * W + l], lanes[REACHED * W + l]
    saves, inverse = len(times) - CHUNK, 1.0 / lanes[STEP * W + l]
    path = counts[PACKET * W + l] * saves
    for i in range(CHUNK):  # what does not move in a planar problem
        values[2 * CHUNK + i], values[5 * CHUNK + i] = lanes[(NOW + 2) * W + l], lanes[(NOW + 5) * W + l]
    while times[row] < reached:
        following = times[row : row + CHUNK]
        for i in range(len(x)):
            x[i] = (following[i] - begin) * inverse
        count = 1
        while count < CHUNK and following[count] < reached:
            count += 1
        for c in range(dimension):
            interpolate(lanes, polynomial, l, c, x, values)
            interpolate(lanes, polynomial, l, 3 + c, x, values)
        for i in range(count):
            write(values, CHUNK, i, path + row + i, wavevector, position)
        row += count
    if times[row] == reached:
        write(new, W, l, path + row, wavevector, position)
        row += 1
    counts[SAVED * W + l] = row


@routine
def save(lanes, new, counts, polynomial, active, dimension, times, x, values, wavevector, position):
    """Save what the accepted steps of the active lanes have passed, into the flat results of all packets."""
    for l in range(active):
        row = counts[SAVED * W + l]
        if (
            times[row] <= lanes[REACHED * W + l]
            and lanes[ACCEPTED * W + l] > 0.0
            and lanes[STOP * W + l] == 0.0
        ):
            save_lane(lanes, new, counts, polynomial, l, dimension, times, x, values, wavevector, position)


@routine
def leave_out(counts, l, saves, wavevector, position):
    """Times that a stopped packet did not reach get not-a-number."""
    path = counts[PACKET * W + l] * saves
    for place in range(3 * (path + counts[SAVED * W + l]), 3 * (path + saves)):
        wavevector[place] = np.nan
        position[place] = np.nan
