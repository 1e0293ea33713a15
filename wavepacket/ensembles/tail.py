"""Occupied states at the edge of an ensemble, and those of a k·p model that lie beyond its cutoff."""

from collections.abc import Iterable

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands import Band
from wavepacket.config import ContactEnsemble, Ensemble, FermiDirac, FermiSurface, FilledBand
from wavepacket.ensembles.directions import all_round
from wavepacket.ensembles.occupation import fermi_function
from wavepacket.units import BOLTZMANN

__all__ = ["filled_at_edge", "tail_beyond_cutoff"]

_INSIDE = 1 - 1e-9  # of the cutoff


def tail_beyond_cutoff(specification: Ensemble, band: Band) -> float:
    """Part of the thermal edge −∂f/∂ε at energies that only states beyond the cutoff have, at most over all directions.

    Where the band rises from μ to the cutoff that is f there, where it falls 1 − f. 0 without a cutoff or a temperature.
    """
    cutoff = getattr(band.hamiltonian, "cutoff", None)
    if cutoff is None or not isinstance(specification, FermiDirac | FermiSurface | ContactEnsemble):
        return 0.0
    if specification.temperature == 0.0:
        return 0.0
    energy = band.geometry(_INSIDE * cutoff * all_round(band.hamiltonian.dimension), slopes=False).energy
    x = (energy - specification.chemical_potential) / (BOLTZMANN * specification.temperature)
    return float(np.max(1.0 / (1.0 + np.exp(np.minimum(np.abs(x), 700.0)))))


def filled_at_edge(specification: Ensemble, band: Band, centres: Iterable[Float] = ()) -> bool:
    """Whether packets stand for states up to an edge, of which more than half are occupied there: a band of holes.

    The edge is the cutoff of a k·p model, or that of the balls round valleys, whose ``centres`` (3,) are in 1/Å.
    """
    if not isinstance(specification, FermiDirac | FilledBand):
        return False
    radius = specification.valley_radius
    cutoff: float | None = getattr(band.hamiltonian, "cutoff", None)
    rim = all_round(band.hamiltonian.dimension)
    if radius is not None:
        at = [centre + radius * rim for centre in centres]
    elif cutoff is not None:
        at = [_INSIDE * cutoff * rim]
    else:
        return False
    if isinstance(specification, FilledBand):
        return True
    energy = band.geometry(np.concatenate(at), slopes=False).energy
    occupied = fermi_function(energy, specification.chemical_potential, specification.temperature)
    return bool(occupied.mean() > 0.5)
