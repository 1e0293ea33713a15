"""B_z (T) of sources near a layer, its gradient (T/Å), and how far a step may lead, as the terms of potentials.py."""

import math

from wavepacket.kernels.elementary import fma
from wavepacket.kernels.jit.decorators import scalar
from wavepacket.kernels.vectors import add_scaled, dot, scale


@scalar
def dipole(n, r, t):
    """B_z = 3 (m·d) d_z/d⁵ - m_z/d³, d = r - c; numbers: μ₀m/4π in T Å³, c."""
    m, d = (n[0], n[1], n[2]), (r[0] - n[3], r[1] - n[4], r[2] - n[5])
    inverse = 1.0 / dot(d, d)
    cube, along = inverse * math.sqrt(inverse), dot(m, d)
    fifth = 3.0 * cube * inverse
    value = fma(fifth * along, d[2], -m[2] * cube)
    radial = fma(-5.0 * inverse * along, d[2], m[2])
    gx, gy, gz = add_scaled(scale(d[2], m), radial, d)
    return value, (fifth * gx, fifth * gy, fifth * (gz + along)), math.sqrt(dot(d, d))


@scalar
def wire(n, r, t):
    """B_z = μ₀I/2π (u×d)_z/(e² + core²), e the part of d = r - c across u; numbers: μ₀I/2π in T Å, u, c, core²."""
    u, d = (n[1], n[2], n[3]), (r[0] - n[4], r[1] - n[5], r[2] - n[6])
    across = add_scaled(d, -dot(u, d), u)
    square = n[7] + dot(across, across)
    strength = n[0] / square
    value = strength * fma(u[0], d[1], -u[1] * d[0])
    slope = add_scaled((-strength * u[1], strength * u[0], 0.0), -2.0 * value / square, across)
    return value, slope, math.sqrt(square)
