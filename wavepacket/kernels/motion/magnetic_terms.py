"""B(r) of sources, in T, as terms of sums: a term is a function of its numbers, the place (Å), and a vector w.

It returns B, ∂(w·B)/∂r (T/Å for a unit vector), and how far a step may lead, as the terms of potentials.py. With the moment
for w the gradient is that of m·B, the force on it. On a layer only B_z counts: `upright` makes a term of potentials.py.
"""

import math
from collections.abc import Callable
from typing import Any

from wavepacket.kernels.elementary import fma
from wavepacket.kernels.jit.decorators import scalar
from wavepacket.kernels.vectors import add_scaled, cross, dot, scale


@scalar
def linear_field(n, r, w):
    """B_c = g_c·r + B_c(0); numbers: the rows g_x, g_y, g_z, then B(0)."""
    x, y, z = (n[0], n[1], n[2]), (n[3], n[4], n[5]), (n[6], n[7], n[8])
    slope = add_scaled(add_scaled(scale(w[0], x), w[1], y), w[2], z)
    return (dot(x, r) + n[9], dot(y, r) + n[10], dot(z, r) + n[11]), slope, math.inf


@scalar
def dipole(n, r, w):
    """B = ∇×(m×d/s³), s² = d² + core², d = r - c; numbers: μ₀m/4π in T Å³, c, core².

    That is 3 (m·d) d/s⁵ - m (1/s³ - 3 core²/s⁵), a field without divergence for any core.
    """
    m, d = (n[0], n[1], n[2]), (r[0] - n[3], r[1] - n[4], r[2] - n[5])
    square = dot(d, d) + n[6]
    inverse = 1.0 / square
    cube, along = inverse * math.sqrt(inverse), dot(m, d)
    fifth, softened = 3.0 * cube * inverse, n[6] * inverse
    field = add_scaled(scale(fma(3.0 * softened, cube, -cube), m), fifth * along, d)
    across, part = dot(w, d), dot(m, w)
    radial = fma(-5.0 * inverse * along, across, fma(-5.0 * softened, part, part))
    slope = add_scaled(add_scaled(scale(across, m), radial, d), along, w)
    return field, scale(fifth, slope), math.sqrt(square)


@scalar
def wire(n, r, w):
    """B = μ₀I/2π u×d/(e² + core²), e the part of d = r - c across u; numbers: μ₀I/2π in T Å, u, c, core²."""
    u, d = (n[1], n[2], n[3]), (r[0] - n[4], r[1] - n[5], r[2] - n[6])
    across = add_scaled(d, -dot(u, d), u)
    square = n[7] + dot(across, across)
    strength = n[0] / square
    field = scale(strength, cross(u, d))
    slope = add_scaled(scale(strength, cross(w, u)), -2.0 * dot(w, field) / square, across)
    return field, slope, math.sqrt(square)


def upright(function: Callable[..., Any]) -> Callable[..., Any]:
    """The term of B_z alone: B_z, its gradient, and the reach, of numbers, place and time."""

    @scalar
    def along_z(n, r, t):
        field, slope, reach = function(n, r, (0.0, 0.0, 1.0))
        return field[2], slope, reach

    return along_z  # type: ignore[no-any-return]
