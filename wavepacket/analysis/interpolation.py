"""Smooth functions between equidistant samples."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float

POINTS = 16  # of a local polynomial
COARSER = 12  # of the one it is compared with


@dataclass(frozen=True, eq=False)
class Samples:
    """A function of time, (T, columns), at ``start + step * n``; between them the polynomial through the nearest."""

    start: float
    step: float
    values: Float

    def at(self, time: npt.ArrayLike, points: int = POINTS) -> Float:
        """Values (n, columns) at times (n,) of the polynomials through so many of the nearest samples each."""
        place = (np.atleast_1d(np.asarray(time, dtype=np.float64)) - self.start) / self.step
        points = min(points, len(self.values))
        first = np.floor(place).astype(np.int64) - (points - 1) // 2
        first = np.clip(first, 0, len(self.values) - points)
        nodes = first[:, None] + np.arange(points)
        weights = _lagrange(place - first, points)
        return np.asarray(np.einsum("np,npc->nc", weights, self.values[nodes]))

    def slope(self, time: float, points: int = POINTS) -> Float:
        """Derivative (columns,) at a time by the polynomial, a central difference of it in a thousandth of a step."""
        h = 1e-3 * self.step
        ahead, behind = self.at([time + h, time - h], points)
        return np.asarray((ahead - behind) / (2 * h))


def _lagrange(place: Float, points: int) -> Float:
    """Lagrange's polynomials (n, points) of the nodes 0, 1, ... at places (n,)."""
    nodes = np.arange(points)
    distance = place[:, None, None] - nodes[None, None, :]
    gaps = nodes[:, None] - nodes[None, :]
    own = np.eye(points, dtype=bool)
    return np.asarray(np.prod(np.where(own, 1.0, distance / np.where(own, 1, gaps)), axis=2))
