"""States that integrals over a k·p model lack since they lie beyond its cutoff."""

import numpy as np

from wavepacket.arrays import Float
from wavepacket.ensembles import INSIDE, edge_beyond
from wavepacket.hamiltonians import LatticeHamiltonian
from wavepacket.response.domain import Domain
from wavepacket.response.uniform import mesh_points

__all__ = ["beyond_cutoff", "thermal_edge_beyond"]

_MESH = 24
_TOLD = 1e-3


def beyond_cutoff(domain: Domain, mu: Float, temperature: Float) -> list[str]:
    """Say where more than a thousandth of a thermal edge lies beyond the cutoff, which no uncertainty holds.

    Parameters
    ----------
    mu, temperature : (M,) eV, (T,) K
    """
    if isinstance(domain.hamiltonian, LatticeHamiltonian):
        return []
    share = thermal_edge_beyond(domain, mu, temperature)
    i, j = np.unravel_index(int(share.argmax()), share.shape)
    if share[i, j] <= _TOLD:
        return []
    return [
        f"model.cutoff: up to {share[i, j]:.2g} of the thermal edge -df/de of a band lies beyond the cutoff at "
        f"mu = {mu[i]:g} eV, T = {temperature[j]:g} K; numbers lack it, and their uncertainties do not hold it: raise "
        "model.cutoff, or lower response.temperature"
    ]


def thermal_edge_beyond(domain: Domain, mu: Float, temperature: Float) -> Float:
    """Part (M, T) of −∂f/∂ε of any band at energies that it has beyond the cutoff, at most (see `edge_beyond`)."""
    d = domain.dimension
    u = np.array([[0.0], [1.0]]) if d == 1 else mesh_points(_MESH, d, 0.5, 0, _MESH**d)
    if d > 1:
        u[:, 0] = 1.0
    k = np.unique(domain.points(u).k, axis=0)
    energy, inside = (
        np.asarray(np.linalg.eigvalsh(domain.hamiltonian.hamiltonian(at)), dtype=np.float64)
        for at in (k, INSIDE * k)
    )
    return np.asarray(
        edge_beyond(energy, inside, mu[:, None, None, None], temperature[:, None, None]).max(axis=(2, 3))
    )
