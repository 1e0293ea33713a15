"""The moving part of a movie: packets with fading tails on axes whose still part is drawn once.

Only what moves is drawn again for each frame, on a saved copy of the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from wavepacket.arrays import Float
from wavepacket.plots.cloud import Cloud
from wavepacket.plots.swarm import Swarm, moving_line

__all__ = ["Clock", "Curves", "Scene", "draw_frame"]

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


@dataclass
class Scene:
    """A figure with its still part saved, and what moves on it."""

    figure: Figure
    moving: Sequence[Cloud | Swarm | Curves | Clock]
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
