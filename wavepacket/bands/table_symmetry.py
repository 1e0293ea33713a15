"""Which points of a grid over the zone are images of others under the exact operations of a crystal.

At k' = gk (−gk with time reversal) ε and the gap are those at k, Ω and m turn as axial vectors, which time reversal
changes the sign of, and the interband mixing as a tensor.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.hamiltonians import LatticeHamiltonian

__all__ = ["Images", "Operation", "images_on_grid", "operations_of"]

_PROBES = 4
_SAME = 1e-6
"""Relative, of Ω and m near small gaps: an operation that is broken by more is left out."""
_PAIRS = ((0, 1, 2, 1, 0, 0), (0, 1, 2, 2, 2, 1))
"""Components a and b of the columns of a mixing."""


@dataclass(frozen=True, eq=False)
class Operation:
    """On reduced coordinates x' = x·reduced, on axial vectors, on vectors, and on wavevectors."""

    reduced: Integer
    axial: Float
    polar: Float
    moved: Float

    def turned_back(self, fields: Float, mixing: Float) -> tuple[Float, Float]:
        """Values (n, 8) and (n, 6) at k from those at gk."""
        fields = fields.copy()
        for vectors in (slice(1, 4), slice(4, 7)):
            fields[:, vectors] = fields[:, vectors] @ self.axial
        tensor = np.empty((len(mixing), 3, 3))
        tensor[:, _PAIRS[0], _PAIRS[1]] = tensor[:, _PAIRS[1], _PAIRS[0]] = mixing
        tensor = self.polar.T @ tensor @ self.polar
        return fields, tensor[:, _PAIRS[0], _PAIRS[1]]


@dataclass(frozen=True, eq=False)
class Images:
    """For each point of a grid, by its number, the point that stands for it and the operation that leads there."""

    representative: Integer
    operation: Integer
    operations: Sequence[Operation]

    @property
    def chosen(self) -> Integer:
        """Numbers of the points that stand for all, rising."""
        return np.unique(self.representative)

    def spread(self, fields: Float, mixing: Float) -> tuple[Float, Float]:
        """Values at every point from those at the chosen ones."""
        place = np.searchsorted(self.chosen, self.representative)
        every, tensors = np.empty((len(place), 8)), np.empty((len(place), 6))
        for index, operation in enumerate(self.operations):
            mine = self.operation == index
            every[mine], tensors[mine] = operation.turned_back(fields[place[mine]], mixing[place[mine]])
        return every, tensors


def images_on_grid(
    crystal: LatticeHamiltonian, points: tuple[int, int, int], values: Callable[[Float], tuple[Float, Float]]
) -> Images | None:
    """Fold a grid x_i = j/points_i; None for a crystal that was not made symmetric.

    Parameters
    ----------
    values : of reduced coordinates (n, 3): fields (n, 8) and mixing (n, 6); operations are put to the test with it
    """
    if crystal.operations is None:
        return None
    size = np.array(points)
    probes = np.random.default_rng(12).uniform(0.0, 1.0, (_PROBES, 3)) * (size > 1)
    here = values(probes)
    kept = [
        one for one in operations_of(crystal)
        if _fits(one, size) and _holds(one, here, values(probes @ one.reduced))
    ]  # fmt: skip
    if len(kept) < 2:
        return None
    index = np.stack(np.unravel_index(np.arange(size.prod()), points), axis=1)
    best, which = np.full(len(index), len(index)), np.zeros(len(index), dtype=np.int64)
    for number, one in enumerate(kept):
        image = np.rint((index / size) @ one.reduced * size).astype(np.int64) % size
        image_number = np.ravel_multi_index(tuple(image.T), points)
        better = image_number < best
        best[better], which[better] = image_number[better], number
    return Images(best, which, kept)


def operations_of(crystal: LatticeHamiltonian) -> list[Operation]:
    """Those that a crystal was made symmetric under; none of any other."""
    basis, found = crystal.reciprocal, []
    for operation in crystal.operations if crystal.operations is not None else ():
        matrix, time = operation[:3, :3], operation[3, 3]
        reduced = time * basis @ matrix.T @ np.linalg.inv(basis)
        axial = time * np.linalg.det(matrix) * matrix
        found.append(Operation(np.rint(reduced).astype(np.int64), axial, matrix, time * matrix))
    return found


def _fits(one: Operation, size: Integer) -> bool:
    """Whether it maps points of the grid onto points of the grid."""
    steps = one.reduced * size[None, :]
    return bool(np.all(steps % size[:, None] == 0))


def _holds(one: Operation, here: tuple[Float, Float], there: tuple[Float, Float]) -> bool:
    back = one.turned_back(*there)
    groups = ((0, slice(0, 1)), (0, slice(1, 4)), (0, slice(4, 7)), (0, slice(7, 8)), (1, slice(0, 6)))
    return all(
        np.abs(back[part][:, columns] - here[part][:, columns]).max()
        <= _SAME * np.abs(here[part][:, columns]).max() + 1e-12
        for part, columns in groups
    )
