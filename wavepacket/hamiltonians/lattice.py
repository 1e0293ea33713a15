"""A crystal as data: lattice vectors, integer cells, hopping matrices and, where known, position matrices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self, Unpack

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Complex, Float, Integer
from wavepacket.errors import InputError
from wavepacket.hamiltonians.arrays import (
    Description,
    Point,
    combined,
    complex_array,
    content_digest,
    freeze,
    integer_array,
    named_points,
    real_array,
    wavevectors,
)
from wavepacket.hamiltonians.cells import (
    CellMatrices,
    bloch_sum,
    check_cells,
    check_partners,
    check_position_matrices,
    checked_spin,
    differentiated,
    hopping_table,
    position_table,
    stack_cells,
)
from wavepacket.hamiltonians.geometry import build_frame, check_lattice, reciprocal_vectors
from wavepacket.lazy import method


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class LatticeHamiltonian:
    """H_ij(k) = Σ_R H_ij(R) e^{ik·(R+τ_j−τ_i)} with H_ij(R) = ⟨0 i|H|R j⟩.

    Build one with `from_hoppings`; the constructor takes the complete, sorted arrays and checks them.

    Parameters
    ----------
    lattice : (3, 3) rows a_i, Å; periodic ones first (1D along x, 2D in the xy plane), else unit vectors
    periodic : three flags, periodic directions first
    cells : (nR, 3) sorted integer cells R, closed under R → −R, with R = 0
    hoppings : (nR, N, N) complex, eV
    positions : (N, 3) orbital positions τ in units of the lattice vectors
    position_matrices : (nR, 3, N, N) complex ⟨0 i|r|R j⟩, Å, without the diagonal of R = 0, which is τ;
        None where not known
    spin, spin_cells : (nS, 3, N, N) complex ⟨0 i|S|R j⟩, ħ, and their cells (nS, 3), as `cells`; (3, N, N) of R = 0 alone;
        None where not known. It is no part of H, nor of the content hash
    valleys, special_points : name → reduced coordinates x with k = Σ x_i b_i
    path : names of special points, such as ``"G K M G"``
    name, parameters, reference : what it is called, what it was built from, and the article that it is from
    notes : what a reader of the model should know, such as a file that was missing
    hermiticity_violation : largest |H(R) − H(−R)†| before it was removed, eV
    operations : (n, 4, 4) on places and time, that the crystal was made symmetric under; None where nothing is known
    """

    lattice: Float
    periodic: tuple[bool, bool, bool]
    cells: Integer
    hoppings: Complex
    positions: Float
    position_matrices: Complex | None = None
    spin: Complex | None = None
    spin_cells: Integer | None = None
    name: str = "lattice"
    parameters: Mapping[str, float | str] = field(default_factory=dict)
    valleys: dict[str, Point] = field(default_factory=dict)
    special_points: dict[str, Point] = field(default_factory=dict)
    path: str = ""
    reference: str = ""
    notes: tuple[str, ...] = ()
    hermiticity_violation: float = 0.0
    operations: Float | None = None

    def __post_init__(self) -> None:
        """Copy, check and freeze everything."""
        lattice, positions = real_array(self.lattice, "lattice"), real_array(self.positions, "positions")
        cells, hoppings = integer_array(self.cells, "cells"), complex_array(self.hoppings, "hoppings")
        check_lattice(lattice, self.periodic)
        check_cells(cells)
        if np.any(cells[:, sum(self.periodic) :]):
            raise InputError("cells may not step along a direction that is not periodic")
        size = len(positions)
        if positions.shape != (size, 3) or hoppings.shape != (len(cells), size, size) or size == 0:
            raise InputError(
                f"hoppings of shape {hoppings.shape} do not fit {len(cells)} cells and {size} positions"
            )
        check_partners(hoppings, "hoppings")
        position_matrices = None
        if self.position_matrices is not None:
            position_matrices = complex_array(self.position_matrices, "position_matrices")
            check_position_matrices(position_matrices, (len(cells), 3, size, size))
        spin, spin_cells = self._checked_spin(size)
        self._set(
            lattice=lattice,
            positions=positions,
            cells=cells,
            hoppings=hoppings,
            position_matrices=position_matrices,
            spin=spin,
            spin_cells=spin_cells,
            periodic=tuple(map(bool, self.periodic)),
            parameters=dict(self.parameters),
            notes=tuple(self.notes),
            valleys=named_points(self.valleys, "valley"),
            special_points=named_points(self.special_points, "special point"),
        )

    def _checked_spin(self, size: int) -> tuple[Complex | None, Integer | None]:
        if self.spin is None:
            return None, None
        spin, home = complex_array(self.spin, "spin"), np.zeros((1, 3), dtype=np.int64)
        cells = home if self.spin_cells is None else integer_array(self.spin_cells, "spin_cells")
        check_cells(cells)
        if np.any(cells[:, sum(self.periodic) :]):
            raise InputError("spin_cells may not step along a direction that is not periodic")
        return checked_spin(spin[None] if spin.ndim == 3 else spin, cells, size), cells

    def _set(self, **values: object) -> None:
        for name, value in values.items():
            if isinstance(value, np.ndarray):
                freeze(value)
            object.__setattr__(self, name, value)

    @classmethod
    def from_hoppings(
        cls,
        lattice: npt.ArrayLike,
        hoppings: CellMatrices,
        *,
        positions: npt.ArrayLike | None = None,
        periodic: Sequence[bool] | None = None,
        position_matrices: CellMatrices | None = None,
        spin: npt.ArrayLike | None = None,
        valleys: Mapping[str, npt.ArrayLike] | None = None,
        special_points: Mapping[str, npt.ArrayLike] | None = None,
        hermiticity_violation: float = 0.0,
        **description: Unpack[Description],
    ) -> Self:
        """Build a crystal from a list of hoppings; each Hermitian partner is added.

        Parameters
        ----------
        lattice : one to three vectors as rows, Å; a direction without a vector is not periodic
        hoppings : {cell: matrix} or (cell, matrix) pairs, eV; a number that is given at R and its partner at −R must agree
        positions : (N, up to 3) in units of the lattice vectors as given, Å along missing ones; default zero
        periodic : flag for each vector; default all true
        position_matrices : {cell: (3, N, N)} in Å, diagonal of R = 0 zero
        spin : (3, N, N) matrices S_x, S_y, S_z of the orbitals, ħ
        description : name, parameters, path, reference, notes

        Examples
        --------
        >>> LatticeHamiltonian.from_hoppings([[2.0]], {(1,): [[-0.5]]}, name="chain")
        LatticeHamiltonian(chain: 1 orbital, 3 cells, 1D)
        """
        frame = build_frame(lattice, periodic)
        tables = [hopping_table(hoppings, frame.cell)]
        size = len(next(iter(tables[0].values())))
        if position_matrices is not None:
            tables.append(position_table(position_matrices, frame.cell, size))
        cells, arrays = stack_cells(*tables)
        return cls(
            lattice=frame.lattice,
            periodic=frame.periodic,
            cells=cells,
            hoppings=arrays[0],
            positions=frame.positions(positions, size),
            position_matrices=arrays[1] if position_matrices is not None else None,
            spin=None if spin is None else complex_array(spin, "spin"),
            valleys=frame.points(valleys or {}, "valley"),
            special_points=frame.points(special_points or {}, "special point"),
            hermiticity_violation=hermiticity_violation,
            **description,
        )

    _repr_html_ = method("wavepacket.plots.notebook", "crystal")

    def __repr__(self) -> str:
        """Name the crystal and its sizes."""
        orbitals = "1 orbital" if self.size == 1 else f"{self.size} orbitals"
        return f"{type(self).__name__}({self.name}: {orbitals}, {len(self.cells)} cells, {self.dimension}D)"

    @property
    def dimension(self) -> int:
        """Number of periodic directions."""
        return sum(self.periodic)

    @property
    def size(self) -> int:
        """Number of orbitals N."""
        return len(self.positions)

    @cached_property
    def reciprocal(self) -> Float:
        """Rows b_i with a_i·b_j = 2π δ_ij, (3, 3), 1/Å."""
        return reciprocal_vectors(self.lattice)

    @property
    def length_scale(self) -> float:
        """Length of the longest periodic lattice vector, Å."""
        return float(np.linalg.norm(self.lattice[: self.dimension], axis=1).max())

    @property
    def cell_volume(self) -> float:
        """Length, area or volume of the periodic cell, Å^dimension."""
        a, b, c = self.lattice
        return abs(float((a * np.cross(b, c)).sum()))

    @cached_property
    def translations(self) -> Float:
        """Cartesian R, (nR, 3), Å."""
        return combined(self.cells, self.lattice)

    @cached_property
    def sites(self) -> Float:
        """Cartesian τ, (N, 3), Å."""
        return combined(self.positions, self.lattice)

    @cached_property
    def _gradient(self) -> Complex:
        return differentiated(self.translations, self.sites, self.hoppings)

    def hamiltonian(self, k: npt.ArrayLike) -> Complex:
        """Return H(k), (n, N, N), eV, for k of shape (n, 3), 1/Å."""
        return bloch_sum(wavevectors(k), self.translations, self.sites, self.hoppings)

    def hamiltonian_gradient(self, k: npt.ArrayLike) -> Complex:
        """Return ∂_a H(k), (n, 3, N, N), eV Å."""
        return bloch_sum(wavevectors(k), self.translations, self.sites, self._gradient)

    def hamiltonian_hessian(self, k: npt.ArrayLike) -> Complex:
        """Return ∂_a ∂_b H(k), (n, 3, 3, N, N), eV Å²."""
        hessian = differentiated(self.translations, self.sites, self._gradient)
        return bloch_sum(wavevectors(k), self.translations, self.sites, hessian)

    def connection(self, k: npt.ArrayLike) -> Complex:
        """Return the orbitals' own connection A_a = i⟨u_i|∂_a u_j⟩, (n, 3, N, N), Å; zero where not known."""
        k = wavevectors(k)
        if self.position_matrices is None:
            return np.zeros((len(k), 3, self.size, self.size), dtype=np.complex128)
        return bloch_sum(k, self.translations, self.sites, self.position_matrices)

    def connection_gradient(self, k: npt.ArrayLike) -> Complex:
        """Return ∂_a A_b(k), (n, 3, 3, N, N), Å²."""
        k = wavevectors(k)
        if self.position_matrices is None:
            return np.zeros((len(k), 3, 3, self.size, self.size), dtype=np.complex128)
        return bloch_sum(
            k,
            self.translations,
            self.sites,
            differentiated(self.translations, self.sites, self.position_matrices),
        )

    def spin_at(self, k: npt.ArrayLike) -> Complex:
        """Return S(k), (n, 3, N, N), ħ; InputError where it is not known."""
        if self.spin is None or self.spin_cells is None:
            raise InputError(f"the spin of {self.name} is not known")
        return bloch_sum(wavevectors(k), combined(self.spin_cells, self.lattice), self.sites, self.spin)

    def __eq__(self, other: object) -> bool:
        """Same physics; names and notes do not count."""
        return isinstance(other, type(self)) and self.content_hash() == other.content_hash()

    def __hash__(self) -> int:
        """Hash of the content."""
        return hash(self.content_hash())

    def content_hash(self) -> str:
        """Return the SHA-256 of what the physics depends on: names and notes do not count."""
        periodic = np.array(self.periodic, dtype=np.int64)
        return content_digest(
            "lattice",
            self.lattice,
            periodic,
            self.cells,
            self.hoppings,
            self.positions,
            self.position_matrices,
        )
