"""From a config to everything that a run needs, in memory."""

import os
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wavepacket.bands import Band, band
from wavepacket.config import Config, FileModel, KPModel, LatticeModel, LibraryModel
from wavepacket.ensembles import Ensemble, build_ensemble, valley_centres
from wavepacket.errors import InputError
from wavepacket.fields import environment, longest_step
from wavepacket.hamiltonians import (
    CATALOGUE,
    Hamiltonian,
    KPHamiltonian,
    LatticeHamiltonian,
    parameter_dimensions,
    read_tb,
)
from wavepacket.integrators import METHODS, Control, Method, control

Float = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Problem:
    """A config turned into data for the kernels.

    Attributes
    ----------
    times : saves, (T,), fs
    environment : fields, as in ``kernels/fields.py``
    valley_names, valley_centres : names and Cartesian wavevectors (V, 3), 1/Å

    """

    config: Config
    band: Band
    ensemble: Ensemble
    environment: Float
    method: Method
    control: Control
    times: Float
    valley_names: tuple[str, ...]
    valley_centres: Float

    @property
    def hamiltonian(self) -> Hamiltonian:
        """The crystal."""
        return self.band.hamiltonian


def available_threads() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def build_hamiltonian(config: Config) -> Hamiltonian:
    """The crystal of a config's model section."""
    model = config.model
    if isinstance(model, LibraryModel):
        if model.name not in CATALOGUE:
            raise config.problem("model.name", f"unknown model {model.name!r}; known: {', '.join(sorted(CATALOGUE))}")
        builder = CATALOGUE[model.name]
        parameters = config.resolve_parameters(parameter_dimensions(builder))
        try:
            return builder(**parameters)
        except InputError as error:
            raise config.problem("model", str(error)) from error
    if isinstance(model, FileModel):
        return read_tb(config.model_file(), position_elements=model.position_elements, periodic=model.periodic)
    try:
        return _user_lattice(model, config.name) if isinstance(model, LatticeModel) else _user_kp(model, config.name)
    except InputError as error:
        raise config.problem("model", str(error)) from error


def _user_lattice(model: LatticeModel, name: str) -> LatticeHamiltonian:
    return LatticeHamiltonian.from_hoppings(
        model.lattice,
        [(hopping.cell, hopping.matrix) for hopping in model.hoppings],
        positions=model.positions,
        periodic=model.periodic,
        valleys=model.valleys,
        name=name,
    )


def _user_kp(model: KPModel, name: str) -> KPHamiltonian:
    return KPHamiltonian.from_terms(
        [(term.powers, term.matrix) for term in model.kp],
        dimension=model.dimension,
        length_scale=model.length_scale,
        cutoff=model.cutoff,
        valleys=model.valleys,
        name=name,
    )


def build_problem(
    config: Config, *, threads: int | None = None, report: Callable[[str], None] = lambda _: None
) -> Problem:
    """Read the model, make the band source, find the valleys and prepare the ensemble."""
    threads = threads or available_threads()
    hamiltonian = build_hamiltonian(config)
    if config.band.index >= hamiltonian.size:
        raise config.problem("band", f"band {config.band.index} does not exist: {hamiltonian.name} has bands 0 to {hamiltonian.size - 1}")
    try:
        source = band(
            hamiltonian,
            config.band.index,
            source=config.band.source,
            accuracy=config.band.accuracy,
            grid=config.band.grid,
            position_elements=config.band.position_elements,
            threads=threads,
            report=report,
        )
    except InputError as error:
        raise config.problem("band", str(error)) from error
    names, centres = valley_centres(hamiltonian, config.valleys)
    try:
        ensemble = build_ensemble(
            config.ensemble,
            source,
            magnetic=config.fields.magnetic,
            charge=config.charge,
            seed=config.seed,
            centres=dict(zip(names, centres, strict=True)),
            threads=threads,
        )
    except InputError as error:
        raise config.problem("ensemble", str(error)) from error
    times = np.linspace(0.0, config.time.end, config.time.saves)
    return Problem(
        config,
        source,
        ensemble,
        environment(config.fields, config.charge),
        METHODS[config.integrator.method],
        control(
            config.integrator,
            config.limits,
            times,
            length_scale=hamiltonian.length_scale,
            cutoff=getattr(hamiltonian, "cutoff", None),
            longest_step=longest_step(config.fields),
        ),
        times,
        names,
        centres,
    )
