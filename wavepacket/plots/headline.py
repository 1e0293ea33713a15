"""What a run is about, as panels: its headline against time where it has a course, else as numbers with their errors."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from wavepacket.arrays import Float
from wavepacket.bandstructure.points import point_label
from wavepacket.observables import Observable, by_number, components, symbol_of
from wavepacket.plots.figures import Panel
from wavepacket.plots.labels import axis_label, power_of_ten
from wavepacket.plots.naming import along_axis, component_label, is_tensor, observable_symbol
from wavepacket.plots.series import Series
from wavepacket.plots.style import CATEGORIES, LINE, legend_above, length_of, prepare, text_size

__all__ = ["Row", "headline_panels", "plot_rows", "with_others"]

Wanted = Mapping[str, float | None]
"""Exact value, or None, by the name of an observable or of one of its components."""

_COURSES = {"valley_drift": "valley_displacement", "mean_displacement": "valley_displacement"}
"""Whose course shows what an observable without one is about."""
_DRAWN_ELSEWHERE = (
    "transmission", "berry_curvature_from_drifts", "conductivity", "current_density", "local_density", "local_current",
    "local_magnetization",
)  # fmt: skip
_AXES = re.compile(r"(?:(?:real|imaginary)\.)?[012](?:\.[012])*")
_PANELS = 2  # beside those of paths
_SWINGS = 0.1  # of the farthest place: a drift to a nearer one is not seen in a course that swings
_NO_ERROR_SEEN = 1e-3  # of a number: a lone one gets axes at least so wide


@dataclass(frozen=True)
class Row:
    """A number of a headline.

    Attributes
    ----------
    label : in TeX
    value, error : in the unit of the observable; not-a-number where the error is not known, None where there is none
    exact : the value that it should have, None where none is known
    packets : the same of each packet, (n,)
    source : what the exact value is called

    """

    label: str
    value: float
    error: float | None = None
    exact: float | None = None
    packets: Float | None = None
    source: str = "exact"


def headline_panels(
    wanted: Wanted,
    observables: Mapping[str, Observable],
    time: Float,
    besides: Sequence[str] = (),
    theory: Mapping[str, Observable] | None = None,
) -> tuple[list[Series], list[Panel]]:
    """Return the courses of a headline's observables that rise above their errors, and panels with the other numbers.

    Parameters
    ----------
    wanted : of the config
    observables : of `wavepacket.analyze`
    time : (T,) fs
    besides : observables that the figure shows anyway
    theory : what a reference says of some of them, where the headline names no exact value
    """
    series: list[Series] = []
    rows: dict[str, list[Row]] = {}
    for base in dict.fromkeys(name.partition(".")[0] for name in wanted):
        if base not in observables or base in (*_DRAWN_ELSEWHERE, *besides):
            continue
        typed = {
            name.partition(".")[2]: exact for name, exact in wanted.items() if name.partition(".")[0] == base
        }
        asked = {by_number(component): exact for component, exact in typed.items()}
        course = _course(base, asked, observables, time)
        if course is not None and course.resolved:
            series.append(course)
            continue
        names = {by_number(component): component for component in typed}
        found = _rows(observables[base], asked, names, (theory or {}).get(base))
        rows.setdefault(observables[base].unit, []).extend(found)
    return series, [partial(plot_rows, found, unit) for unit, found in rows.items() if found]


def with_others(series: Sequence[Series], numbers: int, usual: Sequence[Series]) -> list[Series]:
    """Return the courses of a headline, and of the usual ones those that tell more, as long as there is room for them.

    Parameters
    ----------
    numbers : of panels that the headline has besides
    """
    shown = {one.observable for one in series}
    more = [one for one in usual if (one.always or one.resolved) and one.observable not in shown]
    room = _PANELS - len(series) - numbers if series or numbers else len(more)
    return [*series, *more[: max(room, 0)]]


def plot_rows(rows: Sequence[Row], unit: str, *, ax: Axes | None = None) -> Axes:
    """Draw numbers one below the other: a dot with its uncertainty, a ring at the exact value, and both in figures."""
    ax = prepare(ax)
    values = np.array([row.value for row in rows])
    length = 1.0
    if unit == "angstrom":
        length, unit = length_of(ax, float(np.nanmax(np.abs(values))))
    power = power_of_ten(values / length)
    factor = length * 10.0**power
    size = text_size(ax)
    for place, row in enumerate(rows):
        error = row.error if row.error is not None and math.isfinite(row.error) else 0.0
        if row.packets is not None:
            ax.plot(row.packets / factor, np.full(row.packets.shape, place), "|", color="0.6", markersize=9)
        ax.errorbar(
            row.value / factor, place, xerr=error / factor, fmt="o", color=CATEGORIES[0], markersize=4,
            elinewidth=1.5 * LINE, capsize=3,
        )  # fmt: skip
        if row.exact is not None:
            ax.plot(
                row.exact / factor,
                place,
                "o",
                markersize=9,
                fillstyle="none",
                color="0.1",
                markeredgewidth=LINE,
            )
        both = _in_figures(row, factor)
        texts = [", ".join(both)] if len(rows) > 2 else both
        for text, below in zip(texts, (1.0, -1.9), strict=False):
            ax.annotate(
                text, (0.5, place), xycoords=("axes fraction", "data"), xytext=(0, below * size),
                textcoords="offset points", ha="center", fontsize=0.9 * size,
            )  # fmt: skip
    room = 0.6 if len(rows) < 3 else 0.85
    ax.set_ylim(len(rows) - 1 + room, -room)
    ax.locator_params(axis="x", nbins=3)
    ax.set_xlim(*_limits(rows, factor))
    ax.set_yticks(range(len(rows)), [row.label for row in rows])
    ax.tick_params(axis="y", length=0, labelsize=size)
    ax.set_xlabel(axis_label("", unit, power).strip() or "number")
    if sources := sorted({row.source for row in rows if row.exact is not None}):
        ring: dict[str, Any] = {"linestyle": "", "marker": "o", "fillstyle": "none", "color": "0.1"}
        called = ", ".join(sources)
        legend_above(ax, [Line2D([], [], markersize=6, markeredgewidth=LINE, label=called, **ring)])
    return ax


def _in_figures(row: Row, factor: float) -> list[str]:
    """The number with its error in the unit of the axis, and the exact one."""
    texts = [repr(Observable("", row.value / factor, None if row.error is None else row.error / factor))]
    if row.exact is not None:
        texts.append(f"{row.source} {row.exact / factor:.{10 if row.source == 'exact' else 6}g}")
    return [text.replace("e-0", "e-").replace("-", "\N{MINUS SIGN}") for text in texts]


def _limits(rows: Sequence[Row], factor: float) -> tuple[float, float]:
    """Limits that hold all numbers with their errors, and of a lone one show its error."""
    ends = list[float]()
    for row in rows:
        error = row.error if row.error is not None and math.isfinite(row.error) else 0.0
        ends += [row.value - error, row.value + error, row.value if row.exact is None else row.exact]
        ends += [] if row.packets is None else [float(np.nanmin(row.packets)), float(np.nanmax(row.packets))]
    low, high = min(ends) / factor, max(ends) / factor
    half = max(0.75 * (high - low), _NO_ERROR_SEEN * max(abs(low), abs(high))) or 1.0
    return (low + high) / 2 - half, (low + high) / 2 + half


def _rows(
    observable: Observable, asked: Wanted, typed: Mapping[str, str], theory: Observable | None
) -> Iterator[Row]:
    """The numbers of an observable that are asked for, those as they are ``typed`` in the config by that name."""
    letters = is_tensor(observable)
    known = {} if theory is None else {key: value for key, value, _ in components(theory)}
    packets = None if observable.packets is None else np.asarray(observable.packets.value, dtype=np.float64)
    for key, value, error in components(observable):
        wanted = next((name for name in asked if _is_in(key, name)), None)
        if wanted is None or not isinstance(value, int | float) or not math.isfinite(value):
            continue
        spread = None if observable.uncertainty is None else math.nan if error is None else float(error)
        lone = packets is not None and packets.ndim == 1 and not key
        symbol = symbol_of(observable.name)
        # What is typed as a number counts packets.
        indexed = letters and typed.get(key) != key and symbol.startswith("$") and bool(_AXES.fullmatch(key))
        label = (
            observable_symbol(observable.name, key)
            if indexed
            else component_label(symbol, typed.get(key, key), letters=letters and key not in typed)
        )
        exact = asked[wanted] if key == wanted else None
        source = "exact" if exact is not None else "reference"
        exact = known.get(key) if exact is None else exact
        yield Row(label, float(value), spread, exact, packets if lone else None, source)


def _is_in(key: str, wanted: str) -> bool:
    """Whether a component is the one that is wanted, or one of its parts."""
    return not wanted or key == wanted or key.startswith(f"{wanted}.")


def _course(base: str, asked: Wanted, observables: Mapping[str, Observable], time: Float) -> Series | None:
    """An observable, or what stands for it, against time; None where it has no course, or not of what is asked for."""
    told = observables[base]
    own = told.series is not None or told.over_time
    if not own and any(exact is not None for exact in asked.values()):
        return None  # the course of another observable would not show it beside its exact value
    source = told if own else observables.get(_COURSES.get(base, ""))
    if source is None:
        return None
    columns = _columns(source, len(time), asked)
    if not columns:
        return None
    letters = {key.rpartition(".")[2] for key, _, _ in columns} & {"0", "1", "2"}
    one_axis = len(letters) == 1 and all(key.rpartition(".")[2] in "012" for key, _, _ in columns)
    valleys = isinstance(_values(source), Mapping) and len(_values(source)) > 1
    symbol = symbol_of(source.name)
    if one_axis:
        symbol = along_axis(source.name, "xyz"[int(next(iter(letters)))])
    exact = [asked[key] for key, _, _ in columns if own and asked.get(key) is not None]
    values = np.stack([column for _, column, _ in columns], axis=1)
    if not own and np.nanmax(np.abs(values[-1])) < _SWINGS * np.nanmax(np.abs(values)):
        return None
    errors = [error for _, _, error in columns]
    return Series(
        time, values, symbol, source.unit,
        uncertainty=None if any(each is None for each in errors) else np.stack(errors, axis=1),  # type: ignore[arg-type]
        labels=_names(columns, one_axis, valleys), reference=[each for each in exact if each is not None] or None,
        by_valley=valleys and (one_axis or not letters) and len(columns) > 1,
        at_end=bool(exact) and _is_last(told, values), observable=source.name,
    )  # fmt: skip


def _names(columns: Sequence[tuple[str, Float, Float | None]], one_axis: bool, valleys: bool) -> list[str]:
    """Names of columns in the legend; none of a lone one."""
    if len(columns) < 2:
        return []
    names = []
    for key, _, _ in columns:
        valley, _, axis = key.rpartition(".")
        letter = f"${'xyz'[int(axis)]}$" if axis in ("0", "1", "2") else ""
        lone = (valley if letter else key) if valleys else ""
        names.append(
            " ".join(part for part in (point_label(lone) if lone else "", "" if one_axis else letter) if part)
        )
    return names if len(set(names)) == len(names) and any(names) else []


def _is_last(told: Observable, values: Float) -> bool:
    """Whether the value of an observable is that at the last time, and not a mean over times."""
    if told.over_time:
        return True
    numbers = [value for _, value, _ in components(told) if isinstance(value, float)]
    changes = np.ptp(values) > 1e-6 * np.max(np.abs(values))
    return bool(changes) and all(np.any(np.isclose(last, numbers, rtol=1e-12, atol=0)) for last in values[-1])


def _values(source: Observable) -> Any:
    return source.value if source.series is None else source.series.value


def _columns(source: Observable, saves: int, asked: Wanted) -> list[tuple[str, Float, Float | None]]:
    """(component, values (T,), uncertainties (T,) or None) of what is asked for and is not zero all the time."""
    value = _values(source)
    error = source.uncertainty if source.series is None else source.series.uncertainty
    known = error if error is not None else None if source.over_time else source.uncertainty
    found: list[tuple[str, Float, Float | None]] = []
    for name, course in (value if isinstance(value, Mapping) else {"": value}).items():
        asked = (
            {key.removeprefix("none").removeprefix("."): exact for key, exact in asked.items()}
            if name == "none"
            else asked
        )
        table = np.asarray(course, dtype=np.float64)
        if table.ndim not in (1, 2) or len(table) != saves:
            return []
        spread = known.get(name) if isinstance(known, Mapping) else known
        errors = (
            None if spread is None else np.broadcast_to(np.asarray(spread, dtype=np.float64), table.shape)
        )
        place = "" if name == "none" else name
        for index in range(1 if table.ndim == 1 else table.shape[1]):
            key = ".".join(part for part in (place, "" if table.ndim == 1 else str(index)) if part)
            if any(_is_in(key, each) for each in asked):
                column = None if errors is None else errors.reshape(saves, -1)[:, index]
                found.append((key, table.reshape(saves, -1)[:, index], column))
    largest = max((float(np.nanmax(np.abs(column), initial=0.0)) for _, column, _ in found), default=0.0)
    return [each for each in found if np.nanmax(np.abs(each[1]), initial=0.0) > 1e-12 * largest] or found[:1]
