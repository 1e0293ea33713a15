"""WannierTools' sparse form of `_hr.dat` (``Is_Sparse_Hr = T``): only elements that are not zero are listed.

One more count stands before the two of the dense form: the number of listed elements. The cells are those of the list.
"""

import numpy as np

from wavepacket.arrays import Complex, Integer
from wavepacket.hamiltonians.wannier90.blocks import are_integers, read_degeneracies
from wavepacket.hamiltonians.wannier90.textfile import TextFile, lone_count

_BYTES_PER_LINE = 14
"""Fewest bytes in which a line ``R1 R2 R3 i j re im`` can be written."""
_MOST_ELEMENTS = 10**8
"""Of all matrices together, which are kept dense."""


def is_sparse(file: TextFile) -> bool:
    """Whether three counts follow the title of a file of which nothing more has been read, and the lines are as many."""
    filled = [line for line in file.lines[1:] if line.strip()]
    counts = [lone_count(line) for line in filled[:3]]
    if len(counts) < 3 or None in counts:
        return False
    first, second, third = (int(count or 0) for count in counts)
    dense = first**2 * second < len(filled) - 2 <= (first**2 + 1) * second
    sparse = 1 <= len(filled) - 3 - first <= third
    return not dense and (sparse or first <= second**2 * third)


def read_sparse(file: TextFile) -> tuple[Integer, list[int], Complex]:
    """Return cells (nR, 3) in the order of their first lines, those lines, and H(R), (nR, N, N); R = 0 is always there."""
    listed = file.count("the number of elements that are listed", _BYTES_PER_LINE)
    size = file.count("the number of Wannier functions", 1)
    number = file.count("the number of cells", 1)
    if number * size**2 > _MOST_ELEMENTS:
        raise file.error(f"{number} matrices of {size} Wannier functions are more than are kept in memory")
    degeneracies = read_degeneracies(file, number)
    if np.any(degeneracies != 1):
        raise file.error(
            "a sparse list does not tell to which cells degeneracies belong: all must be 1, or write the dense form"
        )
    file.skip_blank_lines()
    first = file.read + 1
    table = file.table(listed, 7, "the elements of H(R)")
    file.finish()
    numbers = table[:, :5]
    wrong = ~np.all(are_integers(numbers), axis=1)
    wrong |= np.any((numbers[:, 3:] < 1) | (numbers[:, 3:] > size), axis=1)
    if np.any(wrong):
        raise file.error(
            f"a cell of integers and two orbitals from 1 to {size} must stand here",
            first + int(np.argmax(wrong)),
        )
    places: Integer = numbers.astype(np.int64)
    _, once = np.unique(places, axis=0, return_index=True)
    if len(once) < listed:
        again = int(np.setdiff1d(np.arange(listed), once)[0])
        r1, r2, r3, i, j = places[again].tolist()
        raise file.error(f"element {i}, {j} of cell {[r1, r2, r3]} is listed twice", first + again)
    cells, begin, index = np.unique(places[:, :3], axis=0, return_index=True, return_inverse=True)
    if len(cells) > number:
        raise file.error(f"{number} cells are announced and {len(cells)} listed")
    if np.all(np.any(cells, axis=1)):
        cells, begin = np.vstack([cells, np.zeros((1, 3), dtype=np.int64)]), np.append(begin, 0)
    matrices = np.zeros((len(cells), size, size), dtype=np.complex128)
    matrices[index.reshape(-1), places[:, 3] - 1, places[:, 4] - 1] = table[:, 5] + 1j * table[:, 6]
    lines = [first + int(start) for start in begin]
    file.notes.append("the file has WannierTools' sparse form: elements that are not listed are zero")
    return cells, lines, matrices
