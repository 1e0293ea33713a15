"""The same right-hand side where trajectories are not advanced: geometry at given k, velocities along saved paths."""

import numpy as np
from numba import types

from wavepacket.kernels.jit.decorators import INTEGER, REAL, kernel, scalar
from wavepacket.kernels.layout import FIELD, GEOMETRY, GEOMETRY_POINTER, LANES, RATES_POINTER, STATE
from wavepacket.kernels.motion.equations import three

W = LANES
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


@kernel(
    types.void(
        RATES_POINTER, GEOMETRY_POINTER, types.Tuple((INTEGER, REAL, REAL)), types.int64,
        types.Tuple((REAL, REAL, _PATHS, _PATHS)), types.Tuple((REAL, INTEGER, INTEGER)),
        types.Tuple((_PATHS, _PATHS, _MATRIX)),
    ),
    allocates=True,
)  # fmt: skip
def observe(rates, geometry, arrays, scratch_size, paths, packets, sums):
    """Weighted sums along saved paths.

    arrays: integers and reals of the band source, and the environment; paths: times (T,), signs of E (n,), wavevector and
    position (n, T, 3); packets: weight, group and 1 where it is included, all (n,).
    Of every packet that is included, weight times velocity ṙ and weight times r - r(0) go to ``current`` and
    ``displacement`` (groups, T, 3) of its group, and the weight to ``population`` (groups, T), in order of packets.
    Lanes are successive saves of one packet, so nothing depends on its neighbours.
    """
    (integers, reals, environment), (times, signs, wavevector, position) = arrays, paths
    (weights, groups, included), (current, displacement, population) = packets, sums
    scratch, band, field = np.empty(scratch_size), np.zeros(GEOMETRY * W), np.zeros(FIELD * W)
    point, t, sign, out = np.zeros(STATE * W), np.zeros(W), np.ones(W), np.zeros(STATE * W)
    source = (integers, reals, scratch, environment)
    saves = times.shape[0]
    for packet in range(wavevector.shape[0]):
        if included[packet] == 0:
            continue
        weight, group, r = weights[packet], groups[packet], position[packet]
        x, y, z = r[0, 0], r[0, 1], r[0, 2]
        for first in range(0, saves, W):
            count = min(W, saves - first)
            for l in range(count):
                t[l], sign[l] = times[first + l], signs[packet]
                for c in range(3):
                    point[c * W + l] = wavevector[packet, first + l, c]
                    point[(3 + c) * W + l] = r[first + l, c]
            rates(geometry, count, source, t, sign, point, band, field, out)
            for l in range(count):
                save = first + l
                population[group, save] += weight
                vx, vy, vz = three(out, 3 * W + l)
                add(current, group, save, weight, vx, vy, vz)
                add(displacement, group, save, weight, r[save, 0] - x, r[save, 1] - y, r[save, 2] - z)


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
