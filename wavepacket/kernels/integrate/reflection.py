"""Specular reflection in a crystal: the wavevector that a packet has after it has met a hard wall.

A straight wall keeps 𝓔 = ε - m·B and the part of k along it. Of all states with both the packet gets the one that a wall
which rises slowly would lead to: such a wall pushes k along its inward normal, 𝓔 falls, and the packet is outside the wall
again at the first k where 𝓔 is what it was. There the velocity points back. The same rule leads back if time is reversed.
On the way the curvature moves the packet along the wall (slide.py). Where E, V or B(r) do work on it meanwhile, what comes
back to its value is 𝓔 + V - qE·r, whose slope along k is that of ṙ·n and not of ∂𝓔/∂k: a packet that the anomalous velocity
alone brings to a wall is turned round like any other.
"""

import math

from wavepacket.kernels.integrate.illinois import between, narrowed
from wavepacket.kernels.integrate.slide import pushed, put_on_way, total_at, within
from wavepacket.kernels.jit.decorators import routine, scalar
from wavepacket.kernels.lanes import NOW
from wavepacket.kernels.layout import ENERGY, LANES
from wavepacket.kernels.motion.equations import packet_velocity, zeeman_energy
from wavepacket.kernels.motion.fields import MOMENT_FIELD
from wavepacket.units import HBAR

W = LANES

_PARTS = 64.0  # of 2π/a between two places along the normal that are looked at
_BLOCKS = 32  # of LANES places each: how far the search goes
_CLOSE = 4e-16
_MOST = 60


@routine
def moments_at(source, shift):
    """-(q/e) B that the moment of a packet feels, T; ``shift``: by how much it is more than the uniform one here."""
    environment = source[3]
    return environment[MOMENT_FIELD], environment[MOMENT_FIELD + 1], environment[MOMENT_FIELD + 2] + shift


@routine
def energies(geometry, source, places, k, way, moments, work):
    """𝓔 (eV) at k + q way for the first numbers q of ``places``, in their place; ``work`` = (three rows, geometry)."""
    point, band = work
    count = len(places)
    for j in range(count):
        put_on_way(point, j, k, places[j], way)
    geometry(point, count, source[0], source[1], source[2], band)
    for j in range(count):
        places[j] = band[ENERGY * W + j] + zeeman_energy(band, j, moments)


@routine
def energy_at(geometry, source, q, places, k, way, moments, work):
    """𝓔 at one place."""
    places[0] = q
    energies(geometry, source, places[:1], k, way, moments, work)
    return places[0]


@scalar
def slope_along(band, j, moments, way):
    """Slope of 𝓔 along ``way`` at the place in lane j, whose geometry is in ``band``, eV Å."""
    v = packet_velocity(band, j, moments)
    return HBAR * (v[0] * way[0] + v[1] * way[1] + v[2] * way[2])


@routine
def slope_at(geometry, source, places, k, way, moments, work):
    """𝓔 at k and its slope along ``way``, eV and eV Å."""
    energy = energy_at(geometry, source, 0.0, places, k, way, moments, work)
    return energy, slope_along(work[1], 0, moments, way)


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
def driven_bracket(pointers, source, slope, target, path, work):
    """The same where fields do work on a packet that moves along the wall; and how far it has come at the lower end."""
    width = 2.0 * math.pi / source[5][1] / _PARTS
    low, before, slid = 0.0, slope, 0.0
    for j in range(_BLOCKS * W):
        high = (j + 1) * width
        there = slid + pushed(pointers[1], source, path, low, high, work)
        value = (total_at(pointers, source, high, within(path, there), path, work) - target) / high
        if value >= 0.0:
            return low, high, before, value, slid
        low, before, slid = high, value, there
    return low, 0.0, before, 0.0, slid


@routine
def excess(pointers, source, q, begun, path, setting, work):
    """𝓔 at one place less what it has to be, eV; ``begun``: a place before it, and how far the packet has slid there."""
    moments, target, driven = setting
    if not driven:
        return energy_at(pointers[1], source, q, work[4], path[0], path[1], moments, work[:2]) - target
    slid = begun[1] + pushed(pointers[1], source, path, begun[0], q, work)
    return total_at(pointers, source, q, within(path, slid), path, work) - target


@routine
def first_bracket(pointers, source, slope, path, setting, work):
    """Bracket, values at its ends, and how far the packet has slid at the lower one, 0 where fields do no work."""
    moments, target, driven = setting
    if driven:
        return driven_bracket(pointers, source, slope, target, path, work)
    k, way = path[0], path[1]
    low, high, a, b = bracket(
        pointers[1], source, slope, target, k, way, moments, (work[0], work[1], work[4])
    )
    return low, high, a, b, 0.0


@routine
def way_back(pointers, source, slope, path, setting, work):
    """How far along w, into the sample, k has to go, and how far the packet slides; 0 where no state leads back.

    path = (k, w, edge, place, room); setting: B that the moment feels, what 𝓔 has to be, and whether fields do work.
    """
    if not slope < 0.0:
        return 0.0, 0.0
    start, high, a, b, slid = first_bracket(pointers, source, slope, path, setting, work)
    ends, best, least = (start, high, a, b, 0), high, math.inf
    for _ in range(_MOST if high > 0.0 else 0):
        q = between(ends)
        off = excess(pointers, source, q, (start, slid), path, setting, work)
        if abs(off) < least:
            best, least = q, abs(off)
        if off == 0.0 or ends[1] - ends[0] <= _CLOSE * ends[1]:
            break
        ends = narrowed(ends, q, off / q)
    begun = start if setting[2] else 0.0
    return best, within(path, slid + pushed(pointers[1], source, path, begun, best, work))


@routine
def wavevector_of(lanes, l):
    """K of a lane at the start of a step."""
    return lanes[NOW * W + l], lanes[(NOW + 1) * W + l], lanes[(NOW + 2) * W + l]
