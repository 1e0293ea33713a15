"""A profile on a grid along x, y and t: sums of products of uniform quintic B-splines, with their derivatives.

Beyond an edge of the grid the value is that at the edge and the slope across it zero; a periodic axis has no edge.
"""

from wavepacket.kernels.elementary import fma
from wavepacket.kernels.jit.decorators import inner, routine
from wavepacket.kernels.lanes import used_lanes
from wavepacket.kernels.layout import LANES
from wavepacket.kernels.motion.jets import unit_vector
from wavepacket.kernels.motion.profile_numbers import JET, numbers_of, put_jet
from wavepacket.kernels.quintic import SUPPORT, cell_of, quintic_bends, quintic_slopes, quintic_weights

W = LANES
MORE = SUPPORT - 1  # coefficients of an axis more than cells

# Places in the numbers of the kind: where the coefficients of the first component begin, counted from the profile on, in the
# order (t, x, y), the last running fastest; the number of components; 1 where three of them are a direction; three numbers
# of each axis, as in potential_grid.py; the reach.
COEFFICIENTS, COMPONENTS, UNIT, X, Y, T, REACH = 0, 1, 2, 3, 6, 9, 12


@inner
def axis_weights(n, axis, x):
    """The first coefficient on an axis that reaches a place, and weights for value, slope and second derivative."""
    cell, part, inverse = cell_of(x, n[axis], n[axis + 1], n[axis + 2])
    s, b, again = quintic_slopes(part), quintic_bends(part), inverse * inverse
    return (
        int(cell),
        quintic_weights(part),
        (s[0] * inverse, s[1] * inverse, s[2] * inverse, s[3] * inverse, s[4] * inverse, s[5] * inverse),
        (b[0] * again, b[1] * again, b[2] * again, b[3] * again, b[4] * again, b[5] * again),
    )


@inner
def six(w, a, b, c, d, e, f):
    """A sum with six weights."""
    return fma(w[0], a, fma(w[1], b, fma(w[2], c, fma(w[3], d, fma(w[4], e, w[5] * f)))))


@inner
def line(table, place, y):
    """Value, slope and second derivative along y."""
    a, b, c = table[place], table[place + 1], table[place + 2]
    d, e, f = table[place + 3], table[place + 4], table[place + 5]
    return six(y[1], a, b, c, d, e, f), six(y[2], a, b, c, d, e, f), six(y[3], a, b, c, d, e, f)


@routine
def plane(table, place, width, x, y):
    """(f, ∂_xf, ∂_yf, ∂_x∂_xf, ∂_x∂_yf, ∂_y∂_yf) from the coefficients of a plane; lines along y are ``width`` apart."""
    place += x[0] * width + y[0]
    a, b, c = line(table, place, y), line(table, place + width, y), line(table, place + 2 * width, y)
    d, e = line(table, place + 3 * width, y), line(table, place + 4 * width, y)
    f = line(table, place + 5 * width, y)
    return (
        six(x[1], a[0], b[0], c[0], d[0], e[0], f[0]), six(x[2], a[0], b[0], c[0], d[0], e[0], f[0]),
        six(x[1], a[1], b[1], c[1], d[1], e[1], f[1]), six(x[3], a[0], b[0], c[0], d[0], e[0], f[0]),
        six(x[2], a[1], b[1], c[1], d[1], e[1], f[1]), six(x[1], a[2], b[2], c[2], d[2], e[2], f[2]),
    )  # fmt: skip


@inner
def size_of(n, axis):
    """Number of coefficients along an axis, 1 without it."""
    return int(abs(n[axis + 2])) + MORE if n[axis + 2] != 0.0 else 1


@routine
def component(table, place, n, x, y, t):
    """Jet of one component, whose coefficients begin at ``place``."""
    width = size_of(n, Y)
    p = plane(table, place, width, x, y)
    if n[T + 2] == 0.0:
        return p[0], p[1], p[2], 0.0, p[3], p[4], p[5]
    area = width * size_of(n, X)
    place += t[0] * area
    a, b = plane(table, place, width, x, y), plane(table, place + area, width, x, y)
    c, d = plane(table, place + 2 * area, width, x, y), plane(table, place + 3 * area, width, x, y)
    e, f = plane(table, place + 4 * area, width, x, y), plane(table, place + 5 * area, width, x, y)
    return (
        six(t[1], a[0], b[0], c[0], d[0], e[0], f[0]), six(t[1], a[1], b[1], c[1], d[1], e[1], f[1]),
        six(t[1], a[2], b[2], c[2], d[2], e[2], f[2]), six(t[2], a[0], b[0], c[0], d[0], e[0], f[0]),
        six(t[1], a[3], b[3], c[3], d[3], e[3], f[3]), six(t[1], a[4], b[4], c[4], d[4], e[4], f[4]),
        six(t[1], a[5], b[5], c[5], d[5], e[5], f[5]),
    )  # fmt: skip


@routine
def grid(table, r, t, used, reach, rows):
    """Rows of jets and the reach of a block; the table begins with the profile."""
    strength, center, velocity, n = numbers_of(table)
    first, number = int(n[COEFFICIENTS]), int(n[COMPONENTS])
    size = size_of(n, T) * size_of(n, X) * size_of(n, Y)
    for l in range(used_lanes(used)):
        x = axis_weights(n, X, fma(-velocity[0], t[l], r[l] - center[0]))
        y = axis_weights(n, Y, fma(-velocity[1], t[l], r[W + l] - center[1]))
        late = axis_weights(n, T, t[l])
        reach[l] = min(reach[l], n[REACH])
        if n[UNIT] > 0.0:
            a, b = component(table, first, n, x, y, late), component(table, first + size, n, x, y, late)
            u = unit_vector(a, b, component(table, first + 2 * size, n, x, y, late))
            put_jet(rows, l, strength, velocity, u[0])
            put_jet(rows, JET * W + l, strength, velocity, u[1])
            put_jet(rows, 2 * JET * W + l, strength, velocity, u[2])
        else:
            for c in range(number):
                found = component(table, first + c * size, n, x, y, late)
                put_jet(rows, c * JET * W + l, strength, velocity, found)
