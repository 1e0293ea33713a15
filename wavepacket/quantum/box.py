"""A finite piece of a crystal: its orbitals, where they sit, which lie at its edge, and its operators as sparse matrices.

In a magnetic field a hop from r' to r has the factor exp[i(q/ħ)∫A·dl] along the straight line between the orbitals
(R. Peierls, Z. Phys. 80, 763 (1933)), of the vector potential in ``gauge.py``. Hops through a wall are left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sparse

from wavepacket.arrays import Complex, Flags, Float, Integer
from wavepacket.errors import InputError
from wavepacket.hamiltonians import LatticeHamiltonian
from wavepacket.quantum.gauge import Gauge
from wavepacket.quantum.walls import Wall, cut_bonds


@dataclass(frozen=True, eq=False)
class Box:
    """Cells of a crystal around a point, with open ends.

    Orbital i of the cell with the flat number c is number c N + i of a state. A state is a complex array (orbitals,),
    or the same array as (n_1, n_2, n_3, N).

    Parameters
    ----------
    hamiltonian : the crystal
    shape : cells along each of the three lattice vectors, 1 where it is not periodic
    centre : (3,) point of space in whose cell the middle of the box lies, Å
    """

    hamiltonian: LatticeHamiltonian
    shape: tuple[int, int, int]
    centre: Float

    @property
    def size(self) -> int:
        """Number of orbitals in the box."""
        return int(np.prod(self.shape)) * self.hamiltonian.size

    @property
    def state_shape(self) -> tuple[int, int, int, int]:
        """Shape (n_1, n_2, n_3, N) of a state."""
        return (*self.shape, self.hamiltonian.size)

    @cached_property
    def cells(self) -> Integer:
        """Integer cell R of every place, (n_1, n_2, n_3, 3)."""
        middle = np.floor(self.centre @ np.linalg.inv(self.hamiltonian.lattice) + 0.5).astype(np.int64)
        middle = np.where(self.hamiltonian.periodic, middle, 0)
        axes = [np.arange(n) - n // 2 + m for n, m in zip(self.shape, middle, strict=True)]
        return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)

    @cached_property
    def position(self) -> Float:
        """Where the orbitals sit, (orbitals, 3), Å."""
        corners = self.cells[..., None, :] @ self.hamiltonian.lattice
        return (corners + self.hamiltonian.sites).reshape(-1, 3)

    @cached_property
    def wavevectors(self) -> Float:
        """Reduced coordinates of the wavevectors that a discrete Fourier transform over the cells gives."""
        axes = [np.fft.fftfreq(n) for n in self.shape]
        return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)

    def edge(self, cells: int) -> Flags:
        """Orbitals within a number of cells of an end of the box, (orbitals,)."""
        near = np.zeros(self.shape, dtype=bool)
        for axis, n in enumerate(self.shape):
            if self.hamiltonian.periodic[axis]:
                index = np.arange(n).reshape([-1 if i == axis else 1 for i in range(3)])
                near |= (index < cells) | (index >= n - cells)
        return np.repeat(near.ravel(), self.hamiltonian.size)


def overlap(left: Complex, right: Complex) -> float:
    """Re⟨left|right⟩, by no threads of a library: their start would take longer than the sum."""
    return float(np.sum(left.real * right.real) + np.sum(left.imag * right.imag))


_BYTES = 64  # for one element while a matrix is assembled: row, column and value, twice
_LARGEST = 1.6e9  # bytes


def lattice_matrix(
    box: Box, matrices: Complex, gauge: Gauge | None = None, walls: Sequence[Wall] = ()
) -> Any:
    """Sparse matrix (CSR) of an operator with elements ⟨0 i|O|R j⟩ in a box with open ends.

    Parameters
    ----------
    matrices : (nR, N, N) for the cells of the crystal, Hermitian: O(−R) = O(R)†
    gauge : of a magnetic field; None without one
    walls : through which nothing hops

    Raises
    ------
    InputError
        for a matrix that would not fit into memory

    """
    _check_memory(box, matrices)
    rows, columns, values = [], [], []
    for bond in bonds(box, matrices != 0.0, gauge, walls):
        rows.append(bond.row)
        columns.append(bond.column)
        values.append(matrices[bond.element] * bond.factor)
    parts = [np.concatenate(part) if part else np.zeros(0) for part in (values, rows, columns)]
    return sparse.csr_matrix((parts[0].astype(np.complex128), (parts[1], parts[2])), shape=(box.size,) * 2)


class Bond(NamedTuple):
    """All copies in a box of one element ⟨0 i|O|R j⟩.

    Attributes
    ----------
    element : places of R among the crystal's cells, of i and of j
    row, column : (n,) orbitals of the box
    hop : (3,) from i to j, Å
    factor : (n,) of a magnetic field

    """

    element: tuple[int, int, int]
    row: Integer
    column: Integer
    hop: Float
    factor: Complex


def bonds(box: Box, there: Flags, gauge: Gauge | None = None, walls: Sequence[Wall] = ()) -> Iterator[Bond]:
    """Yield the bonds of a box that are ``there`` (nR, N, N)."""
    crystal = box.hamiltonian
    number = np.arange(np.prod(box.shape), dtype=np.int32).reshape(box.shape)
    for index, (cell, translation) in enumerate(zip(crystal.cells, crystal.translations, strict=True)):
        first, last = _overlap(cell, box.shape)
        here, beyond = number[first].ravel(), number[last].ravel()
        for i, j in zip(*(each.tolist() for each in np.nonzero(there[index])), strict=True):
            row, column = here * crystal.size + i, beyond * crystal.size + j
            if walls:
                row, column = _between_walls(box, walls, row, column)
            hop = translation + crystal.sites[j] - crystal.sites[i]
            factor = np.ones(len(row), dtype=np.complex128)
            if gauge is not None and gauge.is_magnetic:
                factor = gauge.bond_factor(box.position[row], hop)
            yield Bond((index, i, j), row, column, hop, factor)


def _check_memory(box: Box, matrices: Complex) -> None:
    needed = np.count_nonzero(matrices) * float(np.prod(box.shape)) * _BYTES
    if needed > _LARGEST:
        shape = " x ".join(str(n) for n in box.shape[: box.hamiltonian.dimension])
        raise InputError(
            f"the Hamiltonian of {shape} cells takes {needed / 1e9:.1f} GB to assemble, more than "
            f"{_LARGEST / 1e9:.1f} GB: give fewer cells, or a crystal with fewer hoppings"
        )


def _overlap(cell: Integer, shape: tuple[int, int, int]) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Places whose neighbour at ``cell`` lies in the box, and those neighbours, as slices."""
    here = tuple(slice(max(0, -int(r)), max(0, n - max(0, int(r)))) for r, n in zip(cell, shape, strict=True))
    there = tuple(
        slice(max(0, int(r)), max(0, n - max(0, -int(r)))) for r, n in zip(cell, shape, strict=True)
    )
    return here, there


def _between_walls(box: Box, walls: Sequence[Wall], row: Integer, column: Integer) -> tuple[Integer, Integer]:
    """The pairs of orbitals with no wall between them, the same for both directions of a hop."""
    first, second = np.minimum(row, column), np.maximum(row, column)
    kept = ~cut_bonds(walls, box.position[first], box.position[second])
    return row[kept], column[kept]


def discs(matrix: Any) -> tuple[Float, Float]:
    """Centre and radius of the discs of Gershgorin of a Hermitian matrix, one for each row."""
    diagonal = matrix.diagonal()
    radius = np.asarray(abs(matrix).sum(axis=1)).ravel() - np.abs(diagonal)
    return diagonal.real, radius
