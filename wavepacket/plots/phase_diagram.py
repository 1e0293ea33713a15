"""The Chern number over two parameters of a model."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import BoundaryNorm, LinearSegmentedColormap, ListedColormap

from wavepacket.plots.labels import axis_label
from wavepacket.plots.style import LINE, prepare, text_size
from wavepacket.response.phases import PhaseDiagram

__all__ = ["plot_phase_diagram"]


def plot_phase_diagram(diagram: PhaseDiagram, *, ax: Axes | None = None) -> Axes:
    """Draw the Chern number over two parameters, and the lines where it changes."""
    ax = prepare(ax)
    finite = diagram.chern[np.isfinite(diagram.chern)]
    largest = max(1, int(np.abs(finite).max(initial=1)))
    levels = np.arange(-largest, largest + 1)
    blend = LinearSegmentedColormap.from_list("chern", ["#4a7ebb", "#f4f4f2", "#d1604f"])
    colours = ListedColormap(blend(np.linspace(0, 1, len(levels)))).with_extremes(bad="0.6")
    norm = BoundaryNorm(np.arange(-largest - 0.5, largest + 1), colours.N)
    image = ax.pcolormesh(
        diagram.first,
        diagram.second,
        diagram.chern.T,
        cmap=colours,
        norm=norm,
        shading="nearest",
        rasterized=True,
    )
    if len(diagram.boundary):
        ax.add_collection(
            LineCollection(list(diagram.boundary), colors="0.1", linewidths=1.6 * LINE), autolim=False
        )
    bar_axes = ax.inset_axes((1.04, 0.0, 0.045, 1.0))
    bar = ax.figure.colorbar(image, cax=bar_axes, ticks=levels)
    bar.set_label("Chern number $C$", size=text_size(ax))
    bar_axes.tick_params(labelsize=text_size(ax) - 0.5, length=0)
    bar.outline.set_linewidth(LINE)
    ax.set_xlabel(axis_label(_parameter_label(diagram.names[0]), diagram.units[0]))
    ax.set_ylabel(axis_label(_parameter_label(diagram.names[1]), diagram.units[1]))
    return ax


def _parameter_label(name: str) -> str:
    """Name of a model's parameter as it is printed: a Greek letter where it is one."""
    greek = {"phi", "theta", "alpha", "lambda", "delta"}
    return rf"$\{name}$" if name in greek else name.replace("_", " ")
