"""A strip of a planar crystal: periodic along one lattice vector, cut off across it, with V(r) on every orbital.

Its Hamiltonian is that of the crystal, dense at each wavevector along it. V must be the same everywhere along the strip.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wavepacket.arrays import Complex, Float, Integer
from wavepacket.hamiltonians import LatticeHamiltonian

__all__ = ["Frame", "Strip", "cut", "frame_along"]

Potential = Callable[[Float], Float]
"""V (n,), eV, at places (n, 3), Å."""


@dataclass(frozen=True, eq=False)
class Frame:
    """Directions of a strip.

    Attributes
    ----------
    vectors : (2, 2) integers: the lattice vector along the strip and one that leads to the next row of cells, a basis
    period : (3,) the first of them, Å
    along, across : (3,) unit vectors, across a quarter turn to the left of along
    pitch : height of a row of cells, Å
    """

    vectors: Integer
    period: Float
    along: Float
    across: Float
    pitch: float

    @property
    def length(self) -> float:
        """Length of the period, Å."""
        return float(np.linalg.norm(self.period))


def frame_along(crystal: LatticeHamiltonian, along: tuple[int, int]) -> Frame:
    """Directions of a strip along a lattice vector whose integers have no common divisor."""
    period = np.array(along) @ crystal.lattice[:2]
    unit = period / np.linalg.norm(period)
    across = np.array([-unit[1], unit[0], 0.0])
    other = np.array(_partner(*along))
    if other @ crystal.lattice[:2] @ across < 0:
        other = -other
    pitch = float(other @ crystal.lattice[:2] @ across)
    return Frame(np.array([along, other]), period, unit, across, pitch)


def _partner(p: int, q: int) -> tuple[int, int]:
    """Integers (u, v) with p v − q u = 1, by Euclid's algorithm."""
    a, b, u, v = p, q, (1, 0), (0, 1)  # a = u·(p, q), b = v·(p, q)
    while b:
        n = a // b
        a, b, u, v = b, a - n * b, v, (u[0] - n * v[0], u[1] - n * v[1])
    return -u[1] * a, u[0] * a  # a is ±1


@dataclass(frozen=True, eq=False)
class Strip:
    """Orbitals in a period of a strip, and the hoppings between them.

    Attributes
    ----------
    frame : its directions
    position : (n, 3) of the orbitals, Å
    potential : (n,) V, eV
    steps, hoppings : (m,) periods that a hop goes, and (m, n, n) elements ⟨0 i|H|s j⟩, eV, with V on the diagonal
    """

    frame: Frame
    position: Float
    potential: Float
    steps: Integer
    hoppings: Complex

    @property
    def size(self) -> int:
        """Orbitals in a period."""
        return len(self.position)

    @property
    def place(self) -> Float:
        """Where the orbitals sit across the strip, (n,), Å."""
        return np.asarray(self.position @ self.frame.across)

    @cached_property
    def _ways(self) -> Float:
        """How far each hop goes along the strip, (m, n, n), Å."""
        x = self.position @ self.frame.along
        return np.asarray(x[None, None, :] - x[None, :, None] + self.steps[:, None, None] * self.frame.length)

    def matrices(self, k: float) -> tuple[Complex, Complex]:
        """H (eV) and ∂H/∂k (eV Å) at a wavevector along the strip, 1/Å; positions of orbitals are in the phase."""
        terms = self.hoppings * np.exp(1j * k * self._ways)
        return terms.sum(axis=0), (1j * self._ways * terms).sum(axis=0)


def rows_between(
    crystal: LatticeHamiltonian, frame: Frame, low: float, high: float
) -> tuple[Integer, Integer]:
    """Row of cells and orbital in the cell of all orbitals with ``low`` ≤ place across ≤ ``high``, Å."""
    offset = crystal.sites @ frame.across
    first = int(np.floor((low - offset.max()) / frame.pitch))
    last = int(np.ceil((high - offset.min()) / frame.pitch))
    row, orbital = (each.ravel() for each in np.mgrid[first : last + 1, 0 : crystal.size])
    place = row * frame.pitch + offset[orbital]
    inside = (place >= low) & (place <= high)
    return row[inside], orbital[inside]


def cut(crystal: LatticeHamiltonian, frame: Frame, low: float, high: float, potential: Potential) -> Strip:
    """Cut the strip from ``low`` to ``high`` across; hoppings over its edges are left out."""
    row, orbital = rows_between(crystal, frame, low, high)
    position = row[:, None] * (frame.vectors[1] @ crystal.lattice[:2]) + crystal.sites[orbital]
    number = {pair: i for i, pair in enumerate(zip(row.tolist(), orbital.tolist(), strict=True))}
    inverse = np.rint(np.linalg.inv(frame.vectors)).astype(int)
    blocks: dict[int, Complex] = {}
    for cell, matrix in zip(crystal.cells[:, :2] @ inverse, crystal.hoppings, strict=True):
        step, rise = (int(n) for n in cell)
        block = blocks.setdefault(step, np.zeros((len(row), len(row)), dtype=np.complex128))
        for i, j in zip(*np.nonzero(matrix), strict=True):
            for here in np.flatnonzero(orbital == i):
                there = number.get((int(row[here]) + rise, int(j)))
                if there is not None:
                    block[here, there] += matrix[i, j]
    energy = potential(position)
    blocks[0] = blocks.get(0, np.zeros((len(row), len(row)), dtype=np.complex128)) + np.diag(energy)
    return Strip(frame, position, energy, np.array(list(blocks)), np.array(list(blocks.values())))
