"""Where the density of states at T = 0 has no value: flat bands, and in one and two dimensions edges and saddles.

At a critical point k* of a band, ∂ε = 0, the density of states per energy diverges at ε(k*) in one dimension, and in
two it jumps (extremum) or diverges (saddle); in three it is continuous. A band that is flat has no density of states.
"""

import numpy as np

from wavepacket.arrays import Flags, Float
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.response.domain import Domain
from wavepacket.response.states import DEGENERATE, states_at
from wavepacket.response.uniform import mesh_points

__all__ = ["critical_potentials"]


_MESH = {1: 200, 2: 48}
_STEPS = 12
_DIFFERENCE = 1e-5
"""Of a step of the mesh, for second derivatives."""
_SAME = 1e-8
"""Relative to the largest energy: μ is typed, or found, to this."""


def critical_potentials(domain: Domain, mu: Float, position_elements: bool = True) -> dict[int, str]:
    """Return the indices of chemical potentials (M,) at an edge or a saddle of a band, each with its name.

    Newton's method on ∂ε = 0 from every point of a mesh where |∂ε| is smaller than beside it.
    """
    d, hamiltonian = domain.dimension, domain.hamiltonian
    if d == 3:
        return {}
    mesh = _MESH[d]
    points = domain.points(mesh_points(mesh, d, 0.0, 0, mesh**d))
    states = states_at(hamiltonian, points.k, position_elements=position_elements)
    size = np.linalg.norm(states.slope, axis=2).reshape(*(mesh,) * d, -1)
    least = np.ones(size.shape, dtype=bool)
    for axis in range(d):
        for way in (1, -1):
            least &= size <= np.roll(size, way, axis=axis)
    at, band = np.nonzero(least.reshape(mesh**d, -1))
    step = float(np.linalg.norm(points.edges, axis=2).max()) / mesh
    found: dict[int, str] = {}
    scale = max(float(np.abs(states.energy).max()), 1e-3)
    for index in np.unique(band):
        k = points.k[at[band == index]]
        energy, curvature, settled = _newton(
            hamiltonian, k, int(index), step=step, scale=scale, position_elements=position_elements
        )
        for i in range(len(mu)):
            hits = settled & (np.abs(energy - mu[i]) <= _SAME * scale)
            if hits.any():
                signs = np.sign(np.linalg.eigvalsh(curvature[hits][0]))
                found.setdefault(
                    i, "a saddle" if d == 2 and signs[0] * signs[1] < 0 else "the edge of a band"
                )
    return found


def _newton(
    hamiltonian: Hamiltonian, k: Float, band: int, *, step: float, scale: float, position_elements: bool
) -> tuple[Float, Float, Flags]:
    """Energies (n,) and second derivatives (n, d, d) at critical points near k (n, 3), and which were found."""
    d, axes, h = hamiltonian.dimension, np.eye(3)[: hamiltonian.dimension], _DIFFERENCE * step
    k = k.copy()

    def slopes(where: Float) -> tuple[Float, Float, Float]:
        states = states_at(hamiltonian, where, position_elements=position_elements)
        gap = np.abs(states.energy - states.energy[:, band : band + 1])
        gap[:, band] = np.inf
        return states.energy[:, band], states.slope[:, band, :d], gap.min(axis=1)

    for _ in range(_STEPS):
        energy, slope, gap = slopes(k)
        second = np.stack([(slopes(k + h * e)[1] - slopes(k - h * e)[1]) / (2 * h) for e in axes], axis=1)
        second = (second + np.swapaxes(second, 1, 2)) / 2
        move = np.linalg.pinv(second, rcond=1e-9, hermitian=True) @ slope[..., None]
        size = np.linalg.norm(move[..., 0], axis=1, keepdims=True)
        move = move[..., 0] * np.minimum(1.0, step / np.maximum(size, 1e-300))
        k[:, :d] -= move
    cutoff = np.inf if isinstance(hamiltonian, LatticeHamiltonian) else hamiltonian.cutoff or np.inf
    inside = np.linalg.norm(k, axis=1) <= cutoff
    flat = np.abs(second).max(axis=(1, 2)) * step**2 <= _SAME * scale
    settled = inside & ~flat & (gap > DEGENERATE) & (np.linalg.norm(slope, axis=1) * step <= _SAME * scale)
    return energy, second, settled
