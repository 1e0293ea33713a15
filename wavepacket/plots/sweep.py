"""An observable against a swept parameter."""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib import colormaps
from matplotlib.axes import Axes

from wavepacket.config.scan import Axis
from wavepacket.plots.labels import axis_label, power_of_ten
from wavepacket.plots.style import LINE, prepare, text_size

__all__ = ["plot_sweep"]

Float = npt.NDArray[np.float64]


def plot_sweep(
    axes: Sequence[Axis],
    values: Float,
    uncertainties: Float | None = None,
    *,
    name: str,
    unit: str,
    ax: Axes | None = None,
) -> Axes:
    """Draw values against the last swept key, with a curve for each value of the others.

    Parameters
    ----------
    axes : swept keys
    values, uncertainties : one axis for each key; NaN is left out
    name, unit : of the observable
    """
    ax = prepare(ax)
    swept, others = axes[-1], axes[:-1]
    x, ticks, label = _abscissa(swept)
    power = power_of_ten(values[np.isfinite(values)])
    curves = values.reshape(-1, len(x)) / 10.0**power
    errors = None if uncertainties is None else uncertainties.reshape(curves.shape) / 10.0**power
    labels = _curve_labels(others)
    colours = colormaps["viridis"](np.linspace(0.0, 0.85, len(curves)))
    for i, curve in enumerate(curves):
        error = None if errors is None else np.nan_to_num(errors[i])
        ax.errorbar(
            x, curve, yerr=error, color=colours[i], marker="o", markersize=2.5, linewidth=1.5 * LINE,
            elinewidth=LINE, capsize=1.5, label=labels[i],
        )  # fmt: skip
    if ticks:
        ax.set_xticks(x, ticks)
    ax.set_xlabel(label)
    ax.set_ylabel(axis_label(name.replace("_", " "), unit, power))
    if others:
        title = ", ".join(axis.path for axis in others)
        ax.legend(title=title, frameon=False, fontsize=text_size(ax) - 1, title_fontsize=text_size(ax) - 1)
    return ax


def _abscissa(axis: Axis) -> tuple[Float, list[str], str]:
    """Positions, tick labels (for values that are no numbers) and the label of the axis."""
    matches = [re.fullmatch(r"([-+\d.eE]+)\s*(.*)", value) for value in axis.values]
    units = {match[2] for match in matches if match}
    if all(matches) and len(units) == 1:
        unit = units.pop()
        numbers = np.array([float(match[1]) for match in matches if match])
        return numbers, [], f"{axis.path} ({unit})" if unit else axis.path
    return np.arange(len(axis.values), dtype=np.float64), list(axis.values), axis.path


def _curve_labels(axes: Sequence[Axis]) -> list[str]:
    labels = [""]
    for axis in axes:
        labels = [f"{label}, {value}" if label else value for label in labels for value in axis.values]
    return labels
