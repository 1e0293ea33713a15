"""From a config to the problem that is integrated: the crystal, its band, the valleys, the packets."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands import Band, Followed, band, direct, followed
from wavepacket.config import Config, check_steps
from wavepacket.config import Ensemble as Starts
from wavepacket.conventions import not_a_hole
from wavepacket.ensembles import (
    Ensemble,
    InGroup,
    InTextures,
    build_ensemble,
    equilibrium_in_textures,
    fermi_sea,
    filled_at_edge,
    in_part,
    locate_valleys,
    sea_in_textures,
    tail_beyond_cutoff,
    valley_centres,
    weight_unit,
)
from wavepacket.errors import InputError
from wavepacket.fields import breaks, environment, is_planar, longest_step, pulses, without_effect
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian, build_hamiltonian
from wavepacket.integrators import Control, control, method_of
from wavepacket.protocols import protocol_of
from wavepacket.simulation.chosen import moving_band
from wavepacket.simulation.exchange import with_exchange
from wavepacket.simulation.group import Group, group_of
from wavepacket.simulation.group_ensemble import in_all_states
from wavepacket.simulation.in_space import check_space, check_starts
from wavepacket.simulation.internal_values import check_values
from wavepacket.simulation.near_bands import with_near_bands
from wavepacket.simulation.problem import Problem
from wavepacket.simulation.several_bands import with_several_bands
from wavepacket.simulation.textures import band_in_textures, in_textures, longest_in, warn_of_mixing
from wavepacket.threads import available_threads

Report = Callable[[str], None]

_TAIL = 1e-3  # of the thermal edge beyond the cutoff of a k·p model


def build_problem(config: Config, *, threads: int | None = None, report: Report = lambda _: None) -> Problem:
    """Read the model, make the band source, find the valleys and prepare the ensemble.

    ``report`` is called with sentences: what was found in a file, what a table takes, how a band is followed.
    """
    config.check_run()
    check_steps(config)
    threads = threads or available_threads()
    if config.band.group == "auto":
        return with_near_bands(config, lambda decided, say: _built(decided, threads, say), report)
    if config.band.each is None:
        return with_exchange(_built(config, threads, report))
    protocol_of(config).check_several_bands()
    crystal = _crystal(config, report)
    several = with_several_bands(
        config, crystal, lambda one, say: _built(one, threads, say, crystal), report, threads
    )
    return with_exchange(several)


def check_packets(config: Config, *, threads: int | None = None) -> None:
    """Find where the packets of a run in one band start, without the table that the run may take for it.

    Raises
    ------
    ConfigError : the band cannot be had in that way, or there are no packets that start so
    """
    threads = threads or available_threads()
    hamiltonian = build_hamiltonian(config)
    tabled = config.band.source == "table" or (config.band.source == "auto" and hamiltonian.size > 2)
    if tabled and isinstance(hamiltonian, LatticeHamiltonian) and not config.textures:
        config = config.model_copy(update={"band": config.band.model_copy(update={"source": "direct"})})
    names, centres = valley_centres(hamiltonian, config.valleys)
    chosen, source = _source(config, hamiltonian, threads, lambda text: None)
    starts, valleys = (
        in_part(protocol_of(config).starts, chosen, config),
        dict(zip(names, centres, strict=True)),
    )
    there = in_textures(config, source)
    check_starts(
        config,
        _ensemble(
            config, starts, source, valleys, None, there=there, threads=threads, report=lambda text: None
        ),
    )


def _built(config: Config, threads: int, report: Report, whole: Hamiltonian | None = None) -> Problem:
    """The problem of one band or group; of a run of several bands ``whole`` is their crystal."""
    hamiltonian = _crystal(config, report) if whole is None else whole
    config = locate_valleys(config, hamiltonian)
    group = group_of(config, hamiltonian)
    chosen, source = _source(config, hamiltonian, threads, report)
    names, centres = valley_centres(hamiltonian, config.valleys)
    check_space(config, source.hamiltonian, names, report)
    protocol = protocol_of(config)
    protocol.check(names)
    starts = in_part(protocol.starts, chosen, config)
    valleys = dict(zip(names, centres, strict=True))
    there = in_textures(config, source)
    ensemble = _ensemble(config, starts, source, valleys, group, there=there, threads=threads, report=report)
    check_starts(config, ensemble)
    if whole is None and ensemble.resolution is not None:
        for sentence in ensemble.resolution.warnings():
            report(sentence)
    if config.textures and group is None:
        warn_of_mixing(config, source, ensemble, report)
    if group is not None and group.texture is None:
        check_values(config, group, ensemble, report)
    protocol.load_kernels(names)
    times = np.linspace(0.0, config.time.end, config.time.saves)
    sea = protocol.filled_states(
        lambda filled: sea_in_textures(filled, there, centres, config.seed) if there else fermi_sea(
            filled, source, centres, magnetic=config.fields.magnetic, charge=config.charge, seed=config.seed,
            alone=whole is None or len(centres) > 0, threads=threads, heat=protocol.heat,
        )
    )  # fmt: skip
    problem = Problem(
        config, hamiltonian, source, source, ensemble,
        environment(config.fields, config.charge, source.axes, valleys=names), method_of(config.integrator),
        control_of(config, hamiltonian, times), times, names, centres, weight_unit(starts, hamiltonian.dimension), sea=sea,
        group=group,
    )  # fmt: skip
    protocol.prepare(partial(_check_pool, problem))
    _ = problem.rates_by_state  # what does not fit the crystal is told before the run
    moving = moving_band(problem)
    problem = problem if moving is source else replace(problem, moving=moving)
    if protocol.collision_time is not None:
        _ = problem.turns
    return problem


def _crystal(config: Config, report: Report) -> Hamiltonian:
    """The crystal of a config, with what is to be said of it."""
    hamiltonian = build_hamiltonian(config)
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
    there: InTextures | None,
    threads: int,
    report: Report,
) -> Ensemble:
    """Packets that start as a section says, with what is to be said of their resolution."""

    def of(band: Band, known: InGroup | None = None) -> Ensemble:
        if there is not None:
            return equilibrium_in_textures(starts, there, config.seed)
        return build_ensemble(
            starts, band, magnetic=config.fields.magnetic, fields=config.fields, charge=config.charge, seed=config.seed,
            centres=valleys, sample=config.sample, group=known, negligible=protocol_of(config).negligible, threads=threads,
            report=report,
        )  # fmt: skip

    try:
        ensemble = (
            in_all_states(group, lambda one, known: of(direct(source.hamiltonian, one), known))
            if group
            else of(source)
        )
    except InputError as error:
        raise config.problem("ensemble", str(error)) from error
    if filled_at_edge(starts, source, valleys.values()) and (said := protocol_of(config).filled_to_edge()):
        report(f"ensemble: {said}")
    share = tail_beyond_cutoff(starts, source)
    if share > _TAIL:
        report(
            f"model.cutoff: up to {share:.2g} of the thermal edge -df/de lies at energies of states beyond the cutoff "
            "alone, and every result lacks it: raise model.cutoff, or lower ensemble.temperature"
        )
    return ensemble


def _check_pool(problem: Problem, shell: float) -> None:
    from wavepacket.simulation.collisions import refuse_few

    refuse_few(problem, shell)
