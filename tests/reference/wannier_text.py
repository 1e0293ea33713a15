"""Text of a `_tb.dat` written element by element from matrices, to test the reader against."""

import numpy as np

from wavepacket.hamiltonians import LatticeHamiltonian


def tb_text(hamiltonian: LatticeHamiltonian, degeneracy: int = 1) -> str:
    """Return a crystal as `_tb.dat` with all digits; the matrices are multiplied by the degeneracy."""
    cells, size = hamiltonian.cells.tolist(), hamiltonian.size
    positions = hamiltonian.position_matrices
    if positions is None:
        positions = np.zeros((len(cells), 3, size, size), dtype=complex)
    lines = [" written by a test"]
    lines += [" ".join(f"{x:.17e}" for x in row) for row in hamiltonian.lattice]
    lines += [f"{size:12d}", f"{len(cells):12d}"]
    lines += [
        " ".join(["    " + str(degeneracy)] * len(cells[start : start + 15]))
        for start in range(0, len(cells), 15)
    ]
    for cell, matrix in zip(cells, hamiltonian.hoppings, strict=True):
        lines += ["", " ".join(map(str, cell))]
        lines += [_element(i, j, [degeneracy * matrix[i, j]]) for j in range(size) for i in range(size)]
    for cell, matrix in zip(cells, positions, strict=True):
        lines += ["", " ".join(map(str, cell))]
        for j in range(size):
            for i in range(size):
                centre = hamiltonian.sites[i] if i == j and cell == [0, 0, 0] else np.zeros(3)
                lines.append(_element(i, j, list(degeneracy * (matrix[:, i, j] + centre))))
    return "\n".join(lines) + "\n"


def _element(i: int, j: int, values: list[complex]) -> str:
    return f"{i + 1:5d}{j + 1:5d}   " + " ".join(f"{value.real:.17e} {value.imag:.17e}" for value in values)
