"""Energies of a band with their first two derivatives in k, by perturbation theory: what searches over k walk on."""

from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Complex, Float
from wavepacket.hamiltonians import Hamiltonian

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


def energy_level(hamiltonian: Hamiltonian, k: Float, band: int) -> Level:
    """ε(k) of a band in eV with ∂ε = ⟨∂H⟩ and ∂∂ε = ⟨∂∂H⟩ + 2 Re Σ_m ⟨n|∂H|m⟩⟨m|∂H|n⟩/(ε_n−ε_m).

    Position elements play no part in energies.
    """
    terms = _terms(hamiltonian, k)
    return Level(
        terms.energy[:, band], terms.velocity[:, :, band, band].real.copy(), terms.bending(band, (band,))
    )


def squared_gap(hamiltonian: Hamiltonian, k: Float, lower: int) -> Level:
    """(ε_{n+1} − ε_n)² in eV² with its derivatives: smooth through points where the two bands touch.

    With the two states' part of H written as d·σ it is 4d², so its Hessian is 8(∂d·∂d + d·∂∂d) with any two states that
    span them; only states outside enter ∂∂d.
    """
    terms, upper = _terms(hamiltonian, k), lower + 1
    gap = terms.energy[:, upper] - terms.energy[:, lower]
    slope = (terms.velocity[:, :, upper, upper] - terms.velocity[:, :, lower, lower]).real
    turn = terms.velocity[:, :, lower, upper]
    pair = (lower, upper)
    bending = terms.bending(upper, pair) - terms.bending(lower, pair)
    outer = slope[:, :, None] * slope[:, None, :] + 4 * (turn[:, :, None] * turn[:, None, :].conj()).real
    return Level(gap**2, 2 * gap[:, None] * slope, 2 * outer + 2 * gap[:, None, None] * bending)


@dataclass(frozen=True)
class _Terms:
    """Energies (n, N), ∂H (n, 3, N, N) between eigenstates and ⟨∂∂H⟩ (n, 3, 3, N) in them."""

    energy: Float
    velocity: Complex
    own: Float

    def bending(self, band: int, without: tuple[int, ...]) -> Float:
        """Second derivative of a band by all states but those left out and those of the same energy."""
        gap = self.energy[:, [band]] - self.energy
        skipped = np.abs(gap) <= DEGENERATE * np.abs(self.energy).max(axis=1, keepdims=True)
        skipped[:, without] = True
        inverse = np.where(skipped, 0.0, 1.0 / np.where(skipped, 1.0, gap))
        row = self.velocity[:, :, band, :]
        mixing = 2 * np.einsum("nam,nbm,nm->nab", row, row.conj(), inverse).real
        return np.asarray(self.own[..., band] + mixing)


def _terms(hamiltonian: Hamiltonian, k: Float) -> _Terms:
    energy, states = np.linalg.eigh(hamiltonian.hamiltonian(k))
    bra = states.conj().swapaxes(1, 2)
    velocity = bra[:, None] @ hamiltonian.hamiltonian_gradient(k) @ states[:, None]
    bent = hamiltonian.hamiltonian_hessian(k) @ states[:, None, None]
    return _Terms(energy, velocity, np.einsum("nji,nabji->nabi", states.conj(), bent).real)
