"""Geometry of a band on a grid of the zone that is a product of three axes: what tables are built from.

Sums over cells are done axis by axis. With R = Σ n_i a_i and k = Σ x_i b_i the phase of a cell is a product of
e^{2πi x_i n_i}, so a point of a row costs one sum over n_3 instead of one over all cells. Every partial sum comes with its
derivatives in θ_i = 2π x_i, from which ∂/∂k_a = Σ_i a_i,a ∂/∂θ_i.

The arrays are those of the lattice source in direct.py, with the integer cells beside them. A partial sum holds ``size``
numbers: H and, where given, r_x, r_y, r_z as (re, im) pairs.
"""

import math

import numpy as np
from numba import types

from wavepacket.kernels.bands.perturbation import (
    FIRST,
    MATRICES,
    POSITION,
    POSITION_SLOPE,
    H,
    geometry_of_band,
)
from wavepacket.kernels.elementary import fma
from wavepacket.kernels.jit.decorators import INTEGER, REAL, allocating_routine, kernel, routine
from wavepacket.kernels.layout import GEOMETRY, LANES, NEED_MIXING

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
    c, s = math.cos(TWO_PI * x * n), math.sin(TWO_PI * x * n)
    add_phased(source, first, c, s, size, target, start)
    if n != 0:
        add_phased(source, first, -n * s, n * c, size, target, slope)


@routine
def sum_first(cells, reals, data, size, lower, shape, x, sums):
    """Sums over n_1 for each (n_2, n_3), and behind them their derivatives."""
    sums[:] = 0.0
    half = shape[0] * shape[1] * size
    for cell in range(cells.shape[0] // 3):
        place = (cells[3 * cell + 1] - lower[0]) * shape[1] + cells[3 * cell + 2] - lower[1]
        n = cells[3 * cell]
        add_with_slope(reals, data + cell * size, x, n, size, sums, place * size, half + place * size)


@routine
def sum_second(sums, size, lower, shape, x, row):
    """Sums over n_2 for each n_3: the value, its derivatives in θ_1 and in θ_2."""
    row[:] = 0.0
    half, part = shape[0] * shape[1] * size, shape[1] * size
    for i in range(shape[0]):
        n, start = i + lower[0], i * part
        add_with_slope(sums, start, x, n, part, row, 0, 2 * part)
        add_phased(sums, half + start, math.cos(TWO_PI * x * n), math.sin(TWO_PI * x * n), part, row, part)


@routine
def sum_third(row, size, lower, shape, x, point):
    """Sums over n_3: the value and its derivatives in θ_1, θ_2 and θ_3."""
    point[:] = 0.0
    part = shape[1] * size
    for i in range(shape[1]):
        n, start = i + lower[1], i * size
        add_with_slope(row, start, x, n, size, point, 0, 3 * size)
        c, s = math.cos(TWO_PI * x * n), math.sin(TWO_PI * x * n)
        add_phased(row, part + start, c, s, size, point, size)
        add_phased(row, 2 * part + start, c, s, size, point, 2 * size)


@routine
def fill_stack(point, size, lattice, sites, n, positions, stack):
    """Matrices at one k, in the order of perturbation.py, from sums and their derivatives in θ_i."""
    for place in range(n * n):
        i, j = place // n, place % n
        for kind in range(4 if positions else 1):
            start = 2 * (kind * n * n + place)
            value = complex(point[start], point[start + 1])
            if kind == 0:
                stack[H, i, j] = value
            else:
                stack[POSITION + kind - 1, i, j] = value
            for b in range(3):
                slope = 0j
                for axis in range(3):
                    at = (1 + axis) * size + start
                    slope += lattice[3 * axis + b] * complex(point[at], point[at + 1])
                if kind == 0:
                    stack[FIRST + b, i, j] = slope
                else:
                    stack[POSITION_SLOPE + 3 * b + kind - 1, i, j] = slope
    for i in range(n):
        for a in range(3):
            stack[POSITION + a, i, i] = sites[3 * i + a] + (stack[POSITION + a, i, i] if positions else 0j)


@allocating_routine
def box(cells):
    """Smallest n_2, n_3 and how many of each there are."""
    lower, upper = np.zeros(2, dtype=np.int64), np.zeros(2, dtype=np.int64)
    for cell in range(cells.shape[0] // 3):
        for axis in range(2):
            lower[axis] = min(lower[axis], cells[3 * cell + 1 + axis])
            upper[axis] = max(upper[axis], cells[3 * cell + 1 + axis])
    return lower, upper - lower + 1


@kernel(
    types.void(INTEGER, REAL, INTEGER, REAL, types.float64, REAL, REAL, types.float64[:, ::1]), allocates=True
)
def plane_geometry(integers, reals, cells, lattice, first, second, third, rows):
    """Geometry rows (n_2 n_3, GEOMETRY) at reduced coordinates (first, second[i], third[j]), without ∂m/∂k."""
    n, band, positions = integers[1], integers[2], integers[4]
    data, size = cells.shape[0] + 3 * n, 2 * n * n * (4 if positions else 1)
    sites = reals[cells.shape[0] : data]
    lower, shape = box(cells)
    sums, row = np.empty(2 * shape[0] * shape[1] * size), np.empty(3 * shape[1] * size)
    point, stack, out = (
        np.empty(4 * size),
        np.zeros((MATRICES, n, n), dtype=np.complex128),
        np.zeros(GEOMETRY * W),
    )
    sum_first(cells, reals, data, size, lower, shape, first, sums)
    for i in range(second.shape[0]):
        sum_second(sums, size, lower, shape, second[i], row)
        for j in range(third.shape[0]):
            sum_third(row, size, lower, shape, third[j], point)
            fill_stack(point, size, lattice, sites, n, positions, stack)
            geometry_of_band(stack, band, NEED_MIXING, positions, 0, out)
            for field in range(GEOMETRY):
                rows[i * third.shape[0] + j, field] = out[field * W]
