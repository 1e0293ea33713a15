"""Run a config into a run folder, shard by shard; a run that was cut off goes on from its finished shards."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path

import numpy as np

from wavepacket.bands import can_freeze
from wavepacket.cluster import Choice, Cluster, chosen
from wavepacket.config import Config, ConfigLike, warn_of_idle_fields
from wavepacket.config.files import contents, placed
from wavepacket.ensembles import SPIN_COLUMNS
from wavepacket.errors import Interrupted, Stop, TooManyFailed, never
from wavepacket.hamiltonians import as_data, open_config
from wavepacket.runs import RunArray, StoredRun, create_run, finish_run, hold_run, open_run, recover_run
from wavepacket.runs.accuracy import ENERGY_STEP, GROUP, POINTS, STATE_STEP, correction
from wavepacket.runs.durable import typed
from wavepacket.runs.layout import FIELDS, SHARDS
from wavepacket.runs.machine import occupied, refuse_full_disk
from wavepacket.runs.partial import kept_total
from wavepacket.runs.total import Total
from wavepacket.runs.transport import SEA, SEA_COLUMNS, SPIN_STATES
from wavepacket.runs.worst import LIMITS, limits_of
from wavepacket.simulation.build import build_problem
from wavepacket.simulation.exchange import exchange_arrays
from wavepacket.simulation.layout import layout_of
from wavepacket.simulation.local import Computed, Failure
from wavepacket.simulation.on_workers import written_on
from wavepacket.simulation.preflight import Estimate, estimate, extent, refuse_too_large, table_instead
from wavepacket.simulation.problem import Problem
from wavepacket.simulation.provenance import provenance, reload_problem, resolved_text
from wavepacket.simulation.reference import corrections
from wavepacket.simulation.shard_writer import Writer
from wavepacket.simulation.spins import filled_spins
from wavepacket.threads import available_threads

Progress = Callable[[int, int], None]
"""Called with the number of finished trajectories and the number of all."""


@dataclass(frozen=True)
class ComputeOptions:
    """What a run is computed with; results depend on none of it.

    Parameters
    ----------
    threads : in this process
    cluster : workers that compute shards; None: everything in this process
    progress, report, stop : called with numbers of trajectories, called with remarks, asked whether to stop
    """

    threads: int
    cluster: Choice | None = None
    progress: Progress = lambda done, total: None
    report: Callable[[str], None] = lambda text: None
    stop: Stop = never

    @property
    def workers(self) -> int | None:
        """Number of worker processes of this machine; None: there are none."""
        return None if self.cluster is None else self.cluster.here


def run(
    config: ConfigLike,
    output: str | PathLike[str] | None = None,
    *,
    hamiltonian: object | None = None,
    config_text: str | bytes | None = None,
    overwrite: bool = False,
    announce: bool = True,
    threads: int | None = None,
    workers: int | None = None,
    cluster: Cluster | None = None,
    progress: Progress = lambda done, total: None,
    report: Callable[[str], None] = lambda text: None,
    stop: Stop = never,
) -> StoredRun:
    """Run a config and return the finished run; parameters as for `wavepacket.run`, without a target.

    Raises
    ------
    InputError
        for a config that cannot run, a folder that is in use, or a disk that cannot hold the run
    Interrupted
        where ``stop`` was true; ``resume`` goes on

    """
    config, config_text = opened(config, hamiltonian, config_text)
    folder = Path(output) if output is not None else Path("runs") / config.name
    config = placed(as_data(config), folder)
    config.check_run()
    warn_of_idle_fields(config)
    means = _means(
        threads, chosen(workers, cluster, threads), ComputeOptions(1, None, progress, report, stop)
    )
    problem = build_problem(config, threads=means.threads, report=report)
    if stop():
        raise Interrupted("stopped before the first trajectory")
    text = resolved_text(problem, folder)
    layout = layout_of(problem)
    refuse_too_large(problem, layout, means.threads, means.workers)
    if announce:
        means.report(str(estimate(problem, layout, means.threads, means.workers)))
    refuse_full_disk(folder, extent(problem, layout).disk, occupied(folder / SHARDS) if overwrite else 0)
    with hold_run(folder, create=True):
        begin(problem, folder, text, config_text, overwrite=overwrite)
        return _complete(problem, folder, set(), means)


def begin(
    problem: Problem, folder: Path, text: str, config_text: str | bytes | None, *, overwrite: bool = False
) -> None:
    """Make the folder of a run with its texts; parameters as for `create_run`."""
    create_run(
        folder,
        name=problem.config.name,
        dimension=problem.hamiltonian.dimension,
        valley_names=problem.valley_names,
        config_text=text if config_text is None else config_text,
        resolved_text=text,
        provenance=provenance(problem),
        weight_unit=problem.weight_unit,
        files=contents(problem.config, folder),
        overwrite=overwrite,
    )


def opened(
    config: ConfigLike, hamiltonian: object | None, config_text: str | bytes | None
) -> tuple[Config, str | bytes | None]:
    """Return the config, and the text that is kept of it: that of its file where the file says everything."""
    if config_text is None and hamiltonian is None and isinstance(config, str | PathLike):
        config_text = Path(config).read_bytes()
    return open_config(config, hamiltonian), config_text


def resume(
    folder: str | PathLike[str],
    *,
    threads: int | None = None,
    workers: int | None = None,
    cluster: Cluster | None = None,
    progress: Progress = lambda done, total: None,
    report: Callable[[str], None] = lambda text: None,
    stop: Stop = never,
) -> StoredRun:
    """Go on with a run that was cut off; nothing but its folder is needed. Parameters as for `run`."""
    path = Path(folder)
    means = _means(
        threads, chosen(workers, cluster, threads), ComputeOptions(1, None, progress, report, stop)
    )
    with hold_run(path):
        finished = recover_run(path, thorough=True, report=report, threads=means.threads)
        problem = reload_problem(path, means.threads, report)
        refuse_too_large(problem, layout_of(problem), means.threads, means.workers)
        return _complete(problem, path, set(finished), means)


def estimate_of(
    config: Config, *, threads: int | None = None, report: Callable[[str], None] = lambda text: None
) -> Estimate:
    """Return what a run of a config takes, by timing a few trajectories; a table is built, and reported, for that.

    Where a table would make a run that diagonalises its band much faster, that is reported.
    """
    problem = build_problem(as_data(config), threads=threads or available_threads(), report=report)
    if problem.moving is not problem.band:
        report("the crystal's numbers are compiled into a kernel of its own, which so many steps repay")
    elif can_freeze(problem.band):
        report(
            "the crystal's numbers are read at run time: a kernel of its own would take longer to compile than it saves"
        )
    threads = threads or available_threads()
    found = estimate(problem, layout_of(problem), threads, always=True)
    faster = table_instead(problem, found.seconds, threads)
    if faster is not None:
        report(faster)
    return found


def _means(threads: int | None, cluster: Choice | None, told: ComputeOptions) -> ComputeOptions:
    """Options with the threads of this process: those of each worker where workers share this machine with it."""
    shared = None if cluster is None or cluster.here is None else cluster.threads
    return replace(told, threads=threads or shared or available_threads(), cluster=cluster)


def _complete(problem: Problem, folder: Path, finished: set[int], means: ComputeOptions) -> StoredRun:
    layout = layout_of(problem)
    missing = [index for index in range(layout.shards) if index not in finished]
    done = layout.trajectories - sum(map(layout.size, missing))
    means.progress(done, layout.trajectories)
    failed, total = dict[int, str](), kept_total(folder, limits(problem)[LIMITS])
    begun = dict[int, int]()  # trajectories that are computed, of shards that are not on the disk yet

    def computed(index: int, number: int) -> None:
        begun[index] = number
        means.progress(done + sum(begun.values()), layout.trajectories)

    try:
        for index, failure in _written(problem, folder, missing, means, total, computed=computed):
            begun.pop(index, None)
            if failure is not None:
                failed[index] = failure.reason
                means.report(f"shard {index} could not be computed and is left out: {failure.reason}")
                continue
            done += layout.size(index)
            means.progress(done + sum(begun.values()), layout.trajectories)
    except Interrupted as interrupted:
        recover_run(folder)
        raise Interrupted(
            f"{interrupted}: {done} of {layout.trajectories} trajectories are safe; "
            f"go on with `wavepacket resume {typed(folder)}`"
        ) from None
    if len(failed) == layout.shards:
        raise TooManyFailed(f"no shard could be computed; the last one: {failed.popitem()[1]}")
    finish_run(
        folder, arrays=whole(problem, means.threads), quarantined=failed, total=total, threads=means.threads
    )
    return open_run(folder)


def whole(problem: Problem, threads: int) -> dict[str, RunArray]:
    """What belongs to no trajectory: limits of diagnostics, what the uncertainties are made of, and the occupied states
    where packets start at the Fermi surface.
    """
    found = _accuracy(problem, threads) | limits(problem) | exchange_arrays(problem)
    if problem.sea is not None:
        text = "sums of f Omega (3), D f, D (1 - f), and of f Omega without B (3) over all states, by replica and valley"
        if problem.sea.shape[-1] > SEA_COLUMNS:
            text += "; of g Omega (3 each): g the integrals of E - mu and its square over -df/dE, -df/dE, first without B"
        columns = np.arange(problem.sea.shape[-1])
        found["sea_column"] = RunArray(columns, "1", "column of fermi_sea", ("sea_column",))
        found[SEA] = RunArray(problem.sea, "", text, ("sums/replica", "sums/valley", "sea_column"))
    if problem.config.spin:
        text = (
            "sums of f Omega^s, [spin, a, b], and of f <S> over the states that count, by replica and valley"
        )
        columns = np.arange(SPIN_COLUMNS)
        found["spin_column"] = RunArray(columns, "1", f"column of {SPIN_STATES}", ("spin_column",))
        dims = ("sums/replica", "sums/valley", "spin_column")
        found[SPIN_STATES] = RunArray(filled_spins(problem, threads), "", text, dims)
    return found


def limits(problem: Problem) -> dict[str, RunArray]:
    """What diagnostics of a run are compared with."""
    return limits_of(problem.config.limits.interband_mixing)


def _accuracy(problem: Problem, threads: int) -> dict[str, RunArray]:
    found, resolution = {}, problem.ensemble.resolution
    if resolution is not None:
        text = "effective number of points of a replica or sub-grid"
        found[POINTS] = RunArray(np.array(resolution.points), "1", text)
    if resolution is not None and getattr(problem.config.ensemble, "grid", None) is not None:
        text = "what changes from point to point of the grid, over what its sub-grids can judge: {}"
        found[ENERGY_STEP] = RunArray(np.array(resolution.energy), "1", text.format("energy"))
        found[STATE_STEP] = RunArray(np.array(resolution.states), "1", text.format("states"))
    elif resolution is not None and resolution.states > 1:
        text = "what states change by from point to point, over what replicas can judge"
        found[STATE_STEP] = RunArray(np.array(resolution.states), "1", text)
    per = problem.weight_unit.removeprefix("1")
    if problem.protocol.collision_time is not None:  # after a collision the least change leads elsewhere
        return found
    for name, values in corrections(problem, threads).items():
        scale = RunArray(np.arange(len(values)), "1", "group of packets integrated more precisely", (GROUP,))
        field = FIELDS[f"sums/{name}"]
        units = field.units.replace("{per}", per)
        dims = (GROUP, *(dim for dim in field.dims if dim != "sums/replica"))
        text = "change of the total with a far smaller tolerance, as far as a group of packets tells"
        found |= {GROUP: scale, correction(name): RunArray(values, units, text, dims)}
    return found


def _written(
    problem: Problem,
    folder: Path,
    missing: Sequence[int],
    means: ComputeOptions,
    total: Total,
    *,
    computed: Computed = lambda index, number: None,
) -> Iterator[tuple[int, Failure | None]]:
    """Compute and write shards; yield the number of each, with the reason where it could not be computed."""
    if means.cluster is None:
        writer, layout = Writer(problem, folder, means.threads), layout_of(problem)
        tasks = ((index, layout.tasks(index)) for index in missing)
        return writer.write(tasks, total, means.stop, computed=computed)
    shards = layout_of(problem).shards
    return written_on(means.cluster, folder, missing, shards, report=means.report, stop=means.stop)
