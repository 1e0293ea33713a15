"""From a config to everything that a run needs, in memory."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from wavepacket.bands import Band, Followed, band, can_freeze, followed, frozen
from wavepacket.config import Config, FermiDirac, FermiSurface, Optical, check_scattering, check_steps
from wavepacket.config import Ensemble as EnsembleSection
from wavepacket.conventions import not_a_hole
from wavepacket.ensembles import (
    Ensemble,
    build_ensemble,
    fermi_sea,
    locate_valleys,
    valley_centres,
    weight_unit,
)
from wavepacket.errors import InputError
from wavepacket.fields import breaks, environment, is_planar, longest_step, pulses, without_effect
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian, build_hamiltonian, check_fits
from wavepacket.integrators import Control, Method, control, method_of
from wavepacket.protocols import protocol_of
from wavepacket.simulation.flights import goes_on
from wavepacket.simulation.occupation import Regions, regions_of
from wavepacket.threads import available_threads

Float = npt.NDArray[np.float64]
Integer = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Problem:
    """A config turned into data for the kernels.

    Attributes
    ----------
    crystal : the whole of it
    band : for observables; of a band that follows its character, in the part of the crystal that it belongs to
    moving : the same band in the form that trajectories are advanced with
    times : saves, (T,), fs
    environment : fields, as in ``kernels/motion/fields.py``
    valley_names, valley_centres : names and Cartesian wavevectors (V, 3), 1/Å
    weight_unit : of the packets' weights, text
    sea : of a deviation from equilibrium, what ``ensembles.fermi_sea`` found, else None
    switched : whether the end of ``environment`` says how much of each Berry term is kept; see ``with_terms``

    """

    config: Config
    crystal: Hamiltonian
    band: Band
    moving: Band
    ensemble: Ensemble
    environment: Float
    method: Method
    control: Control
    times: Float
    valley_names: tuple[str, ...]
    valley_centres: Float
    weight_unit: str
    switched: bool = False
    sea: Float | None = None

    @cached_property
    def pool(self) -> Any:
        """States that collisions lead to, made when first asked for."""
        from wavepacket.simulation.collisions import pool_of

        return pool_of(self)

    @cached_property
    def kept(self) -> Integer | None:
        """Numbers of the packets whose paths are kept, ascending; None for all. Made when first asked for."""
        from wavepacket.simulation.subset import kept_packets

        return kept_packets(self)

    @cached_property
    def regions(self) -> Regions:
        """Which valley a wavevector is nearest to."""
        return regions_of(self.hamiltonian, self.valley_centres)

    @property
    def dimension(self) -> int:
        """2 where the motion stays in the xy plane, as that of a planar crystal does in any field; else 3."""
        return 2 if self.band.planar else 3

    @property
    def rates(self) -> Any:
        """The compiled right-hand side, made when first asked for."""
        if self.switched:
            from wavepacket.kernels.motion.switched import switched_rates

            return switched_rates
        if self.dimension == 2:
            from wavepacket.kernels.motion.rates_planar import planar_rates

            return planar_rates
        from wavepacket.kernels.motion.rates_spatial import spatial_rates

        return spatial_rates

    @property
    def hamiltonian(self) -> Hamiltonian:
        """The crystal of the band: the whole, or the part that a band belongs to which follows its character."""
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
    if ensemble.size < _WORTH_FREEZING or not can_freeze(source):
        return source
    return frozen(source, moment=any(config.fields.magnetic))


def build_problem(
    config: Config, *, threads: int | None = None, report: Callable[[str], None] = lambda _: None
) -> Problem:
    """Read the model, make the band source, find the valleys and prepare the ensemble.

    ``report`` is called with sentences: what was found in a file, what a table takes, how a band is followed.
    """
    config.check_run()
    check_steps(config)
    threads = threads or available_threads()
    hamiltonian = build_hamiltonian(config)
    check_fits(config, hamiltonian)
    for note in hamiltonian.notes:
        report(note)
    positive = not_a_hole(config.charge, hamiltonian.size, isinstance(hamiltonian, LatticeHamiltonian))
    if positive is not None:
        report(positive)
    config = locate_valleys(config, hamiltonian)
    chosen, source = _source(config, hamiltonian, threads, report)
    idle = without_effect(config.fields, source.axes)
    if idle:
        depends = " and ".join(f"k_{axis}" for axis in "xyz"[source.axes :])
        report(f"{', '.join(idle)} without effect: nothing in this crystal depends on {depends}")
    names, centres = valley_centres(hamiltonian, config.valleys)
    check_scattering(config, names)
    starts = _starts(config, chosen)
    try:
        ensemble = build_ensemble(
            starts,
            source,
            magnetic=config.fields.magnetic,
            charge=config.charge,
            seed=config.seed,
            centres=dict(zip(names, centres, strict=True)),
            threads=threads,
            report=report,
        )
    except InputError as error:
        raise config.problem("ensemble", str(error)) from error
    if ensemble.resolution is not None:
        for sentence in ensemble.resolution.warnings():
            report(sentence)
    _load_kernels(config, names)
    times = np.linspace(0.0, config.time.end, config.time.saves)
    problem = Problem(
        config,
        hamiltonian,
        source,
        _moving(config, source, ensemble),
        ensemble,
        environment(config.fields, config.charge, source.axes),
        method_of(config.integrator),
        control_of(config, hamiltonian, times),
        times,
        names,
        centres,
        weight_unit(starts, hamiltonian.dimension),
        sea=_sea(config, source, centres, threads),
    )
    if config.scattering is not None and goes_on(config.scattering):
        _ = problem.pool  # one that cannot stand for all states is told now, and threads find it ready
    return problem


def control_of(config: Config, hamiltonian: Hamiltonian, times: Float) -> Control:
    """Step control and limits of a config; ``times`` are those of the saves, fs."""
    return control(
        config.integrator,
        config.limits,
        times,
        length_scale=hamiltonian.length_scale,
        cutoff=getattr(hamiltonian, "cutoff", None),
        longest_step=longest_step(config.fields),
        breaks=breaks(config.fields),
        pulses=pulses(config.fields),
    )


def _source(
    config: Config, hamiltonian: Hamiltonian, threads: int, report: Callable[[str], None]
) -> tuple[Followed, Band]:
    """The band of a config, and how it is followed."""
    chosen = followed(config, hamiltonian)
    if chosen.across and not is_planar(config.fields):
        raise config.problem(
            "fields",
            "a field across the plane mixes the parts of this crystal: 'follow: character' needs E in the plane"
            " and B across it",
        )
    if chosen.parts > 1:
        report(chosen.hamiltonian.notes[-1])
    try:
        source = band(
            chosen.hamiltonian,
            chosen.index,
            source=config.band.source,
            accuracy=config.band.accuracy,
            grid=config.band.grid,
            position_elements=config.band.position_elements,
            threads=threads,
            report=report,
        )
    except InputError as error:
        raise config.problem("band", str(error)) from error
    return chosen, source


def _starts(config: Config, chosen: Followed) -> EnsembleSection:
    """The ensemble that packets start from: of a deviation from equilibrium, the states at the Fermi surface.

    The other band of light is counted as the part of the crystal counts it.
    """
    ensemble = config.ensemble
    if isinstance(ensemble, FermiDirac) and protocol_of(config).deviation:
        shared = set(FermiSurface.model_fields) - {"kind"}
        return FermiSurface.model_validate({name: getattr(ensemble, name) for name in shared})
    if not isinstance(ensemble, Optical) or ensemble.partner >= len(chosen.indices):
        return ensemble
    key, place = ensemble.partner_key, chosen.indices[ensemble.partner]
    if place is None:
        raise config.problem(
            f"ensemble.{key}",
            f"band {ensemble.partner} belongs to another part of the crystal: no light leads from there to band "
            f"{config.band.index}",
        )
    return ensemble.model_copy(update={key: place})


def _load_kernels(config: Config, names: tuple[str, ...]) -> None:
    """Load what this run needs beyond paths before threads ask for it at once."""
    protocol = protocol_of(config)
    if protocol.flights:
        import wavepacket.kernels.integrate.flight
        import wavepacket.kernels.motion.rates_flight

        if protocol.conserves_valleys:
            import wavepacket.kernels.integrate.transit
    elif names:
        import wavepacket.kernels.reduce.regions  # noqa: F401


def _sea(config: Config, source: Band, centres: Float, threads: int) -> Float | None:
    ensemble = config.ensemble
    if not protocol_of(config).deviation:
        return None
    assert isinstance(ensemble, FermiSurface | FermiDirac)
    return fermi_sea(
        ensemble, source, centres, magnetic=config.fields.magnetic, charge=config.charge, seed=config.seed,
        threads=threads,
    )  # fmt: skip
