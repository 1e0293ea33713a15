"""Geometry of one band of H = d_0 + d·σ in closed form, from d and its covariant derivatives.

With s = ±1 for the upper and lower band and T_ij = d·(D_i d × D_j d):

    ε = d_0 + s|d|,   Ω_ij = -(s/2) T_ij/|d|³,   m_ij = -(e/2ħ) T_ij/|d|²   (charge -e)

The sign of m is the one of ``physics`` in the documentation: m = (e/ħ) s|d| Ω. Derivatives may be taken along any
coordinates i, j; s = 0 is a single band without geometry. In a lattice D_i = ∂_i + Δτ_i R with the generator R of
rotations about z puts the orbital positions into the phase, without a change of H itself.

Products D_i d × d appear in all of them, always in this order: the compiler then makes each only once.
"""

import math

from wavepacket.kernels.jit.decorators import formula
from wavepacket.kernels.vectors import cross, dot
from wavepacket.units import E_OVER_HBAR

HALF_E_OVER_HBAR = 0.5 * E_OVER_HBAR  # 1/(Å² T)


@formula
def rotate(shift, vector, derivative):
    """Derivative + shift R vector, R (x, y, z) = (y, -x, 0); shift is the orbitals' distance along the direction."""
    return derivative[0] + shift * vector[1], derivative[1] - shift * vector[0], derivative[2]


@formula
def rotate_twice(si, sj, d, di, dj, dij):
    """D_i D_j d from plain derivatives: ∂_i∂_j d + s_i R ∂_j d + s_j R ∂_i d + s_i s_j R² d."""
    x, y, z = rotate(sj, di, rotate(si, dj, dij))
    return x - si * sj * d[0], y - si * sj * d[1], z


@formula
def pseudospin_length(d, s):
    """(|d|, 1/|d|), the latter 0 for a single band (s = 0) and where the bands touch: there the gap of 0 stops a packet."""
    length = math.sqrt(dot(d, d))
    return length, 1.0 / length if s != 0.0 and length > 0.0 else 0.0


@formula
def slope(d0_slope, d, d_slope, s, inverse):
    """∂ε along one direction."""
    return d0_slope + s * inverse * dot(d, d_slope)


@formula
def curvature_and_moment(d, di, dj, s, inverse):
    """(Ω_ij, m_ij) for one pair of directions."""
    t = dot(di, cross(dj, d)) * inverse * inverse
    return -0.5 * s * t * inverse, -HALF_E_OVER_HBAR * t


@formula
def moment_slope(d, di, dj, dl, dli, dlj, volume, inverse):
    """∂_l m_ij from first derivatives di, dj, dl and second derivatives dli, dlj of d.

    ∂_l T_ij = volume + D_lD_i d·(D_j d × d) - D_lD_j d·(D_i d × d), where volume = D_l d·(D_i d × D_j d) is 0 for l = i, j.
    """
    square = inverse * inverse
    a, b = cross(dj, d), cross(di, d)
    change = volume + dot(dli, a) - dot(dlj, b)
    return -HALF_E_OVER_HBAR * square * (change - 2.0 * dot(di, a) * square * dot(d, dl))


@formula
def mixing(d, di, dj, inverse):
    """Re A_i A_j*/gap² between the two bands: the quantum metric over the square of the gap."""
    square = inverse * inverse
    metric = 0.25 * square * (dot(di, dj) - square * dot(d, di) * dot(d, dj))
    return 0.25 * square * metric
