"""`seed_hr.dat` with the lattice of `seed.win` and the centres of `seed_centres.xyz`."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from wavepacket.hamiltonians.arrays import Float, Integer
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.wannier90.assembly import WannierModel, assemble, sibling
from wavepacket.hamiltonians.wannier90.blocks import read_counts, read_lattice, scatter
from wavepacket.hamiltonians.wannier90.textfile import TextFile, shown

_UNITS = {"bohr": 0.529177210544, "ang": 1.0, "angstrom": 1.0}
"""Å; the last is not wannier90's, but what people write."""
_BEGIN_CELL = re.compile(r"\s*begin[\s:=]*unit_cell_cart\s*$", re.IGNORECASE)
_END = re.compile(r"\s*end\b", re.IGNORECASE)
_COMMENT = re.compile(r"[!#].*")


def is_hr(path: Path) -> bool:
    """Whether a file is a `seed_hr.dat` by its name, or by its second line: the number of functions instead of a vector."""
    if path.name.endswith("_hr.dat"):
        return True
    try:
        with path.open("rb") as file:
            file.readline(1000)
            words = file.readline(1000).split()
    except OSError:
        return False
    return len(words) == 1 and words[0].isdigit()


def read_hr(
    path: str | Path,
    *,
    win: str | Path | None = None,
    centres: str | Path | None = None,
    wsvec: str | Path | None = None,
    periodic: Sequence[bool] = (True, True, True),
) -> LatticeHamiltonian:
    """Read a `seed_hr.dat`; lattice and centres come from `seed.win` and `seed_centres.xyz` beside it.

    Parameters
    ----------
    win, centres : files of the lattice and of the centres, default beside `path`
    wsvec : file of the minimal-distance translations, default beside `path` where there is one
    periodic : false for a lattice vector that only separates layers or chains; its cells are summed up

    Raises
    ------
    InputError
        ``file:line: message`` for anything malformed, and where H(R) = H(−R)† is violated by more than 1 meV
    """
    file = TextFile.open(path)
    file.next_line("a header")
    size, degeneracies = read_counts(file)
    first = file.read + 1
    table = file.table(len(degeneracies) * size**2, 7, "H(R)").reshape(len(degeneracies), size**2, 7)
    file.finish()
    lines = [first + index * size**2 for index in range(len(degeneracies))]
    cells = _block_cells(file, table, lines)
    matrices = np.array(
        [scatter(file, block[:, 3:], size, line) for block, line in zip(table, lines, strict=True)]
    )
    model = WannierModel(
        file=file,
        lattice=read_win_lattice(win or sibling(path, "_hr.dat", ".win")),
        cells=cells,
        lines=lines,
        degeneracies=degeneracies,
        matrices=matrices,
        centres=read_centres(centres or sibling(path, "_hr.dat", "_centres.xyz"), size),
    )
    return assemble(model, Path(wsvec) if wsvec else sibling(path, "_hr.dat", "_wsvec.dat"), periodic)


def _block_cells(file: TextFile, table: Float, lines: list[int]) -> Integer:
    cells = table[:, :, :3]
    strange = np.any((cells != cells[:, :1]) | (cells != np.rint(cells)), axis=2)
    if np.any(strange):
        block, row = (int(index) for index in np.argwhere(strange)[0])
        raise file.error(
            "each cell must list all its elements before the next one begins", lines[block] + row
        )
    found = cells[:, 0].astype(np.int64)
    seen: set[tuple[int, ...]] = set()
    for cell, line in zip(map(tuple, found.tolist()), lines, strict=True):
        if cell in seen:
            raise file.error(f"cell {list(cell)} is listed twice", line)
        seen.add(cell)
    return found


def read_win_lattice(path: str | Path) -> Float:
    """Return the lattice vectors of a `.win` file as rows, (3, 3), Å."""
    file = TextFile.open(path)
    file.lines = [_COMMENT.sub("", line) for line in file.lines]
    while not _BEGIN_CELL.match(file.next_filled_line("the block unit_cell_cart")):
        pass
    factor = _UNITS.get(file.next_filled_line("the lattice vectors").strip().lower())
    if factor is None:
        file.read -= 1
    lattice = read_lattice(file)
    if not _END.match(file.next_filled_line("the end of unit_cell_cart")):
        raise file.error("unit_cell_cart must hold three lattice vectors and nothing more")
    for number, line in enumerate(file.lines[file.read :], file.read + 1):
        if _BEGIN_CELL.match(line):
            raise file.error("the block unit_cell_cart is given twice", number)
    return (factor or 1.0) * lattice


def read_centres(path: str | Path, size: int) -> Float:
    """Return the Wannier centres of a `_centres.xyz` file, (N, 3), Å; they come first, the atoms follow."""
    file = TextFile.open(path)
    number = file.count("the number of centres and atoms", 8)
    if number < size:
        raise file.error(f"{number} centres and atoms are fewer than the {size} Wannier functions")
    file.next_line("a comment")
    rows = []
    for row in range(number):
        symbol, _, rest = file.next_line("a Wannier centre or an atom").strip().partition(" ")
        if (symbol == "X") != (row < size):
            raise file.error(
                f"{size} Wannier centres, lines that begin with X, must come first and no more; found {shown(symbol)}"
            )
        file.lines[file.read - 1] = rest
        file.read -= 1
        rows.append(file.table(1, 3, "the Wannier centres and atoms")[0])
    file.finish()
    return np.array(rows[:size])
