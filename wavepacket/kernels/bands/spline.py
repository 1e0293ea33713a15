"""Band source from a periodic table: uniform quintic B-splines of ε, Ω, m and the gap over the zone.

Quintic, because a high-order integrator needs four continuous derivatives; cubic tables cost it ten times the steps.
Velocity and ∂m/∂k are derivatives of the same splines, so energy is conserved as in any other band. The table holds
FIELDS numbers a point, the last axis of k running fastest, and repeats SUPPORT - 1 points of each axis at its end.

integers: need bits, planes of the first axis that reach a point (SUPPORT, or 1 in a planar table, which lacks that axis),
points of each axis (3), place of the mixing tensors in reals (6 a grid point, taken from the nearest one: a monitor needs
no more). reals: ∂(coordinate along each axis, in cells)/∂k (9), coefficients, mixing tensors.
"""

import math

from wavepacket.kernels.elementary import fma
from wavepacket.kernels.jit.decorators import kernel, routine, scalar
from wavepacket.kernels.lanes import used_lanes
from wavepacket.kernels.layout import (
    CURVATURE,
    ENERGY,
    GAP,
    GEOMETRY_SIGNATURE,
    GRADIENT,
    LANES,
    MIXING,
    MOMENT,
    MOMENT_GRADIENT,
    NEED_MIXING,
)
from wavepacket.kernels.quintic import SUPPORT, floor, quintic_slopes, quintic_weights
from wavepacket.kernels.simd import WIDTH, every, fetch, fused, load, store

W = LANES
FIELDS = WIDTH  # ε, Ω (3), m (3), gap: one point of the table is one value of eight
FIRST_COEFFICIENT = (
    16  # a multiple of 8: points of a table at a multiple of 64 bytes fill one cache line each
)
NO_NEIGHBOUR = 1e9  # eV, stands for the infinite gap of a single band, which has no spline

# Rows of the scratch space for each axis, W numbers each: weights, their slopes, the cell, the nearest grid point. Then
# the fields and their gradients (4 FIELDS numbers) of one point.
_SLOPES, _CELL, _NEAREST, _ROWS = SUPPORT, 2 * SUPPORT, 2 * SUPPORT + 1, 2 * SUPPORT + 2
_FIELDS = 3 * _ROWS * W
SCRATCH = _FIELDS + 4 * FIELDS


@scalar
def locate(k, a, b, c, points, used, axis):
    """Rows of one axis of the grid for all lanes: (a, b, c)·k counts its cells."""
    size = float(points)
    for l in range(used):
        x = fma(a, k[l], fma(b, k[W + l], c * k[2 * W + l]))
        x -= size * floor(x / size)
        cell = floor(x)
        cell = cell if cell < size else size - 1.0
        f = x - cell
        weights, slopes = quintic_weights(f), quintic_slopes(f)
        for i in range(SUPPORT):
            axis[i * W + l] = weights[i]
            axis[(_SLOPES + i) * W + l] = slopes[i]
        nearest = cell + (1.0 if f >= 0.5 else 0.0)
        axis[_CELL * W + l] = cell
        axis[_NEAREST * W + l] = nearest if nearest < size else 0.0


@scalar
def corner(axes, width, area, l):
    """Place of the first coefficient that reaches the point of lane l."""
    first = int(axes[0][_CELL * W + l]) * area + int(axes[1][_CELL * W + l]) * width
    return first + int(axes[2][_CELL * W + l]) * FIELDS


@scalar
def cell_number(scratch, integers, l):
    """Number of the cell in which the point of lane l is, the last axis running fastest."""
    first, middle = int(scratch[_CELL * W + l]), int(scratch[(_ROWS + _CELL) * W + l])
    return (first * integers[3] + middle) * integers[4] + int(scratch[(2 * _ROWS + _CELL) * W + l])


@scalar
def announce(table, start, width, area, planes):
    """Ask for the lines of a point that will be looked up next: a table is larger than the caches near the CPU."""
    for i in range(planes):
        for j in range(SUPPORT):
            fetch(table, start + i * area + j * width)


@scalar
def along_last(table, start, axis, l):
    """Sum over the SUPPORT points of a line of the table, and its slope."""
    value = slope = every(0.0)
    for i in range(SUPPORT):
        point = load(table, start + i * FIELDS)
        value = fused(every(axis[i * W + l]), point, value)
        slope = fused(every(axis[(_SLOPES + i) * W + l]), point, slope)
    return value, slope


@scalar
def along_two(table, start, width, middle_axis, last_axis, l):
    """Sum over a plane of the table, and its slopes along the middle and the last axis; lines are ``width`` apart."""
    value = middle = last = every(0.0)
    for i in range(SUPPORT):
        line, slope = along_last(table, start + i * width, last_axis, l)
        value = fused(every(middle_axis[i * W + l]), line, value)
        middle = fused(every(middle_axis[(_SLOPES + i) * W + l]), line, middle)
        last = fused(every(middle_axis[i * W + l]), slope, last)
    return value, middle, last


@scalar
def along_three(table, start, width, area, planes, axes, l):
    """Sum over a block of the table, and its slopes along the three axes; planes are ``area`` apart."""
    first_axis, middle_axis, last_axis = axes
    value = first = middle = last = every(0.0)
    for i in range(planes):
        plane, slope, other = along_two(table, start + i * area, width, middle_axis, last_axis, l)
        value = fused(every(first_axis[i * W + l]), plane, value)
        first = fused(every(first_axis[(_SLOPES + i) * W + l]), plane, first)
        middle = fused(every(first_axis[i * W + l]), slope, middle)
        last = fused(every(first_axis[i * W + l]), other, last)
    return value, first, middle, last


@scalar
def cartesian(by_first, by_middle, by_last, frame, a):
    """∂(fields)/∂k_a from the slopes along the axes; row i of the frame is ∂(coordinate along axis i, in cells)/∂k."""
    gradient = fused(every(frame[a]), by_first, every(0.0))
    gradient = fused(every(frame[3 + a]), by_middle, gradient)
    return fused(every(frame[6 + a]), by_last, gradient)


@scalar
def write_point(fields, l, out):
    """Rows of one lane from the fields and their gradients."""
    out[ENERGY * W + l] = fields[0]
    out[GAP * W + l] = fields[7] if fields[7] < 0.5 * NO_NEIGHBOUR else math.inf
    for c in range(3):
        out[(CURVATURE + c) * W + l] = fields[1 + c]
        out[(MOMENT + c) * W + l] = fields[4 + c]
    for a in range(3):
        out[(GRADIENT + a) * W + l] = fields[(1 + a) * FIELDS]
        for c in range(3):
            out[(MOMENT_GRADIENT + 3 * c + a) * W + l] = fields[(1 + a) * FIELDS + 4 + c]


@routine
def table_rows(k, count, integers, reals, scratch, out):
    """Geometry rows from the table; see the module for the arrays, layout.py for the contract."""
    need, planes, used = integers[0], integers[1], used_lanes(count)
    n0, n1, n2, mixing = integers[2], integers[3], integers[4], integers[5]
    frame, table, fields = reals[:9], reals[FIRST_COEFFICIENT:], scratch[_FIELDS:]
    axes = (scratch[: _ROWS * W], scratch[_ROWS * W : 2 * _ROWS * W], scratch[2 * _ROWS * W : _FIELDS])
    width = (n2 + SUPPORT - 1) * FIELDS
    area = (n1 + SUPPORT - 1) * width
    if planes == 1:
        axes[0][:] = 0.0
        axes[0][:W] = 1.0
    else:
        locate(k, frame[0], frame[1], frame[2], n0, used, axes[0])
    locate(k, frame[3], frame[4], frame[5], n1, used, axes[1])
    locate(k, frame[6], frame[7], frame[8], n2, used, axes[2])
    for l in range(count):
        if l + 1 < count:
            announce(table, corner(axes, width, area, l + 1), width, area, planes)
        start = corner(axes, width, area, l)
        value, by_first, by_middle, by_last = along_three(table, start, width, area, planes, axes, l)
        store(fields, 0, value)
        for a in range(3):
            store(fields, (1 + a) * FIELDS, cartesian(by_first, by_middle, by_last, frame, a))
        write_point(fields, l, out)
        if need & NEED_MIXING:
            nearest = int(axes[0][_NEAREST * W + l]) * n1 + int(axes[1][_NEAREST * W + l])
            nearest = nearest * n2 + int(axes[2][_NEAREST * W + l])
            for c in range(6):
                out[(MIXING + c) * W + l] = reals[mixing + 6 * nearest + c]


@kernel(GEOMETRY_SIGNATURE)
def table_geometry(k, count, integers, reals, scratch, out):
    """Geometry rows of a band that a table holds everywhere."""
    table_rows(k, count, integers, reals, scratch, out)
