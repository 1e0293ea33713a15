"""The band of a packet as a function of place: its states, and the Berry curvature and the metric of space.

A packet whose spinor follows n(r) has ⟨p⟩/ħ = ∇arg f - A_r with A_r = i⟨u|∂_r u⟩ for ψ = f(r) u(r): the mean of p is the
gauge-invariant k as it is. With u carried in parallel along each ray from the centre c, A_r vanishes along the rays and is
∫₀¹ s Ω_xy(c + sρ) ds × ρ, as the vector potential of ``gauge.py``. ⟨p²⟩/ħ² holds the metric g_ij = Re⟨∂_i u|(1 - P)|∂_j u⟩
beside what the Wigner function of f has: what the orbitals see of other bands, and no spread of k.
"""

from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Complex, Float
from wavepacket.errors import InputError
from wavepacket.hamiltonians.profiles import profile_values
from wavepacket.quantum.gauge import Gauge
from wavepacket.quantum.textures import VaryingCrystal

__all__ = ["SpaceGeometry", "carried_states", "space_gauge", "space_geometry"]

_NEAR = 0.995  # |⟨u|u'⟩|² of two points on a ray between which states are carried
_MOST = 512
_NODES = 16  # of Gauss on a ray


@dataclass(frozen=True, eq=False)
class SpaceGeometry:
    """Geometry of a band in space at n places and one wavevector.

    Attributes
    ----------
    curvature : (n,) Ω_xy = -2 Im⟨∂_x u|∂_y u⟩, 1/Å²
    metric : (n, 2, 2) g_ij, 1/Å²

    """

    curvature: Float
    metric: Float


def space_geometry(varying: VaryingCrystal, wavevector: Float, places: Float) -> SpaceGeometry:
    """Geometry at places (n, 3) in Å at t = 0, by a sum over the other bands."""
    found = profile_values(varying.crystal.textures, places)
    curvature, metric = np.zeros(len(places)), np.zeros((len(places), 2, 2))
    here = np.any(found.gradient != 0.0, axis=(1, 2))
    if np.any(here):
        tensor = _tensor(varying, wavevector, found.value[here], found.gradient[here])
        curvature[here], metric[here] = -2.0 * tensor[:, 0, 1].imag, tensor.real
    return SpaceGeometry(curvature, metric)


def _tensor(varying: VaryingCrystal, wavevector: Float, values: Float, gradient: Float) -> Complex:
    """⟨∂_i u|(1 - P)|∂_j u⟩ for λ (n, P) and ∇λ (n, 2, P), (n, 2, 2)."""
    parts = _parts(varying, wavevector)
    levels, frames = np.linalg.eigh(parts[0] + np.einsum("np,pab->nab", values, parts[1:]))
    n = varying.index
    slopes = np.einsum("nip,pab,nb->nia", gradient, parts[1:], frames[:, :, n])
    gap = levels[:, [n]] - levels
    gap[:, n] = np.inf
    tilt = np.einsum("nam,nia->nim", frames.conj(), slopes) / gap[:, None]
    return np.asarray(np.einsum("nim,njm->nij", tilt.conj(), tilt))


def space_gauge(varying: VaryingCrystal, wavevector: Float, centre: Float) -> Gauge:
    """The Berry connection A_r of a band at one wavevector, in the gauge of parallel transport from a centre (3,), Å."""

    def change(places: Float) -> Float:
        return space_geometry(varying, wavevector, places).curvature - middle

    middle = float(space_geometry(varying, wavevector, centre[None]).curvature[0])
    return Gauge(centre, np.array([0.0, 0.0, middle]), change, _NODES)


def carried_states(varying: VaryingCrystal, wavevector: Float, places: Float, centre: Float) -> Complex:
    """States u (n, N) of the band at places (n, 3), carried in parallel along straight lines from the centre at t = 0.

    Raises
    ------
    InputError
        where they turn too much on the way
    """
    parts, steps = _parts(varying, wavevector), 4
    while steps <= _MOST:
        state = _band_states(varying, parts, _values(varying, centre[None])).repeat(len(places), axis=0)
        before, nearest = _values(varying, centre[None]), 1.0
        for step in range(1, steps + 1):
            values = _values(varying, centre + step / steps * (places - centre))
            turned = np.any(values != before, axis=1)
            before = values
            if not np.any(turned):
                continue
            there = _band_states(varying, parts, values[turned])
            amplitude = np.sum(there.conj() * state[turned], axis=1, keepdims=True)
            size = np.abs(amplitude)
            nearest = min(nearest, float(size.min()) ** 2)
            if nearest < _NEAR:
                break
            state[turned] = there * (amplitude / size)
        if nearest >= _NEAR:
            return state
        steps *= 2
    raise InputError("the states of the band turn within too few angstrom of the packet")


def _parts(varying: VaryingCrystal, wavevector: Float) -> Complex:
    """H_0(k) and all H_a(k), (1 + P, N, N)."""
    return np.array([each.hamiltonian(wavevector[None])[0] for each in varying.lattices])


def _values(varying: VaryingCrystal, places: Float) -> Float:
    return profile_values(varying.crystal.textures, places).value


def _band_states(varying: VaryingCrystal, parts: Complex, values: Float) -> Complex:
    """States (n, N) for λ (n, P)."""
    frames = np.linalg.eigh(parts[0] + np.einsum("np,pab->nab", values, parts[1:]))[1]
    return np.asarray(frames[:, :, varying.index])
