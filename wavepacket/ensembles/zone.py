"""Points over the Brillouin zone: uniform grids and low-discrepancy sets, in reduced coordinates."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from wavepacket.ensembles.random import uniforms

Float = npt.NDArray[np.float64]
Integer = npt.NDArray[np.int64]

_STREAM = 1


def grid_points(shape: Sequence[int], ids: Integer) -> tuple[Float, Integer]:
    """Midpoints of a uniform grid over [0, 1)^d, and the sub-grid (by even and odd indices) of each as its replica.

    Every sub-grid is a uniform grid of half the density, so their spread bounds the error of the whole.
    """
    indices = np.stack(np.unravel_index(ids, tuple(shape)), axis=1)
    points = np.zeros((len(ids), 3))
    replica = np.zeros(len(ids), dtype=np.int64)
    for axis, n in enumerate(shape):
        points[:, axis] = (indices[:, axis] + 0.5) / n
        if n % 2 == 0 and n > 2:
            replica = 2 * replica + indices[:, axis] % 2
    return points, replica


def grid_replicas(shape: Sequence[int]) -> int:
    """Number of sub-grids."""
    return int(2 ** sum(n % 2 == 0 and n > 2 for n in shape))


def scattered_points(dimension: int, replicas: int, ids: Integer, seed: int) -> tuple[Float, Integer]:
    """Kronecker points frac(shift + j α) with the generalised golden ratio, one random shift a replica.

    α_i = g^-i with g^(d+1) = g + 1. Packets are dealt to the replicas in turn.
    """
    g = 2.0
    for _ in range(60):
        g = (1 + g) ** (1 / (dimension + 1))
    replica, j = ids % replicas, ids // replicas
    columns = max(dimension, 3)
    shifts = uniforms(seed, _STREAM, 0, replicas, columns)
    points = np.zeros((len(ids), columns))
    for axis in range(dimension):
        points[:, axis] = np.mod(shifts[replica, axis] + (j + 1) * math.pow(g, -(axis + 1)), 1.0)
    return points, replica
