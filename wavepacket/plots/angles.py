"""The figure of a sweep of the direction of B: magnetoresistance and planar Hall effect, with their series in the angle."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from wavepacket.plots.figures import Panel, compose
from wavepacket.plots.labels import axis_label, power_of_ten
from wavepacket.plots.style import CATEGORIES, LINE, prepare, text_size
from wavepacket.sweeps.angles import Turned

__all__ = ["angles_figure", "plot_against_angle"]

_FINE = 241  # points of a fitted curve


def angles_figure(turned: Sequence[Turned]) -> Figure:
    """Panels: the diagonal of ρ, and its symmetric part between the axes, against the angle of B."""
    diagonal: Panel = partial(plot_against_angle, turned, ("along", "across"))
    planar: Panel = partial(plot_against_angle, turned, ("planar",))
    return compose([diagonal, planar], "")


def plot_against_angle(turned: Sequence[Turned], names: Sequence[str], *, ax: Axes | None = None) -> Axes:
    """Draw parts of ρ against the angle of B with the series that was fitted.

    Parameters
    ----------
    names : ``along``, ``across`` or ``planar``, as of `Turned.data`
    """
    ax = prepare(ax)
    power = power_of_ten(np.concatenate([each.data(name)[0] for each in turned for name in names]))
    for number, each in enumerate(turned):
        one, two = each.names
        axes = {"along": 2 * one, "across": 2 * two, "planar": one + two}
        degrees = np.degrees(each.angle)
        fine = np.linspace(degrees.min(), degrees.max(), _FINE)
        for place, name in enumerate(names):
            values, errors = (part / 10.0**power for part in each.data(name))
            colour: Any = CATEGORIES[place]
            label = rf"$\rho_{{{axes[name]}}}$"
            if len(turned) > 1:
                colour = colormaps["viridis"](0.85 * number / (len(turned) - 1))
                label = ", ".join([*each.settings.values(), f"{each.strength:g} T"]) if place == 0 else ""
            ax.errorbar(
                degrees, values, yerr=errors, color=colour, marker="os"[place], markersize=3, linestyle="none",
                label=label, elinewidth=LINE, capsize=1.5,
            )  # fmt: skip
            if each.fits is not None:
                curve = each.fits[name](np.radians(fine)) / 10.0**power
                ax.plot(fine, curve, color=colour, linewidth=LINE, zorder=1.5)
    if max(np.ptp(each.angle) for each in turned) > np.pi / 2:
        ax.xaxis.set_major_locator(MultipleLocator(45.0))
    one, two = turned[0].names
    ax.set_xlabel(axis_label(rf"angle of $B$ from ${one}$ to ${two}$", "°"))
    symbol = r"$\rho$" if "along" in names else rf"$\rho_{{{one}{two}}}$"
    ax.set_ylabel(axis_label(symbol, turned[0].unit, power))
    ax.legend(frameon=False, fontsize=text_size(ax) - 0.5)
    return ax
