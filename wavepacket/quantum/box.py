"""A finite piece of a crystal: which orbitals it holds, where they sit and which of them lie at its edge."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wavepacket.arrays import Complex, Flags, Float, Integer
from wavepacket.hamiltonians import LatticeHamiltonian


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
                place = np.arange(n).reshape([-1 if i == axis else 1 for i in range(3)])
                near |= (place < cells) | (place >= n - cells)
        return np.repeat(near.ravel(), self.hamiltonian.size)


def overlap(left: Complex, right: Complex) -> float:
    """Re⟨left|right⟩, by no threads of a library: their start would take longer than the sum."""
    return float(np.sum(left.real * right.real) + np.sum(left.imag * right.imag))
