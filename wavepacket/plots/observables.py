"""Which time series a run's observables offer to a figure or a movie."""

from collections.abc import Mapping

import numpy as np

import wavepacket.analysis  # noqa: F401 (symbols of observables)
from wavepacket.arrays import Float
from wavepacket.bandstructure.points import point_label
from wavepacket.observables import Observable, symbol_of
from wavepacket.plots.series import Series

__all__ = ["series_of_run"]


_NO_SPIN = 1e-9  # hbar or angstrom
_FLAT = 1e-3  # a polarisation that changes by less gets no panel


def series_of_run(
    observables: Mapping[str, Observable], time: Float, *, hall_reference: float | None = None
) -> list[Series]:
    """Hall conductivity, valley drift and a polarisation that changes, else the current or the mean displacement.

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
        found.append(_components(symbol_of(current.name), current.unit, time, np.asarray(current.value)))
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
                by_valley=True,
            )
        )  # fmt: skip
    elif current is None:
        found.append(_components(symbol_of(moved.name), moved.unit, time, paths[0]))
    return [*found, *_polarisation(observables, time), *_of_scripts(observables, time)]


def _of_scripts(observables: Mapping[str, Observable], time: Float) -> list[Series]:
    """Observables that a script has registered, where they have a value, or a few, at each time."""
    series = []
    for name, each in observables.items():
        symbol, values = symbol_of(name, own=True), np.asarray(each.value)
        if symbol and values.ndim in (1, 2) and len(values) == len(time):
            error = None if each.uncertainty is None else np.asarray(each.uncertainty)
            labels = [f"{i}" for i in range(values.shape[1])] if values.ndim == 2 else ()
            series.append(Series(time, values, symbol, each.unit, uncertainty=error, labels=labels))
    return series


def _of_spin(observables: Mapping[str, Observable], time: Float) -> list[Series]:
    """How packets of opposite spin part, and their mean spin where it is not zero."""
    found = []
    for name in ("spin_displacement", "spin"):
        each = observables[name]
        values = np.asarray(None if each.series is None else each.series.value, dtype=np.float64)
        error = np.nan_to_num(np.asarray(each.uncertainty, dtype=np.float64)).max()  # at the end
        if np.abs(values).max() > max(_NO_SPIN, error):
            found.append(_components(symbol_of(name), each.unit, time, values))
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
    return [Series(time, values, symbol_of(found.name), found.unit, uncertainty=spread)]


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
    return Series(time, values, name, observable.unit, error, labels, reference)


def _components(name: str, unit: str, time: Float, values: Float) -> Series:
    """The Cartesian components that are not zero all the time."""
    moving = np.flatnonzero(np.abs(values).max(axis=0) > 1e-12 * np.abs(values).max(initial=1e-300))
    moving = moving if len(moving) else np.array([0])
    return Series(time, values[:, moving], name, unit, labels=[f"${'xyz'[i]}$" for i in moving])
