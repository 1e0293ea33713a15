"""Chemical potentials at an edge or a saddle of a band, where the density of states at T = 0 has no value.

At a critical point k* of a band, ∂ε = 0, the density of states per energy diverges at ε(k*) in one dimension, and in
two it jumps (extremum) or diverges (saddle); in three it is continuous. A band that is flat has no density of states.
"""

import numpy as np

from wavepacket.arrays import Flags, Float
from wavepacket.bands import Band, band
from wavepacket.bands.between import DEGENERATE
from wavepacket.hamiltonians import LatticeHamiltonian
from wavepacket.response.domain import Domain
from wavepacket.response.uniform import mesh_points
from wavepacket.units import HBAR

__all__ = ["critical_potentials"]

_SEARCHED = {1: 200, 2: 48}
_STEPS = 12
_DIFFERENCE = 1e-5
"""Of a step of the mesh, for second derivatives."""
_SAME = 1e-8
"""Relative to the largest energy: μ is typed, or found, to this."""
_NEAR = 4.0
"""A critical point is no further than this times |∂ε| and a step of the mesh, in energy, from the point beside it."""


def critical_potentials(domain: Domain, mu: Float, position_elements: bool = True) -> dict[int, str]:
    """Return the indices of chemical potentials (M,) at an edge or a saddle of a band, each with its name.

    Newton's method on ∂ε = 0 from every point of a mesh where |∂ε| is smaller than beside it and ε is near a μ.
    """
    d, hamiltonian = domain.dimension, domain.hamiltonian
    if d == 3:
        return {}
    mesh = _SEARCHED[d]
    points = domain.points(mesh_points(mesh, d, 0.0, 0, mesh**d))
    energy = np.linalg.eigvalsh(hamiltonian.hamiltonian(points.k))
    step = float(np.linalg.norm(points.edges, axis=2).max()) / mesh
    scale = max(float(np.abs(energy).max()), 1e-3)
    slack = np.abs(np.diff(energy.reshape(*(mesh,) * d, -1), axis=0)).reshape(-1, energy.shape[1]).max(axis=0)
    reasons: dict[int, str] = {}
    for index in range(hamiltonian.size):
        low, high = energy[:, index].min() - slack[index], energy[:, index].max() + slack[index]
        if not np.any((mu >= low - _SAME * scale) & (mu <= high + _SAME * scale)):
            continue
        one = band(hamiltonian, index, position_elements=position_elements)
        starts = _starts(one, points.k, mu, step=step, slack=_SAME * scale)
        for i, reason in _reasons(one, starts, mu, step=step, scale=scale):
            reasons.setdefault(i, reason)
    return reasons


def _starts(one: Band, k: Float, mu: Float, *, step: float, slack: float) -> Float:
    """Points (n, 3) of a mesh k where |∂ε| is smaller than beside it, and from where ε of a μ can be near."""
    d = one.hamiltonian.dimension
    geometry = one.geometry(k, slopes=False)
    size = np.linalg.norm(geometry.group_velocity, axis=1) * HBAR
    grid = size.reshape((_SEARCHED[d],) * d)
    least = np.ones(grid.shape, dtype=bool)
    for axis in range(d):
        for way in (1, -1):
            least &= grid <= np.roll(grid, way, axis=axis)
    distance = np.abs(geometry.energy[:, None] - mu).min(axis=1)
    return np.asarray(k[least.ravel() & (distance <= _NEAR * size * step + slack)])


def _reasons(one: Band, k: Float, mu: Float, *, step: float, scale: float) -> list[tuple[int, str]]:
    """Numbers of the μ at critical points of a band that are near k (n, 3), and of what kind these are."""
    if not len(k):
        return []
    energy, curvature, settled = _newton(one, k, step=step, scale=scale)
    found = []
    for i in range(len(mu)):
        hits = settled & (np.abs(energy - mu[i]) <= _SAME * scale)
        if hits.any():
            signs = np.sign(np.linalg.eigvalsh(curvature[hits][0]))
            saddle = len(signs) == 2 and signs[0] * signs[1] < 0
            found.append((i, "a saddle" if saddle else "the edge of a band"))
    return found


def _newton(one: Band, k: Float, *, step: float, scale: float) -> tuple[Float, Float, Flags]:
    """Energies (n,) and second derivatives (n, d, d) at critical points near k (n, 3), and which were found."""
    hamiltonian = one.hamiltonian
    d, h = hamiltonian.dimension, _DIFFERENCE * step
    ends = h * np.concatenate([np.zeros((1, 3)), np.eye(3)[:d], -np.eye(3)[:d]])
    k = k.copy()
    for _ in range(_STEPS):
        geometry = one.geometry((k[:, None] + ends).reshape(-1, 3), slopes=False)
        every = HBAR * geometry.group_velocity[:, :d].reshape(len(k), -1, d)
        slope, second = every[:, 0], (every[:, 1 : 1 + d] - every[:, 1 + d :]) / (2 * h)
        second = (second + np.swapaxes(second, 1, 2)) / 2
        move = np.linalg.pinv(second, rcond=1e-9, hermitian=True) @ slope[..., None]
        size = np.linalg.norm(move[..., 0], axis=1, keepdims=True)
        move = move[..., 0] * np.minimum(1.0, step / np.maximum(size, 1e-300))
        k[:, :d] -= move
    energy, gap = (part.reshape(len(k), -1)[:, 0] for part in (geometry.energy, geometry.gap))
    cutoff = np.inf if isinstance(hamiltonian, LatticeHamiltonian) else hamiltonian.cutoff or np.inf
    inside = np.linalg.norm(k, axis=1) <= cutoff
    flat = np.abs(second).max(axis=(1, 2)) * step**2 <= _SAME * scale
    settled = inside & ~flat & (gap > DEGENERATE) & (np.linalg.norm(slope, axis=1) * step <= _SAME * scale)
    return energy, second, settled
