"""An observable against a swept parameter, with the curve that theory draws."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

import wavepacket.analysis
import wavepacket.sweeps.magnetoresistance  # noqa: F401 (symbols of observables)
from wavepacket.arrays import Float
from wavepacket.config.scan import Axis
from wavepacket.plots.labels import axis_label, power_of_ten
from wavepacket.plots.naming import key_symbol
from wavepacket.plots.style import CATEGORIES, LINE, legend_above, prepare, text_size

__all__ = ["Curves", "plot_sweep"]

_HOLLOW: dict[str, Any] = {
    "linestyle": "none", "marker": "o", "markersize": 3, "markerfacecolor": "white", "zorder": 3,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Curves:
    """Values with one axis for each swept key, the one of the abscissa last; NaN is left out.

    Parameters
    ----------
    errors : uncertainties of the values, NaN where one is not known; None where they have none, as a bound
    label : what the legend calls them
    """

    axes: Sequence[Axis]
    values: Float
    errors: Float | None = None
    label: str = ""


def plot_sweep(
    measured: Curves, *, name: str, unit: str, reference: Curves | None = None, ax: Axes | None = None
) -> Axes:
    """Draw values against the last swept key, with a curve for each value of the others.

    With a reference the values are dots, and its curves are lines of the same colour. A dot is hollow where the uncertainty
    is not known.

    Parameters
    ----------
    name, unit : of the observable; both kinds of values are in it
    """
    ax = prepare(ax)
    shown = [each for curves in (measured, reference) if curves for each in (curves.values, curves.errors)]
    power = power_of_ten(np.concatenate([each.ravel() for each in shown if each is not None]))
    others = measured.axes[:-1]
    number = measured.values.size // len(measured.axes[-1].values)
    colours = list(colormaps["viridis"](np.linspace(0.0, 0.85, number))) if others else [CATEGORIES[0]]
    if reference is not None:
        x, curves, errors = _drawn(reference, power)
        x, curves, errors = (each[..., np.argsort(x, kind="stable")] for each in (x, curves, errors))
        for curve, error, colour in zip(curves, errors, colours if others else ["0.2"], strict=True):
            spread = np.nan_to_num(error)
            ax.fill_between(x, curve - spread, curve + spread, color=colour, alpha=0.25, linewidth=0)
            ax.plot(x, curve, color=colour, linewidth=1.5 * LINE, zorder=1.5)
    x, curves, errors = _drawn(measured, power)
    known = True
    for curve, error, colour, label in zip(curves, errors, colours, _curve_labels(others), strict=True):
        ax.errorbar(
            x, curve, yerr=np.nan_to_num(error), color=colour, marker="o", markersize=3, label=label,
            elinewidth=LINE, capsize=1.5, linewidth=1.5 * LINE, linestyle="none" if reference is not None else "-",
        )  # fmt: skip
        hollow = np.isnan(error) & np.isfinite(curve)
        if hollow.any():
            known = False
            ax.plot(x[hollow], curve[hollow], color=colour, **_HOLLOW)
    _widen(ax)
    _finish(ax, measured, axis_label(name, unit, power))
    handles: list[Line2D] = []
    if reference is not None and reference.label:
        handles = _reference_handles(reference.label, None if others else colours[0], measured.label)
    if not known:
        handles.append(Line2D([], [], color="0.2" if others else colours[0], label="± not known", **_HOLLOW))
    if handles:
        _name_above(ax, handles)
    return ax


def _drawn(curves: Curves, power: int) -> tuple[Float, Float, Float]:
    """Abscissae (n,), curves (m, n) and errors (m, n) as they are drawn."""
    axis = curves.axes[-1]
    x = np.array(range(len(axis.values)) if axis.numbers is None else axis.numbers, dtype=np.float64)
    values = curves.values.reshape(-1, len(x)) / 10.0**power
    errors = np.zeros_like(values) if curves.errors is None else curves.errors.reshape(values.shape)
    return x, values, errors / 10.0**power


def _widen(ax: Axes) -> None:
    """Make the axis span at least two per cent of the values: rounding must not look like a signal."""
    low, high = ax.get_ylim()
    half, middle = max((high - low) / 2, 0.01 * max(abs(low), abs(high))), (low + high) / 2
    ax.set_ylim(middle - half, middle + half)


def _finish(ax: Axes, measured: Curves, label: str) -> None:
    swept, others = measured.axes[-1], measured.axes[:-1]
    if swept.numbers is None:
        ax.set_xticks(np.arange(len(swept.values)), list(swept.values))
    elif swept.unit in ("deg", "°") and np.ptp(swept.numbers) >= 90:
        # Turns are read in right angles.
        ax.set_xticks(np.arange(np.ceil(min(swept.numbers) / 45), max(swept.numbers) / 45 + 1e-9) * 45)
    ax.set_xlabel(axis_label(key_symbol(swept.path), swept.unit))
    ax.set_ylabel(label)
    if others:
        title = ", ".join(axis_label(key_symbol(axis.path)) for axis in others)
        ax.legend(title=title, frameon=False, fontsize=text_size(ax) - 1, title_fontsize=text_size(ax) - 1)


def _reference_handles(label: str, colour: str | None, measured: str) -> list[Line2D]:
    """Entries of a legend: dots are measured, the line is theory."""
    dots = Line2D([], [], linestyle="none", marker="o", markersize=3, color=colour or "0.2", label=measured)
    return [dots, Line2D([], [], linewidth=1.5 * LINE, color="0.2", label=label)]


def _name_above(ax: Axes, handles: list[Line2D]) -> None:
    """Legend above; one of the curves themselves stays."""
    within = ax.get_legend()
    legend_above(ax, handles)
    if within is not None:
        ax.add_artist(within)


def _curve_labels(axes: Sequence[Axis]) -> list[str]:
    labels = [""]
    for axis in axes:
        labels = [f"{label}, {value}" if label else value for label in labels for value in axis.values]
    return labels
