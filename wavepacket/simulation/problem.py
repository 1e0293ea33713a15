"""From a config to everything that a run needs, in memory."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from wavepacket.bands import Band, band, can_freeze, frozen
from wavepacket.config import Config, FermiSurface
from wavepacket.ensembles import Ensemble, build_ensemble, fermi_sea, locate_valleys, valley_centres
from wavepacket.errors import InputError
from wavepacket.fields import environment, is_planar, largest_field, longest_step, period
from wavepacket.hamiltonians import Hamiltonian, build_hamiltonian
from wavepacket.integrators import METHODS, Control, Method, control
from wavepacket.kernels.motion import planar_rates, spatial_rates
from wavepacket.threads import available_threads

Float = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Problem:
    """A config turned into data for the kernels.

    Attributes
    ----------
    band : for observables
    moving : the same band in the form that trajectories are advanced with
    times : saves, (T,), fs
    environment : fields, as in ``kernels/fields.py``
    valley_names, valley_centres : names and Cartesian wavevectors (V, 3), 1/Å
    sea : of a linear response, what ``ensembles.fermi_sea`` found, else None
    switched : whether the end of ``environment`` says how much of each Berry term is kept; see ``with_terms``

    """

    config: Config
    band: Band
    moving: Band
    ensemble: Ensemble
    environment: Float
    method: Method
    control: Control
    times: Float
    valley_names: tuple[str, ...]
    valley_centres: Float
    switched: bool = False
    sea: Float | None = None

    @cached_property
    def pool(self) -> Any:
        """States that collisions lead to, made when first asked for."""
        from wavepacket.simulation.collisions import pool_of

        return pool_of(self)

    @property
    def dimension(self) -> int:
        """2 where the motion stays in the xy plane: a planar crystal, E in the plane, B along z; else 3."""
        return 2 if self.band.planar and is_planar(self.config.fields) else 3

    @property
    def rates(self) -> Any:
        """The compiled right-hand side."""
        if self.switched:
            from wavepacket.kernels.switched import switched_rates  # compiled when first needed

            return switched_rates
        return planar_rates if self.dimension == 2 else spatial_rates

    @property
    def hamiltonian(self) -> Hamiltonian:
        """The crystal."""
        return self.band.hamiltonian


def with_terms(
    problem: Problem, *, moment: float = 1.0, curvature: float = 1.0, density_of_states: float = 1.0
) -> Problem:
    """Scale Berry terms of the equations of motion: 0 leaves a term out, −1 reverses it.

    Parameters
    ----------
    moment : factor of m, and so of its gradient
    curvature : factor of Ω, in the anomalous velocity and in D alike
    density_of_states : factor of D − 1 in both equations; the other terms with Ω stay

    """
    environment = np.append(problem.environment, [moment, curvature, density_of_states])
    return replace(problem, environment=environment, switched=True)


# Trajectories from which on a kernel of the band's own repays the seconds that it takes to compile. Not a matter of
# what happens to be in the cache: both kernels agree to rounding, but results must not depend on earlier runs.
_WORTH_FREEZING = 200_000


def _moving(config: Config, source: Band, ensemble: Ensemble) -> Band:
    if ensemble.size < _WORTH_FREEZING or not is_planar(config.fields):
        return source
    if not can_freeze(source):
        return source
    return frozen(source, moment=any(config.fields.magnetic))


def build_problem(
    config: Config, *, threads: int | None = None, report: Callable[[str], None] = lambda _: None
) -> Problem:
    """Read the model, make the band source, find the valleys and prepare the ensemble."""
    config.check_run()
    threads = threads or available_threads()
    hamiltonian = build_hamiltonian(config)
    config = locate_valleys(config, hamiltonian)
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
    _check_scattering(config, names)
    times = np.linspace(0.0, config.time.end, config.time.saves)
    return Problem(
        config,
        source,
        _moving(config, source, ensemble),
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
        sea=_sea(config, source, centres, threads),
    )


def _check_scattering(config: Config, names: tuple[str, ...]) -> None:
    """Raise ConfigError for collisions that this run cannot have."""
    scattering = config.scattering
    if scattering is None:
        return
    linear, given = isinstance(config.ensemble, FermiSurface), scattering.relaxation_time
    moving = bool(np.any(largest_field(config.fields)))
    if config.ensemble.kind in ("packets", "gaussian", "optical"):
        raise config.problem("ensemble", "scattering needs an ensemble over the zone, such as fermi_dirac")
    if config.integrator.method != "dop853":
        raise config.problem(
            "integrator.method", "scattering needs dop853, which bounds the error of its integrals"
        )
    if isinstance(given, dict) and set(given) != set(names):
        known = ", ".join(names) or "none"
        raise config.problem(
            "scattering.relaxation_time", f"give a time for each valley of this model: {known}"
        )
    if linear and moving:
        raise config.problem(
            "fields.electric", "fermi_surface with scattering is the linear response about E = 0: leave E out, "
            "or take fermi_dirac for a steady state in E",
        )  # fmt: skip
    if scattering.intervalley_time is not None and not (linear and names):
        raise config.problem(
            "scattering.intervalley_time", "needs a model with valleys and an ensemble of kind fermi_surface"
        )
    if scattering.monte_carlo is not None:
        _check_events(config, names, linear)
    try:
        oscillates = period(config.fields) is not None
    except ValueError as error:
        raise config.problem("fields.electric", str(error)) from error
    if scattering.frequency and not linear and not oscillates:
        raise config.problem(
            "scattering.frequency",
            "a static field drives no current at this frequency: let fields.electric oscillate",
        )


def _check_events(config: Config, names: tuple[str, ...], linear: bool) -> None:
    """Raise ConfigError for random collisions that this run cannot have."""
    assert config.scattering is not None
    events = config.scattering.monte_carlo
    assert events is not None
    if config.scattering.energy is not None:
        raise config.problem(
            "scattering.energy", "random collisions need a time that does not depend on energy"
        )
    if events.flights > 1 and not linear:
        raise config.problem(
            "scattering.monte_carlo.flights",
            "collisions on the energy shell heat a steady state without end: take fermi_surface, or one flight",
        )
    table = events.valleys
    if table is not None and (
        set(table) != set(names) or any(set(row) - set(names) for row in table.values())
    ):
        known = ", ".join(names) or "none"
        raise config.problem(
            "scattering.monte_carlo.valleys", f"give a row for each valley of this model: {known}"
        )


def _sea(config: Config, source: Band, centres: Float, threads: int) -> Float | None:
    if config.scattering is None or not isinstance(config.ensemble, FermiSurface):
        return None
    return fermi_sea(
        config.ensemble, source, centres, magnetic=config.fields.magnetic, charge=config.charge, seed=config.seed,
        threads=threads,
    )  # fmt: skip
