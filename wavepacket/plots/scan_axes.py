"""Axes of a scan over μ: lines with their uncertainties, a colour for each temperature, legends."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.lines import Line2D

from wavepacket.arrays import Float
from wavepacket.observables import Observable
from wavepacket.plots.labels import axis_label
from wavepacket.plots.style import GREY, LINE, text_size

__all__ = ["by_name", "finish_scan", "place_legend", "scan_legend", "scan_line", "temperature_colours"]

_COLD, _WARM = "#2c5f9e", "#c8452f"


def by_name(observable: Observable) -> dict[str, Float]:
    """The parts of an observable that has some by name."""
    assert isinstance(observable.value, dict)
    return observable.value


def temperature_colours(temperature: Float) -> list[str]:
    """Colours from cold to warm; grey for a single temperature."""
    if len(temperature) == 1:
        return [GREY]
    blend = LinearSegmentedColormap.from_list("heat", [_COLD, "#8a6fae", _WARM])
    order = np.argsort(np.argsort(temperature)) / (len(temperature) - 1)
    return ["#" + "".join(f"{round(255 * x):02x}" for x in blend(position)[:3]) for position in order]


def scan_line(ax: Axes, mu: Float, values: Float, errors: Float, colour: str) -> None:
    """Draw values over μ with their uncertainties; a single one as a point."""
    if len(mu) == 1:
        ax.errorbar(
            mu, values, errors, fmt="o", color=colour, markersize=0.42 * text_size(ax), linewidth=LINE
        )
        return
    ax.fill_between(mu, values - errors, values + errors, color=colour, alpha=0.25, linewidth=0)
    ax.plot(mu, values, color=colour, linewidth=1.8 * LINE)


def finish_scan(ax: Axes, label: str) -> None:
    """Label the axes, and draw zero."""
    ax.axhline(0.0, color="0.8", linewidth=LINE, zorder=0.5)
    ax.set_xlabel(axis_label(r"$\mu$", "eV"))
    ax.set_ylabel(label)
    ax.margins(x=0.05 if ax.containers else 0.0)
    ax.locator_params(axis="x", nbins=6)


def scan_legend(ax: Axes, colours: list[str], labels: list[str]) -> None:
    """Legend of lines by their colours; of many, some."""
    if len(labels) > 6:
        keep = np.unique(np.linspace(0, len(labels) - 1, 5).round().astype(int))
        colours, labels = [colours[i] for i in keep], [labels[i] for i in keep]
    place_legend(
        ax,
        [
            Line2D([], [], color=c, linewidth=2 * LINE, label=text)
            for c, text in zip(colours, labels, strict=True)
        ],
    )


def place_legend(ax: Axes, handles: list[Line2D]) -> None:
    """Legend in a row above the axes, where it covers nothing."""
    ax.legend(
        handles=handles, loc="lower right", bbox_to_anchor=(1.02, 1.0), ncols=5, frameon=False,
        fontsize=text_size(ax) - 1.5, handlelength=1.3, columnspacing=0.7, borderaxespad=0.2, handletextpad=0.4,
    )  # fmt: skip
