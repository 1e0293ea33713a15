"""Writer of `_tb.dat` and `_hr.dat`: any lattice Hamiltonian for other programs, with every digit kept.

All degeneracies are one and nothing is left to a `_wsvec.dat`. A crystal of one or two dimensions is written with the
Cartesian unit vectors of 1 Å that stand for its other directions; read it back with the same `periodic` flags.
"""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import numpy as np

from wavepacket.arrays import Complex, Float
from wavepacket.errors import InputError
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.wannier90.textfile import FINAL

_PER_LINE = 15
"""Degeneracies in a line, as wannier90 writes them."""


def write_tb(hamiltonian: LatticeHamiltonian, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write lattice, H(R) in eV and r(R) in Å; where r(R) is not known, only its diagonal at R = 0, the centres.

    Parameters
    ----------
    path : by custom it ends in ``_tb.dat``
    overwrite : replace a file that exists

    Raises
    ------
    InputError
        for a k·p Hamiltonian, which has no lattice, and for a path that cannot or may not be written
    """
    _check(hamiltonian)
    cells = hamiltonian.cells.tolist()
    lines = [_header(hamiltonian), *_rows(hamiltonian.lattice), *_counts(hamiltonian)]
    for cell, matrix in zip(cells, hamiltonian.hoppings, strict=True):
        lines += ["", _integers(cell), *_elements(matrix[None])]
    for cell, matrices in zip(cells, _positions(hamiltonian), strict=True):
        lines += ["", _integers(cell), *_elements(matrices)]
    target = Path(path)
    _write({target: lines}, _translations(target, "_tb.dat"), overwrite)
    return target


def write_hr(
    hamiltonian: LatticeHamiltonian, path: str | Path, *, overwrite: bool = False
) -> tuple[Path, ...]:
    """Write ``NAME_hr.dat``, the lattice as ``NAME.win`` and the centres as ``NAME_centres.xyz``.

    The format has no place for r(R) beyond the centres. Parameters and errors as for `write_tb`.
    """
    _check(hamiltonian)
    target = Path(path)
    if not target.name.endswith("_hr.dat"):
        raise InputError(f"{target}: the name must end in _hr.dat, because two more files are named after it")
    lines = [_header(hamiltonian), *_counts(hamiltonian)]
    for cell, matrix in zip(hamiltonian.cells.tolist(), hamiltonian.hoppings, strict=True):
        lines += [_integers(cell) + element for element in _elements(matrix[None])]
    size = hamiltonian.size
    win = [
        f"num_wann = {size}",
        "translate_home_cell = false",
        "begin unit_cell_cart",
        "ang",
        *_rows(hamiltonian.lattice),
        "end unit_cell_cart",
    ]
    centres = [f"{size:6d}", _header(hamiltonian), *(f"X {row}" for row in _rows(hamiltonian.sites))]
    seed = target.name.removesuffix("_hr.dat")
    files = {
        target: lines,
        target.with_name(f"{seed}.win"): win,
        target.with_name(f"{seed}_centres.xyz"): centres,
    }
    _write(files, _translations(target, "_hr.dat"), overwrite)
    return tuple(files)


def _check(hamiltonian: object) -> None:
    if not isinstance(hamiltonian, LatticeHamiltonian):
        raise InputError("only a crystal with a lattice can be written as a Wannier90 file, not a k·p model")


def _header(hamiltonian: LatticeHamiltonian) -> str:
    flags = " ".join("T" if flag else "F" for flag in hamiltonian.periodic)
    name = hamiltonian.name.encode("ascii", "replace").decode()
    return f" written by wavepacket {version('berry-wavepacket')}: {name}, periodic {flags}, {FINAL}"


def _counts(hamiltonian: LatticeHamiltonian) -> list[str]:
    number = len(hamiltonian.cells)
    ones = ["1".rjust(5)] * number
    degeneracies = ["".join(ones[start : start + _PER_LINE]) for start in range(0, number, _PER_LINE)]
    return [f"{hamiltonian.size:12d}", f"{number:12d}", *degeneracies]


def _positions(hamiltonian: LatticeHamiltonian) -> Complex:
    """⟨0 i|r|R j⟩ with the centres on the diagonal of R = 0, (nR, 3, N, N), Å."""
    size, number = hamiltonian.size, len(hamiltonian.cells)
    matrices = np.zeros((number, 3, size, size), dtype=np.complex128)
    if hamiltonian.position_matrices is not None:
        matrices += hamiltonian.position_matrices
    orbital = np.arange(size)
    matrices[number // 2, :, orbital, orbital] = hamiltonian.sites
    return matrices


def _rows(table: Float) -> list[str]:
    return ["".join(f"{x:24.16E}" for x in row) for row in table.tolist()]


def _integers(values: list[int]) -> str:
    return "".join(f"{value:5d}" for value in values)


def _elements(matrices: Complex) -> list[str]:
    """Lines ``i j (re im)×m`` of matrices (m, N, N), the row running fastest."""
    size = matrices.shape[-1]
    columns = np.ascontiguousarray(matrices.transpose(2, 1, 0).reshape(size * size, -1)).view(np.float64)
    indices = (f"{i + 1:5d}{j + 1:5d}" for j in range(size) for i in range(size))
    numbers = ("".join(f"{x:25.16E}" for x in row) for row in columns.tolist())
    return [index + row for index, row in zip(indices, numbers, strict=True)]


def _translations(target: Path, ending: str) -> Path:
    return target.with_name(target.name.removesuffix(ending) + "_wsvec.dat")


def _write(files: Mapping[Path, list[str]], translations: Path, overwrite: bool) -> None:
    taken = [path for path in files if path.exists()]
    if taken and not overwrite:
        raise InputError(f"{taken[0]} exists already and is not overwritten unless told to")
    if translations.exists():
        raise InputError(f"{translations} belongs to another model and would be applied to this one")
    for path, lines in files.items():
        try:
            path.write_text("\n".join(lines) + "\n", encoding="ascii", newline="\n")
        except OSError as error:
            raise InputError(f"cannot write {path}: {error.strerror or error}") from None
