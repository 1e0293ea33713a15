"""Dense output: the state of one lane at the requested times that its last step has passed."""

import numpy as np

from wavepacket.kernels.integrate.runge_kutta import POLYNOMIAL
from wavepacket.kernels.jit.decorators import allocating_routine, routine, scalar
from wavepacket.kernels.jit.memory import numbers
from wavepacket.kernels.lanes import ACCEPTED, NOW, PACKET, REACHED, SAVED, STEP, STOP, TIME, used_lanes
from wavepacket.kernels.layout import LANES
from wavepacket.kernels.simd import WIDTH, count_below, every, fetch, fused, load, store_triples

W = LANES
_AHEAD = 6  # cache lines of each result that are fetched for the next step's saves: those of some fifteen


@allocating_routine
def with_infinity(times):
    """Times of the saves, and so many that never come that eight can be read from any of them on."""
    requested = numbers(len(times) + WIDTH)
    for i in range(len(requested)):
        requested[i] = times[i] if i < len(times) else np.inf
    return requested


@routine
def needs_dense(lanes, counts, times, active):
    """Whether a requested time lies strictly inside the step of any accepted lane."""
    for l in range(active):
        row = counts[SAVED * W + l]
        if lanes[ACCEPTED * W + l] > 0.0 and times[row] < lanes[REACHED * W + l]:
            return True
    return False


@scalar
def interpolate(y, p, place, u, v):
    """One component of a lane at eight places u = (t - begin)/h of its step; v = 1 - u.

    Nested as in Hairer, Nørsett and Wanner (1993), section II.6.
    """
    value = fused(every(p[6 * POLYNOMIAL + place]), u, every(p[5 * POLYNOMIAL + place]))
    value = fused(value, v, every(p[4 * POLYNOMIAL + place]))
    value = fused(value, u, every(p[3 * POLYNOMIAL + place]))
    value = fused(value, v, every(p[2 * POLYNOMIAL + place]))
    value = fused(value, u, every(p[POLYNOMIAL + place]))
    value = fused(value, v, every(p[place]))
    return fused(value, u, every(y[place]))


@scalar
def put(values, start, count, room, buffer, out):
    """Write ``count`` of eight triples; all of them where the packet has room for them, since later ones follow."""
    x, y, z = values
    if room >= WIDTH:
        store_triples(out, start, x, y, z)
    else:
        store_triples(buffer, 0, x, y, z)
        for i in range(3 * count):
            out[start + i] = buffer[i]


@scalar
def three_components(y, polynomial, l, u, v, planar):
    """Interpolate three components of a lane; the third one does not move in a planar problem."""
    first, second = interpolate(y, polynomial, l, u, v), interpolate(y, polynomial, l + W, u, v)
    third = every(y[2 * W + l]) if planar else interpolate(y, polynomial, l + 2 * W, u, v)
    return first, second, third


@scalar
def write(new, l, save, wavevector, position):
    """Copy the state of lane l to one save of the flat results."""
    for c in range(3):
        wavevector[3 * save + c] = new[c * W + l]
        position[3 * save + c] = new[(3 + c) * W + l]


@scalar
def save_lane(lanes, new, counts, polynomial, l, planar, times, buffers, paths):
    """Write every requested time up to the end of the accepted step of lane l; infinite times follow the last one."""
    (inverse, buffer), (wavevector, position) = buffers, paths
    row, reached, saves = counts[SAVED * W + l], lanes[REACHED * W + l], len(times) - WIDTH
    path, k, r = counts[PACKET * W + l] * saves, lanes[NOW * W :], lanes[(NOW + 3) * W :]
    while times[row] < reached:
        following = load(times, row)
        # Read anew: a broadcast that is kept over the loop goes to the stack, and waits there for its own store.
        count = count_below(following, lanes[REACHED * W + l])
        u = fused(fused(every(-1.0), every(lanes[TIME * W + l]), following), every(inverse[l]), every(0.0))
        v = fused(u, every(-1.0), every(1.0))
        start, room = 3 * (path + row), saves - row
        put(three_components(k, polynomial, l, u, v, planar), start, count, room, buffer, wavevector)
        put(three_components(r, polynomial[3 * W :], l, u, v, planar), start, count, room, buffer, position)
        row += count
    if times[row] == reached:
        write(new, l, path + row, wavevector, position)
        row += 1
    counts[SAVED * W + l] = row
    for i in range(_AHEAD):
        fetch(wavevector, 3 * (path + row) + WIDTH * i)
        fetch(position, 3 * (path + row) + WIDTH * i)


@routine
def save(lanes, new, counts, polynomial, active, planar, times, buffers, paths):
    """Save what the accepted steps of the active lanes have passed, into the flat results of all packets."""
    inverse = buffers[0]
    for l in range(used_lanes(active)):
        inverse[l] = 1.0 / lanes[STEP * W + l]
    for l in range(active):
        row = counts[SAVED * W + l]
        if (
            times[row] <= lanes[REACHED * W + l]
            and lanes[ACCEPTED * W + l] > 0.0
            and lanes[STOP * W + l] == 0.0
        ):
            save_lane(lanes, new, counts, polynomial, l, planar, times, buffers, paths)


@routine
def save_starts(lanes, new, counts, times, number, paths):
    """Save packets at their starts, where that is asked for."""
    saves = len(times) - WIDTH
    for l in range(number):
        if times[0] == lanes[TIME * W + l] and lanes[STOP * W + l] == 0.0:
            write(new, l, counts[PACKET * W + l] * saves, paths[0], paths[1])
            counts[SAVED * W + l] = 1


@routine
def leave_out(counts, l, saves, wavevector, position):
    """Times that a stopped packet did not reach get not-a-number."""
    path = counts[PACKET * W + l] * saves
    for place in range(3 * (path + counts[SAVED * W + l]), 3 * (path + saves)):
        wavevector[place] = np.nan
        position[place] = np.nan
