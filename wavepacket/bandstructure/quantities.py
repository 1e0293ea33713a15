"""What a map or a path can show of a band: labels, units, and vectors.

Bands that coincide everywhere, such as spin pairs, are averaged over: Ω and m mean something only for all of them together.
"""

import itertools
from collections.abc import Mapping

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands import BandGeometry
from wavepacket.bands.search import band_energies, search_grid
from wavepacket.hamiltonians import Hamiltonian
from wavepacket.units import BOHR_MAGNETON

__all__ = [
    "DEGENERACY",
    "DEGENERATE",
    "NOTHING",
    "QUANTITIES",
    "band_levels",
    "isolated_vectors",
    "level_note",
    "level_of",
]

DEGENERACY = 1e-3
"""eV; bands that are nowhere further apart are one level, split by symmetry's absence from a file rather than by physics."""

_POINTS = {1: 60, 2: 24, 3: 12}


def band_levels(hamiltonian: Hamiltonian) -> list[range]:
    """Bands of each level, from the bottom."""
    apart = np.diff(_energies(hamiltonian), axis=1).max(axis=0, initial=0.0) > DEGENERACY
    first = [0, *(np.flatnonzero(apart) + 1).tolist(), hamiltonian.size]
    return [range(a, b) for a, b in itertools.pairwise(first)]


def level_of(hamiltonian: Hamiltonian, index: int) -> range:
    """Bands that coincide everywhere with the one given, itself among them."""
    return next(level for level in band_levels(hamiltonian) if index in level)


def level_note(hamiltonian: Hamiltonian, level: range) -> str:
    """Say how closely the bands of a level coincide; empty for a level of one band."""
    if len(level) == 1:
        return ""
    worst = float(np.ptp(_energies(hamiltonian)[:, level[0] : level[-1] + 1], axis=1).max())
    return (
        f"bands {level[0]} to {level[-1]} lie within {worst:.1e} eV of each other everywhere: figures show the mean of "
        "their Ω and m; those of one of them alone, and its extrema and masses, depend on what splits them"
    )


def _energies(hamiltonian: Hamiltonian) -> np.ndarray:
    k = search_grid(hamiltonian, _POINTS[hamiltonian.dimension])
    return band_energies(hamiltonian, k).reshape(-1, hamiltonian.size)


QUANTITIES: Mapping[str, tuple[str, str]] = {
    "energy": (r"$\varepsilon$", "eV"),
    "gap": ("gap", "eV"),
    "berry_curvature": (r"$\Omega_{}$", "angstrom^2"),
    "orbital_moment": (r"$m_{}$", "mu_B"),
    "spin": (r"$\langle S_{}\rangle$", "hbar"),
}
"""Quantity → (label, unit); a component is put in the braces of a vector's label."""

DEGENERATE = 1e-6
"""eV; below this gap Ω and m of a single band are rounding noise."""
NOTHING = 1e-7
"""Å² or μ_B; rounding, near degeneracies too, of a quantity that vanishes by symmetry."""


def isolated_vectors(geometry: BandGeometry, quantity: str, charge: float = -1.0) -> Float:
    """Ω in Å² or m in μ_B of a carrier of a charge, (n, 3); NaN where the band touches another one."""
    # Band sources give the moment of the charge −e; it is proportional to the charge.
    moment = -charge * geometry.orbital_moment / BOHR_MAGNETON + 0.0
    vectors = geometry.berry_curvature if quantity == "berry_curvature" else moment
    return np.where((geometry.gap > DEGENERATE)[:, None], vectors, np.nan)
