"""Which carriers a band has at its Fermi surface: the electrons in it, or the holes that they leave."""

from typing import Any

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands import band, followed
from wavepacket.config import Config
from wavepacket.ensembles.directions import all_round
from wavepacket.ensembles.occupation import fermi_function, wavepacket_energy
from wavepacket.ensembles.valleys import locate_valleys, valley_centres
from wavepacket.hamiltonians import Hamiltonian, KPHamiltonian


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
    rim = centres[:, None] + radius * all_round(hamiltonian.dimension)
    geometry = source.geometry(rim.reshape(-1, 3), slopes=False)
    energy = wavepacket_energy(geometry, config.fields.magnetic, config.charge)
    occupation = fermi_function(energy, ensemble.chemical_potential, ensemble.temperature)
    return float(occupation.mean())
