"""Everything that a finished run tells, as observables."""

from os import PathLike
from pathlib import Path

import numpy as np

from wavepacket.analysis.conductivities import linear_response
from wavepacket.analysis.currents import hall_conductivity, mean_current
from wavepacket.analysis.cyclotron import cyclotron_orbits
from wavepacket.analysis.monitors import FIELDS, monitors
from wavepacket.analysis.orbits import bloch_oscillation
from wavepacket.analysis.own import own_observables
from wavepacket.analysis.price_cooper import curvature_from_drifts
from wavepacket.analysis.steady import steady_state
from wavepacket.analysis.sums import Sums, states_are_densities
from wavepacket.analysis.valleys import (
    valley_current,
    valley_drift,
    valley_polarisation,
    valley_population,
    valley_pumping,
)
from wavepacket.config import Config, FileModel, load_config
from wavepacket.errors import Status
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian, build_hamiltonian
from wavepacket.observables import Observable
from wavepacket.protocols import protocol_of
from wavepacket.runs import StoredRun, open_run

_ORBITS = 64  # stored paths that periods are measured on


def config_of(run: StoredRun) -> Config:
    """The config of a run with every default filled in."""
    return load_config(Path(run.folder) / "resolved.yaml", large=True)


def analyze(
    run: StoredRun | str | PathLike[str], hamiltonian: Hamiltonian | None = None
) -> dict[str, Observable]:
    """Observables of a finished run by name.

    Parameters
    ----------
    run : from ``wavepacket.open_run`` or ``wavepacket.run``, or the folder of one
    hamiltonian : the crystal, where it is at hand; default that of the config. Where its file is gone Bloch
        oscillations and the curvature from drifts are left out.

    Examples
    --------
    >>> import wavepacket
    >>> wavepacket.analyze("runs/haldane_hall")["hall_conductivity"]  # doctest: +SKIP
    -1 ± 2.5e-11 e^2/h

    """
    if not isinstance(run, StoredRun):
        run = open_run(run)
    config = config_of(run)
    protocol = protocol_of(config).name
    if protocol != "ballistic":
        crystal = hamiltonian or crystal_of(config)
        # The files that may be gone hold lattices.
        closed = crystal is None or isinstance(crystal, LatticeHamiltonian)
        linear = protocol == "linear_response"
        found = linear_response(run, config, crystal) if linear else steady_state(run, config, closed)
        return _named([*found, *monitors(run.shards(FIELDS), config)], run, config)
    sums = Sums.of_run(run, config)
    hamiltonian = hamiltonian or crystal_of(config)
    found = [valley_population(sums, config, run), valley_drift(sums, config, run)]
    found += valley_polarisation(sums, run)
    if states_are_densities(config):
        found.append(mean_current(sums, config, run.dimension))
        if run.valley_names:
            found.append(valley_current(sums, config, run))
        found += hall_conductivity(sums, config, run)
        found += valley_pumping(sums, config, run)
    found += _orbits(run, config, hamiltonian)
    if hamiltonian is not None:
        found += curvature_from_drifts(run, config, hamiltonian)
    return _named([*found, *monitors(run.shards(FIELDS), config)], run, config)


def _named(found: list[Observable], run: StoredRun, config: Config) -> dict[str, Observable]:
    """All observables by name, and behind those of the package those that scripts have registered."""
    named = {observable.name: observable for observable in found}
    return named | {each.name: each for each in own_observables(run, config, named)}


def crystal_of(config: Config) -> Hamiltonian | None:
    """The crystal of a run, None where its file is gone."""
    gone = isinstance(config.model, FileModel) and not config.model.file.is_file()
    return None if gone else build_hamiltonian(config)


def _orbits(run: StoredRun, config: Config, hamiltonian: Hamiltonian | None) -> list[Observable]:
    paths = run.trajectories(("path", "position", "wavevector"), limit=_ORBITS)
    kept = np.zeros(len(paths["path"]), dtype=bool)
    for shard in run.shards(("trajectory", "status", "electric_sign")):
        usable = (shard["status"] == Status.OK) & (shard["electric_sign"] > 0)
        kept |= np.isin(paths["path"], shard["trajectory"][usable])
    position, wavevector = paths["position"][kept], paths["wavevector"][kept]
    found = cyclotron_orbits(config, hamiltonian, run.time, paths["path"][kept].tolist(), wavevector)
    if hamiltonian is not None:
        found += bloch_oscillation(hamiltonian, config, run.time, position, wavevector)
    return found
