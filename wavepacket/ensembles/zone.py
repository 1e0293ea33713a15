"""Points over the Brillouin zone: uniform grids and low-discrepancy sets, in reduced coordinates."""

import math
from collections.abc import Sequence

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.ensembles.random import uniforms

_STREAM = 1


OFFSETS = (0.34, 0.22, 0.26)
"""Where the points of a grid lie within its cells.

No symmetry of a lattice takes one sub-grid of half the density to another: of points in the middle of the cells all
sub-grids are mirror images, and their spread says nothing of the error that they share. For functions that are even
about the origin the first harmonics that a grid confuses are damped by cos 2πu, and those of a sub-grid by cos πu.
"""


def grid_points(shape: Sequence[int], ids: Integer) -> tuple[Float, Integer]:
    """Points of a uniform grid over [0, 1)^d, and the sub-grid (by even and odd indices) of each as its replica.

    Every sub-grid is a uniform grid of half the density. Without an even number of points along each axis there are none.
    """
    indices = np.stack(np.unravel_index(ids, tuple(shape)), axis=1)
    points = np.zeros((len(ids), 3))
    replica = np.zeros(len(ids), dtype=np.int64)
    for axis, n in enumerate(shape):
        points[:, axis] = (indices[:, axis] + OFFSETS[axis]) / n
        if grid_replicas(shape) > 1:
            replica = 2 * replica + indices[:, axis] % 2
    return points, replica


def grid_replicas(shape: Sequence[int]) -> int:
    """Number of sub-grids; 1 where there are none."""
    return int(2 ** len(shape)) if all(n % 2 == 0 and n > 2 for n in shape) else 1


def nested_levels(shape: Sequence[int]) -> tuple[int, ...]:
    """How many sub-grids there are along each axis: four, where two levels of half the density fit in, else two or one."""
    return tuple(4 if n % 4 == 0 and n > 4 else 2 if n % 2 == 0 and n > 2 else 1 for n in shape)


def nested_sub_grid(shape: Sequence[int], ids: Integer) -> Integer:
    """Sub-grid (n,) of each point of a grid by its indices, as `nested_levels` counts them, the last axis first."""
    levels = nested_levels(shape)
    digits = [index % level for index, level in zip(np.unravel_index(ids, tuple(shape)), levels, strict=True)]
    return np.asarray(np.ravel_multi_index(digits, levels), dtype=np.int64)


def scattered_points(dimension: int, replicas: int, ids: Integer, seed: int) -> tuple[Float, Integer]:
    """Kronecker points frac(shift + j α) with the generalised golden ratio, one random shift a replica.

    α_i = g^-i with g^(d+1) = g + 1. Packets are dealt to the replicas in turn.
    """
    replica, j = ids % replicas, ids // replicas
    columns = max(dimension, 3)
    shifts = uniforms(seed, _STREAM, 0, replicas, columns)
    points = np.zeros((len(ids), columns))
    for axis in range(dimension):
        points[:, axis] = np.mod(shifts[replica, axis] + (j + 1) * _slopes(dimension)[axis], 1.0)
    return points, replica


def _slopes(dimension: int) -> list[float]:
    """α_i = g^-i with g^(d+1) = g + 1, the generalised golden ratio."""
    g = 2.0
    for _ in range(60):
        g = (1 + g) ** (1 / (dimension + 1))
    return [math.pow(g, -(axis + 1)) for axis in range(dimension)]


def grid_phases(shape: Sequence[int], ids: Integer) -> Float:
    """Phases of a period (n,) that make one integration lattice with the points of a grid, for sums over k and time.

    frac(Σ_a g_a i_a/n_a) with g_a coprime to n_a: a lattice rule (I. H. Sloan and S. Joe, Lattice Methods for Multiple
    Integration, 1994), which converges as fast as the grid does for periodic functions. g_a/n_a is near an irrational
    slope, so that the harmonics which it confuses are far up.
    """
    indices = np.unravel_index(ids, tuple(shape))
    phases = np.zeros(len(ids))
    for index, n, slope in zip(indices, shape, _slopes(len(shape)), strict=True):
        phases += np.mod(_coprime(n, slope) * index, n) / n
    return np.mod(phases, 1.0)


def _coprime(n: int, slope: float) -> int:
    """The number nearest to n times a slope that has no divisor with n in common."""
    wanted = round(n * slope)
    candidates = (wanted + sign * step for step in range(n + 1) for sign in (1, -1))
    return next(g for g in candidates if g > 0 and math.gcd(g, n) == 1)


def scattered_phases(replicas: int, ids: Integer, seed: int) -> Float:
    """Phases of a period (n,) to go with `scattered_points`: multiples of √2, which those do not use, shifted by replica."""
    shifts = uniforms(seed, _STREAM, 0, replicas, 4)[:, 3]
    return np.asarray(np.mod(shifts[ids % replicas] + (ids // replicas + 1) * math.sqrt(2.0), 1.0))
