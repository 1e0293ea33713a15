"""Run the points of a sweep; each is an ordinary run, and finished ones are not run again.

All points share the seed, and so their starting points: differences between points are not noise of sampling.
Tables of bands are kept on disk, so that points of one crystal share theirs.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from wavepacket.analysis import analyze
from wavepacket.cluster import Choice, Cluster, chosen
from wavepacket.config import Config, ConfigLike, load_config
from wavepacket.config.scan import Axis, scan
from wavepacket.errors import InputError, Interrupted, Stop, never
from wavepacket.hamiltonians import build_hamiltonian, open_config
from wavepacket.observables import Observable
from wavepacket.runs import hold_run, open_run, read_description, read_texts
from wavepacket.runs import layout as names
from wavepacket.runs.description import digest_of
from wavepacket.runs.durable import typed
from wavepacket.sweeps.adaptive import is_complete, shortfall
from wavepacket.sweeps.folder import (
    begun_plan,
    has_begun,
    point_folder,
    prepare,
    read_base,
    reopened,
    with_own_parts,
)
from wavepacket.sweeps.magnetoresistance import with_magnetoresistance
from wavepacket.sweeps.plan import Plan, foreign, read_plan
from wavepacket.sweeps.points import points_on, run_point
from wavepacket.sweeps.table import Point, Sweep, write_tables

__all__ = ["open_sweep", "resume_sweep", "sweep"]

Progress = Callable[[int, int], None]
"""Called with the number of finished points and the number of all."""


@dataclass(frozen=True)
class _ComputeOptions:
    """What a sweep is computed with; results depend on none of it."""

    threads: int | None
    cluster: Choice | None
    progress: Progress
    report: Callable[[str], None]
    stop: Stop


def sweep(
    config: ConfigLike,
    axes: Mapping[str, str | Iterable[object]] | Iterable[Axis],
    output: str | PathLike[str] | None = None,
    *,
    hamiltonian: object | None = None,
    overrides: Iterable[str] = (),
    overwrite: bool = False,
    threads: int | None = None,
    workers: int | None = None,
    cluster: Cluster | None = None,
    progress: Progress = lambda done, total: None,
    report: Callable[[str], None] = lambda text: None,
    stop: Stop = never,
) -> Sweep:
    """Run a config at all combinations of values of some of its keys.

    Parameters
    ----------
    config : a config, the path of its file, or a mapping with its keys
    axes : key → values, as a list or as text such as ``"0:10:0.5 T"``; the last key varies fastest
    output : folder of the sweep; default ``runs/NAME_sweep``
    hamiltonian : in place of the config's model, as in `wavepacket.run`
    overrides : changes that all points share, such as ``"time.end=1 ps"``
    overwrite : replace another sweep in that folder, and run a finished one again
    threads, stop : as in `wavepacket.run`
    workers, cluster : as in `wavepacket.run`; each worker runs one point at a time
    progress : called with finished points and all
    report : called with sentences, such as ``print``

    Raises
    ------
    ConfigError : points' configs are wrong; nothing is run then
    InputError : the folder holds something else
    """
    if isinstance(axes, Mapping):
        axes = [Axis(path, _values(path, values)) for path, values in axes.items()]
    if hamiltonian is not None or isinstance(config, Mapping):
        config = open_config(config, hamiltonian)
    axes, overrides, choice = tuple(axes), tuple(overrides), chosen(workers, cluster, threads)
    shared, loaded = with_own_parts(config, overrides, axes, alone=choice is None)
    base = read_base(shared, overrides, output)
    plan, folder = Plan(axes, base.overrides, digest_of(base.text), loaded), base.folder
    with hold_run(folder, create=True):
        configs = prepare(base, plan, overwrite)
        return _complete(folder, plan, configs, _ComputeOptions(threads, choice, progress, report, stop))


def resume_sweep(
    folder: str | PathLike[str],
    *,
    threads: int | None = None,
    workers: int | None = None,
    cluster: Cluster | None = None,
    progress: Progress = lambda done, total: None,
    report: Callable[[str], None] = lambda text: None,
    stop: Stop = never,
) -> Sweep:
    """Go on with a sweep that was cut off; nothing but its folder is needed. Parameters as for `sweep`."""
    path = Path(folder)
    begun_plan(path)  # what is no sweep is refused before a lock is put there
    with hold_run(path):
        plan = reopened(path)
        plan.check_scripts(path)
        choice = chosen(workers, cluster, threads)
        return _complete(path, plan, {}, _ComputeOptions(threads, choice, progress, report, stop))


def open_sweep(folder: str | PathLike[str], *, also: Collection[str] = ()) -> Sweep:
    """Read a sweep; points that have not run yet say so in their state.

    Nothing but the folder is needed; ``also`` as in `analyze`. Where this process does not know own parts of its keys, the
    runs say what they are.

    Examples
    --------
    >>> import wavepacket
    >>> swept = wavepacket.open_sweep("runs/drude_hall_sweep")  # doctest: +SKIP
    >>> values, uncertainties, unit = swept.values("conductivity", "0.1")  # doctest: +SKIP

    """
    path = Path(folder)
    plan = read_plan(path)
    alone = has_begun(path) and plan.lacks_parts(path)
    points = [_read_point(path, plan, index, None, alone=alone, also=also) for index in range(plan.size)]
    return Sweep(path, plan.axes, with_magnetoresistance(points))


def _values(path: str, values: str | Iterable[object]) -> tuple[str, ...]:
    found = scan(values) if isinstance(values, str) else tuple(str(value) for value in values)
    if not found:
        raise InputError(f"a sweep of {path} has no values: give one or more")
    return found


def _complete(folder: Path, plan: Plan, configs: dict[int, Config], options: _ComputeOptions) -> Sweep:
    missing, failed = list[int](), dict[int, str]()
    for index in range(plan.size):
        try:
            here = point_folder(folder, index)
            if not is_complete(here):
                missing.append(index)
            else:
                read_texts(here, read_description(here))  # the index has its numbers once more
                _unlock(here)
        except InputError as error:  # damaged; the others do not wait for its repair
            failed[index] = _with_cure(error, folder)
    done = plan.size - len(missing)
    options.progress(done, plan.size)
    try:
        for index, reason in _run_points(folder, plan, configs, missing, options):
            if reason is not None:
                failed[index] = reason
            done += 1
            options.progress(done, plan.size)
    except Interrupted as stopped:
        raise Interrupted(
            f"{stopped}: {done} of {plan.size} points are finished; go on with `wavepacket resume {typed(folder)}`"
        ) from stopped
    points = [
        Point(plan.settings(index), point_folder(folder, index), failed[index], {})
        if index in failed
        else _read_point(folder, plan, index, configs.get(index))
        for index in range(plan.size)
    ]
    result = Sweep(folder, plan.axes, with_magnetoresistance(points))
    write_tables(result)
    return result


def _with_cure(error: InputError, folder: Path) -> str:
    return f"{error}; repair it by `wavepacket verify {typed(folder)} --repair`"


def _unlock(point: Path) -> None:
    """Take away the lock that a process left which died just after it had finished a point."""
    if (point / names.LOCK).exists():
        with hold_run(point):
            pass


def _run_points(
    folder: Path, plan: Plan, configs: dict[int, Config], missing: list[int], options: _ComputeOptions
) -> Iterator[tuple[int, str | None]]:
    """Run points; yield the number of each, with the reason where it has no result."""
    if options.cluster is not None:
        yield from points_on(options.cluster, folder, missing, report=options.report, stop=options.stop)
        return
    said: set[str] = set()
    for index in missing:
        config = configs.get(index) or plan.config(folder, index)
        here, first = point_folder(folder, index), index == missing[0]
        try:
            run_point(
                here, config, options.threads, _said_once(options.report, said), options.stop, announce=first
            )
        except InputError as error:
            yield index, str(error)
        else:
            yield index, None


def _said_once(report: Callable[[str], None], said: set[str]) -> Callable[[str], None]:
    """Return a report function that drops sentences already reported by another point."""

    def once(text: str) -> None:
        if text not in said:
            said.add(text)
            report(text)

    return once


def _read_point(
    folder: Path,
    plan: Plan,
    index: int,
    config: Config | None,
    *,
    alone: bool = False,
    also: Collection[str] = (),
) -> Point:
    """Read a point; ``alone``: by the config of its run, which is not compared with the plan; ``also`` as in `analyze`."""
    here, settings = point_folder(folder, index), plan.settings(index)
    if not (here / names.INDEX).is_file():
        return Point(settings, here, "not run yet", {})
    try:
        if alone:
            config = load_config(here / names.RESOLVED, large=True)
        config = config or plan.config(folder, index)
        if not alone and (different := foreign(here, config)):
            return Point(settings, here, different, {})
        observables = analyze(open_run(here), build_hamiltonian(config), also=also)
    except InputError as error:
        return Point(settings, here, _with_cure(error, folder), {})
    return Point(settings, here, _state(observables, config), observables, config.fields.magnetic)


def _state(observables: Mapping[str, Observable], config: Config) -> str:
    excluded = observables["excluded_fraction"].value
    assert isinstance(excluded, float)
    if excluded > config.limits.excluded_fraction:
        return f"{excluded:.2%} of the trajectories stopped early"
    return shortfall(observables, config) or "finished"
