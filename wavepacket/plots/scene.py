"""The moving part of a movie: packets with fading tails and densities, on axes whose still part is drawn once.

Only what moves is drawn again for each frame, on a saved copy of the rest.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from wavepacket.arrays import Flags, Float
from wavepacket.plots.paths import Group

__all__ = ["Clock", "Curves", "MovingDensity", "MovingPackets", "Scene", "draw_frame", "moving_line"]


class MovingDensity:
    """A density over a rectangle.

    Parameters
    ----------
    extent : left, right, bottom, top in the unit of the axes
    density : frame → image (rows along y), not negative
    largest : density that is drawn darkest
    colour : of the dark end
    """

    def __init__(
        self,
        ax: Axes,
        extent: tuple[float, float, float, float],
        density: Callable[[int], Float],
        *,
        largest: float,
        colour: str = "black",
    ) -> None:
        self._ax, self._density, self._largest = ax, density, largest
        self._colour = np.array(to_rgb(colour))
        limits = ax.get_xlim(), ax.get_ylim()
        aspect = ax.get_aspect()
        self._image = ax.imshow(
            np.zeros((2, 2, 4)),
            extent=extent,
            origin="lower",
            interpolation="bilinear",
            animated=True,
            zorder=2.6,
        )
        ax.set_aspect(aspect)
        ax.set_xlim(limits[0])
        ax.set_ylim(limits[1])

    def draw(self, frame: int) -> None:
        """Draw the density of a frame."""
        shade = np.clip(self._density(frame) / self._largest, 0.0, 1.0)
        pixels = np.empty((*shade.shape, 4))
        pixels[..., :3] = self._colour
        pixels[..., 3] = 0.75 * shade
        self._image.set_data(pixels)
        self._ax.draw_artist(self._image)


_FAINT = (
    0.1  # of the full area of a dot; a smaller one is no wider than a tail, which would look like an arrow
)
_SHADES = (0.12, 0.25, 0.45, 0.7)  # opacity of a tail from its end to the packet


class MovingPackets:
    """Packets on one pair of axes: a dot each, grey once it was stopped, and a tail.

    Parameters
    ----------
    points : (S, n, 2) where each packet is at each time of a frame, and at times between them
    moving : (S, n) false once a packet was stopped
    joined : (S−1, n) false where the step to the next time is a jump across the zone
    groups : packets by colour
    tail : frames that a tail lasts
    parts : steps from frame to frame
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
        parts: int = 1,
        size: float,
        weight: Float | None = None,
    ) -> None:
        self._weight = np.ones(points.shape[1]) if weight is None else weight
        self._size, self._trailing = size, self._weight >= _FAINT
        self._ax, self._points, self._moving, self._joined = ax, points, moving, joined
        self._groups, self._tail, self._parts = groups, tail * parts, parts
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
        now = frame * self._parts
        edges = np.linspace(max(now - self._tail, 0), now, len(_SHADES) + 1).round().astype(int)
        for group, tails in zip(self._groups, self._tails, strict=True):
            for line, first, last in zip(tails, edges[:-1], edges[1:], strict=True):
                if last > first:
                    line.set_data(*self._trail(first, last, group.members & self._trailing).T)
                    self._ax.draw_artist(line)
        moving, here = self._moving[now], self._points[now]
        if not moving.all():
            self._stopped.set_data(*here[~moving].T)
            self._ax.draw_artist(self._stopped)
        for group, dots in zip(self._groups, self._dots, strict=True):
            shown = moving & group.members
            dots.set_offsets(here[shown])
            dots.set_sizes(self._size**2 * self._weight[shown])
            self._ax.draw_artist(dots)

    def _trail(self, first: int, last: int, members: Flags) -> Float:
        """Ways between two times as one line (m, 2), broken (NaN) between packets and at jumps."""
        points, joined = self._points[first : last + 1, members], self._joined[first:last, members]
        # A jump is left out with the point before it: a gap in the way, shorter than a frame.
        ways = np.full((points.shape[1], len(points) + 1, 2), np.nan)
        ways[:, :-1] = np.moveaxis(points, 0, 1)
        ways[:, :-2][~joined.T] = np.nan
        return ways.reshape(-1, 2)


def moving_line(ax: Axes, **keys: Any) -> Line2D:
    """Line without points that is left out when the still part of a figure is drawn."""
    line = Line2D([], [], animated=True, **keys)
    ax.add_line(line)
    return line


Frame = npt.NDArray[np.uint8]


class Curves:
    """Series that grow with time.

    Parameters
    ----------
    time : (T,) in the unit of the axes
    columns : (T, m) in the unit of the axes
    stamps : (F,) time of each frame
    """

    def __init__(
        self, ax: Axes, time: Float, columns: Float, stamps: Float, *, colours: Sequence[str], width: float
    ) -> None:
        self._ax, self._time, self._columns, self._stamps = ax, time, columns, stamps
        self._lines = [
            moving_line(ax, color=colour, linewidth=width, marker="o", markevery=[-1]) for colour in colours
        ]
        for line in self._lines:
            line.set_markersize(3 * width)

    def draw(self, frame: int) -> None:
        """Draw the series up to the time of a frame."""
        now = self._stamps[frame]
        known = self._time < now
        for line, values in zip(self._lines, self._columns.T, strict=True):
            line.set_data(
                np.append(self._time[known], now),
                np.append(values[known], np.interp(now, self._time, values)),
            )
            self._ax.draw_artist(line)


class Clock:
    """The time of a frame as text above axes."""

    def __init__(self, ax: Axes, texts: Sequence[str], size: float) -> None:
        self._ax, self._texts = ax, texts
        self._text = ax.text(
            1.0, 1.02, "", transform=ax.transAxes, ha="right", va="bottom", fontsize=size, animated=True
        )

    def draw(self, frame: int) -> None:
        """Draw the time of a frame."""
        self._text.set_text(self._texts[frame])
        self._ax.draw_artist(self._text)


class Moving(Protocol):
    """What is drawn anew in each frame."""

    def draw(self, frame: int) -> None:
        """Draw it at a frame."""


@dataclass
class Scene:
    """A figure with its still part saved, and what moves on it."""

    figure: Figure
    moving: Sequence[Moving]
    canvas: FigureCanvasAgg = field(init=False)
    background: Any = field(init=False)

    def __post_init__(self) -> None:
        """Draw the still part."""
        self.figure.draw_without_rendering()  # the layout fits the ticks at its second pass
        self.canvas = FigureCanvasAgg(self.figure)
        self.canvas.draw()  # type: ignore[no-untyped-call]
        self.figure.set_layout_engine("none")
        self.background = self.canvas.copy_from_bbox(self.figure.bbox)  # type: ignore[no-untyped-call]


def draw_frame(scene: Scene, frame: int) -> Frame:
    """Pixels of one frame, (height, width, 4)."""
    scene.canvas.restore_region(scene.background)  # type: ignore[no-untyped-call]
    for part in scene.moving:
        part.draw(frame)
    return np.array(scene.canvas.buffer_rgba())  # type: ignore[no-untyped-call]
