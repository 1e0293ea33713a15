"""Models of other packages as lattice Hamiltonians, by duck typing: none of these packages is ever imported here.

PythTB 1 and 2 (`tb_model`, `TBModel`), TBmodels (`Model`), sisl (`Hamiltonian`, as built by hand or read from SIESTA) and
WannierBerri (`System_R`, however it was made, with its position elements).
"""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Complex, Float, Integer
from wavepacket.errors import InputError
from wavepacket.hamiltonians.arrays import adjoint
from wavepacket.hamiltonians.cells import hermitian_parts
from wavepacket.hamiltonians.high_symmetry import with_high_symmetry
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.spin import spin_of_pairs, with_spin

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


@dataclass(frozen=True)
class _Parts:
    """What both versions hold: lattice vectors as rows, orbitals in units of them, energies and hoppings."""

    lattice: Float
    orbitals: Float
    periodic: list[int]
    onsite: Complex
    hoppings: list[tuple[npt.ArrayLike, int, int, list[int]]]


def from_pythtb(model: Any, *, name: str = "pythtb") -> LatticeHamiltonian:
    """Convert a PythTB model; its energies are taken as eV and its lengths as Å.

    With spin, each orbital becomes two that follow each other, as in PythTB's own Hamiltonian.

    Parameters
    ----------
    model : `tb_model` of version 1 or `TBModel` of version 2 with numbers for all its parameters

    Raises
    ------
    InputError
        for an object that is no such model, one without a periodic direction, and one with parameters that are not set
    """
    parts = _version_two(model) if hasattr(model, "lat_vecs") else _version_one(model)
    if not parts.periodic:
        raise InputError("this PythTB model has no periodic direction, so it has no bands")
    spins = 2 if parts.onsite.ndim == 3 else 1
    dimension = len(parts.lattice)
    sums = HoppingSum(spins * len(parts.orbitals), dimension)
    for orbital, energy in enumerate(parts.onsite):
        # The adjoint is added too, so half of it is given.
        sums.add((0,) * dimension, 0.5 * np.asarray(energy), spins * orbital, spins * orbital)
    for amplitude, i, j, cell in parts.hoppings:
        sums.add(cell, amplitude, spins * i, spins * j)
    crystal = LatticeHamiltonian.from_hoppings(
        parts.lattice,
        sums.matrices,
        positions=np.repeat(parts.orbitals, spins, axis=0),
        periodic=[axis in parts.periodic for axis in range(dimension)],
        spin=spin_of_pairs([(2 * i, 2 * i + 1) for i in range(len(parts.orbitals))], sums.size)
        if spins == 2
        else None,
        name=name,
    )
    return with_high_symmetry(crystal)


def _version_one(model: Any) -> _Parts:
    require(model, "PythTB", ("_lat", "_orb", "_per", "_site_energies", "_hoppings"))
    dimension = len(model._lat)
    hoppings = [
        # The cell is left out where there is no periodic direction.
        (hopping[0], int(hopping[1]), int(hopping[2]), [int(x) for x in hopping[3]])
        for hopping in model._hoppings
        if len(hopping) == 4
    ]
    lattice, orbitals = np.array(model._lat, dtype=float), np.array(model._orb, dtype=float)
    return _Parts(
        lattice,
        orbitals.reshape(-1, dimension),
        [int(axis) for axis in model._per],
        np.array(model._site_energies, dtype=np.complex128),
        hoppings,
    )


def _version_two(model: Any) -> _Parts:
    require(model, "PythTB", ("lat_vecs", "orb_vecs", "periodic_dirs", "onsite", "hoppings"))
    open_parameters = sorted({name for entry in getattr(model, "parameters", ()) for name in entry["names"]})
    if open_parameters:
        raise InputError(
            f"this PythTB model has parameters without values: {', '.join(open_parameters)}; "
            "give them numbers by its method with_parameters"
        )
    lattice = np.array(model.lat_vecs, dtype=float)
    return _Parts(
        lattice,
        np.array(model.orb_vecs, dtype=float).reshape(-1, len(lattice)),
        [int(axis) for axis in model.periodic_dirs],
        np.array(model.onsite, dtype=np.complex128),
        list(_hoppings_of_version_two(model, len(lattice))),
    )


def _hoppings_of_version_two(
    model: Any, dimension: int
) -> Iterator[tuple[npt.ArrayLike, int, int, list[int]]]:
    for entry in model.hoppings:
        cell = [int(x) for x in entry.get("lattice_vector", [0] * dimension)]
        yield entry["amplitude"], int(entry["from_orbital"]), int(entry["to_orbital"]), cell


def from_tbmodels(model: Any, *, name: str = "tbmodels") -> LatticeHamiltonian:
    """Convert a TBmodels `Model` with a unit cell, sparse or not; its energies are taken as eV and its lengths as Å.

    Raises
    ------
    InputError
        for an object that is no such model, and for one without a unit cell
    """
    require(model, "TBmodels", ("uc", "pos", "hop", "size", "dim"))
    if model.uc is None:
        raise InputError("this TBmodels model has no unit cell: give it one by its argument uc")
    sums = HoppingSum(int(model.size), int(model.dim))
    for cell, matrix in model.hop.items():
        # One of each pair ±R is listed, and half of R = 0: the adjoints complete both.
        sums.add(cell, matrix.toarray() if hasattr(matrix, "toarray") else matrix)
    crystal = LatticeHamiltonian.from_hoppings(
        np.array(model.uc, dtype=float), sums.matrices, positions=np.array(model.pos, dtype=float), name=name
    )
    return with_high_symmetry(crystal)


def from_sisl(model: Any, *, name: str = "sisl") -> LatticeHamiltonian:
    """Convert a sisl `Hamiltonian` with an orthogonal basis; energies in eV and lengths in Å, as sisl has them.

    Directions along which no cell is coupled to another (``nsc`` of 1) are not periodic. Without spin–orbit coupling
    the two spins of a polarised Hamiltonian become two blocks, up first; else each orbital becomes two that follow
    each other.

    Raises
    ------
    InputError
        for an object that is no such model, for a basis with overlaps, for superconductors, and without any coupling
    """
    require(model, "sisl", ("Hk", "geometry", "orthogonal", "spin"))
    if not model.orthogonal:
        raise InputError("this sisl Hamiltonian has overlaps: only orthogonal bases can be converted")
    if getattr(model.spin, "is_nambu", False):
        raise InputError("this sisl Hamiltonian describes a superconductor, which has no bands of electrons")
    geometry = model.geometry
    counts = [int(count) for count in geometry.nsc]
    if max(counts) == 1:
        raise InputError(
            "this sisl Hamiltonian couples no cells: its nsc is 1 in all directions, so it has no bands"
        )
    hoppings = _hoppings(model, counts)
    sites = np.array(geometry.xyz)[np.asarray(geometry.o2a(np.arange(geometry.no)))]
    number = len(sites)
    doubled = len(hoppings[0][1]) // number
    step = (1, number) if model.spin.is_polarized else (2, 1)
    pairs = [(step[0] * i, step[0] * i + step[1]) for i in range(number)]
    sites = np.tile(sites, (doubled, 1)) if model.spin.is_polarized else np.repeat(sites, doubled, axis=0)
    lattice = np.array(geometry.cell, dtype=float)
    crystal = LatticeHamiltonian.from_hoppings(
        lattice,
        hoppings,
        positions=sites @ np.linalg.inv(lattice),
        periodic=[count > 1 for count in counts],
        spin=spin_of_pairs(pairs, 2 * number) if doubled == 2 else None,
        name=name,
    )
    return with_high_symmetry(crystal)


def _hoppings(model: Any, counts: list[int]) -> list[tuple[tuple[int, ...], Complex]]:
    """H(R) for all R within the auxiliary supercell: H(k) on as many points holds neither more nor less."""
    grid = np.array(list(itertools.product(*(range(count) for count in counts)))) / counts
    bloch = np.array([_bloch_matrix(model, k) for k in grid])
    cells = list(itertools.product(*(range(-(count // 2), count // 2 + 1) for count in counts)))
    phases = np.exp(-2j * np.pi * np.array(cells) @ grid.T) / len(grid)
    matrices = np.einsum("rk,kij->rij", phases, bloch)
    # R and −R stand opposite each other in the list; sums over k have made them differ by rounding.
    matrices = (matrices + adjoint(matrices[::-1])) / 2
    return list(zip(cells, matrices, strict=True))


def _bloch_matrix(model: Any, k: np.ndarray) -> Complex:
    if not model.spin.is_polarized:
        return np.asarray(model.Hk(k=k, format="array"), dtype=np.complex128)
    up, down = (np.asarray(model.Hk(k=k, spin=spin, format="array"), dtype=np.complex128) for spin in (0, 1))
    empty = np.zeros_like(up)
    return np.block([[up, empty], [empty, down]])


def from_wannierberri(
    system: Any, *, position_elements: bool = True, name: str = "wannierberri"
) -> LatticeHamiltonian:
    """Convert a WannierBerri `System_R`: H(R) in eV, the centres, and ⟨0 i|r|R j⟩ in Å and the spin where it holds them.

    Parameters
    ----------
    position_elements : keep ⟨0 i|r|R j⟩ beyond the centres

    Raises
    ------
    InputError
        for an object that is no such system
    """
    require(
        system, "WannierBerri", ("real_lattice", "wannier_centers_cart", "rvec", "has_R_mat", "get_R_mat")
    )
    cells = np.asarray(system.rvec.iRvec, dtype=np.int64)
    matrices = np.asarray(system.get_R_mat("Ham"), dtype=np.complex128)[:, None]
    centres = np.array(system.wannier_centers_cart, dtype=float)
    with_elements = position_elements and system.has_R_mat("AA")
    if with_elements:
        elements = np.array(system.get_R_mat("AA"), dtype=np.complex128).transpose(0, 3, 1, 2)
        origin, orbital = int(np.flatnonzero(~np.any(cells, axis=1))[0]), np.arange(len(centres))
        # What is left on the diagonal belongs to the centres.
        centres = centres + np.real(elements[origin][:, orbital, orbital]).T
        elements[origin][:, orbital, orbital] = 0
        matrices = np.concatenate([matrices, elements], axis=1)
    violation = _violation(cells, matrices[:, 0])
    cells, matrices = hermitian_parts(cells, matrices)
    keys = [tuple(cell) for cell in cells.tolist()]
    lattice = np.array(system.real_lattice, dtype=float)
    crystal = LatticeHamiltonian.from_hoppings(
        lattice,
        zip(keys, matrices[:, 0], strict=True),
        positions=centres @ np.linalg.inv(lattice),
        periodic=[bool(flag) for flag in system.periodic],
        position_matrices=zip(keys, matrices[:, 1:], strict=True) if with_elements else None,
        hermiticity_violation=violation,
        name=name,
    )
    if system.has_R_mat("SS"):  # σ, of .spn and .chk files or given by pairs
        sigma = np.asarray(system.get_R_mat("SS"), dtype=np.complex128).transpose(0, 3, 1, 2)
        places, spin = hermitian_parts(np.asarray(system.rvec.iRvec, dtype=np.int64), sigma / 2)
        crystal = with_spin(crystal, spin, places)
    return with_high_symmetry(crystal)


def _violation(cells: Integer, hoppings: Complex) -> float:
    """Largest |H(R) − H(−R)†|, eV; a partner that is missing counts as zero."""
    table = {tuple(cell): matrix for cell, matrix in zip(cells.tolist(), hoppings, strict=True)}
    empty = np.zeros_like(hoppings[0])
    return max(
        float(np.max(np.abs(matrix - adjoint(table.get((-cell[0], -cell[1], -cell[2]), empty)))))
        for cell, matrix in table.items()
    )
