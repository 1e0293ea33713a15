"""Packets that move over one pair of axes, with tails that fade."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from wavepacket.arrays import Flags, Float
from wavepacket.plots.packets import Group

__all__ = ["Swarm", "moving_line"]


_FAINT = (
    0.1  # of the full area of a dot; a smaller one is no wider than a tail, which would look like an arrow
)
_SHADES = (0.12, 0.25, 0.45, 0.7)  # opacity of a tail from its end to the packet


class Swarm:
    """Packets on one pair of axes: a dot each, grey once it was stopped, and a tail.

    Parameters
    ----------
    points : (F, n, 2) where each packet is at each frame
    moving : (F, n) false once a packet was stopped
    joined : (F−1, n) false where the step to the next frame is a jump across the zone
    groups : packets by colour
    tail : frames that a tail lasts
    size : of a dot, points
    weight : (n,) share of its full area that each dot has, 0 to 1; a packet of little weight has no tail; None for 1
    """

    def __init__(
        self,
        ax: Axes,
        points: Float,
        moving: Flags,
        joined: Flags,
        *,
        groups: Sequence[Group],
        tail: int,
        size: float,
        weight: Float | None = None,
    ) -> None:
        self._weight = np.ones(points.shape[1]) if weight is None else weight
        self._size, self._trailing = size, self._weight >= _FAINT
        self._ax, self._points, self._moving, self._joined = ax, points, moving, joined
        self._groups, self._tail = groups, tail
        dot: dict[str, Any] = {
            "linestyle": "none",
            "marker": "o",
            "markeredgewidth": 0.08 * size,
            "zorder": 4,
        }
        trail: dict[str, Any] = {"linewidth": 0.28 * size, "solid_capstyle": "round"}
        self._tails = [
            [moving_line(ax, color=one.colour, alpha=shade, **trail) for shade in _SHADES] for one in groups
        ]
        self._dots = [
            ax.scatter(
                [], [], color=one.colour, edgecolor="white", linewidth=0.08 * size, zorder=4, animated=True
            )
            for one in groups
        ]
        self._stopped = moving_line(ax, color="0.6", markersize=0.8 * size, markeredgecolor="0.3", **dot)

    def draw(self, frame: int) -> None:
        """Draw the packets at a frame."""
        edges = np.linspace(max(frame - self._tail, 0), frame, len(_SHADES) + 1).round().astype(int)
        for group, tails in zip(self._groups, self._tails, strict=True):
            for line, first, last in zip(tails, edges[:-1], edges[1:], strict=True):
                if last > first:
                    line.set_data(*self._trail(first, last, group.members & self._trailing).T)
                    self._ax.draw_artist(line)
        moving, here = self._moving[frame], self._points[frame]
        if not moving.all():
            self._stopped.set_data(*here[~moving].T)
            self._ax.draw_artist(self._stopped)
        for group, dots in zip(self._groups, self._dots, strict=True):
            shown = moving & group.members
            dots.set_offsets(here[shown])
            dots.set_sizes(self._size**2 * self._weight[shown])
            self._ax.draw_artist(dots)

    def _trail(self, first: int, last: int, members: Flags) -> Float:
        """Steps between two frames as one line (m, 2) with NaN between the steps."""
        points = self._points[first : last + 1, members]
        gap = np.full_like(points[1:], np.nan)
        steps = np.stack([points[:-1], points[1:], gap], axis=2)
        return steps[self._joined[first:last, members]].reshape(-1, 2)


def moving_line(ax: Axes, **keys: Any) -> Line2D:
    """Line without points that is left out when the still part of a figure is drawn."""
    line = Line2D([], [], animated=True, **keys)
    ax.add_line(line)
    return line
