"""Directions of E and B in a corner of a panel in real space."""

from collections.abc import Sequence
from typing import Any

import matplotlib.patheffects as effects
import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import ScaledTranslation, Transform

from wavepacket.arrays import Float
from wavepacket.config import Fields, UniformField
from wavepacket.plots.style import text_size

__all__ = ["draw_field_marks"]

Offset = tuple[float, float]
"""Fraction of the axes, and points from there."""

_LENGTH = 2.2  # of an arrow, in sizes of the text
_GAP = 1.9  # between marks
_HIGH = 4.2  # of a mark with its name and the margin
_MIDDLE = (0.5, 0.5)
_HALO = [effects.withStroke(linewidth=2.0, foreground="white")]
_SEEN = 1e-6  # of a field: a smaller part in the plane is rounding


def draw_field_marks(ax: Axes, fields: Fields, axes: Sequence[int], points: Float | None = None) -> None:
    """Draw an arrow for the part of E and B in the plane, and a point or a cross in a circle for one out of or into it.

    A field that varies in time is drawn along its first term, and called E(t).

    Parameters
    ----------
    axes : the Cartesian axes that are drawn; the third one comes out of the page where they are in order
    points : (..., 2) of the paths in the units of the axes: the marks go to the corner where fewest of them are; without
        paths to the middle
    """
    shown = _fields(fields)
    corner = _MIDDLE if points is None else _free_corner(ax, points, len(shown))
    place = 0.0
    for name, field in shown:
        flat = field[list(axes)]
        across = float(np.cross(np.eye(3)[axes[0]], np.eye(3)[axes[1]]) @ field)
        if np.linalg.norm(flat) > _SEEN * np.linalg.norm(field):
            _arrow(ax, flat / np.linalg.norm(flat), name, _middle(ax, place, len(shown), corner))
            place += 1
        elif across:
            _circle(ax, across > 0, name, _middle(ax, place, len(shown), corner))
            place += 1


def _fields(fields: Fields) -> list[tuple[str, Float]]:
    """Names and directions of the fields that are not zero."""
    uniform = np.zeros(3)
    for term in fields.electric:
        uniform += term.amplitude if isinstance(term, UniformField) else 0.0
    varying = [term for term in fields.electric if not isinstance(term, UniformField)]
    found = [(r"$\mathbf{E}$", uniform), (r"$\mathbf{B}$", np.array(fields.magnetic))]
    if varying and not uniform.any():
        amplitude = np.array(getattr(varying[0], "amplitude", 0.0), dtype=np.float64)
        if amplitude.shape == (3,):
            found[0] = (r"$\mathbf{E}(t)$", amplitude)
    return [(name, field) for name, field in found if field.any()]


def _free_corner(ax: Axes, points: Float, count: int) -> Offset:
    """The corner with the fewest of the points, as fractions of the axes; the lower left one of equals."""
    ax.apply_aspect()
    size, box = text_size(ax) / 72, ax.get_window_extent()
    places = ax.transAxes.inverted().transform(ax.transData.transform(points.reshape(-1, 2)))
    wide, high = box.width / ax.figure.dpi, box.height / ax.figure.dpi
    share = np.minimum([count * (_LENGTH + _GAP) * size / wide, _HIGH * size / high], 0.5)

    def met(corner: Offset) -> int:
        return int(np.count_nonzero(np.all(np.abs(places - corner) < share, axis=1)))

    return min(((right, top) for top in (0.0, 1.0) for right in (0.0, 1.0)), key=met)


def _middle(ax: Axes, place: float, count: int, corner: Offset) -> tuple[Offset, Offset]:
    """Where a mark goes: fraction of the axes and points from there, along both sides."""
    size, step = text_size(ax), _LENGTH + _GAP
    x = {
        0.0: 1.6 + place * step,
        0.5: (place - (count - 1) / 2) * step,
        1.0: -1.6 - (count - 1 - place) * step,
    }
    y = {0.0: 1.6, 0.5: 0.0, 1.0: -2.9}
    return (corner[0], x[corner[0]] * size), (corner[1], y[corner[1]] * size)


def _at(middle: tuple[Offset, Offset], x: float, y: float) -> dict[str, Any]:
    """Keys that place an annotation some points beside the middle of a mark."""
    return {
        "xy": tuple(each[0] for each in middle), "xycoords": "axes fraction",
        "xytext": (middle[0][1] + x, middle[1][1] + y), "textcoords": "offset points",
    }  # fmt: skip


def _arrow(ax: Axes, direction: Float, name: str, middle: tuple[Offset, Offset]) -> None:
    size = text_size(ax)
    half = 0.5 * _LENGTH * size * direction
    at = (middle[0][0], middle[1][0])

    def shifted(x: float, y: float) -> Transform:
        inches = ((middle[0][1] + x) / 72, (middle[1][1] + y) / 72)
        return ax.transAxes + ScaledTranslation(*inches, ax.figure.dpi_scale_trans)

    ax.annotate(
        "", xy=at, xytext=at, xycoords=shifted(half[0], half[1]), textcoords=shifted(-half[0], -half[1]),
        arrowprops={"arrowstyle": "-|>", "color": "0.1", "linewidth": 1.1, "shrinkA": 0, "shrinkB": 0}, zorder=6,
    )  # fmt: skip
    _name(ax, name, middle, size)


def _circle(ax: Axes, outwards: bool, name: str, middle: tuple[Offset, Offset]) -> None:
    size = text_size(ax)
    ax.annotate(
        r"$\odot$" if outwards else r"$\otimes$", ha="center", va="center", fontsize=1.4 * size, color="0.1", zorder=6,
        path_effects=_HALO, **_at(middle, 0.0, 0.0),
    )  # fmt: skip
    _name(ax, name, middle, size)


def _name(ax: Axes, name: str, middle: tuple[Offset, Offset], size: float) -> None:
    # In the middle of a device, which may be low, it stands beside the mark.
    beside = middle[1][0] == _MIDDLE[1]
    shift = (1.5 * size, 0.0) if beside else (0.0, 0.9 * size)
    ax.annotate(
        name, ha="center", va="center_baseline" if beside else "bottom", fontsize=0.95 * size, color="0.1", zorder=6,
        path_effects=_HALO, **_at(middle, *shift),
    )  # fmt: skip
