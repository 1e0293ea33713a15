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


def hr_text(hamiltonian: LatticeHamiltonian) -> str:
    """Return a crystal as `_hr.dat` with all digits, each degeneracy one."""
    cells, size = hamiltonian.cells.tolist(), hamiltonian.size
    lines = [" written by a test", f"{size:12d}", f"{len(cells):12d}"]
    lines += [" ".join(["    1"] * len(cells[start : start + 15])) for start in range(0, len(cells), 15)]
    for cell, matrix in zip(cells, hamiltonian.hoppings, strict=True):
        prefix = "".join(f"{step:5d}" for step in cell)
        lines += [prefix + _element(i, j, [matrix[i, j]]) for j in range(size) for i in range(size)]
    return "\n".join(lines) + "\n"


def win_text(hamiltonian: LatticeHamiltonian) -> str:
    """Return the lattice as `.win`."""
    rows = [" ".join(f"{x:.17e}" for x in row) for row in hamiltonian.lattice]
    return "\n".join(["begin unit_cell_cart", "ang", *rows, "end unit_cell_cart"]) + "\n"


def xyz_text(sites: np.ndarray) -> str:
    """Return centres (N, 3) as `_centres.xyz` with the eight digits of wannier90."""
    return "\n".join([str(len(sites)), " centres", *("X " + _row(site, 8) for site in sites)]) + "\n"


def wout_text(sites: np.ndarray, unit: str = "Ang") -> str:
    """Return the final state of a `.wout` with centres (N, 3) and their six digits."""
    scaled = sites / (0.529177210544 if unit == "Bohr" else 1.0)
    lines = ["", " Final State"]
    for number, site in enumerate([*scaled, scaled.sum(axis=0)], 1):
        name = (
            "WF centre and spread" + f"{number:5d}" if number <= len(sites) else "Sum of centres and spreads"
        )
        lines.append(f"  {name}  ({_row(site, 6, ',')} )     1.00000000")
    return "\n".join([*lines, f"    Final Spread ({unit}^2)       Omega Total  =     1.000000000"]) + "\n"


def _row(values: np.ndarray, digits: int, separator: str = "") -> str:
    return separator.join(f"{value:{digits + 5}.{digits}f}" for value in values)
