"""Occupied states that a k·p model leaves out since they lie beyond its cutoff."""

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands import Band
from wavepacket.config import ContactEnsemble, Ensemble, FermiDirac, FermiSurface
from wavepacket.units import BOLTZMANN

__all__ = ["tail_beyond_cutoff"]

_DIRECTIONS = 256
_INSIDE = 1 - 1e-9  # of the cutoff
_TURN = np.pi * (3 - np.sqrt(5))  # between neighbours on a sphere, so that they are spread evenly


def tail_beyond_cutoff(specification: Ensemble, band: Band) -> float:
    """Part of the thermal edge −∂f/∂ε at energies that only states beyond the cutoff have, at most over all directions.

    Where the band rises from μ to the cutoff that is f there, where it falls 1 − f. 0 without a cutoff or a temperature.
    """
    cutoff = getattr(band.hamiltonian, "cutoff", None)
    if cutoff is None or not isinstance(specification, FermiDirac | FermiSurface | ContactEnsemble):
        return 0.0
    if specification.temperature == 0.0:
        return 0.0
    k = _INSIDE * cutoff * _directions(band.hamiltonian.dimension)
    energy = band.geometry(k, slopes=False).energy
    x = (energy - specification.chemical_potential) / (BOLTZMANN * specification.temperature)
    return float(np.max(1.0 / (1.0 + np.exp(np.minimum(np.abs(x), 700.0)))))


def _directions(dimension: int) -> Float:
    """Unit vectors (n, 3) all round."""
    number = np.arange(_DIRECTIONS)
    height = (2 * number + 1) / _DIRECTIONS - 1 if dimension == 3 else np.zeros(_DIRECTIONS)
    angle = _TURN * number if dimension > 1 else np.pi * number
    across = np.sqrt(1 - height**2)
    found = np.stack([across * np.cos(angle), across * np.sin(angle), height], axis=1)
    return found if dimension > 1 else found * np.array([1.0, 0.0, 0.0])
