"""Dense output: the state of one lane at the requested times that its last step has passed."""

import numpy as np

from wavepacket.kernels._jit import routine
from wavepacket.kernels.elementary import fma
from wavepacket.kernels.lanes import ACCEPTED, NOW, PACKET, REACHED, SAVED, SLOT, STEP, STOP, TIME
from wavepacket.kernels.layout import LANES, STATE

W = LANES
BLOCK = STATE * W
CHUNK = 8  # saves evaluated together


@routine
def needs_dense(lanes, counts, times, active):
    """Whether a requested time lies strictly inside the step of any accepted lane."""
    for l in range(active):
        row = counts[SAVED * W + l]
        if lanes[ACCEPTED * W + l] > 0.0 and row < len(times) and times[row] < lanes[REACHED * W + l]:
            return True
    return False


@routine
def interpolate(lanes, polynomial, l, row, count, x, values):
    """One component of lane l at ``count`` places x = (t - begin)/h of its step, into its row of CHUNK values.

    Nested as in Hairer, Nørsett and Wanner (1993), section II.6. The number is not a constant, or the loop would be
    unrolled instead of vectorised.
    """
    place, p = row * W + l, polynomial
    y, p0, p1, p2 = lanes[NOW * W + place], p[place], p[BLOCK + place], p[2 * BLOCK + place]
    p3, p4, p5, p6 = p[3 * BLOCK + place], p[4 * BLOCK + place], p[5 * BLOCK + place], p[6 * BLOCK + place]
    for i in range(count):
        u, v = x[i], 1.0 - x[i]
        value = fma(fma(fma(p6, u, p5), v, p4), u, p3)
        value = fma(fma(fma(value, v, p2), u, p1), v, p0)
        values[row * CHUNK + i] = fma(value, u, y)


@routine
def write(state, width, l, place, paths):
    """Copy column l of a block of states to one save of a path."""
    for c in range(STATE):
        paths[place + c] = state[c * width + l]


@routine
def save_lane(lanes, new, counts, polynomial, l, dimension, times, x, values, paths):
    """Write every requested time up to the end of the accepted step of lane l."""
    row, begin, reached = counts[SAVED * W + l], lanes[TIME * W + l], lanes[REACHED * W + l]
    path, final = counts[SLOT * W + l] * len(times), len(times) - 1
    for i in range(CHUNK):  # what does not move in a planar problem
        values[2 * CHUNK + i], values[5 * CHUNK + i] = lanes[(NOW + 2) * W + l], lanes[(NOW + 5) * W + l]
    while row <= final and times[row] < reached:
        inverse = 1.0 / lanes[STEP * W + l]
        count = 0
        while count < CHUNK and row + count <= final and times[row + count] < reached:
            x[count] = (times[row + count] - begin) * inverse
            count += 1
        for c in range(dimension):
            interpolate(lanes, polynomial, l, c, CHUNK, x, values)
            interpolate(lanes, polynomial, l, 3 + c, CHUNK, x, values)
        for i in range(count):
            write(values, CHUNK, i, STATE * (path + row), paths)
            row += 1
    if row <= final and times[row] == reached:
        write(new, W, l, STATE * (path + row), paths)
        row += 1
    counts[SAVED * W + l] = row


@routine
def save(lanes, new, counts, polynomial, active, dimension, times, x, values, paths):
    """Save what the accepted steps of the active lanes have passed.

    ``paths`` holds the path of each lane's packet while it is under way: a few hundred kilobytes that stay in cache.
    """
    for l in range(active):
        row = counts[SAVED * W + l]
        due = row < len(times) and times[row] <= lanes[REACHED * W + l]
        if due and lanes[ACCEPTED * W + l] > 0.0 and lanes[STOP * W + l] == 0.0:
            save_lane(lanes, new, counts, polynomial, l, dimension, times, x, values, paths)


@routine
def deliver(counts, l, paths, position, wavevector):
    """Copy the finished path of lane l to the results; times that a stopped packet did not reach get not-a-number."""
    packet, saved, saves = counts[PACKET * W + l], counts[SAVED * W + l], position.shape[1]
    path = STATE * counts[SLOT * W + l] * saves
    k, r = wavevector[packet], position[packet]
    for row in range(saved):
        for c in range(3):
            k[row, c] = paths[path + STATE * row + c]
            r[row, c] = paths[path + STATE * row + 3 + c]
    for row in range(saved, saves):
        for c in range(3):
            k[row, c] = np.nan
            r[row, c] = np.nan
