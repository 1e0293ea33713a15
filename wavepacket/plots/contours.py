"""What lies under paths in real space: a potential as contours, a texture as arrows, walls and contacts of a sample."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.quiver import Quiver
from matplotlib.ticker import MaxNLocator
from scipy.spatial import KDTree

from wavepacket.arrays import Float
from wavepacket.config import Fields
from wavepacket.plots.style import CATEGORIES, text_size

__all__ = [
    "At", "Ground", "Landscape", "arrow_places", "draw_arrows", "draw_contours", "draw_edges", "plane_arrows",
]  # fmt: skip

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
_WHOLE = 0.32  # of the width, from the middle: labels farther out might be cut off
_MOST_MET = 5000  # points of paths that labels are compared with
_BEYOND = 1.0  # of the width of the axes, on each side: their scales may yet be made equal


def draw_contours(
    ax: Axes, energy: Landscape, axes: Sequence[int], unit: float, points: Float | None = None
) -> None:
    """Draw contours of V over the axes as they are, labelled in eV or meV.

    Parameters
    ----------
    axes : the two Cartesian axes that are drawn
    unit : of the axes, Å
    points : (..., 2) of paths, in the units of the axes, from which labels keep away
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
    labelled = _free_places([np.asarray(path.vertices) for path in lines.get_paths()], limits, points)
    look: dict[str, Any] = {"fontsize": 0.75 * text_size(ax), "colors": "0.45", "inline_spacing": 2}
    ax.clabel(lines, fmt=f"%g {symbol}", manual=labelled, **look)
    ax.dataLim.set(shown)  # the axes are still those of the paths
    ax.autoscale_view()


_CLEAR = 0.05  # of the axes: what a label is away from paths and other labels, else there is none
_ENOUGH = 0.25  # a place farther away is no better


def _free_places(lines: Sequence[Float], limits: Float, points: Float | None) -> list[tuple[float, float]]:
    """A place for the label of each line (n, 2), as far from paths and from other labels as it can be."""
    size, middle = np.ptp(limits, axis=1), limits.mean(axis=1)
    met = np.zeros((0, 2)) if points is None else np.asarray(points).reshape(-1, 2)
    met = met[np.isfinite(met).all(axis=1)][:: 1 + len(met) // _MOST_MET]
    taken, found = (met - middle) / size, list[tuple[float, float]]()
    for line in lines:
        places = (line - middle) / size
        inside = np.flatnonzero(np.all(np.abs(places) < _WHOLE, axis=1))
        if not len(inside):
            continue
        away = np.full(len(inside), _ENOUGH)
        if len(taken):
            away = np.minimum(KDTree(taken).query(places[inside])[0], _ENOUGH)
        # Of equal ones that nearest to the middle.
        best = inside[np.argmax(away - 1e-3 * np.hypot(*places[inside].T))]
        if away.max() > _CLEAR:
            taken = np.concatenate([taken, places[best, None]])
            found.append(tuple(line[best].tolist()))
    return found


_ARROWS = 27  # along the longer side


def draw_arrows(ax: Axes, direction: Landscape, unit: float) -> None:
    """Draw a direction over the xy plane: arrows of its part in the plane on a ground that is red where it points up."""
    ax.apply_aspect()
    limits = np.array([ax.get_xlim(), ax.get_ylim()])
    wide = limits + _BEYOND * np.ptp(limits, axis=1)[:, None] * [-1, 1]
    shown = ax.dataLim.frozen()

    def seen(x: Float, y: Float) -> Float:
        places = np.stack([*np.meshgrid(x, y), np.zeros((len(y), len(x)))], axis=-1)
        return np.asarray(direction(unit * places.reshape(-1, 3))).reshape(len(y), len(x), 3)

    x, y = (np.linspace(low, high, _POINTS) for low, high in wide.tolist())
    ax.contourf(
        x, y, seen(x, y)[..., 2], levels=np.linspace(-1, 1, 21), cmap="coolwarm", alpha=0.3, zorder=0.5
    )
    x, y = arrow_places(limits)
    plane_arrows(ax, x, y, seen(x, y))
    ax.dataLim.set(shown)  # the axes are still those of the paths
    ax.autoscale_view()


def arrow_places(limits: Float) -> tuple[Float, Float]:
    """Coordinates of arrows along both sides, within limits (2, 2) and beyond them."""
    step = np.ptp(limits, axis=1).max() / _ARROWS
    wide = limits + _BEYOND * np.ptp(limits, axis=1)[:, None] * [-1, 1]
    x, y = (np.arange(low + 0.5 * step, high, step) for low, high in wide.tolist())
    return x, y


def plane_arrows(ax: Axes, x: Float, y: Float, n: Float, **keys: Any) -> Quiver:
    """Draw the part in the plane of unit vectors n (len(y), len(x), 3), each a little shorter than its place is wide."""
    return ax.quiver(
        x, y, n[..., 0], n[..., 1], color="0.3", angles="xy", scale_units="xy", scale=1.1 / (x[1] - x[0]), pivot="mid",
        width=0.004, zorder=0.7, minlength=0.5, **keys,
    )  # fmt: skip


_LETTER = 0.05  # width of a letter of a name in a small panel, of the widest distance
_ALONG, _ACROSS = 0.2, 0.5  # of the widest distance: room for names along their contacts, and across them


def draw_edges(ax: Axes, ground: Ground, unit: float) -> None:
    """Draw walls as dark lines and contacts as thick ones with their names outside; ``unit`` of the axes in Å."""
    for chain in ground.walls:
        ax.plot(*(chain / unit).T, color="0.25", linewidth=1.2, zorder=2.4, solid_joinstyle="miter")
    if not ground.contacts:
        return
    every = np.concatenate([*ground.walls, *ground.contacts.values()])
    low, high = every.min(axis=0), every.max(axis=0)
    widest, room = float(np.max(high - low)), _ALONG
    for name, ends in ground.contacts.items():
        ax.plot(*(ends / unit).T, color=CATEGORIES[1], linewidth=2.5, zorder=2.5, solid_capstyle="butt")
        middle, along = ends.mean(axis=0), _readable((ends[1] - ends[0]) / np.hypot(*(ends[1] - ends[0])))
        out = np.array([-along[1], along[0]])
        out *= 1.0 if out @ (middle - 0.5 * (low + high)) > 0 else -1.0
        near = _neighbours(name, ground.contacts, along, widest)
        # A name between two others stands across its contact, one beside another ends at it.
        across = len(near) > 1
        direction = _readable(out) if across else along
        left = direction @ out > 0 if across else not any(place > 0 for place in near)
        room = _ACROSS if across else room
        ax.annotate(
            name, middle / unit, xytext=tuple((4.0 if across else 7.0) * out), textcoords="offset points",
            rotation=float(np.degrees(np.arctan2(direction[1], direction[0]))), rotation_mode="anchor",
            ha=("left" if left else "right") if near else "center", va="center", zorder=3, fontsize=0.8 * text_size(ax),
        )  # fmt: skip
    ax.update_datalim([(low - room * widest) / unit, (high + room * widest) / unit])
    ax.autoscale_view()


def _readable(direction: Float) -> Float:
    """The sense of a direction in which a text along it is read: to the right, or upwards."""
    return direction if direction @ [1.0, 0.01] > 0 else -direction


def _neighbours(name: str, contacts: Mapping[str, Float], along: Float, widest: float) -> list[float]:
    """How far along the edge of a contact those are whose names would run into its own, Å."""
    middle, found = contacts[name].mean(axis=0), list[float]()
    for other, ends in contacts.items():
        way = ends.mean(axis=0) - middle
        on_edge = abs(along[0] * way[1] - along[1] * way[0]) < 1e-6 * widest
        if other != name and on_edge and abs(way @ along) < 0.5 * _LETTER * widest * len(name + other):
            found.append(float(way @ along))
    return found
