"""Textures on axes: their emergent fields as a map, and directions that change from frame to frame of a movie."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.image import AxesImage

from wavepacket.arrays import Float
from wavepacket.config import Texture
from wavepacket.hamiltonians.emergent import emergent_fields
from wavepacket.plots.contours import At, Ground, arrow_places, plane_arrows
from wavepacket.plots.paths import length_of_paths
from wavepacket.plots.style import add_colour_bar, colour_scale, length_of, prepare, text_size

__all__ = ["MovingTexture", "has_emergent_field", "plot_emergent_fields", "texture_below"]

_POINTS = 161
_ARROWS = 15  # along each side
_FRAME_POINTS = 160
_NO_FIELD = 1e-6  # T


def _window(texture: Texture, time: float) -> tuple[Float, Float]:
    """Middle and sides (2,) of what is shown, Å: a cell of a texture that repeats, else where it varies."""
    profile = texture.profile
    middle = np.array(profile.center[:2]) + time * np.array(profile.velocity[:2])
    width = getattr(profile, "width", 0.0)  # of a wall, which begins at its center
    middle = middle + 0.5 * width * np.array(getattr(profile, "direction", (0.0, 0.0))[:2])
    extent = 2.4 * getattr(profile, "radius", 0.5 * width or 2.0 * np.pi * profile.length)
    cell = profile.cell or (np.inf, np.inf)
    return middle, np.array([side if np.isfinite(side) else extent for side in cell])


def _places(texture: Texture, time: float, points: int) -> tuple[list[Float], Float]:
    """Coordinates along x and y, and the places (points², 3), Å."""
    middle, sides = _window(texture, time)
    steps = (np.arange(points) + 0.5) / points - 0.5
    axes = [middle[axis] + sides[axis] * steps for axis in range(2)]
    return axes, np.stack([*np.meshgrid(*axes), np.zeros((points, points))], axis=-1).reshape(-1, 3)


def has_emergent_field(texture: Texture, time: float = 0.0) -> bool:
    """Whether a texture is a direction with a field B or E anywhere in its cell."""
    profile = texture.profile
    if profile.components != 3 or not np.isfinite(profile.length):
        return False
    found = emergent_fields(texture, _places(texture, time, _ARROWS)[1], time)
    return bool(np.abs(found.magnetic).max() > _NO_FIELD or np.abs(found.electric).max() > 1e-12)


def plot_emergent_fields(texture: Texture, time: float = 0.0, *, ax: Axes | None = None) -> Axes:
    """Draw B_em of a direction as a map and E_em as arrows, for an electron with its spin along it, at a time in fs.

    Shown is the cell of a texture that repeats, else where it varies; the title says how long the longest arrow is.
    """
    ax = prepare(ax)
    (x, y), places = _places(texture, time, _POINTS)
    unit, symbol = length_of(ax, float(max(np.ptp(x), np.ptp(y))))
    field = emergent_fields(texture, places, time).magnetic.reshape(_POINTS, _POINTS)
    if np.abs(field).max() > _NO_FIELD:
        scale = colour_scale(field, signed=True)
        image = ax.pcolormesh(x / unit, y / unit, field, cmap=scale.colours, norm=scale.norm, rasterized=True)
        add_colour_bar(ax, image, scale, r"$B_\mathrm{em}$", "T")
    (x, y), places = _places(texture, time, _ARROWS)
    electric = emergent_fields(texture, places, time).electric
    longest = float(np.linalg.norm(electric, axis=1).max())
    if longest > 0.0:
        along = electric.T.reshape(2, _ARROWS, _ARROWS) / longest
        step = max(x[1] - x[0], y[1] - y[0]) / unit
        ax.quiver(
            x / unit, y / unit, along[0], along[1], color="0.1", angles="xy", scale_units="xy", scale=1.0 / step,
            pivot="mid", width=0.006,
        )  # fmt: skip
        factor, field_unit = (1e4, "MV/m") if longest > 1e-4 else (1e7, "kV/m")
        label = rf"$E_\mathrm{{em}}\leq$ {factor * longest:.2g} {field_unit}"
        ax.set_title(label, loc="right", fontsize=text_size(ax))
    ax.set_aspect("equal")
    ax.set_xlabel(f"$x$ ({symbol})")
    ax.set_ylabel(f"$y$ ({symbol})")
    return ax


class MovingTexture:
    """A direction under the packets of a movie: red where it points up at the time of a frame, blue where down, and arrows.

    Parameters
    ----------
    ax : whose limits are those that it keeps
    direction : n (m, 3) at places (m, 3) in Å and a time in fs
    stamps : (F,) time of each frame, fs
    unit : of the axes, Å
    """

    def __init__(self, ax: Axes, direction: At, stamps: Float, unit: float) -> None:
        ax.apply_aspect()
        self._ax, self._direction, self._stamps = ax, direction, stamps
        shown, limits = ax.dataLim.frozen(), np.array([ax.get_xlim(), ax.get_ylim()])
        # Beyond the limits, too: the scales of the axes may yet be made equal.
        (left, right), (low, high) = (
            (1.5 * a - 0.5 * b, 1.5 * b - 0.5 * a) for a, b in (ax.get_xlim(), ax.get_ylim())
        )
        self._shape = (_FRAME_POINTS, _FRAME_POINTS)
        self._image = AxesImage(
            ax, cmap="coolwarm", norm=Normalize(-1.0, 1.0), interpolation="bilinear", origin="lower",
            extent=(left, right, low, high), alpha=0.3, zorder=0.5, animated=True,
        )  # fmt: skip
        self._image.set_data(np.zeros(self._shape))
        self._image.set_clip_path(ax.patch)
        ax.add_artist(self._image)
        steps = (np.arange(_FRAME_POINTS) + 0.5) / _FRAME_POINTS
        x, y = left + steps * (right - left), low + steps * (high - low)
        self._places = unit * np.stack([*np.meshgrid(x, y), np.zeros(self._shape)], axis=-1).reshape(-1, 3)
        x, y = arrow_places(limits)
        self._arrow_places = unit * np.stack(
            [*np.meshgrid(x, y), np.zeros((len(y), len(x)))], axis=-1
        ).reshape(-1, 3)
        self._arrows = plane_arrows(ax, x, y, np.zeros((len(y), len(x), 3)), animated=True)
        ax.dataLim.set(shown)  # the axes are still those of the paths
        ax.autoscale_view()

    def draw(self, frame: int) -> None:
        """Draw the direction at a frame."""
        n = self._direction(self._places, float(self._stamps[frame]))
        self._image.set_data(n[:, 2].reshape(self._shape))
        self._ax.draw_artist(self._image)
        n = self._direction(self._arrow_places, float(self._stamps[frame]))
        self._arrows.set_UVC(n[:, 0], n[:, 1])
        self._ax.draw_artist(self._arrows)


def texture_below(
    ax: Axes, stamps: Float, position: Float, ground: Ground | None, axes: Sequence[int]
) -> MovingTexture | None:
    """The texture under packets whose paths (n, T, 3) in Å are drawn on these axes; None where none moves."""
    if ground is None or ground.moving is None or tuple(axes) != (0, 1):
        return None
    return MovingTexture(ax, ground.moving, stamps, length_of_paths(ax, position, axes)[0])
