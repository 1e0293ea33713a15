"""Directions of E and B in a corner of a panel in real space."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from wavepacket.arrays import Float
from wavepacket.config import Fields, UniformField
from wavepacket.plots.style import text_size

__all__ = ["draw_field_marks"]

_LENGTH = 2.2  # of an arrow, in sizes of the text
_GAP = 1.9  # between marks
_SEEN = 1e-6  # of a field: a smaller part in the plane is rounding


def draw_field_marks(ax: Axes, fields: Fields, axes: Sequence[int]) -> None:
    """Draw an arrow for the part of E and B in the plane, and a point or a cross in a circle for B out of or into it.

    A field that varies in time is drawn along its first term, and called E(t).

    Parameters
    ----------
    axes : the Cartesian axes that are drawn; the third one comes out of the page where they are in order
    """
    place = 0.0
    for name, field in _fields(fields):
        flat = field[list(axes)]
        across = float(np.cross(np.eye(3)[axes[0]], np.eye(3)[axes[1]]) @ field)
        if np.linalg.norm(flat) > _SEEN * np.linalg.norm(field):
            _arrow(ax, flat / np.linalg.norm(flat), name, place)
            place += 1
        elif across:
            _circle(ax, across > 0, name, place)
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


def _middle(size: float, place: float) -> tuple[float, float]:
    """Offset of a mark from the lower left corner, points."""
    return (1.6 + place * (_LENGTH + _GAP)) * size, 1.6 * size


def _arrow(ax: Axes, direction: Float, name: str, place: float) -> None:
    size = text_size(ax)
    x, y = _middle(size, place)
    half = 0.5 * _LENGTH * size * direction
    ax.annotate(
        "", xy=(x + half[0], y + half[1]), xytext=(x - half[0], y - half[1]), xycoords="axes points",
        textcoords="axes points",
        arrowprops={"arrowstyle": "-|>", "color": "0.1", "linewidth": 1.1, "shrinkA": 0, "shrinkB": 0}, zorder=6,
    )  # fmt: skip
    _name(ax, name, x, y, size)


def _circle(ax: Axes, outwards: bool, name: str, place: float) -> None:
    size = text_size(ax)
    x, y = _middle(size, place)
    ax.annotate(
        r"$\odot$" if outwards else r"$\otimes$", xy=(x, y), xycoords="axes points", ha="center", va="center",
        fontsize=1.4 * size, color="0.1", zorder=6,
    )  # fmt: skip
    _name(ax, name, x, y, size)


def _name(ax: Axes, name: str, x: float, y: float, size: float) -> None:
    ax.annotate(
        name, xy=(x, y + 0.9 * size), xycoords="axes points", ha="center", va="bottom", fontsize=0.95 * size, color="0.1",
        zorder=6,
    )  # fmt: skip
