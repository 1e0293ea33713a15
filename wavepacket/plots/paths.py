"""Paths of packets in real space: which packets to show, in which plane, as which segments."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D

from wavepacket.arrays import Flags, Float, Integer
from wavepacket.bandstructure.points import point_label
from wavepacket.plots.between import between, drawn_parts, subdivided
from wavepacket.plots.contours import Ground, draw_arrows, draw_contours, draw_edges
from wavepacket.plots.field_marks import draw_field_marks
from wavepacket.plots.labels import time_unit
from wavepacket.plots.style import (
    CATEGORIES,
    GREY,
    legend_above,
    length_of,
    narrow,
    paler,
    prepare,
    text_size,
    valley_colour,
)

__all__ = [
    "Group",
    "colour_groups",
    "draw_ends",
    "draw_ground",
    "drawn_points",
    "group_handles",
    "last_finite",
    "length_of_paths",
    "mark_size",
    "motion_axes",
    "path_strength",
    "plot_paths",
    "set_limits",
    "shown_packets",
    "span_of_paths",
]


def shown_packets(n: int, most: int, weight: Float | None = None) -> Integer:
    """Indices of at most ``most`` of n packets, in order, by their weight where it is given; always the same ones."""
    if n <= most:
        return np.arange(n)
    # At random: equal steps through a grid of starting points would show stripes of it.
    rng = np.random.default_rng(0)
    share = None if weight is None else np.abs(weight) / np.sum(np.abs(weight))
    if share is None or np.count_nonzero(share) < most:
        return np.sort(rng.permutation(n)[:most])
    return np.sort(rng.choice(n, most, replace=False, p=share))


def motion_axes(vectors: Float) -> tuple[int, ...]:
    """Cartesian axes to draw (n, T, 3) in: the two along which packets move most, in order; one if they keep to a line.

    A plane is preferred to a line only if the motion out of the line is more than rounding.
    """
    offset = vectors - vectors[:, :1]
    finite = np.where(np.isfinite(offset), offset, 0.0)
    size = np.abs(finite).max(axis=(0, 1), initial=0.0)
    spread = np.where(np.isfinite(vectors), np.abs(vectors), 0.0).max(axis=(0, 1), initial=0.0)
    # Of ways that differ by little the first axes are taken: which packets are drawn must not turn the picture.
    alike = np.round(np.log2(np.maximum(size, 1e-300) / max(float(size.max()), 1e-300)))
    order = np.lexsort((np.arange(3), -spread * (size == 0), -alike))
    reach = max(float(size.max()), float(spread.max()))
    if max(size[order[1]], spread[order[1]]) <= 1e-9 * reach:
        return (int(order[0]),)
    first, second = sorted(order[:2].tolist())
    return first, second


@dataclass(frozen=True, eq=False)
class Group:
    """Packets that share a colour: those of a valley, or a single one where there are few and no valleys.

    Parameters
    ----------
    members : (n,) true for the packets of the group
    name : for the legend; empty for none
    under_minus : whether they are packets under −E
    """

    members: Flags
    colour: str
    name: str = ""
    under_minus: bool = False


def colour_groups(
    n: int, valley: npt.ArrayLike | None, names: Sequence[str] = (), sign: npt.ArrayLike | None = None
) -> list[Group]:
    """Groups of n packets with their valley's index (n,), −1 for none, and the valleys' names.

    ``sign`` (n,) of E, where a run has packets under −E: these have a lighter shade of the colour, and are drawn first.
    """
    labels = np.full(n, -1) if valley is None else np.asarray(valley)
    signs = np.ones(n) if sign is None else np.asarray(sign)
    if np.all(labels < 0) and np.count_nonzero(signs > 0) <= len(CATEGORIES):
        place = np.where(signs > 0, np.cumsum(signs > 0), np.cumsum(signs < 0)) - 1
        found = [Group(place == i, CATEGORIES[i]) for i in range(int(place.max(initial=-1)) + 1)]
    else:
        found = [
            Group(labels == label, valley_colour(label), point_label(names[label]) if 0 <= label < len(names) else "")
            for label in np.unique(labels).tolist()
        ]  # fmt: skip
    if np.all(signs > 0):
        return found
    ahead = [Group(one.members & (signs > 0), one.colour, one.name or "$E$") for one in found]
    return [
        *(Group(one.members & (signs < 0), paler(one.colour), "$-E$", under_minus=True) for one in found),
        *ahead,
    ]


def group_handles(groups: Sequence[Group]) -> list[Artist]:
    """Legend entries of the names of groups, the first of each in its colour; those under −E last, as one."""
    named: dict[str, str] = {}
    for one in sorted(groups, key=lambda group: group.under_minus):
        valleys = one.under_minus and "$E$" not in named
        named.setdefault(one.name, paler(GREY) if valleys else one.colour)
    return [Line2D([], [], color=colour, linewidth=1.5, label=name) for name, colour in named.items() if name]


def _end_handles(groups: Sequence[Group], n: int) -> list[Artist]:
    """Legend entries of the marks at the ends of n paths."""
    colour = groups[0].colour if len(groups) == 1 else "0.3"
    keys: dict[str, Any] = {"color": colour, "linestyle": "none", "marker": "o", "markersize": 4}
    start = Line2D([], [], markerfacecolor="white", markeredgewidth=0.7, label="start", **keys)
    return [*([start] if n <= _RINGS else []), Line2D([], [], label="end", **keys)]


def last_finite(paths: Float) -> tuple[Float, Flags]:
    """Last finite point (n, d) of each path (n, T, d), and whether the path ended before the last save."""
    finite: Flags = np.all(np.isfinite(paths), axis=2)
    last = finite.shape[1] - 1 - np.argmax(finite[:, ::-1], axis=1)
    return paths[np.arange(len(paths)), last], last < finite.shape[1] - 1


_RINGS = 60  # paths up to which their starts are marked
_SLENDER = 8.0  # height to width beyond which equal scales on both axes would show a line only


def plot_paths(
    time: Float,
    position: Float,
    *,
    ax: Axes | None = None,
    valley: npt.ArrayLike | None = None,
    valley_names: Sequence[str] = (),
    axes: Sequence[int] | None = None,
    most: int = 60,
    legend: bool = True,
    ground: Ground | None = None,
    sign: npt.ArrayLike | None = None,
) -> Axes:
    """Draw real-space paths: a ring where they start, a dot where they end, a cross where a packet was stopped.

    Between saves they are drawn smooth where the saves tell that they are.

    Parameters
    ----------
    time : (T,) fs
    position : (n, T, 3) Å; NaN after a packet stopped
    ax : may be a 3D axes; default a new figure
    valley, valley_names : (n,) index of each packet's valley, −1 for none, and the names
    axes : Cartesian axes to draw; default the two along which packets move most, one against time for motion on a line
    most : paths drawn, chosen at random
    ground : drawn under paths in a plane: a potential as contours, at its value through the origin; walls and contacts in xy
    sign : (n,) of E, where some packets are under −E: they have a lighter colour
    """
    ax = prepare(ax, 3.0)
    chosen = shown_packets(len(position), most)
    paths = position[chosen]
    labels, signs = (None if each is None else np.asarray(each)[chosen] for each in (valley, sign))
    drawn = tuple(axes) if axes is not None else (0, 1, 2) if ax.name == "3d" else motion_axes(paths)
    fine = subdivided(time, drawn_parts(len(time)))
    unit = length_of_paths(ax, paths, drawn)
    points, names = drawn_points(fine, between(time, paths, fine), drawn, unit)
    groups = colour_groups(len(points), labels, valley_names, signs)
    for group in groups:
        _draw_lines(ax, points[group.members], group.colour, len(points))
    set_limits(ax, points, equal=len(drawn) > 1)
    for direction, name in zip("xyz", names, strict=False):
        getattr(ax, f"set_{direction}label")(name)
    handles = [*group_handles(groups), *_end_handles(groups, len(paths))] if legend else []
    if handles:
        legend_above(ax, handles, columns=narrow(handles))
    draw_ground(ax, ground, unit[0], drawn, points)
    return ax


def draw_ground(
    ax: Axes, ground: Ground | None, unit: float, axes: Sequence[int], points: Float | None = None
) -> None:
    """Draw what lies under paths (..., 2) of which these components are drawn, in a unit in Å; nothing on a line."""
    if ground is None or len(axes) != 2:
        return
    if tuple(axes) == (0, 1):
        draw_edges(ax, ground, unit)
        if ground.direction is not None:
            draw_arrows(ax, ground.direction, unit)
    if ground.energy is not None:
        draw_contours(ax, ground.energy, tuple(axes), unit, points)
    draw_field_marks(ax, ground.fields, axes, points)


def length_of_paths(ax: Axes, position: Float, axes: Sequence[int]) -> tuple[float, str]:
    """Unit of length for these components of paths (n, T, 3) on axes: Å in one unit, and its symbol."""
    return length_of(ax, span_of_paths(position, axes))


def span_of_paths(position: Float, axes: Sequence[int]) -> float:
    """From the least to the largest of these components of paths (n, T, 3), Å."""
    finite = position[..., list(axes)]
    finite = finite[np.isfinite(finite)]
    return float(np.ptp(finite)) if finite.size else 0.0


def drawn_points(
    time: Float, position: Float, axes: Sequence[int], unit: tuple[float, str]
) -> tuple[Float, list[str]]:
    """Components to draw of paths (n, T, 3) in Å, in a unit of length, (n, T, 2 or 3), and the axis labels.

    A single component is drawn against time (T,), fs.
    """
    points = position[..., list(axes)]
    names = [f"${'xyz'[axis]}$ ({unit[1]})" for axis in axes]
    if len(axes) > 1:
        return points / unit[0], names
    scale, time_symbol = time_unit(float(time[-1]))
    stamps = np.broadcast_to(time / scale, points.shape[:2])
    return np.stack([stamps, points[..., 0] / unit[0]], axis=-1), [f"time ({time_symbol})", *names]


def path_strength(n: int) -> dict[str, float]:
    """Line width and opacity that keep n paths readable."""
    return {
        "linewidth": float(np.clip(4.0 / np.sqrt(n), 0.45, 1.0)),
        "alpha": float(np.clip(6.0 / np.sqrt(n), 0.45, 1.0)),
    }


def _draw_lines(ax: Axes, points: Float, colour: str, total: int) -> None:
    """Draw paths (n, T, 2 or 3) with marks at their ends."""
    keys: dict[str, Any] = {"color": colour, "rasterized": points.size > 200_000, **path_strength(total)}
    if points.shape[-1] == 3:
        for line in points:
            ax.plot(*line.T, **keys)
    else:
        ax.add_collection(LineCollection(list(points), capstyle="round", **keys), autolim=False)
    end, stopped = last_finite(points)
    size = mark_size(ax, total)
    marks: dict[str, Any] = {"color": colour, "linestyle": "none", "zorder": 2.8}
    if total <= _RINGS:
        start = {"marker": "o", "markerfacecolor": "white", "markersize": size, "markeredgewidth": 0.7}
        ax.plot(*points[:, 0].T, **(marks | start))
    draw_ends(ax, end, stopped, size, colour)


def mark_size(ax: Axes, n: int) -> float:
    """Size of the mark at the end of each of n paths, points."""
    return text_size(ax) * float(np.clip(3.0 / np.sqrt(n), 0.16, 0.5))


def draw_ends(ax: Axes, end: Float, stopped: Flags, size: float, colour: str) -> None:
    """Mark the ends (n, 2 or 3) of paths: a dot, a cross where the packet was stopped."""
    keys: dict[str, Any] = {"color": colour, "linestyle": "none", "zorder": 2.8}
    dots = {"marker": "o", "markersize": size, "markeredgecolor": "white", "markeredgewidth": 0.3}
    ax.plot(*end[~stopped].T, **(keys | dots))
    if stopped.any():
        ax.plot(*end[stopped].T, **(keys | {"marker": "x", "markersize": 1.2 * size, "markeredgewidth": 1.0}))


def set_limits(ax: Axes, points: Float, *, equal: bool) -> None:
    """Show all points (..., 2 or 3) with a margin, by equal scales unless the figure would be a mere line."""
    finite = points.reshape(-1, points.shape[-1])
    finite = finite[np.isfinite(finite).all(axis=1)]
    if len(finite) == 0:
        return
    low, high = finite.min(axis=0), finite.max(axis=0)
    size = high - low
    if equal and size.max() <= _SLENDER * size.min():
        ax.set_aspect("equal", adjustable="box" if ax.name == "3d" else "datalim")
    if ax.name == "3d":
        ax.locator_params(nbins=4)  # the labels of a slanted axis need more room
    ax.update_datalim([low[:2], high[:2]])
    ax.margins(0.06)
    ax.autoscale_view()
