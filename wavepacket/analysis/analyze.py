"""Everything that a finished run tells, as observables."""

from collections.abc import Collection, Mapping
from functools import lru_cache
from os import PathLike
from pathlib import Path
from typing import Final

# Modules with entries of the table for runs; the order of results is that of these imports.
# isort: off
from wavepacket.analysis import edges, devices, internal, spin_resolved, precession, relaxation  # noqa: F401
from wavepacket.analysis import conductivities, each_band, heat, spins, densities, currents, valleys  # noqa: F401
from wavepacket.analysis import cyclotron, orbits, traps, price_cooper, monitors, textures, texture_paths  # noqa: F401
from wavepacket.analysis import quantum_oscillations  # noqa: F401

# isort: on
from wavepacket.analysis.ballistic import Ballistic
from wavepacket.analysis.linear import LinearResponse
from wavepacket.analysis.source import Source
from wavepacket.analysis.steady import SteadyState
from wavepacket.config import Config, FileModel, load_config
from wavepacket.conventions import not_a_hole
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian, build_hamiltonian
from wavepacket.observables import RUNS, Observable, Observables, entries, observables_of
from wavepacket.protocols import protocol_of
from wavepacket.runs import StoredRun, open_run

__all__ = ["SOURCES", "analyze", "config_of", "warnings"]

SOURCES: Final[dict[str, type[Ballistic] | type[LinearResponse] | type[SteadyState]]] = {
    "ballistic": Ballistic,
    "linear_response": LinearResponse,
    "steady_state": SteadyState,
}
"""What the sums of a run mean, by the name of its protocol; observables are those of the table with that name."""


def config_of(run: StoredRun) -> Config:
    """The config of a run with every default filled in."""
    return _config(Path(run.folder), run.resolved_text)


@lru_cache(maxsize=4)
def _config(folder: Path, text: str) -> Config:
    """The config in a folder whose text is this one; reading it takes as long as a small run."""
    return load_config(folder / "resolved.yaml", large=True)


def analyze(
    run: StoredRun | str | PathLike[str],
    hamiltonian: Hamiltonian | None = None,
    *,
    also: Collection[str] = (),
) -> Observables:
    """Observables of a finished run by name.

    Parameters
    ----------
    run : from ``wavepacket.open_run`` or ``wavepacket.run``, or the folder of one
    hamiltonian : the crystal, where it is at hand; default that of the config. Where its file is gone Bloch
        oscillations and the curvature from drifts are left out.
    also : names of observables that take long, such as ``oscillation_frequencies``, and are there only where they are asked
        for, here or by the headline of the config

    Raises
    ------
    InputError : ``also`` has a name that no observable of a run has

    Examples
    --------
    >>> import wavepacket
    >>> wavepacket.analyze("runs/haldane_hall")["hall_conductivity"]  # doctest: +SKIP
    -1 ± 2.5e-11 e^2/h

    """
    if unknown := set(also) - {each.name for kind in RUNS for each in entries(kind)}:
        raise InputError(f"no run has an observable {min(unknown)!r}: docs/results.md lists them")
    if not isinstance(run, StoredRun):
        run = open_run(run)
    config = config_of(run)
    protocol = protocol_of(config).name
    source: Source = SOURCES[protocol].of_run(run, config, hamiltonian or crystal_of(config))
    asked = {*also, *(name.partition(".")[0] for name in config.headline or ())}
    return observables_of(protocol, source, asked)


def crystal_of(config: Config) -> Hamiltonian | None:
    """The crystal of a run, None where its file is gone."""
    gone = isinstance(config.model, FileModel) and not config.model.file.is_file()
    return None if gone else build_hamiltonian(config)


def warnings(observables: Mapping[str, Observable], config: Config) -> list[str]:
    """Sentences about a charge that is no hole's, and about limits that were passed."""
    said = [*monitors.warnings(observables, config), *devices.warnings(observables)]
    if config.charge < 0:
        return said
    crystal = crystal_of(config)
    # The files that may be gone hold lattices.
    lattice = crystal is None or isinstance(crystal, LatticeHamiltonian)
    sentence = not_a_hole(config.charge, 1 if crystal is None else crystal.size, lattice)
    return said if sentence is None else [sentence, *said]
