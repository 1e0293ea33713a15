"""Fermi surfaces of library models in one call."""

import numpy as np

from wavepacket.bands import band
from wavepacket.fermi import Level, LevelSurface, level_surface
from wavepacket.hamiltonians import Hamiltonian


def surface(
    crystal: Hamiltonian, mu: float, index: int = 0, *, cells: int | None = None, field=(0, 0, 0)
) -> LevelSurface:
    return level_surface(Level(band(crystal, index), mu, np.array(field, dtype=float)), cells)
