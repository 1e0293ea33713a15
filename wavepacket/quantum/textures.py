"""H = H_0 + Σ_a λ_a(r, t) H_a of a box as sparse matrices, with λ taken in the middle of each bond.

The middle makes H(k, λ(r)) the Weyl symbol of the matrix, which is what the semiclassical equations are about. What acts
on one orbital takes λ at its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sparse

from wavepacket.arrays import Complex, Float, Integer
from wavepacket.hamiltonians import LatticeHamiltonian
from wavepacket.hamiltonians.profiles import profile_values
from wavepacket.hamiltonians.texture import TexturedCrystal, on_cells
from wavepacket.quantum.box import Box, bonds
from wavepacket.quantum.gauge import Gauge
from wavepacket.simulation.textures import longest_in

__all__ = ["VaryingCrystal", "varying_crystal"]

_DIGITS = 9  # of Å, to which two bonds have the same middle


@dataclass(frozen=True, eq=False)
class _Element:
    """Bonds of one element: where they stand in the matrix, their H_a (P,), and the factors of a magnetic field (n,)."""

    where: slice
    amplitudes: Complex
    factor: Complex


@dataclass(frozen=True, eq=False)
class VaryingCrystal:
    """A crystal with textures in a box.

    Attributes
    ----------
    crystal : H_0, H_a and the textures
    index : band that packets are of
    shape : of the matrix
    rows : (indices, indptr, order) of the matrix as CSR; order says which number of ``constant`` stands where
    constant : H_0 of all bonds
    middles : places (n, 3) in Å, and the bonds that have their middle there

    """

    crystal: TexturedCrystal
    index: int
    shape: tuple[int, int]
    rows: tuple[Integer, Integer, Integer]
    constant: Complex
    middles: tuple[tuple[Float, tuple[_Element, ...]], ...]

    @property
    def is_static(self) -> bool:
        """Whether no λ depends on time."""
        return all(texture.profile.is_static for texture in self.crystal.textures)

    @property
    def resolving_step(self) -> float:
        """Time (fs) of half a wave of λ(t) at a place, or in which a moving profile passes by; infinite without motion."""
        return min(longest_in(texture) for texture in self.crystal.textures)

    def matrix(self, time: float) -> Any:
        """Sparse H (CSR) at a time in fs, eV."""
        return self.filled(self.values(time))

    def values(self, time: float) -> Complex:
        """Elements of H at a time in fs, in the order of the matrix, eV."""
        values = self.constant.copy()
        for places, elements in self.middles:
            parameters = profile_values(self.crystal.textures, places, time).value
            for element in elements:
                values[element.where] += (parameters @ element.amplitudes) * element.factor
        return values[self.rows[2]]

    def filled(self, values: Complex) -> Any:
        """Sparse matrix (CSR) with given elements."""
        indices, indptr, _ = self.rows
        return sparse.csr_matrix((values, indices, indptr), shape=self.shape)

    def discs(self, values: Complex) -> tuple[Float, Float]:
        """Centre and radius of the discs of Gershgorin of a matrix with given elements, one for each row."""
        indices, indptr, _ = self.rows
        row = np.repeat(np.arange(self.shape[0]), np.diff(indptr))
        diagonal = indices == row
        middle, radius = np.zeros(self.shape[0]), np.zeros(self.shape[0])
        middle[row[diagonal]] = values[diagonal].real
        np.add.at(radius, row[~diagonal], np.abs(values[~diagonal]))
        return middle, radius

    def at(self, place: Float, time: float) -> LatticeHamiltonian:
        """The uniform crystal with the λ of a place (3,), Å."""
        found = self.crystal.at(profile_values(self.crystal.textures, place, time).value[0])
        assert isinstance(found, LatticeHamiltonian)
        return found

    @cached_property
    def lattices(self) -> Sequence[LatticeHamiltonian]:
        """H_0 and all H_a."""
        every = (self.crystal.base, *self.crystal.terms)
        return [each for each in every if isinstance(each, LatticeHamiltonian)]


def varying_crystal(box: Box, crystal: TexturedCrystal, index: int, gauge: Gauge) -> VaryingCrystal:
    """Prepare the matrices of a box of cells of a crystal with textures, in a magnetic field."""
    cells = [tuple(cell) for cell in box.hamiltonian.cells.tolist()]
    every = (crystal.base, *crystal.terms)
    amplitudes = np.array([on_cells(each, cells) for each in every if isinstance(each, LatticeHamiltonian)])
    rows, columns, constant = [], [], []
    middles: dict[tuple[object, ...], tuple[Float, list[_Element]]] = {}
    begin = 0
    for bond in bonds(box, np.any(amplitudes != 0.0, axis=0), gauge):
        base, *terms = amplitudes[(slice(None), *bond.element)].tolist()
        rows.append(bond.row)
        columns.append(bond.column)
        constant.append(base * bond.factor)
        part = slice(begin, begin + len(bond.row))
        begin = part.stop
        if not any(terms):
            continue
        cell, i, _ = bond.element
        key = (cell, *np.round(box.hamiltonian.sites[i] + 0.5 * bond.hop, _DIGITS).tolist())
        _, found = middles.setdefault(key, (box.position[bond.row] + 0.5 * bond.hop, []))
        found.append(_Element(part, np.array(terms), bond.factor))
    row, column, values = (np.concatenate(each) for each in (rows, columns, constant))
    pattern = sparse.csr_matrix((np.arange(begin), (row, column)), shape=(box.size, box.size))
    return VaryingCrystal(
        crystal, index, (box.size, box.size), (pattern.indices, pattern.indptr, pattern.data), values,
        tuple((places, tuple(elements)) for places, elements in middles.values()),
    )  # fmt: skip
