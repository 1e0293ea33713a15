"""Occupied states at the edge of an ensemble, and those of a k·p model that lie beyond its cutoff."""

from collections.abc import Iterable

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands import Band
from wavepacket.config import ContactEnsemble, Ensemble, FermiDirac, FermiSurface, FilledBand
from wavepacket.ensembles.directions import all_round
from wavepacket.ensembles.occupation import fermi_function
from wavepacket.formulas import fermi
from wavepacket.units import BOLTZMANN

__all__ = ["INSIDE", "edge_beyond", "filled_at_edge", "tail_beyond_cutoff"]

INSIDE = 0.999  # of a rim; from there it is seen which way a band goes
_JUST_INSIDE = 1 - 1e-9  # of the cutoff
_COLDEST = 1e-3  # K, below which a step of f is one


def edge_beyond(rim: Float, inside: Float, mu: Float | float, temperature: Float | float) -> Float:
    """Part of the thermal edge −∂f/∂ε at energies that bands have beyond a rim: f there where they rise, else 1 − f.

    Parameters
    ----------
    rim, inside : energies at the rim and a little inside, eV
    mu, temperature : eV, K; all four are broadcast
    """
    x = np.where(rim > inside, 1.0, -1.0) * (rim - mu) / (BOLTZMANN * np.maximum(temperature, _COLDEST))
    return fermi(np.clip(x, -700.0, 700.0))


def tail_beyond_cutoff(specification: Ensemble, band: Band) -> float:
    """Part of the thermal edge −∂f/∂ε at energies that the band has beyond the cutoff, at most over all directions.

    See `edge_beyond`; 0 without a cutoff.
    """
    cutoff = getattr(band.hamiltonian, "cutoff", None)
    if cutoff is None or not isinstance(specification, FermiDirac | FermiSurface | ContactEnsemble):
        return 0.0
    rim = cutoff * all_round(band.hamiltonian.dimension)
    at, inside = (band.geometry(part * rim, slopes=False).energy for part in (_JUST_INSIDE, INSIDE))
    return float(edge_beyond(at, inside, specification.chemical_potential, specification.temperature).max())


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
        at = [_JUST_INSIDE * cutoff * rim]
    else:
        return False
    if isinstance(specification, FilledBand):
        return True
    energy = band.geometry(np.concatenate(at), slopes=False).energy
    occupied = fermi_function(energy, specification.chemical_potential, specification.temperature)
    return bool(occupied.mean() > 0.5)
