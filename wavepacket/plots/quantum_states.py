"""The internal state of an exact packet in a group of bands beside that of semiclassical ones: populations and spin."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from wavepacket.arrays import Float
from wavepacket.plots.labels import time_unit
from wavepacket.plots.style import text_size
from wavepacket.quantum import Comparison

__all__ = ["state_panels"]

_CLEAR = 0.06  # of the height of axes: names closer to each other than this would overlap
_LEAST = 1e-3  # of a height: what changes by less is drawn as a line


def state_panels(comparison: Comparison, looks: Sequence[dict[str, Any]]) -> list[Callable[[Axes], None]]:
    """Panels of the populations of the bands, where they are told apart, and of the spin; none of a packet in one band.

    Parameters
    ----------
    looks : of the exact and of the semiclassical curves
    """
    has, bands = comparison.has, comparison.config.band.group
    panels: list[Callable[[Axes], None]] = []
    if "group" in has and isinstance(bands, tuple):
        values = [_of(comparison, f"{kind}_populations") for kind in ("exact", "semiclassical")]
        if np.isfinite(values[0]).any():
            names = [f"{band}" for band in bands]
            panels.append(lambda ax: _draw(ax, comparison, values, looks, (names, "part in each band")))
    if "spin" in has:
        spins = [_of(comparison, f"{kind}_spin") for kind in ("exact", "semiclassical")]
        names_of_spin = ["$x$", "$y$", "$z$"], r"$\langle S\rangle$ ($\hbar$)"
        panels.append(lambda ax: _draw(ax, comparison, spins, looks, names_of_spin))
    return panels


def _of(comparison: Comparison, name: str) -> Float:
    return np.asarray(comparison[name].value, dtype=np.float64)


def _draw(
    ax: Axes,
    comparison: Comparison,
    values: Sequence[Float],
    looks: Sequence[dict[str, Any]],
    words: tuple[list[str], str],
) -> None:
    """Exact and semiclassical values (T, m) against time, with the names of the columns at their ends."""
    scale, symbol = time_unit(float(comparison.exact.time[-1]))
    for each, look in zip(values, looks, strict=True):
        ax.plot(comparison.exact.time / scale, each, **look)
    low, high = np.nanmin(values[0]), np.nanmax(values[0])
    room = 0.08 * max(high - low, _LEAST)
    ax.set_ylim(low - room, high + room)
    ax.set_xlim(0.0, comparison.exact.time[-1] / scale)
    ax.set_xlabel(f"time ({symbol})")
    ax.set_ylabel(words[1])
    named: list[float] = []
    for name, column in zip(words[0], values[0].T, strict=True):
        last = float(column[np.isfinite(column)][-1]) if np.isfinite(column).any() else np.nan
        if np.isfinite(last) and all(abs(last - other) > _CLEAR * (high - low) for other in named):
            named.append(last)
            ax.annotate(
                name, (1.0, last), xycoords=("axes fraction", "data"), xytext=(3, 0), textcoords="offset points",
                va="center", fontsize=text_size(ax),
            )  # fmt: skip
