"""The same right-hand side where trajectories are not advanced: geometry at given k, velocities along saved paths."""

import numpy as np
from numba import types

from wavepacket.kernels.jit.decorators import INTEGER, REAL, kernel, routine, scalar
from wavepacket.kernels.layout import FIELD, GEOMETRY, GEOMETRY_POINTER, LANES, RATES_POINTER, STATE
from wavepacket.kernels.motion.equations import put_three
from wavepacket.kernels.reduce.windows import MOST_NODES, ROUND, follow, three_of
from wavepacket.kernels.simd import WIDTH, every, load, load_triples, store, store_triples

W = LANES
EVALUATED, KNOWN = -1, -2  # in place of a row of ``shapes``
_MATRIX = types.float64[:, ::1]
_PATHS = types.float64[:, :, ::1]


@kernel(types.void(GEOMETRY_POINTER, INTEGER, REAL, types.int64, _MATRIX, _MATRIX), allocates=True)
def sample(geometry, integers, reals, scratch_size, k, rows):
    """Geometry rows (n, GEOMETRY) at wavevectors k (n, 3), 1/Å."""
    scratch, block, band = np.empty(scratch_size), np.zeros(3 * W), np.zeros(GEOMETRY * W)
    for first in range(0, k.shape[0], W):
        count = min(W, k.shape[0] - first)
        for l in range(count):
            for c in range(3):
                block[c * W + l] = k[first + l, c]
        geometry(block, count, integers, reals, scratch, band)
        for l in range(count):
            for row in range(GEOMETRY):
                rows[first + l, row] = band[row * W + l]


@scalar
def add(totals, group, save, weight, x, y, z):
    """Add weight times a vector to one save of a group."""
    totals[group, save, 0] += weight * x
    totals[group, save, 1] += weight * y
    totals[group, save, 2] += weight * z


@routine
def put_successive(path, first, count, block):
    """Times, k and r at ``count`` successive saves of one path into lanes: `put_saves`, eight at a time."""
    t, point, (times, wavevector, position) = block[0], block[2], path
    whole = count // WIDTH * WIDTH
    for l in range(0, whole, WIDTH):
        store(t, l, load(times, first + l))
        for row, vectors in ((0, wavevector), (3, position)):
            x, y, z = load_triples(vectors, 3 * (first + l))
            store(point, row * W + l, x)
            store(point, (row + 1) * W + l, y)
            store(point, (row + 2) * W + l, z)
    for l in range(whole, count):
        t[l] = times[first + l]
        put_three(point, l, three_of(wavevector, 3 * (first + l)))
        put_three(point, 3 * W + l, three_of(position, 3 * (first + l)))


@routine
def evaluate_all(rates, geometry, source, block, path, velocity):
    """Velocities at all saves of one path, into triples; up to seven more are written that mean nothing."""
    t, sign, point, band, field, out = block
    saves = len(path[0])
    for first in range(0, saves, W):
        count = min(W, saves - first)
        put_successive(path, first, count, block)
        rates(geometry, count, source, t, sign, point, band, field, out)
        for l in range(0, count, WIDTH):
            x, y, z = load(out, 3 * W + l), load(out, 4 * W + l), load(out, 5 * W + l)
            store_triples(velocity, 3 * (first + l), x, y, z)


@routine
def add_packet(weight, velocity, r, origin, sums):
    """Add weight, weight times velocity and weight times r - r(0) of one packet at all saves; vectors in flat triples.

    origin: r(0), eight times.
    """
    current, displacement, population = sums
    for i in range(len(population)):
        population[i] += weight
    for i in range(len(current)):
        current[i] += weight * velocity[i]
    times = every(weight)
    begin, middle, end = load(origin, 0), load(origin, WIDTH), load(origin, 2 * WIDTH)
    whole = len(r) // len(origin) * len(origin)
    for i in range(0, whole, len(origin)):
        j, k = i + WIDTH, i + 2 * WIDTH
        store(displacement, i, load(displacement, i) + times * (load(r, i) - begin))
        store(displacement, j, load(displacement, j) + times * (load(r, j) - middle))
        store(displacement, k, load(displacement, k) + times * (load(r, k) - end))
    for i in range(whole, len(r)):
        displacement[i] += weight * (r[i] - origin[i - whole])


@kernel(
    types.void(
        RATES_POINTER, GEOMETRY_POINTER, types.Tuple((INTEGER, REAL, REAL)), types.int64,
        types.Tuple((REAL, REAL, _PATHS, _PATHS, _PATHS)), types.Tuple((REAL, INTEGER, INTEGER, INTEGER, INTEGER)),
        types.Tuple((types.int64[:, ::1], INTEGER, REAL, REAL)), types.Tuple((_PATHS, _PATHS, _MATRIX)),
    ),
    allocates=True,
)  # fmt: skip
def observe(rates, geometry, arrays, scratch_size, paths, packets, plan, sums):
    """Weighted sums along saved paths.

    arrays: integers and reals of the band source, and the environment; paths: times (T,), ``own`` of the right-hand side
    (2 n,), all signs of E first, wavevector, position and, where they are known, velocities (n, T, 3); packets: weight,
    group, 1 where it is included, steps, and the row of its windows in ``shapes``, EVALUATED where velocities are evaluated
    at all saves, or KNOWN, all (n,); plan:
    shapes, order, weights and limits as in windows.py.
    Of every packet that is included, weight times velocity ṙ and weight times r - r(0) go to ``current`` and
    ``displacement`` (groups, T, 3) of its group, and the weight to ``population`` (groups, T), in order of packets.
    """
    (integers, reals, environment), (times, belongings, wavevector, position, velocities) = arrays, paths
    (weights, groups, included, steps, rows), (shapes, order, matrices, limits) = packets, plan
    current, displacement, population = sums
    own_rows, band, field = np.ones(2 * W), np.zeros(GEOMETRY * W), np.zeros(FIELD * W)
    block = (np.zeros(W), own_rows, np.zeros(STATE * W), band, field, np.zeros(STATE * W))
    source, saves = (integers, reals, np.empty(scratch_size), environment), times.shape[0]
    buffers = (np.zeros(3 * (saves + ROUND)), np.zeros(3 * MOST_NODES), np.zeros(3 * (saves + ROUND)))
    velocity, origin = buffers[0], np.zeros(3 * WIDTH)
    span, flat = times[saves - 1] - times[0], 3 * saves
    for packet in range(wavevector.shape[0]):
        if included[packet] == 0:
            continue
        group, row, weight, r = groups[packet], rows[packet], weights[packet], position[packet].reshape(flat)
        path = (times, wavevector[packet].reshape(flat), r)
        own = (current[group].reshape(flat), displacement[group].reshape(flat), population[group])
        for i in range(3 * WIDTH):
            origin[i] = r[i % 3]
        if row == KNOWN:
            add_packet(weight, velocities[packet].reshape(flat), r, origin, own)
            continue
        for l in range(W):
            own_rows[l] = belongings[packet]
            own_rows[W + l] = belongings[wavevector.shape[0] + packet]
        if row == EVALUATED:
            evaluate_all(rates, geometry, source, block, path, velocity)
        else:
            step = span / steps[packet]
            follow(
                rates, geometry, source, block, path, (shapes[row], order, matrices, limits, step), buffers
            )
        add_packet(weight, velocity, r, origin, own)


@kernel(types.void(_PATHS, REAL, INTEGER, INTEGER, _PATHS, _MATRIX))
def accumulate(vectors, weights, groups, included, totals, population):
    """Add weight times vector (n, T, 3) to the totals (groups, T, 3) of each packet's group, in order of packets."""
    for packet in range(vectors.shape[0]):
        if included[packet] == 0:
            continue
        group, weight = groups[packet], weights[packet]
        for i in range(vectors.shape[1]):
            population[group, i] += weight
            add(totals, group, i, weight, vectors[packet, i, 0], vectors[packet, i, 1], vectors[packet, i, 2])
