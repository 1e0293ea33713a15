"""What lies under paths in real space: a potential as contours, a texture as arrows, walls and contacts of a sample."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from wavepacket.arrays import Float
from wavepacket.config import Fields
from wavepacket.plots.style import CATEGORIES, text_size

__all__ = ["At", "Ground", "Landscape", "draw_arrows", "draw_contours", "draw_edges"]

Landscape = Callable[[Float], Float]
"""Potential energy (n,) in eV at places (n, 3) in Å."""


At = Callable[[Float, float], Float]
"""A direction (n, 3) at places (n, 3) in Å and a time in fs."""


@dataclass(frozen=True)
class Ground:
    """What lies under paths.

    Attributes
    ----------
    energy : potential energy at places, None without one
    walls : chains of points (n, 2) in the xy plane, Å
    contacts : ends (2, 2) of each, by name
    direction : unit vectors (n, 3) of a texture at places (n, 3) in Å of the xy plane, None without one
    fields : E and B, marked in a corner
    moving : the same of a texture that depends on time, at places and a time in fs; movies draw it frame by frame

    """

    energy: Landscape | None = None
    walls: tuple[Float, ...] = ()
    contacts: Mapping[str, Float] = field(default_factory=dict)
    direction: Landscape | None = None
    fields: Fields = field(default_factory=Fields)
    moving: At | None = None


_POINTS = 161
_WHOLE = 0.38  # of the width, from the middle: labels farther out might be cut off
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
    for label in ax.clabel(lines, fontsize=0.75 * text_size(ax), fmt=f"%g {symbol}", inline_spacing=2):
        place = (np.array(label.get_position()) - limits[:, 0]) / np.ptp(limits, axis=1)
        if np.any(np.abs(place - 0.5) > _WHOLE):
            label.remove()
    ax.dataLim.set(shown)  # the axes are still those of the paths
    ax.autoscale_view()


_ARROWS = 27  # along the longer side


def draw_arrows(ax: Axes, direction: Landscape, unit: float) -> None:
    """Draw a direction over the xy plane: arrows of its part in the plane on a ground that is red where it points up."""
    ax.apply_aspect()
    limits = np.array([ax.get_xlim(), ax.get_ylim()])
    wide = limits + _BEYOND * np.ptp(limits, axis=1)[:, None] * [-1, 1]
    step, shown = np.ptp(limits, axis=1).max() / _ARROWS, ax.dataLim.frozen()

    def seen(x: Float, y: Float) -> Float:
        places = np.stack([*np.meshgrid(x, y), np.zeros((len(y), len(x)))], axis=-1)
        return np.asarray(direction(unit * places.reshape(-1, 3))).reshape(len(y), len(x), 3)

    x, y = (np.linspace(low, high, _POINTS) for low, high in wide.tolist())
    ax.contourf(
        x, y, seen(x, y)[..., 2], levels=np.linspace(-1, 1, 21), cmap="coolwarm", alpha=0.3, zorder=0.5
    )
    x, y = (np.arange(low + 0.5 * step, high, step) for low, high in wide.tolist())
    n = seen(x, y)
    ax.quiver(
        x, y, n[..., 0], n[..., 1], color="0.3", angles="xy", scale_units="xy", scale=1.1 / step, pivot="mid", width=0.004,
        zorder=0.7, minlength=0.5,
    )  # fmt: skip
    ax.dataLim.set(shown)  # the axes are still those of the paths
    ax.autoscale_view()


_SHORT = 0.25  # of the widest distance: names of shorter contacts stand across them


def draw_edges(ax: Axes, ground: Ground, unit: float) -> None:
    """Draw walls as dark lines and contacts as thick ones with their names outside; ``unit`` of the axes in Å."""
    for chain in ground.walls:
        ax.plot(*(chain / unit).T, color="0.25", linewidth=1.2, zorder=2.4, solid_joinstyle="miter")
    if not ground.contacts:
        return
    every = np.concatenate([*ground.walls, *ground.contacts.values()])
    low, high = every.min(axis=0), every.max(axis=0)
    for name, ends in ground.contacts.items():
        ax.plot(*(ends / unit).T, color=CATEGORIES[1], linewidth=2.5, zorder=2.5, solid_capstyle="butt")
        middle, along = ends.mean(axis=0), ends[1] - ends[0]
        out = np.array([-along[1], along[0]]) / np.hypot(*along)
        out *= 1.0 if out @ (middle - 0.5 * (low + high)) > 0 else -1.0
        short = np.hypot(*along) < _SHORT * np.max(high - low)
        direction = out if short else along
        angle = (float(np.degrees(np.arctan2(direction[1], direction[0]))) + 89.9) % 180.0 - 89.9
        side = "center" if not short else "right" if out @ [1.0, 0.01] < 0 or angle * out[1] < 0 else "left"
        ax.annotate(
            name, middle / unit, xytext=tuple((4.0 if short else 7.0) * out), textcoords="offset points", rotation=angle,
            rotation_mode="anchor", ha=side, va="center", zorder=3, fontsize=0.8 * text_size(ax),
        )  # fmt: skip
    lengths = [np.ptp(ends, axis=0).max() for ends in ground.contacts.values()]
    size = (0.35 if min(lengths) < _SHORT * np.max(high - low) else 0.12) * (high - low).max() / unit
    ax.update_datalim([low / unit - size, high / unit + size])
    ax.autoscale_view()
