"""What the conversions share: attributes that must be there, and matrices that are summed up cell by cell."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Complex
from wavepacket.errors import InputError
from wavepacket.hamiltonians.arrays import adjoint

Cell = tuple[int, ...]


class NoSuchModel(InputError):
    """An object that is no model of the package that it was taken for."""


def require(model: object, package: str, names: Iterable[str]) -> None:
    """Refuse an object that lacks what models of the package have."""
    missing = [name for name in names if not hasattr(model, name)]
    if missing:
        what = type(model).__name__
        raise NoSuchModel(f"an object of type {what} is no {package} model: it has no {', '.join(missing)}")


class HoppingSum:
    """Matrices (N, N) that are added up by cell; those of R and −R are kept together.

    Parameters
    ----------
    size : number of orbitals N
    dimension : number of integers in a cell
    """

    def __init__(self, size: int, dimension: int) -> None:
        self.size = size
        self.matrices: dict[Cell, Complex] = {(0,) * dimension: np.zeros((size, size), dtype=np.complex128)}

    def add(self, cell: Iterable[Any], block: npt.ArrayLike, row: int = 0, column: int = 0) -> None:
        """Add a block to the matrix of a cell, and its adjoint to the matrix of the opposite one."""
        values = np.atleast_2d(np.asarray(block, dtype=np.complex128))
        there = tuple(int(step) for step in cell)
        height, width = values.shape
        self._matrix(there)[row : row + height, column : column + width] += values
        back = self._matrix(tuple(-step for step in there))
        back[column : column + width, row : row + height] += adjoint(values)

    def _matrix(self, cell: Cell) -> Complex:
        return self.matrices.setdefault(cell, np.zeros((self.size, self.size), dtype=np.complex128))
