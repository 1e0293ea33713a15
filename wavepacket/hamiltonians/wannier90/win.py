"""What is read of a `seed.win`: the lattice vectors, and whether the centres were written into the home cell."""

import re
from pathlib import Path

from wavepacket.arrays import Float
from wavepacket.hamiltonians.wannier90.blocks import read_lattice
from wavepacket.hamiltonians.wannier90.textfile import TextFile

BOHR = 0.529177210544
"""Å."""
_UNITS = {"bohr": BOHR, "ang": 1.0, "angstrom": 1.0}
"""Å; the last is not wannier90's, but what people write."""
_BEGIN_CELL = re.compile(r"\s*begin[\s:=]*unit_cell_cart\s*$", re.IGNORECASE)
_END = re.compile(r"\s*end\b", re.IGNORECASE)
_EXPONENT = re.compile(r"(?<=[\d.])[dD](?=[+-]?\d)")
_HOME_CELL = re.compile(r"\s*translate_home_cell\s*[\s=:]\s*\.?([tf])", re.IGNORECASE)


def read_win_lattice(path: str | Path) -> Float:
    """Return the lattice vectors of a `.win` file as rows, (3, 3), Å; commas and D exponents are read as Fortran does."""
    file = TextFile.open(path, titles=())
    starts = [number for number, line in enumerate(file.lines, 1) if _BEGIN_CELL.match(line)]
    if not starts:
        raise file.error(
            "there is no lattice: a block `begin unit_cell_cart`, unit, three vectors, `end unit_cell_cart` must give it",
            len(file.lines),
        )
    if len(starts) > 1:
        raise file.error("the block unit_cell_cart is given twice", starts[1])
    file.read = starts[0]
    factor = _UNITS.get(file.next_filled_line("the lattice vectors").strip().lower())
    if factor is None:
        file.read -= 1
    for index in range(file.read, len(file.lines)):
        file.lines[index] = _EXPONENT.sub("e", file.lines[index].replace(",", " "))
    lattice = read_lattice(file)
    if not _END.match(file.next_filled_line("the end of unit_cell_cart")):
        raise file.error("unit_cell_cart must hold three lattice vectors and nothing more")
    return (factor or 1.0) * lattice


def read_home_cell(path: str | Path) -> bool | None:
    """Return `translate_home_cell` of a `.win` file; None where it is not there."""
    found = [_HOME_CELL.match(line) for line in TextFile.open(path, titles=()).lines]
    return next((match[1] in "tT" for match in found if match), None)
