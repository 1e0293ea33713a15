"""As many packets as a stated uncertainty needs: the run is repeated with more of them until it is met."""

import math
from collections.abc import Callable, Mapping
from os import PathLike
from typing import Any

import numpy as np

from wavepacket import simulation
from wavepacket.analysis import analyze
from wavepacket.config import Config
from wavepacket.errors import InputError
from wavepacket.observable import Observable
from wavepacket.storage import StoredRun

_HEADLINES = ("conductivity", "current_density", "hall_conductivity")
_LEAST, _MOST = 2.0, 64.0  # by which the number of packets grows in one turn
_RESERVE = 1.2
_LARGEST = 10**9


def run_to_uncertainty(
    config: Config,
    uncertainty: float,
    output: str | PathLike[str],
    *,
    overwrite: bool = False,
    report: Callable[[str], None] = lambda text: None,
    **means: Any,
) -> StoredRun:
    """Run a config with more and more packets until its result has a relative uncertainty, and return the last run.

    Parameters
    ----------
    uncertainty : of the largest component of the conductivity, current or Hall conductivity, whichever the run has first
    output, overwrite : folder of the run, and whether to replace one that is there
    means : further keywords of `simulation.run`

    Raises
    ------
    InputError
        for an ensemble without a number of points, or a result without an uncertainty

    """
    while True:
        finished = simulation.run(config, output, overwrite=overwrite, report=report, **means)
        name, reached = relative_uncertainty(analyze(finished))
        points = _points(config)
        report(f"{points} points: relative uncertainty of {name} {reached:.1e}")
        if reached <= uncertainty:
            return finished
        # Low-discrepancy points and grids converge at least as the inverse of their number, up to logarithms.
        growth = min(max(_RESERVE * reached / uncertainty, _LEAST), _MOST)
        if points * growth > _LARGEST:
            raise InputError(
                f"{name} reached {reached:.1e} with {points} points; {uncertainty:g} needs too many more"
            )
        config, overwrite = _enlarged(config, growth), True


def relative_uncertainty(observables: Mapping[str, Observable]) -> tuple[str, float]:
    """Name of the result and its largest uncertainty over its largest value."""
    for name in _HEADLINES:
        found = observables.get(name)
        if found is not None and found.uncertainty is not None:
            largest = _largest(found.value)
            return name, _largest(found.uncertainty) / largest if largest else math.inf
    raise InputError("the run has no result with an uncertainty that more packets would lower")


def _largest(value: Any) -> float:
    values = list(value.values()) if isinstance(value, Mapping) else [value]
    return max(float(np.abs(np.asarray(each)).max()) for each in values)


def _points(config: Config) -> int:
    number, grid = getattr(config.ensemble, "number", None), getattr(config.ensemble, "grid", None)
    if number is None and grid is None:
        raise config.problem("ensemble", "has no number of points that could grow")
    return int(number) if number is not None else math.prod(grid or ())


def _enlarged(config: Config, growth: float) -> Config:
    """The same config with more points; a grid grows evenly and stays even."""
    ensemble: Any = config.ensemble
    change: dict[str, Any] = {}
    if ensemble.grid is not None:
        step = growth ** (1 / len(ensemble.grid))
        change["grid"] = tuple(2 * math.ceil(0.5 * step * n) for n in ensemble.grid)
    else:
        change["number"] = math.ceil(growth * ensemble.number)
    return config.model_copy(update={"ensemble": ensemble.model_copy(update=change)})
