"""What to know before the numbers of a run are relied on."""

from collections.abc import Mapping

from wavepacket.analysis import monitors
from wavepacket.analysis.analyze import crystal_of
from wavepacket.config import Config
from wavepacket.conventions import not_a_hole
from wavepacket.hamiltonians import LatticeHamiltonian
from wavepacket.observables import Observable


def warnings(observables: Mapping[str, Observable], config: Config) -> list[str]:
    """Sentences about a charge that is no hole's, and about limits that were passed."""
    return [*_charge(config), *monitors.warnings(observables, config)]


def _charge(config: Config) -> list[str]:
    if config.charge < 0:
        return []
    crystal = crystal_of(config)
    # The files that may be gone hold lattices.
    lattice = crystal is None or isinstance(crystal, LatticeHamiltonian)
    sentence = not_a_hole(config.charge, 1 if crystal is None else crystal.size, lattice)
    return [] if sentence is None else [sentence]
