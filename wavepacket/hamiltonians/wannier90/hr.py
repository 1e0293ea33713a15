"""`seed_hr.dat` with the lattice of `seed.win` and the centres of `seed_centres.xyz` or `seed.wout`."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from wavepacket.arrays import Complex, Float, Integer
from wavepacket.errors import InputError
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.wannier90.assembly import WannierModel, assemble, sibling
from wavepacket.hamiltonians.wannier90.blocks import are_integers, read_counts, scatter
from wavepacket.hamiltonians.wannier90.centres import find_centres
from wavepacket.hamiltonians.wannier90.sparse import is_sparse, read_sparse
from wavepacket.hamiltonians.wannier90.textfile import TextFile
from wavepacket.hamiltonians.wannier90.win import read_home_cell, read_win_lattice


def read_hr(
    path: str | Path,
    *,
    win: str | Path | None = None,
    centres: str | Path | None = None,
    wsvec: str | Path | None = None,
    periodic: Sequence[bool] = (True, True, True),
) -> LatticeHamiltonian:
    """Read a `seed_hr.dat`, dense or sparse; lattice and centres come from `seed.win` and `seed_centres.xyz` beside it.

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
    found = cells[:, 0].astype(np.int64)
    seen: dict[tuple[int, ...], int] = {}
    for cell, line in zip(map(tuple, found.tolist()), lines, strict=True):
        if cell in seen:
            raise file.error(f"cell {list(cell)} is listed twice, first in line {seen[cell]}", line)
        seen[cell] = line
    return found
