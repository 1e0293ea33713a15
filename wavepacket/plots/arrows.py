"""Spins as arrows on the moving packets of a movie."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from wavepacket.arrays import Float
from wavepacket.plots.between import resampled
from wavepacket.plots.paths import drawn_points, length_of_paths

__all__ = ["MovingArrows", "spin_arrows"]

_LENGTH = 0.12  # of the width of the axes, for the largest spin


class MovingArrows:
    """Arrows at points: (F, n, 2) in the units of the axes, and their components (F, n, 2), as lengths on the page."""

    def __init__(self, ax: Axes, points: Float, components: Float) -> None:
        self._ax, self._points, self._components = ax, points, components
        largest = float(np.nanmax(np.linalg.norm(components, axis=2), initial=1e-300))
        self._arrows = ax.quiver(
            points[0, :, 0], points[0, :, 1], components[0, :, 0], components[0, :, 1], animated=True, zorder=5,
            angles="uv", scale_units="width", scale=largest / _LENGTH, width=0.006, color="0.1",
        )  # fmt: skip

    def draw(self, frame: int) -> None:
        """Draw the arrows of a frame."""
        self._arrows.set_offsets(self._points[frame])
        self._arrows.set_UVC(*self._components[frame].T)
        self._ax.draw_artist(self._arrows)


def spin_arrows(
    ax: Axes, stamps: Float, time: Float, position: Float, spin: Float, *, axes: Sequence[int]
) -> MovingArrows | None:
    """The part of spins (n, T, 3) in the plane that the real-space panel shows; None where it shows a line."""
    if len(axes) != 2:
        return None
    points, _ = resampled(time, position, stamps)
    spins, _ = resampled(time, spin, stamps)
    drawn, _ = drawn_points(stamps, np.moveaxis(points, 0, 1), axes, length_of_paths(ax, position, axes))
    return MovingArrows(ax, np.moveaxis(drawn, 1, 0), spins[:, :, list(axes)])
