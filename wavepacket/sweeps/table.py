"""Observables of all points of a sweep as rows, as curves and as CSV files."""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wavepacket.arrays import Float
from wavepacket.config.scan import Axis
from wavepacket.errors import InputError
from wavepacket.lazy import method
from wavepacket.observables import Observable, Observables, by_number, components, items_of, plain
from wavepacket.runs.durable import publish, read_small

__all__ = ["INDEX", "OBSERVABLES", "Point", "Sweep", "write_tables", "wrong_tables"]

INDEX = "index.csv"
OBSERVABLES = "observables.csv"


_TABLE_LIMIT = 1 << 32  # bytes

# Units by the version before → now.
_SPELT = {
    "angstrom^1": "angstrom", "angstrom^0": "1", "1/angstrom^1": "1/angstrom", "1/(eV angstrom^1)": "1/angstrom/eV",
    "1/(eV angstrom^2)": "1/angstrom^2/eV", "1/(eV angstrom^3)": "1/angstrom^3/eV",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Point:
    """One point of a sweep.

    Attributes
    ----------
    settings : key → value as written
    folder : its run
    state : "finished", or a sentence on what went wrong
    magnetic : B in T
    """

    settings: Mapping[str, str]
    folder: Path
    state: str
    observables: Mapping[str, Observable]
    magnetic: tuple[float, ...] = (0.0, 0.0, 0.0)


@dataclass(frozen=True, eq=False, repr=False)
class Sweep:
    """A finished sweep; points are in the order of the axes, the last one fastest."""

    folder: Path
    axes: tuple[Axis, ...]
    points: tuple[Point, ...]

    _repr_html_ = method("wavepacket.plots.notebook", "sweep")

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

    def values(self, observable: str, component: str = "") -> tuple[Any, Any, str]:
        """Return values, uncertainties and unit of an observable at all points, NaN where a point lacks it.

        The arrays have one axis for each swept key, and behind them those of a vector or tensor; what has names, such as
        those of valleys, comes as a mapping from names to arrays. Of a series against time the last entry is taken.

        Parameters
        ----------
        observable : name as in the JSON output
        component : of several numbers one, or a part of them: ``K``, ``K.0``, ``0.1`` or ``xy``, as in the table

        Raises
        ------
        InputError : no point has it

        Examples
        --------
        >>> swept.values("conductivity", "xy")[0].shape  # doctest: +SKIP
        (9,)
        >>> swept.values("valley_drift")[0]["K"].shape  # doctest: +SKIP
        (9, 3)

        """
        path = by_number(component)
        observables = [point.observables.get(observable) for point in self.points]
        values = [_node(plain(each.value), path) if each else _ABSENT for each in observables]
        errors = [_node(plain(each.uncertainty), path) if each else _ABSENT for each in observables]
        units = [
            each.unit
            for each, value in zip(observables, values, strict=True)
            if each and value is not _ABSENT
        ]
        if not units:
            raise InputError(self._missing(observable, component))
        shape = tuple(len(axis.values) for axis in self.axes)
        return _stacked(values, values, shape), _stacked(errors, values, shape), units[0]

    def curves(
        self, observable: str, component: str, key: str, *, change: bool = False
    ) -> tuple[tuple[Axis, ...], Float, Float, str]:
        """Return axes, values and uncertainties with the axis of one key last, and the unit.

        With ``change`` the difference from the key's first value, with both uncertainties in quadrature: a bound, since
        points of a sweep start from the same packets.

        Raises
        ------
        InputError : the key was not swept, no point has the number, or there are several
        """
        keys = [axis.path for axis in self.axes]
        if key not in keys:
            raise InputError(f"--against {key}: was not swept; there are {', '.join(keys)}")
        at = keys.index(key)
        values, errors, unit = self.values(observable, component)
        if np.shape(values) != tuple(len(axis.values) for axis in self.axes):
            raise InputError(self._missing(observable, component))
        values, errors = np.moveaxis(values, at, -1), np.moveaxis(errors, at, -1)
        if change:
            values, errors = values - values[..., :1], np.hypot(errors, errors[..., :1])
            errors[..., 0] = 0.0
        return (*self.axes[:at], *self.axes[at + 1 :], self.axes[at]), values, errors, unit

    def _missing(self, observable: str, component: str) -> str:
        known = Observables(item for point in self.points for item in point.observables.items())
        if observable not in known:
            return (
                f"no point of {self.folder} has the observable {observable!r}; there are {', '.join(known)}"
            )
        names = [name or "(the number itself)" for name, _, _ in components(known[observable])]
        letters = "; x, y and z stand for 0, 1 and 2" if any("0" in name.split(".") for name in names) else ""
        return f"{observable!r} has no component {component!r}; there are {', '.join(names)}{letters}"


_ABSENT = object()


def _node(value: Any, path: str) -> Any:
    """What lies at a path of names with points between them; of a series the last entry; `_ABSENT` where nothing does."""
    items = items_of(value)
    if [name for name, _ in items] == ["last"] and path.split(".")[0] != "last":
        return _node(items[0][1], path)
    if not path:
        return value
    for name, item in items:
        if path == name or path.startswith(f"{name}."):
            return _node(item, path[len(name) + 1 :])
    return _ABSENT


def _stacked(values: list[Any], like: list[Any], shape: tuple[int, ...]) -> Any:
    """Join the values of all points: arrays with the axes of the sweep in front, in mappings where the values have names.

    Their form is that of ``like``: values themselves, where these are uncertainties that may not be known.
    """

    def part(name: str) -> Any:
        return _stacked([_node(each, name) for each in values], [_node(each, name) for each in like], shape)

    names = dict.fromkeys(name for each in like for name, _ in items_of(each))
    if any(isinstance(each, dict) for each in like):
        return {name: part(name) for name in names}
    if names:
        return np.stack([part(name) for name in names], axis=len(shape))
    numbers = [float(each) if isinstance(each, int | float) else np.nan for each in values]
    return np.array(numbers).reshape(shape)


def write_tables(sweep: Sweep) -> None:
    """Write the index, a row for each point, and the observables, a row for each number of each point."""
    for name, rows in _tables(sweep).items():
        text = io.StringIO(newline="")
        csv.writer(text).writerows(rows)
        publish(sweep.folder / name, [text.getvalue().encode()])


def wrong_tables(sweep: Sweep) -> list[str]:
    """Return the names of the tables in the folder that are lost or do not say what the points hold.

    Why a point has no result is known to its run alone: what the tables say instead of a number is not compared. Nor are
    observables that only one side knows, since another version, or a script, has added them.
    """
    unfinished = {str(number) for number, point in enumerate(sweep.points) if point.state != "finished"}
    expected = _tables(sweep)
    tables = {name: _read_rows(sweep.folder / name) for name in expected}
    written, known = ({_name(row) for row in each[OBSERVABLES]} for each in (tables, expected))
    both = written & known if len(written & known) > 1 else known  # the header is one of them
    for each in (tables, expected):
        each[OBSERVABLES] = [_in_new_units(row) for row in each[OBSERVABLES] if _name(row) in both]
    silent = unfinished - {row[0] for row in tables[OBSERVABLES] if row}
    skipped: dict[str, Callable[[list[str]], bool]] = {
        INDEX: lambda row: row[0] in unfinished and "finished" not in row,
        OBSERVABLES: lambda row: row[0] in silent,
    }
    return [
        name
        for name, skip in skipped.items()
        if [row for row in tables[name] if not (row and skip(row))]
        != [row for row in expected[name] if not skip(row)]
    ]


def _name(row: list[str]) -> str:
    """Of the observable of a row."""
    return row[-5] if len(row) > 4 else ""


def _in_new_units(row: list[str]) -> list[str]:
    """The row with a unit as this version spells it."""
    return [*row[:-1], _SPELT.get(row[-1], row[-1])] if row else row


def _read_rows(path: Path) -> list[list[str]]:
    """Return the rows of a table, none of one that is lost or no text."""
    try:
        return list(csv.reader(io.StringIO(read_small(path, _TABLE_LIMIT).decode(), newline="")))
    except (InputError, ValueError, csv.Error):
        return []


def _tables(sweep: Sweep) -> dict[str, list[list[str]]]:
    """Rows of the tables by their names."""
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
    return {INDEX: index, OBSERVABLES: table}
