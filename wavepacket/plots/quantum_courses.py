"""Pieces of the figure of an exact packet: its density between cells, courses that oscillate, and how far packets spread."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from wavepacket.arrays import Float
from wavepacket.plots.labels import time_unit
from wavepacket.plots.style import length_of, text_size
from wavepacket.quantum import Comparison

__all__ = ["Pixels", "draw_course", "draw_spreads"]

_JAGGED = 0.3  # of the saves turn: an oscillation that so few saves do not follow
_WINDOW = 11  # saves that a mean is over, the outer ones less
_CLEAR = 0.06  # of the height of axes: names closer to each other than this would overlap


class Pixels:
    """A density of cells at pixels: between four cells it changes linearly along each lattice vector; zero outside.

    Parameters
    ----------
    reduced : (..., 2) places of the pixels, in cells
    shape : cells along each of two lattice vectors
    periodic : whether the cells repeat, and there is nothing outside
    """

    def __init__(self, reduced: Float, shape: tuple[int, int], *, periodic: bool = False) -> None:
        first = np.floor(reduced).astype(np.int64)
        part = reduced - first
        corners = [(i, j) for i in (0, 1) for j in (0, 1)]
        cells = np.stack([first + corner for corner in corners])
        cells = cells % np.array(shape) if periodic else cells
        inside = np.all((cells >= 0) & (cells < np.array(shape)), axis=-1)
        self._weights = inside * np.stack(
            [np.prod(np.where(np.array(corner) == 1, part, 1 - part), axis=-1) for corner in corners]
        )
        self._cells = np.where(inside, cells[..., 0] * shape[1] + cells[..., 1], 0)

    def image(self, density: npt.NDArray[np.floating[Any]]) -> Float:
        """The density of all cells at the pixels."""
        return np.asarray((self._weights * density.ravel()[self._cells]).sum(axis=0), dtype=np.float64)


def draw_course(ax: Axes, time: Float, values: Float, look: dict[str, Any]) -> None:
    """Draw positive values (T,) against time; of an oscillation that the saves do not follow, dots and its mean square root.

    A few such values are dots alone.
    """
    turns = np.diff(np.sign(np.diff(values))) != 0
    few = len(values) < (3 if "marker" in look else _WINDOW)
    if few or turns.mean() <= _JAGGED:
        ax.plot(time, values, **look)
        return
    dots: dict[str, Any] = {"marker": "o", "linestyle": "", "markersize": 3.0 if "marker" in look else 1.2}
    ax.plot(time, values, color=look["color"], **dots, alpha=1.0 if "marker" in look else 0.5)
    if "marker" not in look:
        window = np.hanning(_WINDOW + 2)[1:-1]
        square = np.convolve(values**2, window, "same") / np.convolve(np.ones(len(values)), window, "same")
        ax.plot(time, np.sqrt(square), **look)


def draw_spreads(ax: Axes, comparison: Comparison, looks: Sequence[dict[str, Any]]) -> None:
    """Draw the standard deviations of the exact and of the semiclassical packet along each axis against time.

    Parameters
    ----------
    looks : of the exact and of the semiclassical curves
    """
    dimension = comparison.band.hamiltonian.dimension
    scale, symbol = time_unit(float(comparison.exact.time[-1]))
    unit, length = length_of(
        ax, float(np.sqrt(np.nanmax(comparison.exact.covariance[:, 3:, 3:].clip(min=0.0))))
    )
    for covariance, look in zip(
        (comparison.exact.covariance, comparison.semiclassical.covariance), looks, strict=True
    ):
        spread = np.sqrt(np.einsum("tii->ti", covariance).clip(min=0.0)[:, 3 : 3 + dimension])
        ax.plot(comparison.exact.time / scale, spread / unit, **look)
    if dimension > 1:
        _name_spreads(ax, comparison, unit, looks[1]["color"])
    ax.set_xlim(0.0, comparison.exact.time[-1] / scale)
    ax.set_xlabel(f"time ({symbol})")
    ax.set_ylabel(f"spread in space ({length})")


def _name_spreads(ax: Axes, comparison: Comparison, unit: float, semiclassical: str) -> None:
    """Write x, y, z at the ends of the exact curves, and of the semiclassical ones where those end elsewhere."""
    named, dimension = list[float](), comparison.band.hamiltonian.dimension
    low, high = ax.get_ylim()
    for covariance, colour in (
        (comparison.exact.covariance, "0.0"),
        (comparison.semiclassical.covariance, semiclassical),
    ):
        last = np.sqrt(np.diag(covariance[-1]).clip(min=0.0))[3 : 3 + dimension] / unit
        for axis, value in enumerate(last):
            if any(abs(value - other) < _CLEAR * (high - low) for other in named):
                continue
            named.append(float(value))
            ax.annotate(
                f"${'xyz'[axis]}$", (1.0, value), xycoords=("axes fraction", "data"), xytext=(3, 0),
                textcoords="offset points", va="center", fontsize=text_size(ax), color=colour,
            )  # fmt: skip
