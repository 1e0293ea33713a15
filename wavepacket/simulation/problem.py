"""From a config to everything that a run needs, in memory."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.bands import Band, Followed, band, direct, followed
from wavepacket.config import Config, check_steps
from wavepacket.config import Ensemble as Starts
from wavepacket.conventions import not_a_hole
from wavepacket.ensembles import (
    Ensemble,
    build_ensemble,
    fermi_sea,
    in_part,
    locate_valleys,
    valley_centres,
    weight_unit,
)
from wavepacket.errors import InputError
from wavepacket.fields import breaks, environment, is_planar, longest_step, pulses, without_effect
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian, build_hamiltonian, check_fits
from wavepacket.integrators import Control, Method, control, method_of
from wavepacket.protocols import Protocol, protocol_of
from wavepacket.simulation.chosen import moving_band, rates_of
from wavepacket.simulation.group import Group, group_of, in_all_states
from wavepacket.simulation.in_space import check_space, check_starts, moves_on_lines
from wavepacket.simulation.occupation import Regions, regions_of
from wavepacket.simulation.saves import Plan, plan_of
from wavepacket.simulation.textures import band_in_textures, longest_in
from wavepacket.threads import available_threads

if TYPE_CHECKING:
    from wavepacket.simulation.collisions import Pool

Report = Callable[[str], None]


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
    group : of bands that packets have an internal state in; None for packets in one band
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
    group: Group | None = None

    @cached_property
    def protocol(self) -> Protocol:
        """What the run is."""
        return protocol_of(self.config)

    @cached_property
    def pool(self) -> "Pool":
        """States that collisions lead to, made when first asked for."""
        from wavepacket.simulation.collisions import pool_of

        return pool_of(self)

    @cached_property
    def kept(self) -> Integer | None:
        """Numbers of the packets whose paths are kept, ascending; None for all. Made when first asked for."""
        from wavepacket.simulation.subset import kept_packets

        return kept_packets(self)

    @cached_property
    def text_size(self) -> int:
        """Letters of the config with every default filled in."""
        from wavepacket.simulation.provenance import resolved_text

        return len(resolved_text(self, Path()))

    @cached_property
    def regions(self) -> Regions:
        """Which valley a wavevector is nearest to."""
        return regions_of(self.hamiltonian, self.valley_centres)

    @cached_property
    def plan(self) -> Plan:
        """At which saves velocities are evaluated."""
        return plan_of(self.times, self.control, self.config.fields, self.moving.kind)

    @property
    def on_lines(self) -> bool:
        """Whether k moves along straight lines, and r is a quadrature of the velocity along them."""
        return self.config.integrator.takes_lines and moves_on_lines(self.config)

    @property
    def dimension(self) -> int:
        """2 where the motion stays in the xy plane, as that of a planar crystal does in any field; else 3."""
        return 2 if self.band.planar else 3

    @property
    def rates(self) -> Callable[..., None]:
        """The compiled right-hand side, made when first asked for."""
        texture = None
        if self.config.textures:
            texture = "lattice" if isinstance(self.crystal, LatticeHamiltonian) else "polynomial"
        local = self.config.fields.vary_in_space
        return rates_of(self.dimension, local=local, switched=self.switched, texture=texture)

    @property
    def hamiltonian(self) -> Hamiltonian:
        """The crystal of the band: the whole, or the part that a band belongs to which follows its character."""
        return self.band.hamiltonian


def with_terms(
    problem: Problem,
    *,
    moment: float = 1.0,
    curvature: float = 1.0,
    density_of_states: float = 1.0,
    moment_force: float = 1.0,
) -> Problem:
    """Scale Berry terms of the equations of motion: 0 leaves a term out, −1 reverses it.

    Parameters
    ----------
    moment : factor of m, and so of its gradient and of the force on it
    curvature : factor of Ω, in the anomalous velocity and in D alike
    density_of_states : factor of D − 1 in both equations; the other terms with Ω stay
    moment_force : factor of the force ∂(m·B)/∂r alone

    """
    factors = [moment, curvature, density_of_states, moment_force]
    environment = np.append(problem.environment, factors)
    return replace(problem, environment=environment, switched=True)


def build_problem(config: Config, *, threads: int | None = None, report: Report = lambda _: None) -> Problem:
    """Read the model, make the band source, find the valleys and prepare the ensemble.

    ``report`` is called with sentences: what was found in a file, what a table takes, how a band is followed.
    """
    config.check_run()
    check_steps(config)
    threads = threads or available_threads()
    hamiltonian = _crystal(config, report)
    config = locate_valleys(config, hamiltonian)
    group = group_of(config, hamiltonian)
    chosen, source = _source(config, hamiltonian, threads, report)
    names, centres = valley_centres(hamiltonian, config.valleys)
    check_space(config, source.hamiltonian, names, report)
    protocol = protocol_of(config)
    protocol.check(names)
    starts = in_part(protocol.starts, chosen, config)
    valleys = dict(zip(names, centres, strict=True))
    ensemble = _ensemble(config, starts, source, valleys, group, threads=threads, report=report)
    check_starts(config, ensemble)
    protocol.load_kernels(names)
    times = np.linspace(0.0, config.time.end, config.time.saves)
    sea = protocol.filled_states(
        lambda filled: fermi_sea(
            filled, source, centres, magnetic=config.fields.magnetic, charge=config.charge, seed=config.seed,
            threads=threads,
        )
    )  # fmt: skip
    problem = Problem(
        config, hamiltonian, source, source, ensemble,
        environment(config.fields, config.charge, source.axes, valleys=names), method_of(config.integrator),
        control_of(config, hamiltonian, times), times, names, centres, weight_unit(starts, hamiltonian.dimension), sea=sea,
        group=group,
    )  # fmt: skip
    protocol.prepare(partial(_check_pool, problem))
    moving = moving_band(problem)
    return problem if moving is source else replace(problem, moving=moving)


def _crystal(config: Config, report: Report) -> Hamiltonian:
    """The crystal of a config, with what is to be said of it."""
    hamiltonian = build_hamiltonian(config)
    check_fits(config, hamiltonian)
    positive = not_a_hole(config.charge, hamiltonian.size, isinstance(hamiltonian, LatticeHamiltonian))
    for note in (*hamiltonian.notes, positive):
        if note is not None:
            report(note)
    return hamiltonian


def control_of(config: Config, hamiltonian: Hamiltonian, times: Float) -> Control:
    """Step control and limits of a config; ``times`` are those of the saves, fs."""
    fields = config.fields
    return control(
        config.integrator, config.limits, times, length_scale=hamiltonian.length_scale,
        cutoff=getattr(hamiltonian, "cutoff", None), breaks=breaks(fields),
        longest_step=min([longest_step(fields), *map(longest_in, config.textures)]),
        pulses=pulses(fields),
    )  # fmt: skip


def _source(config: Config, hamiltonian: Hamiltonian, threads: int, report: Report) -> tuple[Followed, Band]:
    """The band of a config and how it is followed, with what is to be said of it."""
    chosen = followed(config, hamiltonian)
    if config.textures:
        return chosen, band_in_textures(config, hamiltonian)
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
            chosen.hamiltonian, chosen.index, source=_kind(config), accuracy=config.band.accuracy,
            grid=config.band.grid, position_elements=config.band.position_elements, threads=threads, report=report,
        )  # fmt: skip
    except InputError as error:
        raise config.problem("band", str(error)) from error
    if idle := without_effect(config.fields, source.axes):
        depends = " and ".join(f"k_{axis}" for axis in "xyz"[source.axes :])
        report(f"{', '.join(idle)} without effect: nothing in this crystal depends on {depends}")
    return chosen, source


def _kind(config: Config) -> str:
    return config.band.source if config.band.group is None else "direct"


def _ensemble(
    config: Config,
    starts: Starts,
    source: Band,
    valleys: dict[str, Float],
    group: Group | None,
    *,
    threads: int,
    report: Report,
) -> Ensemble:
    """Packets that start as a section says, with what is to be said of their resolution."""

    def of(band: Band) -> Ensemble:
        return build_ensemble(
            starts, band, magnetic=config.fields.magnetic, fields=config.fields, charge=config.charge, seed=config.seed,
            centres=valleys, sample=config.sample, threads=threads, report=report,
        )  # fmt: skip

    try:
        ensemble = (
            in_all_states(group, lambda one: of(direct(source.hamiltonian, one))) if group else of(source)
        )
    except InputError as error:
        raise config.problem("ensemble", str(error)) from error
    if ensemble.resolution is not None:
        for sentence in ensemble.resolution.warnings():
            report(sentence)
    return ensemble


def _check_pool(problem: Problem, shell: float) -> None:
    from wavepacket.simulation.collisions import refuse_few

    refuse_few(problem, shell)
