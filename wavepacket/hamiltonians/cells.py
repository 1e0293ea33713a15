"""Matrices over cells: completed to Hermitian ones, and summed with the phases of the orbital positions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Complex, Float, Integer
from wavepacket.errors import EntryError, InputError
from wavepacket.hamiltonians.arrays import (
    HERMITIAN_TOLERANCE,
    adjoint,
    complex_array,
    disagreement,
    square_matrix,
)

Cell = tuple[int, int, int]
CellMatrices = Mapping[Any, npt.ArrayLike] | Iterable[tuple[Sequence[int], npt.ArrayLike]]
"""(cell, matrix) pairs or a mapping of them; a hopping is listed once or twice, never three times."""


def hopping_table(entries: CellMatrices, house_cell: Callable[[npt.ArrayLike], Cell]) -> dict[Cell, Complex]:
    """Return cell → (N, N) with all partners from a list; `house_cell` orders the axes of a cell."""
    pairs: list[tuple[Cell, Complex]] = []
    for given, matrix in _pairs(entries):
        cell = house_cell(given)
        pairs.append(
            (
                cell,
                square_matrix(matrix, f"hopping of cell {list(cell)}", len(pairs[0][1]) if pairs else None),
            )
        )
    if not pairs:
        raise InputError("a crystal needs at least one hopping matrix")
    return complete_pairs(pairs, "hopping")


def position_table(
    entries: CellMatrices, house_cell: Callable[[npt.ArrayLike], Cell], size: int
) -> dict[Cell, Complex]:
    """Return cell → (3, N, N) with all partners; R = 0 is always there."""
    pairs = [
        (house_cell(given), complex_array(matrix, "position_matrices")) for given, matrix in _pairs(entries)
    ]
    for cell, matrix in pairs:
        if matrix.shape != (3, size, size):
            raise InputError(
                f"position matrix of cell {list(cell)} has shape {matrix.shape}, not (3, {size}, {size})"
            )
    return {(0, 0, 0): np.zeros((3, size, size), dtype=np.complex128)} | complete_pairs(
        pairs, "position matrix"
    )


def _pairs(entries: CellMatrices) -> Iterable[tuple[Sequence[int], npt.ArrayLike]]:
    return entries.items() if isinstance(entries, Mapping) else entries


def check_position_matrices(matrices: Complex, shape: tuple[int, ...]) -> None:
    """Refuse position matrices of another shape, not Hermitian, or with the centres in them."""
    if matrices.shape != shape:
        raise InputError(f"position_matrices must have shape {shape}, not {matrices.shape}")
    check_partners(matrices, "position_matrices")
    if np.any(np.diagonal(matrices[len(matrices) // 2], axis1=1, axis2=2)):
        raise InputError("the diagonal of position_matrices at R = 0 must be zero: it is given by positions")


def checked_spin(spin: Complex, cells: Integer, size: int) -> Complex:
    """Return matrices of the spin over cells, Hermitian to the last bit; refuse others."""
    if spin.shape != (len(cells), 3, size, size):
        raise InputError(f"spin must have shape ({len(cells)}, 3, {size}, {size}), not {spin.shape}")
    check_partners(spin, "spin")
    return np.asarray((spin + adjoint(spin[::-1])) / 2)


def opposite(cell: Cell) -> Cell:
    """Return −R."""
    return (-cell[0], -cell[1], -cell[2])


def complete_pairs(entries: Iterable[tuple[Cell, Complex]], what: str) -> dict[Cell, Complex]:
    """Return cell → matrix with every partner M(−R) = M(R)† present and exactly Hermitian.

    The partner of each number is implied: one that is zero in a matrix is what the matrix of −R says, and at R = 0 the other
    triangle. Where both are given they must agree.
    """
    given: dict[Cell, Complex] = {}
    for cell, matrix in entries:
        if cell in given:
            raise InputError(f"{what} of cell {list(cell)} is given twice")
        given[cell] = matrix
    complete: dict[Cell, Complex] = {}
    for index, (cell, matrix) in enumerate(given.items()):
        partner = adjoint(given.get(opposite(cell), adjoint(matrix)))
        mine: Complex = np.where(matrix == 0, partner, matrix)
        theirs: Complex = np.where(partner == 0, matrix, partner)
        if disagreement(mine, theirs) > HERMITIAN_TOLERANCE:
            raise EntryError(_disagree(cell, what), index)
        complete[cell] = (mine + theirs) / 2
        complete[opposite(cell)] = adjoint(complete[cell])
    return complete


def _disagree(cell: Cell, what: str) -> str:
    if cell == (0, 0, 0):
        return (
            f"{what} of cell [0, 0, 0] must be Hermitian: its triangles disagree, or its diagonal is not real"
        )
    return f"{what} of cells {list(cell)} and {list(opposite(cell))} must be each other's Hermitian adjoint"


def stack_cells(*tables: dict[Cell, Complex]) -> tuple[Integer, list[Complex]]:
    """Return R = 0 and all cells that hold anything, sorted, and each table as one array over them."""
    kept = {(0, 0, 0)} | {cell for table in tables for cell, matrix in table.items() if np.any(matrix)}
    cells = sorted(kept)
    empty = [np.zeros_like(next(iter(table.values()))) for table in tables]
    arrays = [
        np.array([table.get(cell, zero) for cell in cells]) for table, zero in zip(tables, empty, strict=True)
    ]
    return np.array(cells, dtype=np.int64), arrays


def hermitian_parts(cells: Integer, matrices: Complex) -> tuple[Integer, Complex]:
    """Return all cells R and −R, sorted, and the Hermitian part [M(R) + M(−R)†]/2 of matrices (nR, m, N, N)."""
    both, index = np.unique(np.concatenate([cells, -cells]), axis=0, return_inverse=True)
    result = np.zeros((len(both), *matrices.shape[1:]), dtype=np.complex128)
    result[index.reshape(-1)[: len(cells)]] = matrices
    return both, (result + adjoint(result[::-1])) / 2


def check_cells(cells: Integer) -> None:
    """Refuse cells that are not sorted, not unique or not closed under R → −R."""
    if cells.ndim != 2 or cells.shape[1:] != (3,) or len(cells) == 0:
        raise InputError(f"cells must have shape (n, 3), not {cells.shape}")
    steps = np.diff(cells, axis=0)
    first = steps[
        np.arange(len(steps)), (steps != 0).argmax(axis=1)
    ]  # component that orders two cells; 0: they are one
    if np.any(first <= 0):
        raise InputError("cells must be sorted and each given once")
    # Negation reverses lexicographic order, so a complete sorted list is its own negative read backwards.
    if len(cells) % 2 == 0 or not np.array_equal(cells, -cells[::-1]):
        raise InputError("cells must contain [0, 0, 0] and with every R also −R")


def check_partners(matrices: Complex, what: str) -> None:
    """Refuse matrices over checked cells that are not M(−R) = M(R)†."""
    if disagreement(matrices, adjoint(matrices[::-1])) > HERMITIAN_TOLERANCE:
        raise InputError(f"{what} must be Hermitian: the matrix of −R is the adjoint of the matrix of R")


_BLOCK = 1 << 21
"""Phases held at once (32 MiB): any number of wavevectors runs in bounded memory, but for its result."""


def bloch_sum(k: Float, translations: Float, sites: Float, matrices: Complex) -> Complex:
    """Return Σ_R M_ij(R) e^{ik·(R+τ_j−τ_i)}.

    Parameters
    ----------
    k : (n, 3), 1/Å
    translations : (nR, 3) lattice translations R, Å
    sites : (N, 3) orbital positions τ, Å
    matrices : (nR, ..., N, N)

    Returns
    -------
    (n, ..., N, N)
    """
    flat = matrices.reshape(len(matrices), -1)
    result = np.empty((len(k), *matrices.shape[1:]), dtype=np.complex128)
    middle = (1,) * (matrices.ndim - 3)
    rows = max(1, _BLOCK // len(translations))
    for start in range(0, len(k), rows):
        block = k[start : start + rows]
        sums = (np.exp(1j * (block @ translations.T)) @ flat).reshape(len(block), *matrices.shape[1:])
        frame = np.exp(1j * (block @ sites.T))
        phase = np.conj(frame)[:, :, None] * frame[:, None, :]
        result[start : start + rows] = sums * phase.reshape(len(block), *middle, *phase.shape[1:])
    return result


def differentiated(translations: Float, sites: Float, matrices: Complex) -> Complex:
    """Return i(R+τ_j−τ_i)_a M_ij(R), (nR, 3, ..., N, N): the matrices whose Bloch sum is the k-gradient."""
    between = (sites[None, :, :] - sites[:, None, :]).transpose(2, 0, 1)
    displacement = translations[:, :, None, None] + between
    middle = (1,) * (matrices.ndim - 3)
    return (
        1j
        * displacement.reshape(*displacement.shape[:2], *middle, *displacement.shape[2:])
        * matrices[:, None]
    )
