"""Occupation of a cell at T = 0 with the energy linear across it.

The energy of a cell around a point is ε + v·k, its values a box spline: the sum of d independent uniform widths
w_i = |v·edge_i|. All of its integrals are piecewise polynomials,

    F_p(t) = Σ_s (Π s_i) (t + s·w/2)₊^p / (p! Π w_i),      s ∈ {−1, 1}^d,

with p = d−1 the density of states of the cell at t = μ−ε, p = d its occupation, p = d+1 the integral of that.
"""

import numpy as np

from wavepacket.arrays import Float, Integer

__all__ = ["LEAST_WIDTH", "Spread", "cell_spread", "widths_of"]


_NARROWEST = 1e-3
"""Of the widest: sides narrower than this change nothing but the rounding error."""
LEAST_WIDTH = 1e-10
"""eV; the width of a band that does not disperse."""


def widths_of(slope: Float, edges: Float) -> Float:
    """Widths (n, N, d) of slopes (n, N, 3) over cells of edges (n, d, 3), eV."""
    widths: Float = np.abs(slope @ np.swapaxes(edges, 1, 2))
    floor = np.maximum(_NARROWEST * widths.max(axis=2, keepdims=True), LEAST_WIDTH)
    return np.asarray(np.maximum(widths, floor))


class Spread:
    """Density, occupation and its integral of cells, (m,) each, at t = μ − ε inside a cell's spread."""

    def __init__(self, t: Float, widths: Float) -> None:
        from wavepacket.kernels.reduce.cells import spread_cells

        self.surface, self.sea, self.grand = (np.zeros(len(t)) for _ in range(3))
        spread_cells(
            np.ascontiguousarray(t), np.ascontiguousarray(widths), self.surface, self.sea, self.grand
        )


def cell_spread(mu: Float, energy: Float, widths: Float) -> tuple[Integer, Integer]:
    """Which μ fall into which cell's spread: first index at or above its bottom, first above its top.

    Parameters
    ----------
    mu : (M,) rising; energy : (S,); widths : (S, d), all eV
    """
    half = widths.sum(axis=1) / 2
    return np.searchsorted(mu, energy - half), np.searchsorted(mu, energy + half, side="right")
