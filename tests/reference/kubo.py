"""Band quantities by the sum over states, and k-space integrals of them.

With V_a = ∂_aH + i[H, A_a] and F_ab = ∂_aA_b − ∂_bA_a − i[A_a, A_b] of the orbitals' connection A (zero
without position elements), X_nl = ⟨n|V|l⟩×⟨l|V|n⟩:

    Ω_n = ⟨n|F|n⟩ + i Σ_{l≠n} X_nl/(ε_n−ε_l)²,      m_n = −(ie/2ħ) Σ_{l≠n} X_nl/(ε_l−ε_n)      (q = −e).

The part of m from states outside the orbitals is not known from H and r; it is left out, as in the package.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wavepacket.hamiltonians import Hamiltonian
from wavepacket.units import E_OVER_HBAR, HBAR

_PLANES = ((1, 2), (2, 0), (0, 1))
"""(a, b) of the Cartesian component c of a curl."""


@dataclass(frozen=True)
class BandQuantities:
    """All bands at n wavevectors.

    Parameters
    ----------
    energy : (n, N), eV
    velocity : (n, N, 3), Å/fs
    berry_curvature : (n, N, 3), Å²
    orbital_moment : (n, N, 3), eV/T, for charge −e
    pairs : (n, N, N, 3), i X_nl, real, eV² Å²
    """

    energy: np.ndarray
    velocity: np.ndarray
    berry_curvature: np.ndarray
    orbital_moment: np.ndarray
    pairs: np.ndarray


def band_quantities(hamiltonian: Hamiltonian, k: np.ndarray) -> BandQuantities:
    """Return energy, velocity, Ω and m of every band; bands must not touch at k."""
    h, connection = hamiltonian.hamiltonian(k), hamiltonian.connection(k)
    covariant = hamiltonian.hamiltonian_gradient(k)
    for a in range(3):
        covariant[:, a] += 1j * (h @ connection[:, a] - connection[:, a] @ h)
    energy, states = np.linalg.eigh(h)
    bra = np.conj(np.swapaxes(states, 1, 2))
    v = bra[:, None] @ covariant @ states[:, None]
    # Element (n, l) of v times the transpose of (l, n) is one term of the sum.
    pairs = np.stack(
        [v[:, a] * v[:, b].swapaxes(1, 2) - v[:, b] * v[:, a].swapaxes(1, 2) for a, b in _PLANES], axis=-1
    )
    gap = energy[:, :, None] - energy[:, None, :]
    inverse = np.divide(1.0, gap, out=np.zeros_like(gap), where=~np.eye(gap.shape[1], dtype=bool))
    pairs = np.real(1j * pairs)
    own = bra[:, None] @ _curvature_of_orbitals(hamiltonian, k) @ states[:, None]
    own_diagonal = np.real(np.diagonal(own, axis1=2, axis2=3)).swapaxes(1, 2)
    return BandQuantities(
        energy=energy,
        velocity=np.real(np.diagonal(v, axis1=2, axis2=3)).swapaxes(1, 2) / HBAR,
        berry_curvature=own_diagonal + np.sum(pairs * inverse[..., None] ** 2, axis=2),
        # 1/(ε_l−ε_n) is −inverse.
        orbital_moment=E_OVER_HBAR / 2 * np.sum(pairs * inverse[..., None], axis=2),
        pairs=pairs,
    )


def _curvature_of_orbitals(hamiltonian: Hamiltonian, k: np.ndarray) -> np.ndarray:
    """Return F as a vector, (n, 3, N, N), Å²."""
    a_k, slope = hamiltonian.connection(k), hamiltonian.connection_gradient(k)
    curl = [
        slope[:, a, b] - slope[:, b, a] - 1j * (a_k[:, a] @ a_k[:, b] - a_k[:, b] @ a_k[:, a])
        for a, b in _PLANES
    ]
    return np.stack(curl, axis=1)


def zone_grid(hamiltonian: Hamiltonian, mesh: int, shift: float | Sequence[float] = 0.5) -> np.ndarray:
    """Return a uniform grid of mesh^dimension wavevectors over the zone, (n, 3), 1/Å."""
    shifts = np.broadcast_to(shift, 3)[: hamiltonian.dimension]
    axes = [(np.arange(mesh) + each) / mesh for each in shifts]
    axes += [np.zeros(1)] * (3 - hamiltonian.dimension)
    reduced = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    return reduced @ hamiltonian.reciprocal


def orbital_magnetization(hamiltonian: Hamiltonian, mu: float, mesh: int) -> float:
    """Return M_z at T = 0 of a 2D insulator, (e/ħ)·eV per area: Σ_n∫[dk] [m_n + (e/ħ)Ω_n(μ−ε_n)] f_n."""
    bands = band_quantities(hamiltonian, zone_grid(hamiltonian, mesh))
    local = bands.orbital_moment[..., 2] / E_OVER_HBAR
    itinerant = bands.berry_curvature[..., 2] * (mu - bands.energy)
    occupied = bands.energy < mu
    return float(np.mean(np.sum((local + itinerant) * occupied, axis=1))) / hamiltonian.cell_volume


def orbital_magnetization_pairs(hamiltonian: Hamiltonian, mu: float, mesh: int) -> float:
    """Return the same from occupied–empty pairs only, which may touch among themselves."""
    bands = band_quantities(hamiltonian, zone_grid(hamiltonian, mesh))
    occupied = bands.energy < mu
    across = occupied[:, :, None] & ~occupied[:, None, :]
    gap = np.where(across, bands.energy[:, :, None] - bands.energy[:, None, :], 1.0)
    centre = (bands.energy[:, :, None] + bands.energy[:, None, :]) / 2
    terms = np.where(across, bands.pairs[..., 2] * (mu - centre) / gap**2, 0.0)
    return float(np.mean(np.sum(terms, axis=(1, 2)))) / hamiltonian.cell_volume
