"""Observables that a script registers: functions of a run's sums or paths, their uncertainties by the one estimator."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from wavepacket.analysis.estimates import Estimator, Sampling
from wavepacket.config import Config
from wavepacket.errors import InputError, Status
from wavepacket.observables import Observable
from wavepacket.runs import StoredRun
from wavepacket.runs.transport import SEA

__all__ = ["OWN_OBSERVABLES", "RunPaths", "RunSums", "observable", "own_observables", "symbol_of"]

Float = npt.NDArray[np.float64]

_PATHS = ("trajectory", "weight", "replica", "status", "electric_sign", "path", "position", "wavevector")


@dataclass(frozen=True, eq=False)
class RunSums:
    """Sums over the trajectories of a run, by sign of the applied E (as given, reversed) and valley (the last is "none").

    Attributes
    ----------
    config : of the run
    time : (T,) fs
    dimension : of the crystal, d
    valley_names : V names
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


Function = Callable[[RunSums], npt.ArrayLike | None] | Callable[[RunPaths], npt.ArrayLike | None]


@dataclass(frozen=True)
class _Own:
    function: Callable[[Any], npt.ArrayLike | None]
    unit: str
    convention: str
    of: Literal["sums", "paths"]
    symbol: str


OWN_OBSERVABLES: Final[dict[str, _Own]] = {}
"""Observables that scripts have registered in this process, by name."""


def observable(
    *, unit: str, convention: str, of: Literal["sums", "paths"] = "sums", symbol: str = ""
) -> Callable[[Function], Function]:
    """Register a function as an observable of runs, under its own name; a decorator.

    It is then among the results of `wavepacket.analyze`, in JSON and CSV, in sweeps and in figures of this process.

    Parameters
    ----------
    unit : of what the function returns, "1" for a pure number
    convention : signs and contractions in a few words
    of : ``sums``: the function takes `RunSums`, totals over all replicas, and returns a number or an array; it is called
        several times, for the uncertainty. ``paths``: it takes `RunPaths` and returns a number or an array for each path,
        (n, ...); the observable is their mean by weight. None: the run has no such observable
    symbol : of figures, in TeX; default the name

    Examples
    --------
    >>> import wavepacket
    >>> @wavepacket.observable(unit="angstrom", convention="mean |r(T) - r(0)|", of="paths")
    ... def distance(paths):
    ...     return ((paths.position[:, -1] - paths.position[:, 0]) ** 2).sum(axis=1) ** 0.5

    """
    if of not in ("sums", "paths"):
        raise InputError(f"an observable is one of sums or of paths, not of {of!r}")

    def registered(function: Function) -> Function:
        OWN_OBSERVABLES[function.__name__] = _Own(function, unit, convention, of, symbol)
        return function

    return registered


def symbol_of(name: str) -> str | None:
    """Return what figures call an observable that a script has registered; None of any other."""
    own = OWN_OBSERVABLES.get(name)
    return None if own is None else own.symbol or name.replace("_", " ")


def own_observables(run: StoredRun, config: Config, known: Mapping[str, Observable]) -> list[Observable]:
    """Observables of a run that scripts of this process have registered.

    Raises
    ------
    InputError
        where one fails, returns no numbers, or has the name of another
    """
    found = []
    for name, own in OWN_OBSERVABLES.items():
        if name in known:
            raise InputError(
                f"the package has an observable {name!r} already: give the function another name"
            )
        try:
            estimated = (_of_sums if own.of == "sums" else _of_paths)(own, run, config)
        except Exception as error:
            raise InputError(
                f"the observable {name!r} of this script failed: {type(error).__name__}: {error}"
            ) from error
        if estimated is not None:
            value, uncertainty, how = estimated
            convention = f"{own.convention}; {how}"
            found.append(Observable(name, _plain(value), _plain(uncertainty), own.unit, convention))
    return found


def _of_sums(own: _Own, run: StoredRun, config: Config) -> tuple[Float, Float, str] | None:
    names = list(run.sums)
    sea = (np.asarray(run.arrays[SEA].values),) if SEA in run.arrays else ()
    estimator = Estimator.of_run(run, config, names, whole=sea)
    columns = [*names, "fermi_sea"] if sea else names

    def value(*totals: Float) -> npt.ArrayLike | None:
        named = dict(zip(columns, totals, strict=True))
        return own.function(RunSums(config, run.time, run.dimension, run.valley_names, **named))

    if value(*(sums.sum(axis=0) for sums in estimator.sums)) is None:
        return None
    return (*estimator.estimate(lambda *totals: _numbers(value(*totals))), estimator.how)


def _of_paths(own: _Own, run: StoredRun, config: Config) -> tuple[Float, Float, str] | None:
    """Mean over packets as a ratio of two sums by replica."""
    replicas = next(iter(run.sums.values())).shape[1]
    sums: Float | None = None
    weights, packets = np.zeros(replicas), 0
    for shard in run.shards(_PATHS):
        rows = np.searchsorted(shard["trajectory"], shard["path"])
        good = (shard["status"][rows] == Status.OK) & (shard["electric_sign"][rows] > 0)
        rows = rows[good]
        if len(rows) == 0:
            continue
        found = own.function(RunPaths(config, run.time, shard["position"][good], shard["wavevector"][good]))
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
    value, uncertainty = estimator.estimate(lambda total, weight: total / weight)
    return value, uncertainty, f"mean over stored paths by weight; {sampling.without_integration}"


def _numbers(value: npt.ArrayLike | None) -> Float:
    numbers = np.asarray(value)
    if numbers.dtype.kind not in "biuf":
        raise InputError(f"must return real numbers, not {numbers.dtype}")
    return numbers.astype(np.float64)


def _plain(value: Float) -> float | Float:
    return float(value) if value.ndim == 0 else value
