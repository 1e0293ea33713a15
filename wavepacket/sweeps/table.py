"""Observables of all points of a sweep as rows, as curves and as CSV files."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from wavepacket.config.scan import Axis
from wavepacket.errors import InputError
from wavepacket.observable import Observable
from wavepacket.storage.durable import publish

__all__ = ["INDEX", "OBSERVABLES", "Point", "Sweep", "components", "write_tables"]

INDEX = "index.csv"
OBSERVABLES = "observables.csv"

Float = npt.NDArray[np.float64]

# Longer lists are series against time: the table takes their last entry.
_TENSOR = 3


@dataclass(frozen=True, eq=False)
class Point:
    """One point of a sweep.

    Attributes
    ----------
    settings : key → value as written
    folder : its run
    state : "finished", or a sentence on what went wrong
    """

    settings: Mapping[str, str]
    folder: Path
    state: str
    observables: Mapping[str, Observable]


@dataclass(frozen=True, eq=False, repr=False)
class Sweep:
    """A finished sweep; points are in the order of the axes, the last one fastest."""

    folder: Path
    axes: tuple[Axis, ...]
    points: tuple[Point, ...]

    def __repr__(self) -> str:
        """Return where the sweep lies, its axes and the names of what was measured."""
        axes = ", ".join(
            f"{axis.path} = {axis.values[0]} … {axis.values[-1]} ({len(axis.values)})" for axis in self.axes
        )
        names = dict.fromkeys(name for point in self.points for name in point.observables)
        done = len(self.points) - self.failed
        return f"Sweep('{self.folder}': {axes}; {done} of {len(self.points)} points finished; {', '.join(names)})"

    @property
    def failed(self) -> int:
        """Number of points that have no result to rely on."""
        return sum(point.state != "finished" for point in self.points)

    def values(self, observable: str, component: str = "") -> tuple[Float, Float, str]:
        """Return values, uncertainties and unit of one number at all points, NaN where a point lacks it.

        The arrays have one axis for each swept key.

        Parameters
        ----------
        observable : name as in the JSON output
        component : such as ``K`` or ``0.1``, as in the table; not needed where the observable is one number

        Raises
        ------
        InputError : no point has it
        """
        rows = [_component(point.observables.get(observable), component) for point in self.points]
        found = [row for row in rows if row is not None]
        if not found:
            raise InputError(self._missing(observable, component))
        shape = tuple(len(axis.values) for axis in self.axes)
        values = np.array([_number(row and row[0]) for row in rows])
        errors = np.array([_number(row and row[1]) for row in rows])
        return values.reshape(shape), errors.reshape(shape), found[0][2]

    def curves(
        self, observable: str, component: str, key: str, *, change: bool = False
    ) -> tuple[tuple[Axis, ...], Float, Float, str]:
        """Return axes, values and uncertainties with the axis of one key last, and the unit.

        With ``change`` the difference from the key's first value, with both uncertainties in quadrature: a bound, since
        points of a sweep start from the same packets.

        Raises
        ------
        InputError : the key was not swept, or no point has the number
        """
        keys = [axis.path for axis in self.axes]
        if key not in keys:
            raise InputError(f"--against {key}: was not swept; there are {', '.join(keys)}")
        at = keys.index(key)
        values, errors, unit = self.values(observable, component)
        values, errors = np.moveaxis(values, at, -1), np.moveaxis(errors, at, -1)
        if change:
            values, errors = values - values[..., :1], np.hypot(errors, errors[..., :1])
            errors[..., 0] = 0.0
        return (*self.axes[:at], *self.axes[at + 1 :], self.axes[at]), values, errors, unit

    def _missing(self, observable: str, component: str) -> str:
        known = {name: each for point in self.points for name, each in point.observables.items()}
        if observable not in known:
            return (
                f"no point of {self.folder} has the observable {observable!r}; there are {', '.join(known)}"
            )
        names = [name or "(the number itself)" for name, _, _ in components(known[observable])]
        return f"{observable!r} has no component {component!r}; there are {', '.join(names)}"


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def _component(observable: Observable | None, component: str) -> tuple[Any, Any, str] | None:
    if observable is None:
        return None
    rows = {name: (value, error) for name, value, error in components(observable)}
    return (*rows[component], observable.unit) if component in rows else None


def components(observable: Observable) -> list[tuple[str, Any, Any]]:
    """(name, value, uncertainty) of each number of an observable; of a series against time the last entry."""
    entry = observable.as_json()
    errors = dict(_flat(entry["uncertainty"]))
    return [(name, value, errors.get(name)) for name, value in _flat(entry["value"])]


def _flat(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value)) if len(value) <= _TENSOR else [("last", value[-1])]
    else:
        yield prefix, value
        return
    for key, item in items:
        yield from _flat(item, f"{prefix}.{key}" if prefix else str(key))


def write_tables(sweep: Sweep) -> None:
    """Write the index, a row for each point, and the observables, a row for each number of each point."""
    keys = [axis.path for axis in sweep.axes]
    index = [["point", *keys, "state", "folder"]]
    table = [["point", *keys, "observable", "component", "value", "uncertainty", "unit"]]
    for number, point in enumerate(sweep.points):
        settings = [point.settings[key] for key in keys]
        index.append([str(number), *settings, point.state, str(point.folder.relative_to(sweep.folder))])
        for name, observable in point.observables.items():
            for component, value, error in components(observable):
                cells = ["" if each is None else repr(each) for each in (value, error)]
                table.append([str(number), *settings, name, component, *cells, observable.unit])
    for name, rows in ((INDEX, index), (OBSERVABLES, table)):
        text = io.StringIO(newline="")
        csv.writer(text).writerows(rows)
        publish(sweep.folder / name, [text.getvalue().encode()])
