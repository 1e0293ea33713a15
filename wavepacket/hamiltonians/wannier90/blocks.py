"""The parts that `_tb.dat` and `_hr.dat` share: counts, degeneracies, matrices element by element."""

import numpy as np

from wavepacket.arrays import Complex, Flags, Float
from wavepacket.errors import InputError
from wavepacket.hamiltonians.geometry import check_lattice
from wavepacket.hamiltonians.wannier90.textfile import TextFile

_BYTES_PER_ELEMENT = 8
"""Fewest bytes in which a line ``i j re im`` can be written."""
_LARGEST_INTEGER = 1e9


def read_lattice(file: TextFile) -> Float:
    """Read three lattice vectors, (3, 3) rows in the unit of the file, which must span space."""
    rows = []
    for _ in range(3):
        file.next_filled_line("the lattice vectors")
        file.read -= 1
        rows.append(file.table(1, 3, "the lattice vectors")[0])
    lattice = np.array(rows)
    try:
        check_lattice(lattice, (True, True, True))
    except InputError as error:
        raise file.error(str(error)) from None
    return lattice


def read_counts(file: TextFile) -> tuple[int, Float]:
    """Read the number of orbitals and the degeneracies of the cells, (nR,); both must fit in the file."""
    size = file.count("the number of Wannier functions", _BYTES_PER_ELEMENT)
    number = file.count("the number of cells", size**2 * _BYTES_PER_ELEMENT)
    return size, read_degeneracies(file, number)


def read_degeneracies(file: TextFile, number: int) -> Float:
    """Read the degeneracies of the cells, (nR,); what the last line holds beyond them is left out, with a note."""
    degeneracies: list[int] = []
    while len(degeneracies) < number:
        block = file.integers("degeneracies of the cells")
        if min(block) < 1:
            raise file.error("degeneracies of the cells must be positive")
        degeneracies += block
    if len(degeneracies) > number:
        file.notes.append(
            f"{len(degeneracies)} degeneracies stand before {number} cells; the first {number} were used"
        )
    return np.array(degeneracies[:number], dtype=np.float64)


def are_integers(numbers: Float) -> Flags:
    """Return which numbers are integers that a cell or an orbital can have."""
    whole: Flags = (numbers == np.rint(numbers)) & (np.abs(numbers) < _LARGEST_INTEGER)
    return whole


def scatter(file: TextFile, table: Float, size: int, first_line: int) -> Complex:
    """Return the matrices (m, N, N) of lines ``i j (re im)×m``, where each pair i, j must be listed once.

    Parameters
    ----------
    table : (N², 2 + 2m)
    first_line : line number of its first row, for complaints
    """
    rows, columns = table[:, 0], table[:, 1]
    for index in (rows, columns):
        outside = ~are_integers(index) | (index < 1) | (index > size)
        if np.any(outside):
            bad = int(np.argmax(outside))
            raise file.error(
                f"an orbital index must be an integer from 1 to {size}, not {index[bad]:g}", first_line + bad
            )
    flat = (rows.astype(np.int64) - 1) * size + columns.astype(np.int64) - 1
    first_use = np.unique(flat, return_index=True)[1]
    if len(first_use) < len(flat):
        bad = int(np.setdiff1d(np.arange(len(flat)), first_use)[0])
        raise file.error(
            f"element {rows[bad]:g}, {columns[bad]:g} is listed twice for this cell, another one is missing",
            first_line + bad,
        )
    matrices = np.empty((table.shape[1] // 2 - 1, size * size), dtype=np.complex128)
    matrices[:, flat] = (table[:, 2::2] + 1j * table[:, 3::2]).T
    return matrices.reshape(-1, size, size)
