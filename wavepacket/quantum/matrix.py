"""Lattice operators of a box as sparse matrices, hoppings with the phases of a magnetic field.

A hop from r' to r has the factor exp[i(q/ħ)∫A·dl] along the straight line between the orbitals (R. Peierls, Z. Phys. 80,
763 (1933)). With A = B×(r−c)/2, which is zero at the point c, and d = r'−r, the exponent is −(i/2) b·((r−c)×d), b = qB/ħ.
"""

from typing import Any

import numpy as np
import scipy.sparse as sparse

from wavepacket.arrays import Complex, Float, Integer
from wavepacket.errors import InputError
from wavepacket.quantum.box import Box

_BYTES = 64  # for one element while a matrix is assembled: row, column and value, twice
_LARGEST = 1.6e9  # bytes


def lattice_matrix(box: Box, matrices: Complex, reduced_field: Float, gauge_centre: Float) -> Any:
    """Sparse matrix (CSR) of an operator with elements ⟨0 i|O|R j⟩ in a box with open ends.

    Parameters
    ----------
    matrices : (nR, N, N) for the cells of the crystal, Hermitian: O(−R) = O(R)†
    reduced_field : b = qB/ħ, (3,), 1/Å²
    gauge_centre : where A = 0, (3,), Å

    Raises
    ------
    InputError
        for a matrix that would not fit into memory

    """
    crystal = box.hamiltonian
    _check_memory(box, matrices)
    number = np.arange(np.prod(box.shape), dtype=np.int32).reshape(box.shape)
    rows, columns, values = [], [], []
    for cell, translation, matrix in zip(crystal.cells, crystal.translations, matrices, strict=True):
        first, last = _overlap(cell, box.shape)
        here, there = number[first].ravel(), number[last].ravel()
        for i, j in zip(*np.nonzero(matrix), strict=True):
            row = here * crystal.size + i
            hop = translation + crystal.sites[j] - crystal.sites[i]
            rows.append(row)
            columns.append(there * crystal.size + j)
            values.append(matrix[i, j] * _peierls_phase(box.position[row] - gauge_centre, hop, reduced_field))
    parts = [np.concatenate(part) if part else np.zeros(0) for part in (values, rows, columns)]
    return sparse.csr_matrix((parts[0].astype(np.complex128), (parts[1], parts[2])), shape=(box.size,) * 2)


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


def _peierls_phase(position: Float, hop: Float, reduced_field: Float) -> Complex | complex:
    if not np.any(reduced_field):
        return np.ones(len(position), dtype=np.complex128)
    # b·(r×d) = r·(d×b)
    phase: Complex = np.exp(-0.5j * (position @ np.cross(hop, reduced_field)))
    return phase


def discs(matrix: Any) -> tuple[Float, Float]:
    """Centre and radius of the discs of Gershgorin of a Hermitian matrix, one for each row."""
    diagonal = matrix.diagonal()
    radius = np.asarray(abs(matrix).sum(axis=1)).ravel() - np.abs(diagonal)
    return diagonal.real, radius
