"""A field on a grid along x, y, z and t: the sum of products of uniform quintic B-splines, and its gradient.

C⁴, so that a method of high order keeps its steps, and the gradient is that of the same spline, so that energy is kept.
Beyond an edge of the grid the value is that at the edge and the slope across it zero; a periodic axis has no edge.
"""

from wavepacket.kernels.elementary import fma
from wavepacket.kernels.jit.decorators import routine, scalar
from wavepacket.kernels.lanes import used_lanes
from wavepacket.kernels.layout import EFFECTIVE, GRID, LANES, POTENTIAL_ENERGY, VALLEY_FACTOR
from wavepacket.kernels.layout import REACH as REACH_ROW
from wavepacket.kernels.quintic import SUPPORT, floor, quintic_slopes, quintic_weights
from wavepacket.kernels.simd import WIDTH, every, fused, load, store

W = LANES

# Places in the numbers of a term: where its coefficients begin, from these numbers on, in the order (t, z, x, y), the last
# running fastest, with WIDTH - SUPPORT numbers more behind them; the reach; then three numbers of each axis.
COEFFICIENTS, REACH, AXES = 0, 1, 2
ORIGIN, INVERSE, CELLS, AXIS = (
    0,
    1,
    2,
    3,
)  # of an axis: the first point, 1/spacing, cells; 0 without it, < 0 where periodic
X, Y, Z, T = AXES, AXES + AXIS, AXES + 2 * AXIS, AXES + 3 * AXIS
MORE = SUPPORT - 1  # coefficients of an axis more than cells

# Rows of each axis in the working space: the cell, weights, their slopes. One row before all of them is for two sums.
_WEIGHTS, _SLOPES, ROWS = 1, 1 + SUPPORT, 1 + 2 * SUPPORT


@routine
def on_axis(n, axis, x, used, rows):
    """The rows of one axis for all lanes; x has their places on it."""
    used = used_lanes(used)  # the same number: the compiler must know once more what it can be
    origin, inverse, cells = n[axis + ORIGIN], n[axis + INVERSE], n[axis + CELLS]
    size, periodic = abs(cells), cells < 0.0
    for l in range(used):
        u = (x[l] - origin) * inverse
        u = u - size * floor(u / size) if periodic else u
        # A place that is not a number counts as the first point: nobody must read beyond the coefficients.
        inside = u if u > 0.0 else 0.0
        inside = inside if inside < size else size
        cell = floor(inside)
        cell = cell if cell < size else size - 1.0
        slope = inverse if inside == u else 0.0
        weights, slopes = quintic_weights(inside - cell), quintic_slopes(inside - cell)
        rows[l] = cell
        for i in range(SUPPORT):
            rows[(_WEIGHTS + i) * W + l] = weights[i]
            rows[(_SLOPES + i) * W + l] = slopes[i] * slope


@scalar
def plane(n, first, width, axes, l):
    """Sum over 6 × 6 coefficients, and its slopes along x and y; lines are ``width`` apart."""
    work, x, y = axes
    along = across = every(0.0)
    for i in range(SUPPORT):
        line = load(n, first + i * width)
        along = fused(every(x[(_WEIGHTS + i) * W + l]), line, along)
        across = fused(every(x[(_SLOPES + i) * W + l]), line, across)
    store(work, 0, along)
    store(work, WIDTH, across)
    value, slope_x, slope_y = 0.0, 0.0, 0.0
    for i in range(SUPPORT):
        value = fma(y[(_WEIGHTS + i) * W + l], work[i], value)
        slope_x = fma(y[(_WEIGHTS + i) * W + l], work[WIDTH + i], slope_x)
        slope_y = fma(y[(_SLOPES + i) * W + l], work[i], slope_y)
    return value, slope_x, slope_y


@scalar
def put(field, l, value, gradient, reach):
    """Add to the sums of one lane."""
    factor = field[VALLEY_FACTOR * W + l]
    field[POTENTIAL_ENERGY * W + l] += factor * value
    for row in range(3):
        field[(EFFECTIVE + row) * W + l] += factor * gradient[row]
    field[REACH_ROW * W + l] = min(field[REACH_ROW * W + l], reach)


@routine
def add_plane(n, axes, used, field):
    """Add a field of x and y."""
    width, begin, reach = int(abs(n[Y + CELLS])) + MORE, int(n[COEFFICIENTS]), n[REACH]
    used, x, y = used_lanes(used), axes[1], axes[2]
    for l in range(used):
        value, slope_x, slope_y = plane(n, begin + int(x[l]) * width + int(y[l]), width, axes, l)
        put(field, l, value, (slope_x, slope_y, 0.0), reach)


@routine
def add_planes(n, axes, others, used, field):
    """Add a field that also depends on z or t: a sum over planes."""
    width = int(abs(n[Y + CELLS])) + MORE
    area, begin, reach = width * (int(abs(n[X + CELLS])) + MORE), int(n[COEFFICIENTS]), n[REACH]
    deep, changes = n[Z + CELLS] != 0.0, n[T + CELLS] != 0.0
    used, x, y, z, late = used_lanes(used), axes[1], axes[2], others[0], others[1]
    planes = int(abs(n[Z + CELLS])) + MORE if deep else 1
    for l in range(used):
        start = int(late[l]) * planes if changes else 0
        start = begin + (start + (int(z[l]) if deep else 0)) * area + int(x[l]) * width + int(y[l])
        value, slope_x, slope_y, slope_z = 0.0, 0.0, 0.0, 0.0
        for i in range(SUPPORT if changes else 1):
            then = late[(_WEIGHTS + i) * W + l] if changes else 1.0
            for j in range(SUPPORT if deep else 1):
                weight = then * z[(_WEIGHTS + j) * W + l] if deep else then
                slope = then * z[(_SLOPES + j) * W + l] if deep else 0.0
                v = plane(n, start + (i * planes + j) * area, width, axes, l)
                value = fma(weight, v[0], value)
                slope_x = fma(weight, v[1], slope_x)
                slope_y = fma(weight, v[2], slope_y)
                slope_z = fma(slope, v[0], slope_z)
        put(field, l, value, (slope_x, slope_y, slope_z), reach)


@routine
def add_grid(n, r, t, used, field):
    """Add a field on a grid to the sums of a block; n are the numbers of the term and all that follows."""
    work, step = field[GRID * W :], ROWS * W
    axes = (work, work[W : W + step], work[W + step : W + 2 * step])
    others = (work[W + 2 * step : W + 3 * step], work[W + 3 * step : W + 4 * step])
    on_axis(n, X, r, used, axes[1])
    on_axis(n, Y, r[W:], used, axes[2])
    if n[Z + CELLS] == 0.0 and n[T + CELLS] == 0.0:
        add_plane(n, axes, used, field)
        return
    if n[Z + CELLS] != 0.0:
        on_axis(n, Z, r[2 * W :], used, others[0])
    if n[T + CELLS] != 0.0:
        on_axis(n, T, t, used, others[1])
    add_planes(n, axes, others, used, field)
