"""Geometry of a band on a grid of the zone that is a product of three axes: what tables are built from.

Sums over cells are done axis by axis. With R = Σ n_i a_i and k = Σ x_i b_i the phase of a cell is a product of
e^{2πi x_i n_i}, so a point of a row costs one sum over n_3 instead of one over all cells. Every partial sum comes with its
derivatives in θ_i = 2π x_i, from which ∂/∂k_a = Σ_i a_i,a ∂/∂θ_i.

A partial sum holds ``size`` numbers: lower triangles of H and, where given, of r_x, r_y, r_z, row by row as (re, im) pairs.
"""

import math

import numpy as np
from numba import types

from wavepacket.kernels.bands.perturbation import geometry_of_band
from wavepacket.kernels.bands.reflections import lower
from wavepacket.kernels.bands.states import MATRICES, H, position
from wavepacket.kernels.elementary import fma, sine_cosine
from wavepacket.kernels.jit.decorators import INTEGER, REAL, allocating_routine, kernel, routine
from wavepacket.kernels.jit.memory import numbers
from wavepacket.kernels.layout import GEOMETRY, LANES, NEED_MIXING
from wavepacket.kernels.simd import WIDTH

W = LANES
TWO_PI = 2.0 * math.pi


@routine
def add_phased(source, first, c, s, size, target, start):
    """Add (c + i s) times the pairs of source from first on to those of target from start on."""
    for q in range(0, size, 2):
        re, im = source[first + q], source[first + q + 1]
        target[start + q] = fma(c, re, fma(-s, im, target[start + q]))
        target[start + q + 1] = fma(c, im, fma(s, re, target[start + q + 1]))


@routine
def add_with_slope(source, first, x, n, size, target, start, slope):
    """Add the pairs times e^{2πi x n} at start, and its derivative in 2πx at slope."""
    s, c = sine_cosine(TWO_PI * x * n)
    add_phased(source, first, c, s, size, target, start)
    if n != 0:
        add_phased(source, first, -n * s, n * c, size, target, slope)


@routine
def sum_first(cells, data, size, least, shape, x, sums):
    """Sums over n_1 for each (n_2, n_3), and behind them their derivatives."""
    sums[:] = 0.0
    half = shape[0] * shape[1] * size
    for cell in range(cells.shape[0] // 3):
        place = (cells[3 * cell + 1] - least[0]) * shape[1] + cells[3 * cell + 2] - least[1]
        n = cells[3 * cell]
        add_with_slope(data, cell * size, x, n, size, sums, place * size, half + place * size)


@routine
def sum_second(sums, size, least, shape, x, row):
    """Sums over n_2 for each n_3: the value, its derivatives in θ_1 and in θ_2."""
    row[:] = 0.0
    half, part = shape[0] * shape[1] * size, shape[1] * size
    for i in range(shape[0]):
        n, start = i + least[0], i * part
        add_with_slope(sums, start, x, n, part, row, 0, 2 * part)
        s, c = sine_cosine(TWO_PI * x * n)
        add_phased(sums, half + start, c, s, part, row, part)


@routine
def sum_third(row, size, least, shape, x, point):
    """Sums over n_3: the value and its derivatives in θ_1, θ_2 and θ_3."""
    point[:] = 0.0
    part = shape[1] * size
    for i in range(shape[1]):
        n, start = i + least[1], i * size
        add_with_slope(row, start, x, n, size, point, 0, 3 * size)
        s, c = sine_cosine(TWO_PI * x * n)
        add_phased(row, part + start, c, s, size, point, size)
        add_phased(row, 2 * part + start, c, s, size, point, 2 * size)


@routine
def fill_lane(point, size, lattice, sites, n, positions, lane, matrices):
    """Matrices of one of eight k, in the order of states.py, from sums and their derivatives in θ_i."""
    rows = n * (n + 1)
    for kind in range(4 if positions else 1):
        slot = position(kind - 1) if kind > 0 else H  # their derivatives come next
        for row in range(rows):
            start, to = kind * rows + row, WIDTH * (rows * slot + row) + lane
            matrices[to] = point[start]
            for b in range(3):
                slope = 0.0
                for axis in range(3):
                    slope += lattice[3 * axis + b] * point[(1 + axis) * size + start]
                matrices[to + WIDTH * rows * (1 + b)] = slope
        for i in range(n if kind > 0 else 0):
            matrices[WIDTH * rows * slot + lower(i, i) + lane] += sites[3 * i + kind - 1]


@allocating_routine
def box(cells):
    """Smallest n_2, n_3 and how many of each there are."""
    least, most = np.zeros(2, dtype=np.int64), np.zeros(2, dtype=np.int64)
    for cell in range(cells.shape[0] // 3):
        for axis in range(2):
            least[axis] = min(least[axis], cells[3 * cell + 1 + axis])
            most[axis] = max(most[axis], cells[3 * cell + 1 + axis])
    return least, most - least + 1


@kernel(
    types.void(
        types.int64,
        types.int64,
        types.int64,
        types.int64,
        INTEGER,
        types.UniTuple(REAL, 6),
        types.float64[:, ::1],
    ),
    allocates=True,
)
def plane_geometry(n, band, positions, scratch_size, cells, arrays, rows):
    """Geometry rows (n_2 n_3, GEOMETRY) at reduced coordinates (first[0], second[i], third[j]), without ∂m/∂k.

    arrays: matrices of the cells (``size`` numbers each), positions (3N, Å), rows a_i (9, Å), and the coordinates.
    """
    data, sites, lattice, first, second, third = arrays
    size = n * (n + 1) * (4 if positions else 1)
    least, shape = box(cells)
    sums, row = np.empty(2 * shape[0] * shape[1] * size), np.empty(3 * shape[1] * size)
    matrices, work = numbers(MATRICES * WIDTH * n * (n + 1)), numbers(scratch_size)
    point, out, points = np.empty(4 * size), numbers(GEOMETRY * W), second.shape[0] * third.shape[0]
    sum_first(cells, data, size, least, shape, first[0], sums)
    for i in range(second.shape[0]):
        sum_second(sums, size, least, shape, second[i], row)
        for j in range(third.shape[0]):
            sum_third(row, size, least, shape, third[j], point)
            number = i * third.shape[0] + j
            lane = number % WIDTH
            fill_lane(point, size, lattice, sites, n, positions, lane, matrices)
            if lane < WIDTH - 1 and number < points - 1:
                continue
            geometry_of_band(n, band, NEED_MIXING, positions, matrices, sites, work, 0, out)
            for l in range(lane + 1):
                for field in range(GEOMETRY):
                    rows[number - lane + l, field] = out[field * W + l]
