"""Observables against time: currents, Hall conductivities, drifts and populations of valleys."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from wavepacket.arrays import Float
from wavepacket.plots.labels import axis_label, power_of_ten, time_unit
from wavepacket.plots.style import CATEGORIES, LINE, legend_above, length_of, prepare, valley_colour

__all__ = ["Series", "ShownSeries", "finish_series", "frame_series", "plot_series"]


# Sizes that are ordinary in each unit; what stays below this share of them is rounding, and drawn as nothing.
_ORDINARY = {"A": 1e-6, "A/m": 1.0, "e^2/h": 1.0, "S/cm": 1.0, "angstrom": 1.0}
_ROUNDING = 1e-9
_SAME = 0.01  # of all values: courses that differ by less lie on top of each other
_DASH = 8.0  # a dash and its gap, widths of the line
_SEEN = 3.0  # uncertainties from which a course is more than noise


@dataclass(frozen=True, eq=False)
class Series:
    r"""Values against time, with their label.

    Parameters
    ----------
    time : (T,) fs
    values : (T,) or (T, m)
    name : label of the axis, such as ``r"$\sigma_{xy}$"``
    unit : such as ``e^2/h``
    uncertainty : of the values, same shape
    labels : m names for the legend
    reference : exact value, or several
    reference_label : its name in the legend
    by_valley : the columns are valleys and get the colours that packets of the valleys have
    at_end : exact values are those at the last time
    moments : times that matter, such as periods, fs, and what they are called in the legend
    observable : whose values they are
    always : drawn even where they are no more than noise: a script has asked for them
    """

    time: Float
    values: Float
    name: str = ""
    unit: str = ""
    uncertainty: Float | None = None
    labels: Sequence[str] = ()
    reference: float | Sequence[float] | None = None
    reference_label: str = "exact"
    by_valley: bool = False
    at_end: bool = False
    moments: tuple[Sequence[float], str] = ((), "")
    observable: str = ""
    always: bool = False

    @property
    def columns(self) -> Float:
        """Values as (T, m)."""
        values = np.asarray(self.values, dtype=np.float64)
        return values[:, None] if values.ndim == 1 else values

    @property
    def resolved(self) -> bool:
        """Whether a column stands out of its uncertainty and of rounding, so that there is something to see."""
        columns = self.columns
        error = np.zeros_like(columns)
        if self.uncertainty is not None:
            error = np.nan_to_num(np.reshape(self.uncertainty, columns.shape))
        there = np.isfinite(columns).any(axis=0)  # a component that is not defined is nan at all times
        sizes, errors = (
            np.sqrt(np.nanmean(np.square(each[:, there]), axis=0)) for each in (columns, error + 0 * columns)
        )
        return bool(np.any(sizes > np.maximum(_SEEN * errors, _ROUNDING * _ORDINARY.get(self.unit, 0.0))))

    @property
    def span(self) -> float:
        """Largest of the values, in their unit."""
        columns = self.columns
        return float(np.max(np.abs(columns), where=np.isfinite(columns), initial=0.0))

    @property
    def references(self) -> Float:
        """Exact values as (p,)."""
        return np.atleast_1d(np.asarray([] if self.reference is None else self.reference, dtype=np.float64))


@dataclass(frozen=True, eq=False)
class ShownSeries:
    """A series in the units of its axes: time (T,), columns and errors (T, m), references (p,), and a colour each.

    Parameters
    ----------
    scale : fs in one unit of the time axis
    """

    time: Float
    columns: Float
    errors: Float | None
    references: Float
    colours: list[str]
    scale: float


def plot_series(series: Series, *, ax: Axes | None = None, legend: bool = True) -> Axes:
    """Draw values against time, a band for their uncertainty and dashed lines for exact values."""
    ax = prepare(ax)
    shown = frame_series(ax, series)
    below = _covered(shown.columns)
    for i, (values, colour) in enumerate(zip(shown.columns.T, shown.colours, strict=True)):
        on = _DASH / 2.0 ** below[i]
        style = (0, (on, _DASH - on)) if below[i] else "-"
        ax.plot(shown.time, values, color=colour, linewidth=2 * LINE, linestyle=style)
        if shown.errors is not None:
            low, high = values - shown.errors[:, i], values + shown.errors[:, i]
            ax.fill_between(shown.time, low, high, color=colour, alpha=0.25, linewidth=0)
    finish_series(ax, series, shown, legend=legend)
    return ax


def _covered(columns: Float) -> list[int]:
    """How many of the columns (T, m) before each one it covers: it is dashed, so that these are seen."""
    size = np.nanmax(columns, initial=-np.inf) - np.nanmin(columns, initial=np.inf)
    same = np.nanmax(np.abs(columns[:, :, None] - columns[:, None, :]), axis=0, initial=0.0) < _SAME * size
    return [int(np.count_nonzero(row[:i])) for i, row in enumerate(same)]


def frame_series(ax: Axes, series: Series) -> ShownSeries:
    """Set up axes for a series: labels and limits, nothing drawn yet."""
    scale, symbol = time_unit(float(series.time[-1]))
    columns, references = series.columns, series.references
    spread = np.zeros(0) if series.uncertainty is None else np.ravel(series.uncertainty)
    every = np.concatenate([columns.ravel(), references, spread])
    ordinary = _ORDINARY.get(series.unit, 0.0)
    largest = np.max(np.abs(every), where=np.isfinite(every), initial=0.0)
    least = ordinary if largest < _ROUNDING * ordinary else 0.0
    unit, power = series.unit, power_of_ten([largest, least])
    factor = 10.0**power
    if series.unit == "angstrom":
        factor, unit = length_of(ax, series.span)
        power = power_of_ten([largest / factor, least / factor])
        factor *= 10.0**power
    errors = None if series.uncertainty is None else np.reshape(series.uncertainty, columns.shape) / factor
    palette = [
        valley_colour(i) if series.by_valley else CATEGORIES[i % len(CATEGORIES)]
        for i in range(columns.shape[1])
    ]
    shown = ShownSeries(series.time / scale, columns / factor, errors, references / factor, palette, scale)
    ax.set_xlim(shown.time[0], shown.time[-1])
    ax.set_ylim(*_limits(shown, least / factor))
    ax.set_xlabel(f"time ({symbol})")
    ax.set_ylabel(axis_label(series.name, unit, power))
    return shown


def finish_series(ax: Axes, series: Series, shown: ShownSeries, *, legend: bool) -> None:
    """Draw dashed lines at the exact values (rings where they are those at the end), moments, and the legend."""
    dashed: dict[str, Any] = {
        "color": "0.2",
        "linewidth": 1.3 * LINE,
        "linestyle": (0, (4, 2.5)),
        "zorder": 2.4,
    }
    handles = [
        Line2D([], [], color=colour, linewidth=2 * LINE, label=label)
        for colour, label in zip(shown.colours, series.labels, strict=False)
    ]
    if series.at_end:
        dashed = {
            "color": "0.1",
            "linestyle": "",
            "marker": "o",
            "fillstyle": "none",
            "markersize": 7,
            "zorder": 2.9,
        }
        last = np.full(shown.references.shape, shown.time[-1])
        ax.plot(last, shown.references, clip_on=False, **dashed)
    else:
        for value in shown.references:
            ax.axhline(value, **dashed)
    if shown.references.size:
        handles.append(Line2D([], [], label=series.reference_label, **dashed))
    moments, called = series.moments
    if len(moments):
        dotted: dict[str, Any] = {"color": "0.5", "linewidth": LINE, "linestyle": ":", "zorder": 1.5}
        for moment in moments:
            ax.axvline(moment / shown.scale, **dotted)
        handles.append(Line2D([], [], label=called, **dotted))
    if legend and handles:
        legend_above(ax, handles)


def _limits(shown: ShownSeries, least: float) -> tuple[float, float]:
    """Limits of the value axis, never so narrow that rounding looks like a signal, and ``least`` to both sides."""
    errors = 0.0 if shown.errors is None else np.nan_to_num(shown.errors)
    values = np.concatenate(
        [(shown.columns - errors).ravel(), (shown.columns + errors).ravel(), shown.references]
    )
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    half = max(0.57 * (high - low), 0.1 * max(abs(low), abs(high)), least) or 1.0
    return (low + high) / 2 - half, (low + high) / 2 + half
