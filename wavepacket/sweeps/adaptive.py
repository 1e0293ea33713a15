"""Runs with a target uncertainty: repeated with more packets until it is met."""

import math
from collections.abc import Callable, Mapping
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from wavepacket import simulation
from wavepacket.analysis import analyze, check_headline, config_of
from wavepacket.arrays import Float
from wavepacket.cluster import Cluster
from wavepacket.config import Config, ConfigLike
from wavepacket.errors import InputError, Stop, never
from wavepacket.observables import Observable
from wavepacket.runs import StoredRun, open_run
from wavepacket.runs.layout import CONFIG, INDEX
from wavepacket.simulation.run import Progress, opened

__all__ = ["is_complete", "resume", "run", "shortfall"]

_HEADLINES = ("conductivity", "current_density", "hall_conductivity", "valley_drift")
_LEAST, _MOST = 2.0, 64.0  # by which the number of packets grows in one turn
_UNKNOWN = 4.0  # where nothing tells by how much: twice as fine along two axes
_TURNS = 4  # without knowing: a grid that a thousand times as many points do not make fine enough never is
_RESERVE = 1.2
_LARGEST = 10**9


def run(
    config: ConfigLike,
    output: str | PathLike[str] | None = None,
    *,
    hamiltonian: object | None = None,
    uncertainty: float | None = None,
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
    """Run a config and return the finished run; with a target uncertainty, repeat with more packets until it is met.

    Parameters
    ----------
    config : a config, the path of its file, or a mapping with its keys
    output : folder of the run; default ``runs/NAME``
    hamiltonian : in place of the config's model: one of `wavepacket.hamiltonians`, or a model of PythTB, TBmodels, sisl or
        WannierBerri. The folder holds it to the last bit.
    uncertainty : relative, in place of `ensemble.uncertainty`: of the largest component of the conductivity, current, Hall
        conductivity or valley drift, whichever the run has first
    config_text : what is kept as ``config.yaml``; default the file, or the resolved config
    overwrite : replace a run in that folder
    announce : report what the run will take, for which a few trajectories are timed
    threads : in each process; default all cores that this process may use, shared among the workers
    workers : N, the short form of ``cluster="local:N"``
    cluster : workers that compute shards (extra ``distributed``): ``local:N`` on this machine, ``slurm:N`` jobs, the address
        or the file of a scheduler, or a `dask.distributed.Client`; default none, everything in this process. Results depend
        on none of these.
    progress : called with finished trajectories and all
    report : called with sentences, such as ``print``
    stop : asked several times a second whether to stop

    Raises
    ------
    InputError
        for a config that cannot run, a folder that is in use, a disk that cannot hold the run, or a target for a result
        that has no uncertainty or would need too many packets
    Interrupted
        where ``stop`` was true; `resume` goes on

    """
    config, config_text = opened(config, hamiltonian, config_text)
    check_headline(config)
    if uncertainty is not None:
        config = _with(config, uncertainty=uncertainty)
    if _target(config) is not None:
        _points(config)  # what cannot grow is refused before anything is run
    folder = Path(output) if output is not None else Path("runs") / config.name
    again = partial(
        simulation.run, output=folder, config_text=config_text, announce=announce, threads=threads, workers=workers,
        cluster=cluster, progress=progress, report=report, stop=stop,
    )  # fmt: skip
    finished = again(config, overwrite=overwrite)
    return finished if _target(config) is None else _until_met(finished, again, report)


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
    """Go on with a run that was cut off, towards its target where it has one. Parameters as for `run`."""
    finished = simulation.resume(
        folder, threads=threads, workers=workers, cluster=cluster, progress=progress, report=report, stop=stop
    )
    again = partial(
        simulation.run, output=folder, config_text=(Path(folder) / CONFIG).read_bytes(), threads=threads, workers=workers,
        cluster=cluster, progress=progress, report=report, stop=stop,
    )  # fmt: skip
    return _until_met(finished, again, report)


def is_complete(folder: Path) -> bool:
    """Whether a run is finished and has the uncertainty that its config asks for."""
    if not (folder / INDEX).is_file():
        return False
    finished = open_run(folder)
    config = config_of(finished)
    return _target(config) is None or shortfall(analyze(finished), config) is None


def shortfall(observables: Mapping[str, Observable], config: Config) -> str | None:
    """By how much a run misses the uncertainty that its config asks for, in words; None where it does not."""
    target = _target(config)
    if target is None:
        return None
    name, reached = relative_uncertainty(observables)
    return None if reached <= target else f"{_said(name, reached)}, {target:g} is asked for"


def _until_met(
    finished: StoredRun, again: Callable[..., StoredRun], report: Callable[[str], None]
) -> StoredRun:
    config = config_of(finished)
    target, unknown = _target(config), 0
    while target is not None:
        name, reached = relative_uncertainty(analyze(finished))
        points = _points(config)
        report(f"{points} points: {_said(name, reached)}")
        if reached <= target:
            break
        # Low-discrepancy points and grids converge at least as the inverse of their number, up to logarithms.
        wanted = _RESERVE * reached / target if math.isfinite(reached) else _UNKNOWN
        growth = min(max(wanted, _LEAST), _MOST)
        unknown += not math.isfinite(reached)
        if points * growth > _LARGEST or unknown > _TURNS:
            raise InputError(f"{points} points: {_said(name, reached)}; {target:g} needs too many more")
        config = _enlarged(config, growth)
        finished = again(config, overwrite=True)
    return finished


def _said(name: str, reached: float) -> str:
    if math.isfinite(reached):
        return f"relative uncertainty of {name} {reached:.1e}"
    return f"uncertainty of {name} not known"


def relative_uncertainty(observables: Mapping[str, Observable]) -> tuple[str, float]:
    """Name of the result and its largest uncertainty over its largest value; infinite where it is not known."""
    for name in _HEADLINES:
        found = observables.get(name)
        if found is not None and found.uncertainty is not None and not found.over_time:
            values, errors = _flat(found.value), _flat(found.uncertainty)
            defined = np.isfinite(values)
            largest = np.abs(values[defined]).max(initial=0.0)
            reached = errors[defined].max(initial=0.0) / largest if largest else math.inf
            return name, float(reached) if np.isfinite(reached) else math.inf
    raise InputError("the run has no result with an uncertainty that more packets would lower")


def _flat(value: Any) -> Float:
    values = list(value.values()) if isinstance(value, Mapping) else [value]
    return np.concatenate([np.ravel(np.asarray(each, dtype=np.float64)) for each in values])


def _target(config: Config) -> float | None:
    return getattr(config.ensemble, "uncertainty", None)


def _points(config: Config) -> int:
    number, grid = getattr(config.ensemble, "number", None), getattr(config.ensemble, "grid", None)
    if number is None and grid is None:
        raise config.problem("ensemble", "an uncertainty needs a number of points or a grid that can grow")
    if number is not None and getattr(config.ensemble, "replicas", 2) < 2:
        raise config.problem("ensemble.replicas", "an uncertainty needs two replicas or more")
    return int(number) if number is not None else math.prod(grid or ())


def _enlarged(config: Config, growth: float) -> Config:
    """The same config with more points; a grid grows evenly and stays even."""
    ensemble: Any = config.ensemble
    if ensemble.kind != "gaussian" and ensemble.grid is not None:
        step = growth ** (1 / len(ensemble.grid))
        return _with(config, grid=tuple(2 * math.ceil(0.5 * step * n) for n in ensemble.grid))
    return _with(config, number=math.ceil(growth * ensemble.number))


def _with(config: Config, **changes: Any) -> Config:
    """The config with other entries of its ensemble; a kind that has no such key is refused."""
    config.check_run()
    if unknown := set(changes) - set(type(config.ensemble).model_fields):
        raise config.problem(
            "ensemble",
            f"kind {config.ensemble.kind!r} has no number of points that {unknown.pop()} could change",
        )
    return config.model_copy(update={"ensemble": config.ensemble.model_copy(update=changes)})
