"""Uniform quintic B-splines: the six that reach a point, and their derivatives."""

from wavepacket.kernels.elementary import fma, round_to_integer
from wavepacket.kernels.jit.decorators import scalar

SUPPORT = 6
_SCALE = 1.0 / 120.0


@scalar
def quintic_weights(f):
    """The six quintic B-splines that reach the point f in [0, 1) of a cell."""
    g = 1.0 - f
    f2, g2 = f * f, g * g
    return (
        g2 * g2 * g * _SCALE,
        fma(-f, fma(-f, fma(f, fma(-f, fma(-5.0, f, 20.0), 20.0), 20.0), 50.0), 26.0) * _SCALE,
        fma(-f2, fma(-f2, fma(-10.0, f, 30.0), 60.0), 66.0) * _SCALE,
        fma(-g2, fma(-g2, fma(-10.0, g, 30.0), 60.0), 66.0) * _SCALE,
        fma(-g, fma(-g, fma(g, fma(-g, fma(-5.0, g, 20.0), 20.0), 20.0), 50.0), 26.0) * _SCALE,
        f2 * f2 * f * _SCALE,
    )


@scalar
def quintic_slopes(f):
    """Derivatives of the six splines with respect to f."""
    g = 1.0 - f
    f2, g2 = f * f, g * g
    return (
        -5.0 * _SCALE * (g2 * g2),
        fma(f, fma(f, fma(-f, fma(-25.0, f, 80.0), 60.0), 40.0), -50.0) * _SCALE,
        fma(f2, fma(-50.0, f, 120.0), -120.0) * f * _SCALE,
        fma(-g2, fma(-50.0, g, 120.0), 120.0) * g * _SCALE,
        fma(-g, fma(g, fma(-g, fma(-25.0, g, 80.0), 60.0), 40.0), 50.0) * _SCALE,
        5.0 * _SCALE * (f2 * f2),
    )


@scalar
def quintic_bends(f):
    """Second derivatives of the six splines with respect to f."""
    g = 1.0 - f
    f2, g2 = f * f, g * g
    return (
        20.0 * _SCALE * (g2 * g),
        fma(f, fma(f, fma(100.0, f, -240.0), 120.0), 40.0) * _SCALE,
        fma(f2, fma(-200.0, f, 360.0), -120.0) * _SCALE,
        fma(g2, fma(-200.0, g, 360.0), -120.0) * _SCALE,
        fma(g, fma(g, fma(100.0, g, -240.0), 120.0), 40.0) * _SCALE,
        20.0 * _SCALE * (f2 * f),
    )


@scalar
def floor(x):
    """Largest integer <= x; a call of the C library would not vectorise."""
    n = round_to_integer(x)
    return n - (1.0 if n > x else 0.0)


@scalar
def cell_of(x, origin, inverse, cells):
    """The cell of an axis that a place is in, where in it from 0 to 1, and 1/spacing, or 0 beyond an edge.

    inverse is 1/spacing; a negative number of cells stands for a periodic axis.
    """
    size, u = abs(cells), (x - origin) * inverse
    u = u - size * floor(u / size) if cells < 0.0 else u
    # A place that is not a number counts as the first point: nobody must read beyond the coefficients.
    inside = u if u > 0.0 else 0.0
    inside = inside if inside < size else size
    cell = floor(inside)
    cell = cell if cell < size else size - 1.0
    return cell, inside - cell, inverse if inside == u else 0.0
