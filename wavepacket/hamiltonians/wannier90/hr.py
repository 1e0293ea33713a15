"""`seed_hr.dat` with the lattice of `seed.win` and the centres of `seed_centres.xyz` or `seed.wout`.

WannierTools' sparse form (``Is_Sparse_Hr = T``) lists only the elements that are not zero. One more count stands before
the two of the dense form: the number of listed elements. The cells are those of the list.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from wavepacket.arrays import Complex, Float, Integer
from wavepacket.errors import InputError
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.wannier90.assembly import WannierModel, assemble, sibling
from wavepacket.hamiltonians.wannier90.blocks import are_integers, read_counts, read_degeneracies, scatter
from wavepacket.hamiltonians.wannier90.centres import find_centres, read_home_cell, read_win_lattice
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
    integers: Integer = numbers.astype(np.int64)
    _, once = np.unique(integers, axis=0, return_index=True)
    if len(once) < listed:
        again = int(np.setdiff1d(np.arange(listed), once)[0])
        r1, r2, r3, i, j = integers[again].tolist()
        raise file.error(f"element {i}, {j} of cell {[r1, r2, r3]} is listed twice", first + again)
    cells, begin, index = np.unique(integers[:, :3], axis=0, return_index=True, return_inverse=True)
    if len(cells) > number:
        raise file.error(f"{number} cells are announced and {len(cells)} listed")
    if np.all(np.any(cells, axis=1)):
        cells, begin = np.vstack([cells, np.zeros((1, 3), dtype=np.int64)]), np.append(begin, 0)
    matrices = np.zeros((len(cells), size, size), dtype=np.complex128)
    matrices[index.reshape(-1), integers[:, 3] - 1, integers[:, 4] - 1] = table[:, 5] + 1j * table[:, 6]
    lines = [first + int(start) for start in begin]
    file.notes.append("the file has WannierTools' sparse form: elements that are not listed are zero")
    return cells, lines, matrices


def read_hr(
    path: str | Path,
    *,
    win: str | Path | None = None,
    centres: str | Path | None = None,
    wsvec: str | Path | None = None,
    periodic: Sequence[bool] = (True, True, True),
) -> LatticeHamiltonian:
    """Read a `seed_hr.dat`, dense or sparse; lattice and centres are read from `seed.win` and `seed_centres.xyz`.

    Where the `.win` says that the centres were folded into the home cell, they are moved back: to those of `seed.wout`
    if that is there, else to where the hops are shortest.

    Parameters
    ----------
    win, centres : files of the lattice and of the centres, default beside `path`; centres also from a `.wout`, which
        is taken by itself where there is no `_centres.xyz`
    wsvec : file of the minimal-distance translations, default beside `path` where there is one
    periodic : false for a lattice vector that only separates layers or chains; its cells are summed up

    Raises
    ------
    InputError
        ``file:line: message`` for anything malformed, where H(R) = H(−R)† is violated by more than 1 meV, and where the
        centres are not those that belong to H(R)
    """
    file = TextFile.open(path)
    file.next_line("a header")
    cells, lines, matrices, degeneracies = _read_matrices(file)
    win = Path(win or sibling(path, "_hr.dat", ".win"))
    if not win.exists():
        raise InputError(
            f"{win}: cannot be read: No such file or directory. A _hr.dat has no lattice vectors: they are read from the "
            ".win of its name"
        )
    lattice = read_win_lattice(win)
    model = WannierModel(
        file=file,
        lattice=lattice,
        cells=cells,
        lines=lines,
        degeneracies=degeneracies,
        matrices=matrices[:, None],
        centres=find_centres(
            Path(centres or sibling(path, "_hr.dat", "_centres.xyz")),
            sibling(path, "_hr.dat", ".wout"),
            matrices.shape[-1],
            lattice,
            read_home_cell(win),
        ),
    )
    return assemble(model, Path(wsvec) if wsvec else sibling(path, "_hr.dat", "_wsvec.dat"), periodic)


def _read_matrices(file: TextFile) -> tuple[Integer, list[int], Complex, Float]:
    """Return cells (nR, 3), the lines where they begin, H(R) (nR, N, N) before division by the degeneracies (nR,)."""
    if is_sparse(file):
        listed = read_sparse(file)
        return *listed, np.ones(len(listed[0]))
    size, degeneracies = read_counts(file)
    lines: list[int] = []
    blocks: list[Float] = []
    for _ in degeneracies:
        file.skip_blank_lines()
        lines.append(file.read + 1)
        blocks.append(file.table(size**2, 7, "H(R)"))
    file.finish()
    cells = _block_cells(file, np.array([block[:, :3] for block in blocks]), lines)
    matrices = np.array(
        [scatter(file, block[:, 3:], size, line)[0] for block, line in zip(blocks, lines, strict=True)]
    )
    return cells, lines, matrices, degeneracies


def _block_cells(file: TextFile, cells: Float, lines: list[int]) -> Integer:
    """Return the cell of each block (nR, 3) from those of its elements (nR, N², 3)."""
    strange = np.any((cells != cells[:, :1]) | ~are_integers(cells), axis=2)
    if np.any(strange):
        block, row = (int(index) for index in np.argwhere(strange)[0])
        raise file.error(
            "each cell must list all its elements before the next one begins", lines[block] + row
        )
    numbers = cells[:, 0].astype(np.int64)
    seen: dict[tuple[int, ...], int] = {}
    for cell, line in zip(map(tuple, numbers.tolist()), lines, strict=True):
        if cell in seen:
            raise file.error(f"cell {list(cell)} is listed twice, first in line {seen[cell]}", line)
        seen[cell] = line
    return numbers
