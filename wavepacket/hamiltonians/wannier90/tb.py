"""`seed_tb.dat`: lattice, degeneracies, H(R) and r(R), all that a band with Berry terms needs."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from wavepacket.arrays import Complex, Float, Integer
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.wannier90.assembly import WannierModel, assemble, sibling
from wavepacket.hamiltonians.wannier90.blocks import read_counts, read_lattice, scatter
from wavepacket.hamiltonians.wannier90.centres import Centres
from wavepacket.hamiltonians.wannier90.textfile import TextFile

_Block = tuple[int, Complex]
"""Line of the header of a cell, matrices (components, N, N)."""


def read_tb(
    path: str | Path, *, position_elements: bool = True, periodic: Sequence[bool] = (True, True, True)
) -> LatticeHamiltonian:
    """Read a `seed_tb.dat`, and `seed_wsvec.dat` if it is in the same folder.

    Parameters
    ----------
    position_elements : keep ⟨0 i|r|R j⟩ beyond the centres
    periodic : false for a lattice vector that only separates layers or chains; its cells are summed up

    Raises
    ------
    InputError
        ``file:line: message`` for anything malformed, and where H(R) = H(−R)† is violated by more than 1 meV
    """
    file = TextFile.open(path)
    file.next_line("a header")
    lattice = read_lattice(file)
    size, degeneracies = read_counts(file)
    hoppings = _read_blocks(file, size, len(degeneracies), 1)
    positions = _read_blocks(file, size, len(degeneracies), 3)
    file.finish()
    for cell, (line, _) in positions.items():
        if cell not in hoppings:
            raise file.error(f"cell {list(cell)} has position elements but no H", line)
    cells = np.array(list(hoppings), dtype=np.int64)
    elements = np.array([positions[cell][1] for cell in hoppings])
    centres = _take_centres(cells, elements, degeneracies)
    matrices = np.array([matrices for _, matrices in hoppings.values()])
    if position_elements:
        matrices = np.concatenate([matrices, elements], axis=1)
    lines = [line for line, _ in hoppings.values()]
    model = WannierModel(
        file, lattice, cells, lines, degeneracies, matrices, Centres(file.name, centres, False)
    )
    return assemble(model, sibling(path, "_tb.dat", "_wsvec.dat"), periodic)


def _read_blocks(file: TextFile, size: int, number: int, components: int) -> dict[tuple[int, ...], _Block]:
    """Return cell → block in the order of the file."""
    what = "H(R)" if components == 1 else "r(R)"
    blocks: dict[tuple[int, ...], _Block] = {}
    for _ in range(number):
        cell = tuple(file.integers(f"the cell of a block of {what}", 3))
        line = file.read
        if cell in blocks:
            raise file.error(f"cell {list(cell)} of {what} is listed twice, first in line {blocks[cell][0]}")
        table = file.table(size**2, 2 + 2 * components, f"{what} of cell {list(cell)}")
        blocks[cell] = (line, scatter(file, table, size, line + 1))
    return blocks


def _take_centres(cells: Integer, elements: Complex, degeneracies: Float) -> Float:
    """Move the diagonal of r(R=0), the Wannier centres (N, 3), out of the elements (nR, 3, N, N)."""
    orbital = np.arange(elements.shape[-1])
    centres = np.zeros((len(orbital), 3))
    for origin in np.flatnonzero(~np.any(cells, axis=1)):
        centres = np.real(elements[origin][:, orbital, orbital]).T / degeneracies[origin]
        elements[origin][:, orbital, orbital] = 0
    return centres
