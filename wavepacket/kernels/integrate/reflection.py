"""Specular reflection in a crystal: the wavevector that a packet has after it has met a hard wall.

A straight wall keeps 𝓔 = ε - m·B and the part of k along it. Of all states with both the packet gets the one that a wall
which rises slowly would lead to: such a wall pushes k along its inward normal, 𝓔 falls, and the packet is outside the wall
again at the first k where 𝓔 is what it was. There the velocity points back. The same rule leads back if time is reversed.
"""

import math

from wavepacket.kernels.integrate.illinois import between, narrowed
from wavepacket.kernels.jit.decorators import routine
from wavepacket.kernels.lanes import NOW
from wavepacket.kernels.layout import ENERGY, LANES, MOMENT_SHIFT
from wavepacket.kernels.motion.equations import packet_velocity, zeeman_energy
from wavepacket.kernels.motion.fields import MOMENT_FIELD
from wavepacket.units import HBAR

W = LANES

_PARTS = 64.0  # of 2π/a between two places along the normal that are looked at
_BLOCKS = 32  # of LANES places each: how far the search goes
_CLOSE = 4e-16
_MOST = 60


@routine
def moments_at(source, field, l):
    """-(q/e) B that the moment of a lane feels, T."""
    environment = source[3]
    bz = environment[MOMENT_FIELD + 2] + field[MOMENT_SHIFT * W + l]
    return environment[MOMENT_FIELD], environment[MOMENT_FIELD + 1], bz


@routine
def energies(geometry, source, places, k, way, moments, work):
    """𝓔 (eV) at k + q way for the first numbers q of ``places``, in their place; ``work`` = (three rows, geometry)."""
    point, band = work
    count = len(places)
    for j in range(count):
        for c in range(3):
            point[c * W + j] = k[c] + places[j] * way[c]
    geometry(point, count, source[0], source[1], source[2], band)
    for j in range(count):
        places[j] = band[ENERGY * W + j] + zeeman_energy(band, j, moments)


@routine
def energy_at(geometry, source, q, places, k, way, moments, work):
    """𝓔 at one place."""
    places[0] = q
    energies(geometry, source, places[:1], k, way, moments, work)
    return places[0]


@routine
def slope_at(geometry, source, places, k, way, moments, work):
    """𝓔 at k and its slope along ``way``, eV and eV Å."""
    energy = energy_at(geometry, source, 0.0, places, k, way, moments, work)
    v = packet_velocity(work[1], 0, moments)
    return energy, HBAR * (v[0] * way[0] + v[1] * way[1] + v[2] * way[2])


@routine
def bracket(geometry, source, slope, target, k, way, moments, work):
    """Ends of the way within which (𝓔 - target)/q passes 0 from below, and its values there; high 0 if there are none."""
    point, band, places = work
    width = 2.0 * math.pi / source[5][1] / _PARTS
    low, before = 0.0, slope
    for block in range(_BLOCKS):
        for j in range(W):
            places[j] = (block * W + j + 1) * width
        energies(geometry, source, places[:W], k, way, moments, (point, band))
        for j in range(W):
            high = (block * W + j + 1) * width
            value = (places[j] - target) / high
            if value >= 0.0:
                return low, high, before, value
            low, before = high, value
    return low, 0.0, before, 0.0


@routine
def way_back(geometry, source, k, way, moments, work):
    """How far along ``way``, the unit vector into the sample, k has to go; 0 where no state leads back."""
    point, band, places = work
    target, slope = slope_at(geometry, source, places, k, way, moments, (point, band))
    if not slope < 0.0:
        return 0.0
    low, high, a, b = bracket(geometry, source, slope, target, k, way, moments, work)
    ends, best, least = (low, high, a, b, 0), high, math.inf
    for _ in range(_MOST if high > 0.0 else 0):
        q = between(ends)
        off = energy_at(geometry, source, q, places, k, way, moments, (point, band)) - target
        if abs(off) < least:
            best, least = q, abs(off)
        if off == 0.0 or ends[1] - ends[0] <= _CLOSE * ends[1]:
            return best
        ends = narrowed(ends, q, off / q)
    return best


@routine
def wavevector_of(lanes, l):
    """K of a lane at the start of a step."""
    return lanes[NOW * W + l], lanes[(NOW + 1) * W + l], lanes[(NOW + 2) * W + l]
