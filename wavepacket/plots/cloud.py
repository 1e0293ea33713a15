"""A density that moves over axes: an image from transparent to dark, drawn again for each frame."""

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from wavepacket.arrays import Float

__all__ = ["Cloud"]


class Cloud:
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
