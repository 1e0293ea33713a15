"""Energies of a band with their first two derivatives in k, by perturbation theory: what searches over k walk on."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wavepacket.hamiltonians import Hamiltonian

Float = npt.NDArray[np.float64]

DEGENERATE = 1e-9
"""States closer than this, relative to the largest energy at k, are one level: perturbation theory leaves them out."""


@dataclass(frozen=True)
class Level:
    """A function of k with its derivatives at n points.

    Attributes
    ----------
    value : (n,)
    gradient : (n, 3), per 1/Å
    hessian : (n, 3, 3), per 1/Å²

    """

    value: Float
    gradient: Float
    hessian: Float


def energy_levels(hamiltonian: Hamiltonian, k: Float, bands: tuple[int, ...]) -> list[Level]:
    """ε(k) of each band in eV with ∂ε = ⟨∂H⟩ and ∂∂ε = ⟨∂∂H⟩ + 2 Re Σ_m ⟨n|∂H|m⟩⟨m|∂H|n⟩/(ε_n−ε_m).

    Position elements play no part in energies.
    """
    energy, states = np.linalg.eigh(hamiltonian.hamiltonian(k))
    bra = states.conj().swapaxes(1, 2)
    velocity = bra[:, None] @ hamiltonian.hamiltonian_gradient(k) @ states[:, None]
    bending = hamiltonian.hamiltonian_hessian(k)
    levels = []
    for band in bands:
        gap = energy[:, [band]] - energy
        same = np.abs(gap) <= DEGENERATE * np.abs(energy).max(axis=1, keepdims=True)
        inverse = np.where(same, 0.0, 1.0 / np.where(same, 1.0, gap))
        row = velocity[:, :, band, :]
        mixing = 2 * np.einsum("nam,nbm,nm->nab", row, row.conj(), inverse).real
        ket = states[:, :, band]
        own = np.einsum("ni,nabij,nj->nab", ket.conj(), bending, ket, optimize=True).real
        levels.append(Level(energy[:, band], row[:, :, band].real.copy(), own + mixing))
    return levels


def squared_gap(hamiltonian: Hamiltonian, k: Float, lower: int) -> Level:
    """(ε_{n+1} − ε_n)² in eV² with its derivatives: smooth through points where the two bands touch."""
    below, above = energy_levels(hamiltonian, k, (lower, lower + 1))
    gap, slope = above.value - below.value, above.gradient - below.gradient
    bending = above.hessian - below.hessian
    outer = slope[:, :, None] * slope[:, None, :]
    return Level(gap**2, 2 * gap[:, None] * slope, 2 * outer + 2 * gap[:, None, None] * bending)
