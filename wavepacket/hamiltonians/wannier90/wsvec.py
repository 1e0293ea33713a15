"""Wannier90's `_wsvec.dat`: translations T that bring orbital j nearest to i; H_ij(R) is spread over them.

H_ij(k) = Σ_R (1/n_R) Σ_T e^{ik·(R+T)} H_ij(R)/n_T with the T listed for (R, i, j). A file written with
``use_ws_distance=.false.`` lists T = 0 for every element, which changes nothing.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wavepacket.arrays import Complex, Float, Integer
from wavepacket.errors import InputError
from wavepacket.hamiltonians.wannier90.textfile import TextFile

_LARGEST_STEP = 10_000
_MOST_CELLS = 100
"""Spread cells for each cell of the Hamiltonian file; wannier90 needs about one and a half."""


@dataclass(frozen=True)
class Translations:
    """One entry for each T: element (cell index, i, j), the translation, and the share 1/n_T; remarks on the file."""

    element: Integer
    translation: Integer
    share: Float
    notes: tuple[str, ...] = ()


def read_wsvec(path: str | Path, cells: Integer, size: int) -> Translations:
    """Read the translations of every element (R, i, j) of the given cells; each must be listed once."""
    file = TextFile.open(path)
    file.next_line("a header")
    index_of = {tuple(cell): index for index, cell in enumerate(cells.tolist())}
    seen = np.zeros((len(cells), size, size), dtype=bool)
    elements: list[tuple[int, int, int]] = []
    vectors: list[list[int]] = []
    shares: list[float] = []
    for _ in range(seen.size):
        r1, r2, r3, i, j = file.integers("a cell and two orbitals", 5)
        index = index_of.get((r1, r2, r3))
        if index is None or not (1 <= i <= size and 1 <= j <= size):
            raise file.error(f"element {i}, {j} of cell {[r1, r2, r3]} is not in the Hamiltonian file")
        if seen[index, i - 1, j - 1]:
            raise file.error(f"element {i}, {j} of cell {[r1, r2, r3]} is listed twice")
        seen[index, i - 1, j - 1] = True
        number = file.count("the number of translations", 6)
        for _ in range(number):
            vector = file.integers("a translation", 3)
            if max(map(abs, vector)) > _LARGEST_STEP:
                raise file.error(f"translation {vector} is absurdly long")
            elements.append((index, i - 1, j - 1))
            vectors.append(vector)
            shares.append(1 / number)
    file.finish()
    return Translations(np.array(elements), np.array(vectors), np.array(shares), tuple(file.notes))


def spread(cells: Integer, matrices: Complex, moves: Translations) -> tuple[Integer, Complex]:
    """Return the cells R + T and the matrices over them.

    Parameters
    ----------
    cells : (nR, 3)
    matrices : (nR, m, N, N): the Hamiltonian and the position matrices side by side
    """
    index, i, j = moves.element.T
    targets, position = np.unique(cells[index] + moves.translation, axis=0, return_inverse=True)
    if len(targets) > _MOST_CELLS * len(cells):
        raise InputError(
            f"the translations spread {len(cells)} cells over {len(targets)}: not a minimal-distance list"
        )
    result = np.zeros((len(targets), *matrices.shape[1:]), dtype=np.complex128)
    shares = matrices[index, :, i, j] * moves.share[:, None]
    for component in range(matrices.shape[1]):
        np.add.at(result[:, component], (position.reshape(-1), i, j), shares[:, component])
    return targets, result
