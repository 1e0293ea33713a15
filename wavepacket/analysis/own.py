"""Observables that a script registers: functions of a run's sums or paths, or of the result of another command."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from wavepacket.analysis.estimates import Estimator
from wavepacket.analysis.sampling import Sampling
from wavepacket.analysis.source import Source, number
from wavepacket.arrays import Float
from wavepacket.config import Config
from wavepacket.errors import InputError, Status
from wavepacket.observables import RUNS, Observable, Plain, check_name, entry
from wavepacket.runs.transport import SEA
from wavepacket.scripts import quiet

__all__ = ["RunPaths", "RunSums", "observable"]


_AT_WORK: Final[list[Callable[..., Any]]] = []
"""Functions that are being called: one may ask for all observables of a run."""
_PATHS = ("trajectory", "weight", "replica", "status", "electric_sign", "path", "position", "wavevector")


@dataclass(frozen=True, eq=False)
class RunSums:
    """Sums over the trajectories of a run, by sign of the applied E (as given, reversed) and valley (the last is "none").

    Attributes
    ----------
    config : of the run
    time : (T,) fs
    dimension : of the crystal, d
    valley_names : V names; of several bands those of each valley of each band, ``band 3 K``, or ``band 3``
    current, displacement : (2, V + 1, T, 3) Σ weight·velocity, Å/fs per Å^d, and Σ weight·(r − r(0)), Å per Å^d
    population, occupation : (2, V + 1, T) Σ weight, by the valley at the start and by that at the time
    transport : of a run with collisions (2, V + 1, Q, 3), rows as in ``runs/transport.py``
    fermi_sea : of a deviation from equilibrium (V + 1, Q') sums over the occupied states

    Those that a run does not have are None.
    """

    config: Config
    time: Float
    dimension: int
    valley_names: tuple[str, ...]
    current: Float | None = None
    displacement: Float | None = None
    population: Float | None = None
    occupation: Float | None = None
    transport: Float | None = None
    fermi_sea: Float | None = None


@dataclass(frozen=True, eq=False)
class RunPaths:
    """Stored paths, with E as given, of packets that came to the end.

    Attributes
    ----------
    config : of the run
    time : (T,) fs
    position, wavevector : (n, T, 3) Å and 1/Å
    """

    config: Config
    time: Float
    position: Float
    wavevector: Float


Function = Callable[[Any], npt.ArrayLike | None]
_Given = TypeVar("_Given", bound=Function)


def observable(
    *,
    unit: str,
    convention: str,
    of: Literal["sums", "paths", "response", "quantum"] = "sums",
    symbol: str = "",
) -> Callable[[_Given], _Given]:
    """Put a function into the table of observables, under its own name; a decorator.

    It is then among the results of this process: of `wavepacket.analyze`, in JSON and CSV, in sweeps and in figures.

    Parameters
    ----------
    unit : of what the function returns, "1" for a pure number
    convention : signs and contractions in a few words
    of : ``sums``: the function takes `RunSums`, totals over all replicas, and returns a number or an array; it is called
        several times, for the uncertainty. ``paths``: it takes `RunPaths` and returns a number or an array for each path,
        (n, ...); the observable is their mean by weight. ``response``, ``quantum``: it takes the result of
        `wavepacket.response` or `wavepacket.quantum`. None: there is no such observable
    symbol : of figures, in TeX; default the name

    Examples
    --------
    >>> import wavepacket
    >>> @wavepacket.observable(unit="angstrom", convention="mean |r(T) - r(0)|", of="paths")
    ... def travelled(paths):
    ...     return ((paths.position[:, -1] - paths.position[:, 0]) ** 2).sum(axis=1) ** 0.5

    """
    kinds = {"sums": RUNS, "paths": RUNS, "response": ("response",), "quantum": ("quantum",)}
    if of not in kinds:
        raise InputError(f"an observable is one of {', '.join(kinds)}, not of {of!r}")
    if not unit.strip():
        raise InputError('an observable needs a unit, "1" for a pure number')
    estimate = {"sums": _of_sums, "paths": _of_paths}.get(of, _of_result)
    texts = {"unit": unit, "convention": convention}
    plain = {key: text.replace("{", "{{").replace("}", "}}") for key, text in texts.items()}

    def registered(function: _Given) -> _Given:
        name = getattr(function, "__name__", "")
        if not name.isidentifier():
            raise InputError("an observable has the name of its function: define one by def")
        check_name(name)
        add = entry(*kinds[of], **plain, name=name, symbol=symbol, own=True)
        add(lambda source: _quietly(estimate, function, source))
        return function

    return registered


def _quietly(
    estimate: Callable[..., Observable | None], function: Function, source: Any
) -> Observable | None:
    """Estimate; what the function prints is no result, and while it works there is no such observable for itself."""
    if function in _AT_WORK:
        return None
    _AT_WORK.append(function)
    try:
        with quiet():
            return estimate(function, source)
    finally:
        _AT_WORK.remove(function)


def _of_sums(function: Function, of: Source) -> Observable | None:
    run, config, names = of.run, of.config, list(of.run.sums)
    sea = (np.asarray(run.arrays[SEA].values),) if SEA in run.arrays else ()
    estimator = Estimator.of_run(run, config, names, whole=sea)
    columns = [*names, "fermi_sea"] if sea else names

    def value(*totals: Float) -> npt.ArrayLike | None:
        named = dict(zip(columns, totals, strict=True))
        return function(RunSums(config, run.time, run.dimension, run.valley_names, **named))

    if value(*(sums.sum(axis=0) for sums in estimator.sums)) is None:
        return None
    found, error = estimator.estimate(lambda *totals: _numbers(value(*totals)))
    return Observable("", number(found), number(error), convention=estimator.how)


def _of_paths(function: Function, of: Source) -> Observable | None:
    """Mean over packets as a ratio of two sums by replica."""
    run, config = of.run, of.config
    replicas = next(iter(run.sums.values())).shape[1]
    sums: Float | None = None
    weights, packets = np.zeros(replicas), 0
    for shard in run.shards(_PATHS):
        rows = np.searchsorted(shard["trajectory"], shard["path"])
        good = (shard["status"][rows] == Status.OK) & (shard["electric_sign"][rows] > 0)
        rows = rows[good]
        if len(rows) == 0:
            continue
        found = function(RunPaths(config, run.time, shard["position"][good], shard["wavevector"][good]))
        if found is None:
            return None
        values = _numbers(found)
        if values.ndim == 0 or len(values) != len(rows):
            raise InputError(f"must return a value for each of {len(rows)} paths, not shape {values.shape}")
        weight, replica = shard["weight"][rows], shard["replica"][rows]
        sums = np.zeros((replicas, *values.shape[1:])) if sums is None else sums
        np.add.at(sums, replica, values * weight.reshape(-1, *[1] * (values.ndim - 1)))
        np.add.at(weights, replica, weight)
        packets += len(rows)
    if sums is None:
        return None
    sampling = Sampling.of_run(run, config)
    estimator = Estimator((sums, weights), None, sampling, packets)
    value, error = estimator.estimate(lambda total, weight: total / weight)
    how = f"mean over stored paths by weight; {sampling.without_integration}"
    return Observable("", number(value), number(error), convention=how)


def _of_result(function: Function, of: Plain) -> Observable | None:
    found = function(of.given)
    return None if found is None else Observable("", number(_numbers(found)))


def _numbers(value: npt.ArrayLike | None) -> Float:
    numbers = np.asarray(value)
    if numbers.dtype.kind not in "biuf":
        raise InputError(f"must return real numbers, not {numbers.dtype}")
    return numbers.astype(np.float64)
