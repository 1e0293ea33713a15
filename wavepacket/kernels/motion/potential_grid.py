"""A field on a grid along x, y, z and t: the sum of products of uniform quintic B-splines, and its gradient.

C⁴, so that a method of high order keeps its steps, and the gradient is that of the same spline, so that energy is kept.
Beyond an edge of the grid the value is that at the edge and the slope across it zero; a periodic axis has no edge.
Sums along x are taken for one packet, whose lines of coefficients fill a register; those along y for eight packets at once.
"""

from wavepacket.kernels.jit.decorators import routine, scalar
from wavepacket.kernels.lanes import used_lanes
from wavepacket.kernels.layout import EFFECTIVE, GRID, LANES, POTENTIAL_ENERGY, REDUCED_SHIFT, VALLEY_FACTOR
from wavepacket.kernels.layout import REACH as REACH_ROW
from wavepacket.kernels.quintic import SUPPORT, cell_of, quintic_slopes, quintic_weights
from wavepacket.kernels.simd import WIDTH, every, fused, load, store, transposed

W = LANES

# Places in the numbers of a term: where its coefficients begin, from these numbers on, in the order (t, z, x, y), the last
# running fastest, with WIDTH - SUPPORT numbers more behind them; the reach; then three numbers of each axis. B(r) is static;
# in place of an axis t it has how far apart the coefficients of its components are, and the first of them (0, or 2 for B_z).
COEFFICIENTS, REACH, AXES = 0, 1, 2
ORIGIN, INVERSE, CELLS, AXIS = (
    0,
    1,
    2,
    3,
)  # the first point, 1/spacing, cells; 0 without it, < 0 where periodic
X, Y, Z, T = AXES, AXES + AXIS, AXES + 2 * AXIS, AXES + 3 * AXIS
APART, FIRST = T + ORIGIN, T + INVERSE
MORE = SUPPORT - 1  # coefficients of an axis more than cells

# Rows of each axis in the working space: the cell, weights, their slopes. One row before all of them says where the
# coefficients of each lane begin; the last four are sums over planes.
_WEIGHTS, _SLOPES, _ROWS = 1, 1 + SUPPORT, 1 + 2 * SUPPORT
_ALONG_X, _ALONG_Y, _ALONG_Z, _ALONG_T, _SUMS = (GRID + 1 + i * _ROWS for i in range(5))


@routine
def on_axis(n, axis, x, used, rows):
    """The rows of one axis for all lanes; x has their places on it."""
    used = used_lanes(used)  # the same number: the compiler must know once more what it can be
    origin, inverse, cells = n[axis + ORIGIN], n[axis + INVERSE], n[axis + CELLS]
    for l in range(used):
        cell, part, slope = cell_of(x[l], origin, inverse, cells)
        weights, slopes = quintic_weights(part), quintic_slopes(part)
        rows[l] = cell
        for i in range(SUPPORT):
            rows[(_WEIGHTS + i) * W + l] = weights[i]
            rows[(_SLOPES + i) * W + l] = slopes[i] * slope


@scalar
def points(n, axis):
    """Number of coefficients along an axis, 1 without it."""
    return abs(n[axis + CELLS]) + MORE if n[axis + CELLS] != 0.0 else 1.0


@routine
def locate(n, r, t, used, field):
    """Rows of all axes, and the place of every lane's first coefficient."""
    used, start = used_lanes(used), field[GRID * W :]
    on_axis(n, X, r, used, field[_ALONG_X * W :])
    on_axis(n, Y, r[W:], used, field[_ALONG_Y * W :])
    width = points(n, Y)
    for l in range(used):
        start[l] = field[_ALONG_X * W + l] * width + field[_ALONG_Y * W + l]
    area = width * points(n, X)
    if n[Z + CELLS] != 0.0:
        on_axis(n, Z, r[2 * W :], used, field[_ALONG_Z * W :])
        for l in range(used):
            start[l] += field[_ALONG_Z * W + l] * area
    if n[T + CELLS] != 0.0:
        area *= points(n, Z)
        on_axis(n, T, t, used, field[_ALONG_T * W :])
        for l in range(used):
            start[l] += field[_ALONG_T * W + l] * area


@scalar
def lines(n, begin, width, l, field):
    """Sum of the six lines of one lane with their weights along x, and with slopes of these; lines are ``width`` apart."""
    first = begin + int(field[GRID * W + l])
    along = across = every(0.0)
    for i in range(SUPPORT):
        line = load(n, first + i * width)
        along = fused(every(field[(_ALONG_X + _WEIGHTS + i) * W + l]), line, along)
        across = fused(every(field[(_ALONG_X + _SLOPES + i) * W + l]), line, across)
    return along, across


@scalar
def along_y(field, row, l, of):
    """Sum over the six numbers along y of eight lanes, with weights in the rows from ``row`` on."""
    total = load(field, row * W + l) * of[0]
    total = fused(load(field, (row + 1) * W + l), of[1], total)
    total = fused(load(field, (row + 2) * W + l), of[2], total)
    total = fused(load(field, (row + 3) * W + l), of[3], total)
    total = fused(load(field, (row + 4) * W + l), of[4], total)
    return fused(load(field, (row + 5) * W + l), of[5], total)


@scalar
def plane(n, begin, width, l, field):
    """Sums over the 6 × 6 coefficients of a plane for eight lanes from l on, and their slopes along x and y."""
    a0, b0 = lines(n, begin, width, l, field)
    a1, b1 = lines(n, begin, width, l + 1, field)
    a2, b2 = lines(n, begin, width, l + 2, field)
    a3, b3 = lines(n, begin, width, l + 3, field)
    a4, b4 = lines(n, begin, width, l + 4, field)
    a5, b5 = lines(n, begin, width, l + 5, field)
    a6, b6 = lines(n, begin, width, l + 6, field)
    a7, b7 = lines(n, begin, width, l + 7, field)
    along = transposed((a0, a1, a2, a3, a4, a5, a6, a7))
    across = transposed((b0, b1, b2, b3, b4, b5, b6, b7))
    weights, slopes = _ALONG_Y + _WEIGHTS, _ALONG_Y + _SLOPES
    return (
        along_y(field, weights, l, along),
        along_y(field, weights, l, across),
        along_y(field, slopes, l, along),
    )


@scalar
def add_times(weight, value, row, l, field):
    """Add a product to a row of eight lanes, with one rounding."""
    store(field, row * W + l, fused(weight, value, load(field, row * W + l)))


@routine
def sum_planes(n, begin, l, field):
    """Rows _SUMS: value and slopes along x, y and z of eight lanes from l on; ``begin``: where the coefficients begin."""
    l = l & (W - WIDTH)  # the same number, which the compiler now knows to be none below zero
    width, planes = int(points(n, Y)), int(points(n, Z))
    area, deep, changes = width * int(points(n, X)), n[Z + CELLS] != 0.0, n[T + CELLS] != 0.0
    for row in range(_SUMS, _SUMS + 4):
        store(field, row * W + l, every(0.0))
    for i in range(SUPPORT if changes else 1):
        then = load(field, (_ALONG_T + _WEIGHTS + i) * W + l) if changes else every(1.0)
        for j in range(SUPPORT if deep else 1):
            weight = then * load(field, (_ALONG_Z + _WEIGHTS + j) * W + l) if deep else then
            slope = then * load(field, (_ALONG_Z + _SLOPES + j) * W + l) if deep else every(0.0)
            v = plane(n, begin + (i * planes + j) * area, width, l, field)
            add_times(weight, v[0], _SUMS, l, field)
            add_times(weight, v[1], _SUMS + 1, l, field)
            add_times(weight, v[2], _SUMS + 2, l, field)
            add_times(slope, v[0], _SUMS + 3, l, field)


@scalar
def put(field, row, l, value):
    """Add to the sums of eight lanes."""
    store(field, row * W + l, load(field, row * W + l) + value)


@routine
def shorten(reach, used, field):
    """No step may be longer than the reach of a term."""
    for l in range(used_lanes(used)):
        field[REACH_ROW * W + l] = min(field[REACH_ROW * W + l], reach)


@routine
def add_plane(n, used, field):
    """Add a field of x and y."""
    begin, width = int(n[COEFFICIENTS]), int(points(n, Y))
    for part in range(used_lanes(used) >> 3):
        l = part << 3
        factor = load(field, VALLEY_FACTOR * W + l)
        v = plane(n, begin, width, l, field)
        put(field, POTENTIAL_ENERGY, l, factor * v[0])
        put(field, EFFECTIVE, l, factor * v[1])
        put(field, EFFECTIVE + 1, l, factor * v[2])


@routine
def add_grid(n, r, t, used, field):
    """Add a field on a grid to the sums of a block; n are the numbers of the term and all that follows."""
    locate(n, r, t, used, field)
    shorten(n[REACH], used, field)
    if n[Z + CELLS] == 0.0 and n[T + CELLS] == 0.0:
        add_plane(n, used, field)
        return
    for part in range(used_lanes(used) >> 3):
        l = part << 3
        factor = load(field, VALLEY_FACTOR * W + l)
        sum_planes(n, int(n[COEFFICIENTS]), l, field)
        put(field, POTENTIAL_ENERGY, l, factor * load(field, _SUMS * W + l))
        for a in range(3):
            put(field, EFFECTIVE + a, l, factor * load(field, (_SUMS + 1 + a) * W + l))


@routine
def add_grid_field(n, r, w, used, field):
    """Add B(r) on a grid and ∂(w·B)/∂r to the sums of a block; w has three rows."""
    locate(n, r, r, used, field)
    shorten(n[REACH], used, field)
    for part in range(used_lanes(used) >> 3):
        l = part << 3
        begin, factor = int(n[COEFFICIENTS]), load(field, VALLEY_FACTOR * W + l)
        for c in range(int(n[FIRST]), 3):
            sum_planes(n, begin, l, field)
            put(field, REDUCED_SHIFT + c, l, factor * load(field, _SUMS * W + l))
            weight = factor * load(w, c * W + l)
            for a in range(3):
                put(field, EFFECTIVE + a, l, weight * load(field, (_SUMS + 1 + a) * W + l))
            begin += int(n[APART])
