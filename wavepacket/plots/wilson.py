"""Wilson-loop spectra of a group of bands."""

from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from wavepacket.bandstructure.wilson_lines import WilsonLines
from wavepacket.plots.figures import compose
from wavepacket.plots.style import CATEGORIES, LINE, prepare, text_size

__all__ = ["plot_wilson_lines", "wilson_figure"]


def wilson_figure(lines: WilsonLines) -> Figure:
    """Draw the centres of each plane in a panel of its own."""
    return compose([partial(plot_wilson_lines, lines, plane) for plane in lines.centres], "")


def plot_wilson_lines(lines: WilsonLines, plane: str = "", *, ax: Axes | None = None) -> Axes:
    """Draw the centres of a plane against the component of k across the loops, in the cell and half of the next one."""
    ax = prepare(ax)
    centres = lines.centres[plane]
    for height in (0.0, 1.0):
        ax.axhline(height, color="0.8", linewidth=LINE, zorder=0.5)
    for cell in (-1.0, 0.0, 1.0):
        for column in centres.T:
            ax.plot(
                lines.across,
                column + cell,
                "o",
                color=CATEGORIES[0],
                markersize=0.16 * text_size(ax),
                markeredgewidth=0,
            )
    if len(lines.across) > 1:
        ax.axvline(0.5, color="0.8", linewidth=LINE, zorder=0.5)
        ax.set_xlim(0.0, 1.0)
    ax.set_ylim(-0.25, 1.25)
    ax.set_yticks(np.linspace(0.0, 1.0, 5))
    ax.set_xlabel("$k_2$ (reciprocal vector)" + (f", {plane}" if plane else ""))
    ax.set_ylabel("centre (lattice vector 1)")
    return ax
