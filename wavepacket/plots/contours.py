"""A potential as contours under paths in real space."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from wavepacket.arrays import Float
from wavepacket.plots.style import text_size

__all__ = ["Landscape", "draw_contours"]

Landscape = Callable[[Float], Float]
"""Potential energy (n,) in eV at places (n, 3) in Å."""

_POINTS = 161
_BEYOND = 1.0  # of the width of the axes, on each side: their scales may yet be made equal


def draw_contours(ax: Axes, energy: Landscape, axes: Sequence[int], unit: float) -> None:
    """Draw contours of V over the axes as they are, labelled in eV or meV.

    Parameters
    ----------
    axes : the two Cartesian axes that are drawn
    unit : of the axes, Å
    """
    ax.apply_aspect()
    limits = np.array([ax.get_xlim(), ax.get_ylim()])
    wide = limits + _BEYOND * np.ptp(limits, axis=1)[:, None] * [-1, 1]
    x, y = (np.linspace(low, high, _POINTS) for low, high in wide.tolist())
    places = np.zeros((_POINTS, _POINTS, 3))
    places[..., axes[0]], places[..., axes[1]] = x[None, :] * unit, y[:, None] * unit
    values = energy(places.reshape(-1, 3)).reshape(_POINTS, _POINTS)
    near = values[np.ix_(*((limits[i, 0] <= c) & (c <= limits[i, 1]) for i, c in ((1, y), (0, x))))]
    if not np.ptp(near) > 0:
        return
    scale, symbol = (1.0, "eV") if np.abs(near).max() >= 0.1 else (1e-3, "meV")
    levels = MaxNLocator(7).tick_values(near.min() / scale, near.max() / scale)
    keys: dict[str, Any] = {"colors": "0.72", "linewidths": 0.6, "zorder": 0.6}
    shown = ax.dataLim.frozen()
    lines = ax.contour(x, y, values / scale, levels=levels, **keys)
    ax.clabel(lines, fontsize=0.75 * text_size(ax), fmt=f"%g {symbol}", inline_spacing=2)
    ax.dataLim.set(shown)  # the axes are still those of the paths
    ax.autoscale_view()
