"""Bands that coincide everywhere, such as spin pairs: Ω and m mean something only for all of them together."""

import itertools

import numpy as np

from wavepacket.bands.search import band_energies, search_grid
from wavepacket.hamiltonians import Hamiltonian

__all__ = ["DEGENERACY", "band_levels", "level_note", "level_of"]

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
