"""Which carriers a band has at its Fermi surface: the electrons in it, or the holes that they leave."""

import math
from typing import Any

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands import band, followed
from wavepacket.config import Config
from wavepacket.ensembles.occupation import fermi_function, wavepacket_energy
from wavepacket.ensembles.valleys import locate_valleys, valley_centres
from wavepacket.hamiltonians import Hamiltonian, KPHamiltonian

_DIRECTIONS = 200


def are_holes(config: Config, hamiltonian: Hamiltonian | None, occupied: float, empty: float) -> bool:
    """Whether the carriers are the empty states, from how many there are of both.

    In the zone of a lattice they are the fewer of the two. A k·p model, and balls round valleys, have any number of states
    up to their edge that carry nothing: there the carriers are what the edge does not cut, holes where it is occupied.
    """
    radius = getattr(config.ensemble, "valley_radius", None)
    if radius is not None and hamiltonian is not None:
        _, centres = valley_centres(hamiltonian, locate_valleys(config, hamiltonian).valleys)
        return _occupation_at(config, hamiltonian, radius, centres) > 0.5
    if isinstance(hamiltonian, KPHamiltonian) and hamiltonian.cutoff is not None:
        return _occupation_at(config, hamiltonian, hamiltonian.cutoff, np.zeros((1, 3))) > 0.5
    return empty < occupied


def _occupation_at(config: Config, hamiltonian: Hamiltonian, radius: float, centres: Float) -> float:
    """Mean occupation at a distance from centres (n, 3), 1/Å."""
    ensemble: Any = config.ensemble  # that of a Fermi surface, as in every linear response
    chosen = followed(config, hamiltonian)
    source = band(chosen.hamiltonian, chosen.index, position_elements=config.band.position_elements)
    rim = centres[:, None] + radius * _directions(hamiltonian.dimension)
    geometry = source.geometry(rim.reshape(-1, 3), slopes=False)
    energy = wavepacket_energy(geometry, config.fields.magnetic, config.charge)
    occupation = fermi_function(energy, ensemble.chemical_potential, ensemble.temperature)
    return float(occupation.mean())


def _directions(dimension: int) -> Float:
    """Unit vectors (n, 3), evenly spread."""
    n = np.arange(_DIRECTIONS) + 0.5
    angle = 2 * np.pi * n / _DIRECTIONS if dimension == 2 else n * math.pi * (3 - math.sqrt(5))
    if dimension == 1:
        return np.array([[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0]])
    height = 1 - 2 * n / _DIRECTIONS if dimension == 3 else np.zeros(_DIRECTIONS)
    radius = np.sqrt(1 - height**2)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), height], axis=1)
