"""Sums over packets as functions of the place: cells of a layer, with cubic B-splines as the smoothing kernel.

Currents are averages over the faces of cells and densities averages over cells, magnetizations stand at their corners. What
is smoothed with the cubic B-spline B₃ at a corner is smoothed with its average over a cell, B₄, along a face: with it the
flux of ∇×M through a face is exactly the difference of M at its two ends, and ∂n/∂t is exactly minus the fluxes through the
faces of a cell.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.config import Config
from wavepacket.config.schema_local import Region
from wavepacket.errors import InputError

__all__ = ["Cells", "cells_of"]

Line = tuple[tuple[float, float], tuple[float, float]]
"""From a point to another, Å."""


def _at_corners(u: Float) -> tuple[Integer, Float]:
    """First of four corners (n,) that a packet at u cells adds to, and B₃ there (4, n)."""
    first = np.floor(u)
    t = u - first
    s = 1.0 - t
    # Products, not powers: those do not have the same bits on every CPU.
    weights = [s * s * s, 4 - 6 * t * t + 3 * t * t * t, 4 - 6 * s * s + 3 * s * s * s, t * t * t]
    return first.astype(np.int64) - 1, np.stack(weights) / 6


def _at_middles(u: Float) -> tuple[Integer, Float]:
    """First of five cells (n,), and B₄ at their middles (5, n)."""
    nearest = np.floor(u)
    s = u - 0.5 - nearest
    near = [115 / 192 - 5 / 8 * s * s + s * s * s * s / 4]
    for sign in (-1, 1):
        x = sign * s
        square, beyond = x * x, (0.5 + x) * (0.5 + x)
        near += [
            19 / 96 + 11 / 24 * x + square / 4 - square * x / 6 - square * square / 6,
            beyond * beyond / 24,
        ]
    weights = [near[2], near[1], near[0], near[3], near[4]]
    return nearest.astype(np.int64) - 2, np.stack(weights)


@dataclass(frozen=True, eq=False)
class Cells:
    """Rectangular cells of a layer; nothing varies along an axis that has one.

    Attributes
    ----------
    region : extent along x and y, Å
    shape : cells along x and y

    """

    region: Region
    shape: tuple[int, int]

    @property
    def steps(self) -> Float:
        """Sides of a cell (2,), Å."""
        return np.asarray(np.ptp(np.array(self.region), axis=1) / self.shape)

    def coordinates(self, axis: int, *, corners: bool) -> Float:
        """Of corners, or of the middles of cells, along an axis, Å."""
        low, high = self.region[axis]
        if self.shape[axis] == 1:
            return np.array([0.5 * (low + high)])
        edges = np.linspace(low, high, self.shape[axis] + 1)
        return edges if corners else 0.5 * (edges[1:] + edges[:-1])

    def size(self, corners: Sequence[bool]) -> tuple[int, int]:
        """Number of values along x and y."""
        first, second = (n + (corner and n > 1) for n, corner in zip(self.shape, corners, strict=True))
        return first, second

    def sums(
        self, places: Float, values: Float, replica: Integer, replicas: int, corners: Sequence[bool]
    ) -> Float:
        """Σ values δ(r − r_i), smoothed (P, nx, ny): per Å²; places (n, 2), values (n,).

        ``corners`` says for each axis whether it is wanted at corners or in the middle of cells.
        """
        size = self.size(corners)
        stencils = [self._stencil(places, axis, corners[axis]) for axis in range(2)]
        total = np.zeros(
            replicas * size[0] * size[1]
        )  # of which only the pages that are added to take memory
        for i, along_x in enumerate(stencils[0][1]):
            column = stencils[0][0] + i
            for j, along_y in enumerate(stencils[1][1]):
                row = stencils[1][0] + j
                inside = (column >= 0) & (column < size[0]) & (row >= 0) & (row < size[1])
                index = ((replica * size[0] + column) * size[1] + row)[inside]
                np.add.at(total, index, (values * along_x * along_y)[inside])
        return total.reshape(replicas, *size)

    def _stencil(self, places: Float, axis: int, corners: bool) -> tuple[Integer, Float]:
        low, high = self.region[axis]
        if self.shape[axis] == 1:
            return np.zeros(len(places), dtype=np.int64), np.full((1, len(places)), 1.0 / (high - low))
        step = float(self.steps[axis])
        first, weights = (_at_corners if corners else _at_middles)((places[:, axis] - low) / step)
        return first, weights / step

    def curl(self, magnetization: Float) -> tuple[Float, Float]:
        """∇×M through the faces across x and across y, from M at corners (..., nx, ny), per Å."""
        m, (nx, ny), step = magnetization, self.shape, self.steps
        across_x = np.diff(m, axis=-1) / step[1] if ny > 1 else np.zeros_like(m)
        across_y = -np.diff(m, axis=-2) / step[0] if nx > 1 else np.zeros_like(m)
        return across_x, across_y

    def divergence(self, across_x: Float, across_y: Float) -> Float:
        """∇·J in cells (..., nx, ny) from J through their faces, per Å."""
        flux = np.zeros((*across_x.shape[:-2], *self.shape))
        if self.shape[0] > 1:
            flux += np.diff(across_x, axis=-2) / self.steps[0]
        if self.shape[1] > 1:
            flux += np.diff(across_y, axis=-1) / self.steps[1]
        return flux

    def middles(self, across_x: Float, across_y: Float) -> Float:
        """J in the middle of cells (..., nx, ny, 2), from that through their faces."""
        if self.shape[0] > 1:
            across_x = 0.5 * (across_x[..., 1:, :] + across_x[..., :-1, :])
        if self.shape[1] > 1:
            across_y = 0.5 * (across_y[..., 1:] + across_y[..., :-1])
        return np.stack([across_x, across_y], axis=-1)

    def through(self, line: Line, across_x: Float, across_y: Float) -> Float:
        """∫ J·n dl along a line, n to its right (...,): J times Å.

        Within a cell J_x is linear along x and J_y along y, as M is between corners: the integral is exact piece by piece.
        """
        begin, way = np.array(line[0]), np.subtract(line[1], line[0])
        cuts = [np.array([0.0, 1.0])]
        for axis in range(2):
            if way[axis]:
                cuts.append((self.coordinates(axis, corners=True) - begin[axis]) / way[axis])
        t = np.unique(np.clip(np.concatenate(cuts), 0.0, 1.0))
        points, length = begin + 0.5 * (t[1:] + t[:-1])[:, None] * way, np.diff(t)
        (column, part_x), (row, part_y) = (self._cell(axis, points[:, axis]) for axis in range(2))
        right, above = (
            np.minimum(index + 1, n - 1 + (n > 1)) for index, n in zip((column, row), self.shape, strict=True)
        )
        along_x = (1 - part_x) * across_x[..., column, row] + part_x * across_x[..., right, row]
        along_y = (1 - part_y) * across_y[..., column, row] + part_y * across_y[..., column, above]
        return np.asarray((along_x * way[1] - along_y * way[0]) @ length)

    def _cell(self, axis: int, coordinates: Float) -> tuple[Integer, Float]:
        """The cell that each coordinate lies in, and how far in it, 0 to 1."""
        low, n = self.region[axis][0], self.shape[axis]
        u = (coordinates - low) / self.steps[axis]
        index = np.clip(np.floor(u).astype(np.int64), 0, n - 1)
        return index, np.clip(u - index, 0.0, 1.0)


def cells_of(config: Config) -> Cells:
    """The cells of a config with ``local``; InputError where no region is given.

    A confined sample has a region of its own.
    """
    assert config.local is not None
    region = config.local.region_in(config.ensemble)
    if region is None:
        raise InputError("local.region is missing: only a confined sample has a region of its own")
    nx, ny = config.local.grid
    return Cells(region, (nx, ny))
