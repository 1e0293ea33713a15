"""Which points of a grid over the zone are images of others under the exact operations of a crystal.

At k' = gk (−gk with time reversal) ε and the gap are those at k, Ω and m turn as axial vectors, which time reversal
changes the sign of, and the interband mixing as a tensor.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.hamiltonians import LatticeHamiltonian

__all__ = ["PAIRS", "Images", "images_on_grid"]

_PROBES = 4
_SAME = 1e-6
"""Relative, of Ω and m near small gaps: an operation that is broken by more is left out."""
PAIRS = ((0, 1, 2, 1, 0, 0), (0, 1, 2, 2, 2, 1))
"""Components a and b of the columns of a mixing."""


@dataclass(frozen=True, eq=False)
class _Operation:
    """On reduced coordinates x' = x·reduced, on axial vectors and on vectors."""

    reduced: Integer
    axial: Float
    polar: Float

    def turned_back(self, fields: Float, mixing: Float) -> tuple[Float, Float]:
        """Values (n, 8) and (n, 6) at k from those at gk."""
        fields = fields.copy()
        for vectors in (slice(1, 4), slice(4, 7)):
            fields[:, vectors] = fields[:, vectors] @ self.axial
        tensor = np.empty((len(mixing), 3, 3))
        tensor[:, PAIRS[0], PAIRS[1]] = tensor[:, PAIRS[1], PAIRS[0]] = mixing
        tensor = self.polar.T @ tensor @ self.polar
        return fields, tensor[:, PAIRS[0], PAIRS[1]]


@dataclass(frozen=True, eq=False)
class Images:
    """For each point of a grid, by its number, the point that stands for it and the operation that leads there."""

    representative: Integer
    operation: Integer
    operations: Sequence[_Operation]

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
        one for one in map(_reduced(crystal), crystal.operations)
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


def _reduced(crystal: LatticeHamiltonian) -> Callable[[Float], _Operation]:
    basis = crystal.reciprocal

    def made(operation: Float) -> _Operation:
        matrix, time = operation[:3, :3], operation[3, 3]
        reduced = time * basis @ matrix.T @ np.linalg.inv(basis)
        return _Operation(np.rint(reduced).astype(np.int64), time * np.linalg.det(matrix) * matrix, matrix)

    return made


def _fits(one: _Operation, size: Integer) -> bool:
    """Whether it maps points of the grid onto points of the grid."""
    steps = one.reduced * size[None, :]
    return bool(np.all(steps % size[:, None] == 0))


def _holds(one: _Operation, here: tuple[Float, Float], there: tuple[Float, Float]) -> bool:
    back = one.turned_back(*there)
    groups = ((0, slice(0, 1)), (0, slice(1, 4)), (0, slice(4, 7)), (0, slice(7, 8)), (1, slice(0, 6)))
    return all(
        np.abs(back[part][:, columns] - here[part][:, columns]).max()
        <= _SAME * np.abs(here[part][:, columns]).max() + 1e-12
        for part, columns in groups
    )
