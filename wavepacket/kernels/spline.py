"""Band source from a periodic table: uniform quintic B-splines of ε, Ω, m and the gap over the zone.

Quintic, because a high-order integrator needs four continuous derivatives; cubic tables cost it ten times the steps.
Velocity and ∂m/∂k are derivatives of the same splines, so energy is conserved as in any other band. The table holds
FIELDS numbers a point, the last axis of k running fastest, and repeats SUPPORT - 1 points of each axis at its end.

integers: need bits, directions (2 or 3), points of each axis (3), place of the mixing tensors in reals (6 a grid point,
taken from the nearest one: a monitor needs no more). reals: lattice vectors over 2π (9), coefficients, mixing tensors.
"""

import math

from wavepacket.kernels._jit import kernel, routine, scalar, view
from wavepacket.kernels.elementary import fma
from wavepacket.kernels.layout import (
    CURVATURE,
    ENERGY,
    GAP,
    GEOMETRY,
    GEOMETRY_SIGNATURE,
    GRADIENT,
    LANES,
    MIXING,
    MOMENT,
    MOMENT_GRADIENT,
    NEED_MIXING,
)

W = LANES
FIELDS = 8  # ε, Ω (3), m (3), gap
SUPPORT = 6
ROW = SUPPORT * FIELDS
FIRST_COEFFICIENT = 9
NO_NEIGHBOUR = 1e9  # eV, stands for the infinite gap of a single band, which has no spline

# Places in the scratch space: weights and their slopes for three axes, then sums over the leading axes, then the results.
_WEIGHTS, _SLOPES, _SUMS, _VALUES = 0, 18, 36, 36 + 3 * ROW
SCRATCH = _VALUES + 4 * FIELDS + 2 * SUPPORT


@scalar
def quintic_weights(f, weights, start):
    """The six quintic B-splines that reach the point f in [0, 1) of a cell."""
    g = 1.0 - f
    f2, g2 = f * f, g * g
    weights[start] = g2 * g2 * g / 120.0
    weights[start + 5] = f2 * f2 * f / 120.0
    weights[start + 1] = (26.0 - f * (50.0 - f * (20.0 + f * (20.0 - f * (20.0 - 5.0 * f))))) / 120.0
    weights[start + 4] = (26.0 - g * (50.0 - g * (20.0 + g * (20.0 - g * (20.0 - 5.0 * g))))) / 120.0
    weights[start + 2] = (66.0 - f2 * (60.0 - f2 * (30.0 - 10.0 * f))) / 120.0
    weights[start + 3] = (66.0 - g2 * (60.0 - g2 * (30.0 - 10.0 * g))) / 120.0


@scalar
def quintic_slopes(f, weights, start):
    """Derivatives of the six splines with respect to f."""
    g = 1.0 - f
    f2, g2 = f * f, g * g
    weights[start] = -g2 * g2 / 24.0
    weights[start + 5] = f2 * f2 / 24.0
    weights[start + 1] = (-50.0 + f * (40.0 + f * (60.0 - f * (80.0 - 25.0 * f)))) / 120.0
    weights[start + 4] = (50.0 - g * (40.0 + g * (60.0 - g * (80.0 - 25.0 * g)))) / 120.0
    weights[start + 2] = f * (-120.0 + f2 * (120.0 - 50.0 * f)) / 120.0
    weights[start + 3] = g * (120.0 - g2 * (120.0 - 50.0 * g)) / 120.0


@scalar
def locate(x, points, axis, scratch):
    """Weights along one axis of the periodic coordinate x (period 1); returns the first table index."""
    y = (x - math.floor(x)) * points
    cell = min(int(y), points - 1)
    f = min(y - cell, 1.0)
    quintic_weights(f, scratch, _WEIGHTS + SUPPORT * axis)
    quintic_slopes(f, scratch, _SLOPES + SUPPORT * axis)
    return cell


@routine
def contract_plane(r0, r1, r2, r3, r4, r5, w, v, outer, outer_slope, sums):
    """Sum six table rows over one axis with weights w and slopes v, and add the sums times the weights of the axis before.

    The rows come as views and the loop runs over all ROW numbers of a row: that is what vectorises.
    """
    w0, w1, w2, w3, w4, w5 = w[0], w[1], w[2], w[3], w[4], w[5]
    v0, v1, v2, v3, v4, v5 = v[0], v[1], v[2], v[3], v[4], v[5]
    for i in range(ROW):
        value = fma(w0, r0[i], fma(w1, r1[i], fma(w2, r2[i], fma(w3, r3[i], fma(w4, r4[i], w5 * r5[i])))))
        slope = fma(v0, r0[i], fma(v1, r1[i], fma(v2, r2[i], fma(v3, r3[i], fma(v4, r4[i], v5 * r5[i])))))
        sums[i] = fma(outer, value, sums[i])
        sums[ROW + i] = fma(outer, slope, sums[ROW + i])
        sums[2 * ROW + i] = fma(outer_slope, value, sums[2 * ROW + i])


@view
def table_row(table, start):
    """View on the ROW numbers of the table from ``start`` on."""
    return table[start : start + ROW]


@scalar
def contract_last(sums, weights, values):
    """Sum over the last axis; weights holds the six weights and the six slopes along it."""
    for block in range(4):
        first = block * ROW if block < 3 else 0
        source = sums[first : first + ROW]
        w = weights[:SUPPORT] if block < 3 else weights[SUPPORT:]
        out = values[block * FIELDS : (block + 1) * FIELDS]
        for f in range(FIELDS):
            total = w[0] * source[f]
            for p in range(1, SUPPORT):
                total = fma(w[p], source[p * FIELDS + f], total)
            out[f] = total


@scalar
def lookup(table, directions, cells, points, scratch):
    """All fields and their derivatives along the axes of the grid at the located point, into scratch[_VALUES:]."""
    weights, slopes = scratch[_WEIGHTS : _WEIGHTS + 18], scratch[_SLOPES : _SLOPES + 18]
    sums = scratch[_SUMS:_VALUES]
    for i in range(3 * ROW):
        sums[i] = 0.0
    last, middle = directions - 1, directions - 2
    width = (points[last] + SUPPORT - 1) * FIELDS
    w = weights[SUPPORT * middle : SUPPORT * (middle + 1)]
    v = slopes[SUPPORT * middle : SUPPORT * (middle + 1)]
    planes = SUPPORT if directions == 3 else 1
    for i in range(planes):
        first = cells[0] if directions == 2 else (cells[0] + i) * (points[1] + SUPPORT - 1) + cells[1]
        start = first * width + cells[last] * FIELDS
        outer, outer_slope = (1.0, 0.0) if directions == 2 else (weights[i], slopes[i])
        contract_plane(
            table_row(table, start), table_row(table, start + width), table_row(table, start + 2 * width),
            table_row(table, start + 3 * width), table_row(table, start + 4 * width),
            table_row(table, start + 5 * width), w, v, outer, outer_slope, sums,
        )  # fmt: skip
    ends = scratch[_VALUES + 4 * FIELDS : _VALUES + 4 * FIELDS + 2 * SUPPORT]
    for i in range(SUPPORT):
        ends[i] = weights[SUPPORT * last + i]
        ends[SUPPORT + i] = slopes[SUPPORT * last + i]
    contract_last(sums, ends, scratch[_VALUES : _VALUES + 4 * FIELDS])


@scalar
def slope_along(values, field, directions, points, frame, a):
    """∂(field)/∂k_a from the slopes along the axes of the grid: block 3 is the last axis, 1 the one before, 2 the first."""
    total = values[3 * FIELDS + field] * points[directions - 1] * frame[3 * (directions - 1) + a]
    for i in range(directions - 1):
        total = fma(values[(directions - 1 - i) * FIELDS + field], points[i] * frame[3 * i + a], total)
    return total


@kernel(GEOMETRY_SIGNATURE)
def table_geometry(k, count, integers, reals, scratch, out):
    """Geometry rows from the table; see the module for the arrays, layout.py for the contract."""
    need, directions, points = integers[0], integers[1], (integers[2], integers[3], integers[4])
    frame, table = reals[:FIRST_COEFFICIENT], reals[FIRST_COEFFICIENT:]
    for l in range(GEOMETRY * W):
        out[l] = 0.0
    values = scratch[_VALUES : _VALUES + 4 * FIELDS]
    for l in range(count):
        c0 = c1 = c2 = nearest = 0
        for i in range(directions):
            x = fma(frame[3 * i], k[l], fma(frame[3 * i + 1], k[W + l], frame[3 * i + 2] * k[2 * W + l]))
            cell = locate(x, points[i], i, scratch)
            node = min(int((x - math.floor(x)) * points[i] + 0.5), points[i]) % points[i]
            nearest = nearest * points[i] + node
            c0, c1, c2 = (cell if i == 0 else c0), (cell if i == 1 else c1), (cell if i == 2 else c2)
        lookup(table, directions, (c0, c1, c2), points, scratch)
        out[ENERGY * W + l] = values[0]
        out[GAP * W + l] = values[7] if values[7] < 0.5 * NO_NEIGHBOUR else math.inf
        if need & NEED_MIXING:
            for c in range(6):
                out[(MIXING + c) * W + l] = reals[integers[5] + 6 * nearest + c]
        for a in range(3):
            out[(GRADIENT + a) * W + l] = slope_along(values, 0, directions, points, frame, a)
            out[(CURVATURE + a) * W + l] = values[1 + a]
            out[(MOMENT + a) * W + l] = values[4 + a]
            for c in range(3):
                slope = slope_along(values, 4 + c, directions, points, frame, a)
                out[(MOMENT_GRADIENT + 3 * c + a) * W + l] = slope
