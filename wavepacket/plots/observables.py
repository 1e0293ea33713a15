"""Which time series a run's observables offer to a figure or a movie."""

from collections.abc import Mapping

import numpy as np

from wavepacket.analysis.own import symbol_of
from wavepacket.arrays import Float
from wavepacket.bandstructure.points import point_label
from wavepacket.observables import Observable
from wavepacket.plots.series import Series

__all__ = ["series_of_run"]


_FLAT = 1e-3  # a polarisation that changes by less gets no panel


def series_of_run(
    observables: Mapping[str, Observable], time: Float, *, hall_reference: float | None = None
) -> list[Series]:
    """Hall conductivity, valley drift and a polarisation that changes, else the current or the mean displacement.

    Parameters
    ----------
    observables : of `wavepacket.analyze`
    time : (T,) fs
    hall_reference : exact Hall conductivity in the unit of the observable
    """
    series: list[Series] = []
    moved = observables.get("valley_drift")
    if (
        moved is None or "displacement_series" not in moved.details
    ):  # a run with collisions has no time series
        return series
    if "hall_conductivity" in observables:
        series.append(_hall(observables["hall_conductivity"], time, hall_reference))
    elif "mean_current" in observables:
        current = np.asarray(observables["mean_current"].value)
        series.append(_components("$j$", observables["mean_current"].unit, time, current))
    details = moved.details
    drift, spread = details["displacement_series"], details["displacement_uncertainty"]
    names = list(drift)
    paths = np.stack([drift[name] for name in names])
    axis = _telling_axis(paths)
    letter = "xyz"[axis]
    if len(names) > 1:
        labels = [point_label(name) for name in names]
        series.append(
            Series(
                time,
                paths[:, :, axis].T,
                rf"$\langle {letter}\rangle$",
                "angstrom",
                uncertainty=None
                if spread is None
                else np.stack([spread[name][:, axis] for name in names], 1),
                labels=labels,
                by_valley=True,
            )
        )
    elif "mean_current" not in observables:
        series.append(_components(r"$\langle r\rangle$", "angstrom", time, paths[0]))
    return [*series, *_polarisation(observables, time), *_of_scripts(observables, time)]


def _of_scripts(observables: Mapping[str, Observable], time: Float) -> list[Series]:
    """Observables that a script has registered, where they have a value, or a few, at each time."""
    series = []
    for name, each in observables.items():
        symbol, values = symbol_of(name), np.asarray(each.value)
        if symbol is not None and values.ndim in (1, 2) and len(values) == len(time):
            error = None if each.uncertainty is None else np.asarray(each.uncertainty)
            labels = [f"{i}" for i in range(values.shape[1])] if values.ndim == 2 else ()
            series.append(Series(time, values, symbol, each.unit, uncertainty=error, labels=labels))
    return series


def _polarisation(observables: Mapping[str, Observable], time: Float) -> list[Series]:
    """The valley polarisation, where packets pass from one valley to the other."""
    if "valley_polarisation" not in observables:
        return []
    details = observables["valley_polarisation"].details
    values, spread = details.get("series"), details.get("series_uncertainty")
    noise = 0.0 if spread is None else 2 * float(np.max(spread))
    if values is None or np.ptp(values) <= max(_FLAT, noise):
        return []
    return [Series(time, np.asarray(values), "valley polarisation", "1", uncertainty=spread)]


def _telling_axis(paths: Float) -> int:
    """Axis along which the paths (m, T, 3) of valleys part ways most; of a single one, along which it moves most.

    What valleys share, such as their acceleration along E, tells nothing: they must differ by much, and by much of the way.
    """
    way = np.abs(paths).max(axis=(0, 1))
    if len(paths) == 1:
        return int(np.argmax(way))
    apart = np.ptp(paths, axis=0).max(axis=0)
    return int(np.argmax(apart**2 / np.where(way > 0, way, 1.0)))


def _hall(observable: Observable, time: Float, reference: float | None) -> Series:
    values = np.asarray(observable.details["series"])
    labels = () if values.ndim == 1 else ("$yz$", "$zx$", "$xy$")
    name = r"$\sigma_{xy}$" if values.ndim == 1 else r"$\sigma$"
    # That of the mean over the run stands for the uncertainty at each time.
    mean = None if observable.uncertainty is None else np.asarray(observable.uncertainty, dtype=np.float64)
    error = None if mean is None else np.broadcast_to(mean, values.shape)
    return Series(time, values, name, observable.unit, error, labels, reference)


def _components(name: str, unit: str, time: Float, values: Float) -> Series:
    """The Cartesian components that are not zero all the time."""
    moving = np.flatnonzero(np.abs(values).max(axis=0) > 1e-12 * np.abs(values).max(initial=1e-300))
    moving = moving if len(moving) else np.array([0])
    return Series(time, values[:, moving], name, unit, labels=[f"${'xyz'[i]}$" for i in moving])
