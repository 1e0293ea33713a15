"""Which time series a run's observables offer to a figure or a movie."""

from collections.abc import Mapping

import numpy as np

import wavepacket.analysis  # noqa: F401 (symbols of observables)
from wavepacket.arrays import Float
from wavepacket.bandstructure.points import point_label
from wavepacket.observables import Observable, symbol_of
from wavepacket.plots.naming import along_axis
from wavepacket.plots.series import Series

__all__ = ["PERIODS", "series_of_packets", "series_of_run"]

PERIODS = ("bloch_period", "cyclotron_period")
"""Observables that are marked on the way of single packets."""


_NO_SPIN = 1e-9  # hbar or angstrom
_FLAT = 1e-3  # a polarisation that changes by less gets no panel


def series_of_run(
    observables: Mapping[str, Observable], time: Float, *, hall_reference: float | None = None
) -> list[Series]:
    """Courses that tell something: each stands out of its uncertainty.

    Hall conductivity, valley drift and a polarisation that changes, else the current or the mean displacement.

    Of packets that start with a spin in a group of bands: how it parts them, and its mean.

    Parameters
    ----------
    observables : of `wavepacket.analyze`
    time : (T,) fs
    hall_reference : exact Hall conductivity in the unit of the observable
    """
    moved = observables.get("valley_displacement")
    # With collisions, or where packets end at contacts: a mean of those that are still under way would mislead.
    if moved is None or "transmission" in observables or moved.value == {}:
        return []
    if "spin_displacement" in observables:
        return [*_of_spin(observables, time), *_of_scripts(observables, time)]
    found: list[Series] = []
    current = observables.get("current_density")
    if "hall_conductivity" in observables:
        found.append(_hall(observables["hall_conductivity"], time, hall_reference))
    elif current is not None:
        found.append(_components(current, time, np.asarray(current.value)))
    drift, spread = (each if isinstance(each, Mapping) else {} for each in (moved.value, moved.uncertainty))
    names = list(drift)
    paths = np.stack([drift[name] for name in names])
    axis = _telling_axis(paths)
    letter = "xyz"[axis]
    if len(names) > 1:
        labels = [point_label(name) for name in names]
        error = np.stack([spread[name][:, axis] for name in names], 1) if spread else None
        found.append(
            Series(
                time, paths[:, :, axis].T, rf"$\langle {letter}\rangle$", moved.unit, uncertainty=error, labels=labels,
                by_valley=True, observable=moved.name,
            )
        )  # fmt: skip
    elif current is None:
        found.append(_components(moved, time, paths[0]))
    return [*found, *_polarisation(observables, time), *_of_scripts(observables, time)]


def _of_scripts(observables: Mapping[str, Observable], time: Float) -> list[Series]:
    """Observables that a script has registered, where they have a value, or a few, at each time."""
    series = []
    for name, each in observables.items():
        symbol, values = symbol_of(name, own=True), np.asarray(each.value)
        if symbol and values.ndim in (1, 2) and len(values) == len(time):
            error = None if each.uncertainty is None else np.asarray(each.uncertainty)
            labels = [f"{i}" for i in range(values.shape[1])] if values.ndim == 2 else ()
            series.append(
                Series(
                    time,
                    values,
                    symbol,
                    each.unit,
                    uncertainty=error,
                    labels=labels,
                    observable=name,
                    always=True,
                )
            )
    return series


def _of_spin(observables: Mapping[str, Observable], time: Float) -> list[Series]:
    """How packets of opposite spin part, and their mean spin where it is not zero."""
    found = []
    for name in ("spin_displacement", "spin"):
        each = observables[name]
        values = np.asarray(None if each.series is None else each.series.value, dtype=np.float64)
        error = np.nan_to_num(np.asarray(each.uncertainty, dtype=np.float64)).max()  # at the end
        if np.abs(values).max() > max(_NO_SPIN, error):
            found.append(_components(each, time, values))
    return found


def _polarisation(observables: Mapping[str, Observable], time: Float) -> list[Series]:
    """The valley polarisation, where packets pass from one valley to the other."""
    found = observables.get("valley_polarisation")
    if found is None or found.series is None:
        return []
    values, spread = (
        None if each is None else np.asarray(each, dtype=np.float64)
        for each in (found.series.value, found.series.uncertainty)
    )
    noise = 0.0 if spread is None else 2 * float(np.max(spread))
    if values is None or np.ptp(values) <= max(_FLAT, noise):
        return []
    symbol = symbol_of(found.name)
    return [Series(time, values, symbol, found.unit, uncertainty=spread, observable=found.name)]


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
    assert observable.series is not None
    values = np.asarray(observable.series.value)
    labels = () if values.ndim == 1 else ("$yz$", "$zx$", "$xy$")
    name = symbol_of(observable.name) if values.ndim == 1 else r"$\sigma$"
    # That of the mean over the run stands for the uncertainty at each time.
    mean = None if observable.uncertainty is None else np.asarray(observable.uncertainty, dtype=np.float64)
    error = None if mean is None else np.broadcast_to(mean, values.shape)
    return Series(time, values, name, observable.unit, error, labels, reference, observable=observable.name)


def series_of_packets(
    observables: Mapping[str, Observable], time: Float, position: Float, exact: Mapping[str, float | None]
) -> Series:
    """The way of each of a few packets (n, T, 3), along the axis of the longest one, and its periods.

    ``exact`` has the values that some observables should have.
    """
    moved = position - position[:, :1]
    axis = int(np.argmax(np.nanmax(np.abs(moved), axis=(0, 1))))
    moments: list[float] = []
    words = ""
    for name in PERIODS:
        known = exact.get(name)
        period = known if known is not None else observables[name].value if name in observables else None
        if isinstance(period, float) and 0 < period <= time[-1] * (1 + 1e-9):
            words = "period" if known is None else "exact period"
            moments = [turn * period for turn in range(1, int(time[-1] / period * (1 + 1e-9)) + 1)]
    return Series(
        time, moved[:, :, axis].T, rf"$\Delta {'xyz'[axis]}$", "angstrom", moments=(moments, words),
        observable="valley_displacement",
    )  # fmt: skip


def _components(observable: Observable, time: Float, values: Float) -> Series:
    """The Cartesian components that are not zero all the time."""
    moving = np.flatnonzero(np.abs(values).max(axis=0) > 1e-12 * np.abs(values).max(initial=1e-300))
    moving = moving if len(moving) else np.array([0])
    letters = ["xyz"[i] for i in moving]
    symbol = symbol_of(observable.name)
    if len(letters) == 1:
        symbol = along_axis(observable.name, letters[0])
    return Series(
        time, values[:, moving], symbol, observable.unit,
        labels=[f"${letter}$" for letter in letters] if len(letters) > 1 else (), observable=observable.name,
    )  # fmt: skip
