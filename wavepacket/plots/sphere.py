"""Spins on a Bloch sphere, seen from the side: paths of packets in a figure, moving dots in a movie."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from wavepacket.arrays import Float
from wavepacket.plots.between import PARTS, resampled, subdivided
from wavepacket.plots.panels import dot_size
from wavepacket.plots.paths import (
    Group,
    colour_groups,
    draw_ends,
    last_finite,
    mark_size,
    path_strength,
    shown_packets,
)
from wavepacket.plots.scene import MovingPackets
from wavepacket.plots.style import LINE, prepare, text_size

__all__ = ["plot_spins", "seen", "sphere_panel"]

_AZIMUTH, _HEIGHT = np.radians(-60.0), np.radians(20.0)  # from where the sphere is looked at
_FAINT = 0.35  # opacity of what lies behind, of that in front
_CIRCLE = 181  # points
_TAIL = 0.1  # length of a tail, of the whole movie


def seen(vectors: Float) -> tuple[Float, Float]:
    """Places (..., 2) on the page of vectors (..., 3), to the right and up, and how far (...) they lie in front."""
    right = np.array([-np.sin(_AZIMUTH), np.cos(_AZIMUTH), 0.0])
    front = np.array(
        [np.cos(_AZIMUTH) * np.cos(_HEIGHT), np.sin(_AZIMUTH) * np.cos(_HEIGHT), np.sin(_HEIGHT)]
    )
    up = np.cross(front, right)
    return np.stack([vectors @ right, vectors @ up], axis=-1), np.asarray(vectors @ front)


def _draw_sphere(ax: Axes) -> None:
    """Outline, equator, two meridians and the axes of a sphere of radius 1."""
    turn = np.linspace(0.0, 2.0 * np.pi, _CIRCLE)
    c, s, o = np.cos(turn), np.sin(turn), np.zeros(_CIRCLE)
    ax.fill(c, s, facecolor="0.97", edgecolor="0.5", linewidth=LINE, zorder=1)
    for circle in ((c, s, o), (c, o, s), (o, c, s)):
        points, depth = seen(np.stack(circle, axis=1))
        _draw_path(ax, points[None], depth[None], {"color": "0.6", "linewidth": 0.5 * LINE, "zorder": 1.5})
    size = text_size(ax)
    for name, axis in zip("xyz", np.eye(3), strict=True):
        (end,), depth = seen(1.2 * axis[None])
        (tip,), _ = seen(axis[None])
        ax.plot([0, tip[0]], [0, tip[1]], color="0.6", linewidth=0.5 * LINE, zorder=1.5)
        ax.text(end[0], end[1], f"$S_{name}$", ha="center", va="center", fontsize=size, color="0.2")
    ax.set_aspect("equal")
    ax.set_xlim(-1.2, 1.2)
    ax.set_ylim(-1.1, 1.3)
    ax.set_axis_off()


def _draw_path(ax: Axes, points: Float, depth: Float, keys: dict[str, Any]) -> None:
    """Paths (n, T, 2), their parts behind the sphere fainter."""
    pieces = np.stack([points[:, :-1], points[:, 1:]], axis=2).reshape(-1, 2, 2)
    behind = (0.5 * (depth[:, :-1] + depth[:, 1:]) < 0).ravel()
    alpha = keys.get("alpha", 1.0)
    for part, opacity in ((pieces[behind], _FAINT * alpha), (pieces[~behind], alpha)):
        ax.add_collection(LineCollection(list(part), **(keys | {"alpha": opacity})), autolim=False)


def plot_spins(
    spin: Float,
    length: float,
    *,
    ax: Axes | None = None,
    valley: npt.ArrayLike | None = None,
    valley_names: Sequence[str] = (),
    most: int = 60,
) -> Axes:
    """Draw paths of spins on a sphere of the largest spin: a ring where they start, a dot where they end, the mean in black.

    Parameters
    ----------
    spin : (n, T, 3) ħ; NaN after a packet stopped
    length : spin of which the sphere is, ħ
    ax : default a new figure
    valley, valley_names : (n,) index of each packet's start, −1 for none, and the names
    most : paths drawn, chosen at random
    """
    ax = prepare(ax, 3.0)
    _draw_sphere(ax)
    chosen = shown_packets(len(spin), most)
    points, depth = seen(spin[chosen] / length)
    labels = None if valley is None else np.asarray(valley)[chosen]
    size = mark_size(ax, len(points))
    for group in colour_groups(len(points), labels, valley_names):
        keys: dict[str, Any] = {"color": group.colour, "zorder": 2.5, **path_strength(len(points))}
        mine = points[group.members]
        _draw_path(ax, mine, depth[group.members], keys)
        marks: dict[str, Any] = {"color": group.colour, "linestyle": "none", "zorder": 2.8}
        ax.plot(
            *mine[:, 0].T, marker="o", markerfacecolor="white", markersize=size, markeredgewidth=0.7, **marks
        )
        draw_ends(ax, *last_finite(mine), size, group.colour)
    if len(points) > 1:
        mean, far = seen(np.nanmean(spin, axis=0)[None] / length)
        _draw_path(ax, mean, far, {"color": "black", "linewidth": 1.5 * LINE, "zorder": 3.0})
    return ax


def sphere_panel(
    ax: Axes,
    stamps: Float,
    time: Float,
    spin: Float,
    length: float,
    *,
    groups: Sequence[Group],
    weight: Float | None = None,
) -> MovingPackets:
    """Spins (n, T, 3) that move on a sphere, at the times of the frames (F,), fs; ``length`` as in `plot_spins`."""
    _draw_sphere(ax)
    spins, moving = resampled(time, spin, subdivided(stamps, PARTS))
    points, _ = seen(spins / length)
    joined = np.ones((len(points) - 1, spin.shape[0]), dtype=bool)
    return MovingPackets(
        ax, points, moving, joined, groups=groups, tail=round(_TAIL * len(stamps)), parts=PARTS, size=dot_size(len(spin)),
        weight=weight,
    )  # fmt: skip
