"""The spin of a crystal's orbitals: its matrices, two collinear crystals as one, and its energy in a magnetic field.

Spins are in units of ħ. A carrier of charge q and g-factor g has the moment (q/e) g μ_B S and in a field B the energy
−(q/e) g μ_B S·B: electrons (q = −e) have +g μ_B S·B, which is (g μ_B/2) σ·B for spin 1/2.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import overload

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Complex, Float, Integer
from wavepacket.errors import InputError
from wavepacket.hamiltonians.arrays import complex_array, integer_array
from wavepacket.hamiltonians.kp import KPHamiltonian
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.units import BOHR_MAGNETON

__all__ = ["combine_spins", "in_magnetic_field", "spin_of_pairs", "with_spin"]

_Crystal = LatticeHamiltonian | KPHamiltonian


def spin_of_pairs(pairs: Sequence[Sequence[int]], size: int) -> Complex:
    """S_x, S_y, S_z (3, N, N), ħ, of spin 1/2 for pairs (up, down) of orbitals.

    Raises
    ------
    InputError : an orbital is in no pair or in two, or does not exist

    >>> spin_of_pairs([(0, 1)], 2)[2].real.tolist()
    [[0.5, 0.0], [0.0, -0.5]]
    """
    if sorted(orbital for pair in pairs for orbital in pair) != list(range(size)):
        raise InputError(f"the pairs must hold each of the orbitals 0 to {size - 1} once")
    up, down = np.array(pairs).T
    spin = np.zeros((3, size, size), dtype=np.complex128)
    spin[0, up, down] = spin[0, down, up] = 0.5
    spin[1, up, down], spin[1, down, up] = -0.5j, 0.5j
    spin[2, up, up], spin[2, down, down] = 0.5, -0.5
    return spin


@overload
def with_spin(
    crystal: LatticeHamiltonian, spin: npt.ArrayLike, cells: npt.ArrayLike | None = None
) -> LatticeHamiltonian: ...


@overload
def with_spin(crystal: _Crystal, spin: npt.ArrayLike, cells: npt.ArrayLike | None = None) -> _Crystal: ...


def with_spin(crystal: _Crystal, spin: npt.ArrayLike, cells: npt.ArrayLike | None = None) -> _Crystal:
    """Return the crystal with matrices of the spin.

    Parameters
    ----------
    spin : (3, N, N) matrices S_x, S_y, S_z between the orbitals of a cell, ħ; or, for a lattice, (n, 3, N, N) elements
        ⟨0 i|S|R j⟩, such as those of Wannier functions
    cells : (n, 3) integer cells R of the elements, in any order and with every −R; needed for (n, 3, N, N)

    Raises
    ------
    InputError : matrices that are not Hermitian, or of another size than the crystal

    Examples
    --------
    >>> from wavepacket.hamiltonians import haldane
    >>> with_spin(haldane(), [[[0, 0.5], [0.5, 0]], [[0, -0.5j], [0.5j, 0]], [[0.5, 0], [0, -0.5]]]).spin.shape
    (1, 3, 2, 2)
    """
    matrices = complex_array(spin, "spin")
    if isinstance(crystal, KPHamiltonian):
        if cells is not None:
            raise InputError("a k·p model has no cells: give three matrices of the spin alone")
        return replace(crystal, spin=matrices)
    if cells is None:
        return replace(crystal, spin=matrices, spin_cells=None)
    places = integer_array(cells, "cells")
    if places.ndim != 2 or len(places) != len(matrices):
        raise InputError(f"cells of shape {places.shape} do not fit spin of shape {matrices.shape}")
    order = np.lexsort(places.T[::-1])
    return replace(crystal, spin=matrices[order], spin_cells=places[order])


def combine_spins(up: LatticeHamiltonian, down: LatticeHamiltonian) -> LatticeHamiltonian:
    """Return the crystal of both spins of a collinear calculation: the orbitals of spin up, then those of spin down.

    Orbital i of one and orbital i of the other are taken for the two spins of one orbital, which S_x and S_y connect; the
    crystal notes how far their centres are apart. S_z is exact whatever they are.

    Raises
    ------
    InputError : another lattice, another number of orbitals, or position elements in one crystal alone
    """
    if up.periodic != down.periodic or not np.allclose(up.lattice, down.lattice, rtol=1e-6, atol=1e-6):
        raise InputError("spin up and spin down are on different lattices")
    if up.size != down.size:
        raise InputError(f"{up.size} orbitals of spin up and {down.size} of spin down are no pairs")
    if (up.position_matrices is None) != (down.position_matrices is None):
        raise InputError("one spin has position elements, and the other has not")
    size = up.size
    cells = np.unique(np.concatenate([up.cells, down.cells]), axis=0)
    blocks = [on_cells(each.cells, each.hoppings, cells) for each in (up, down)]
    elements = None
    if up.position_matrices is not None and down.position_matrices is not None:
        elements = _apart(
            on_cells(up.cells, up.position_matrices, cells),
            on_cells(down.cells, down.position_matrices, cells),
        )
    distance = float(np.linalg.norm(up.sites - down.sites, axis=1).max())
    note = f"spins up and down combined: centres of their orbitals are at most {distance:.2g} angstrom apart"
    return replace(
        up,
        cells=cells,
        hoppings=_apart(*blocks),
        positions=np.concatenate([up.positions, down.positions]),
        position_matrices=elements,
        spin=spin_of_pairs([(i, size + i) for i in range(size)], 2 * size),
        spin_cells=None,
        notes=tuple(dict.fromkeys([*up.notes, *down.notes, note])),
        hermiticity_violation=max(up.hermiticity_violation, down.hermiticity_violation),
    )


def _apart(up: Complex, down: Complex) -> Complex:
    """Matrices (..., 2N, 2N) of two spins that nothing connects."""
    size = up.shape[-1]
    both = np.zeros((*up.shape[:-2], 2 * size, 2 * size), dtype=np.complex128)
    both[..., :size, :size], both[..., size:, size:] = up, down
    return both


def on_cells(cells: Integer, matrices: Complex, wanted: Integer) -> Complex:
    """Matrices of the wanted cells (m, 3), zero where there are none."""
    known = {cell: i for i, cell in enumerate(map(tuple, cells.tolist()))}
    found = np.zeros((len(wanted), *matrices.shape[1:]), dtype=np.complex128)
    for place, cell in enumerate(map(tuple, wanted.tolist())):
        if cell in known:
            found[place] = matrices[known[cell]]
    return found


def _with_constant(crystal: KPHamiltonian, matrix: Complex) -> KPHamiltonian:
    """H(k) + a matrix."""
    powers, matrices = crystal.powers, crystal.matrices.copy()
    constant = np.flatnonzero(powers.sum(axis=1) == 0)
    if len(constant):
        matrices[constant[0]] += matrix
        return replace(crystal, matrices=matrices)
    none = np.zeros((1, 3), dtype=np.int64)
    return replace(
        crystal, powers=np.concatenate([powers, none]), matrices=np.concatenate([matrices, matrix[None]])
    )


def in_magnetic_field(crystal: _Crystal, field: npt.ArrayLike, g: float, charge: float = -1.0) -> _Crystal:
    """Return the crystal with the energy −(q/e) g μ_B S·B of its spin in a uniform field.

    Parameters
    ----------
    field : B, (3,), T
    g : positive for a moment of electrons against their spin
    charge : q of the carriers, e

    Raises
    ------
    InputError : the spin of the crystal is not known

    Examples
    --------
    >>> from wavepacket.hamiltonians import KPHamiltonian
    >>> free = with_spin(KPHamiltonian.from_terms({(2, 0): np.eye(2)}), spin_of_pairs([(0, 1)], 2))
    >>> energy = np.linalg.eigvalsh(in_magnetic_field(free, [0, 0, 1.0], 2.0).hamiltonian([0, 0, 0]))[0]
    >>> bool(abs(energy[1] - 5.7883818e-5) < 1e-11)
    True
    """
    if crystal.spin is None:
        raise InputError(
            f"the spin of {crystal.name} is not known: give model.spin, or use a model that has spin"
        )
    strength: Float = -charge * g * BOHR_MAGNETON * np.asarray(field, dtype=np.float64)
    energy = np.tensordot(crystal.spin, strength, axes=([-3], [0]))
    if isinstance(crystal, KPHamiltonian):
        return _with_constant(crystal, energy)
    assert crystal.spin_cells is not None
    cells = np.unique(np.concatenate([crystal.cells, crystal.spin_cells]), axis=0)
    hoppings = on_cells(crystal.cells, crystal.hoppings, cells) + on_cells(crystal.spin_cells, energy, cells)
    elements = crystal.position_matrices
    if elements is not None:
        elements = on_cells(crystal.cells, elements, cells)
    return replace(crystal, cells=cells, hoppings=hoppings, position_matrices=elements)
