"""How far an exact packet and its semiclassical ones spread in space."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from wavepacket.plots.labels import time_unit
from wavepacket.plots.style import length_of, text_size
from wavepacket.quantum import Comparison

__all__ = ["draw_spreads"]

_CLEAR = 0.06  # of the height of axes: names closer to each other than this would overlap


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
