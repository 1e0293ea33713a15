"""Cells of five divided zones, found by their place, and what the five together say of the error at a place."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.response.cells import Cells
from wavepacket.response.domain import Domain
from wavepacket.response.uniform import REPLICAS

__all__ = ["Leaves"]


@dataclass(frozen=True, eq=False)
class Leaves:
    """Cells that are not divided, of first meshes of mesh^d cells."""

    domain: Domain
    mesh: int
    cells: Cells

    def find(self, place: Float, level: Integer, replica: Integer) -> Integer:
        """Numbers (n,) of the cells of a level and a replica that hold places u (n, d) before their shift; −1 where none."""
        side = self.mesh << level
        wanted = _keys((place * side[:, None]).astype(np.int64) % side[:, None], level, replica)
        known, order = self._sorted
        at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
        return np.asarray(np.where(known[at] == wanted, order[at], -1))

    @cached_property
    def _sorted(self) -> tuple[Integer, Integer]:
        level = self.cells.level
        cell = np.floor(self.cells.centre * (self.mesh << level)[:, None]).astype(np.int64)
        keys = _keys(cell, level, self.cells.replica)
        order = np.argsort(keys)
        return keys[order], order

    def typical(self, error: Float) -> Float:
        """Root mean square of errors (n, targets) over the cells of all replicas at the centre of a cell, (n, targets).

        Coarser ones do not count, finer ones as many times as they fit into the cell.
        """
        cells, d = self.cells, self.domain.dimension
        shifts = self.domain.shifts / self.mesh
        u = cells.centre + shifts[cells.replica]
        u[:, 0] += self.domain.bricks(cells.centre, self.mesh)
        power, number = error**2, np.ones(len(error))
        for replica in range(REPLICAS):
            place = (u - shifts[replica]) % 1.0
            place[:, 0] = (place[:, 0] - self.domain.bricks(place, self.mesh)) % 1.0
            other = cells.replica != replica
            for level in np.unique(cells.level):
                mine = np.flatnonzero(other & (cells.level <= level))
                found = self.find(place[mine], np.full(len(mine), level), np.full(len(mine), replica))
                mine, found = mine[found >= 0], found[found >= 0]
                fit = 2.0 ** (d * (level - cells.level[mine]))
                power[mine] += (fit[:, None] * error[found]) ** 2
                number[mine] += 1
        return np.asarray(np.sqrt(power / number[:, None]))


def _keys(cell: Integer, level: Integer, replica: Integer) -> Integer:
    """One number for each cell from its place (n, d) on the mesh of its level, and its replica."""
    bits = 54 // cell.shape[1]
    key = level * REPLICAS + replica
    for axis in range(cell.shape[1]):
        key = (key << bits) | cell[:, axis]
    return key
