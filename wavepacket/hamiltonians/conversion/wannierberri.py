"""WannierBerri: `System_R`, however it was made, with its position elements."""

from typing import Any

import numpy as np

from wavepacket.arrays import Complex, Integer
from wavepacket.hamiltonians.arrays import adjoint
from wavepacket.hamiltonians.cells import hermitian_parts
from wavepacket.hamiltonians.conversion.foreign import require
from wavepacket.hamiltonians.high_symmetry import with_high_symmetry
from wavepacket.hamiltonians.lattice import LatticeHamiltonian


def from_wannierberri(
    system: Any, *, position_elements: bool = True, name: str = "wannierberri"
) -> LatticeHamiltonian:
    """Convert a WannierBerri `System_R`: H(R) in eV, the centres, and ⟨0 i|r|R j⟩ in Å where it holds them.

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
    return with_high_symmetry(crystal)


def _violation(cells: Integer, hoppings: Complex) -> float:
    """Largest |H(R) − H(−R)†|, eV; a partner that is missing counts as zero."""
    table = {tuple(cell): matrix for cell, matrix in zip(cells.tolist(), hoppings, strict=True)}
    empty = np.zeros_like(hoppings[0])
    return max(
        float(np.max(np.abs(matrix - adjoint(table.get((-cell[0], -cell[1], -cell[2]), empty)))))
        for cell, matrix in table.items()
    )
