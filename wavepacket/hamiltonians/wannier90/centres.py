"""What lies beside a `_hr.dat`: the lattice in `seed.win`; centres in `seed_centres.xyz` or the last state of `seed.wout`.

With `translate_home_cell = true` wannier90 writes each centre of the first into the home cell, by a lattice vector of its
own, and leaves H(R) and the second as they are.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wavepacket.arrays import Float
from wavepacket.errors import InputError
from wavepacket.hamiltonians.wannier90.blocks import read_lattice
from wavepacket.hamiltonians.wannier90.textfile import TextFile, shown

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
    matches = [_HOME_CELL.match(line) for line in TextFile.open(path, titles=()).lines]
    return next((match[1] in "tT" for match in matches if match), None)


_FINAL_STATE = re.compile(r"\s*Final State\s*$")
_CENTRE = re.compile(r"\s*WF centre and spread\s+(\d+)\s*\((.*?)\)")
_SAME = 1e-4
"""Å. The `.wout` has six digits behind the point."""


@dataclass(frozen=True, eq=False)
class Centres:
    """Centres as they were found.

    Parameters
    ----------
    file : where they are from
    positions : (N, 3), Å
    folded : whether each was moved into the home cell; False where that is ruled out, None where nobody says
    notes : where they are from, if not from where one would look
    """

    file: str
    positions: Float
    folded: bool | None
    notes: tuple[str, ...] = ()


def find_centres(path: Path, wout: Path, size: int, lattice: Float, home_cell: bool | None) -> Centres:
    """Read the centres and, where they were folded and the `.wout` is there, move them back to those in it.

    Parameters
    ----------
    path : `_centres.xyz` or `.wout`
    wout : the `.wout` of the same seed, if there is one
    size : number of Wannier functions
    lattice : (3, 3) rows, Å
    home_cell : `translate_home_cell` of the `.win`; None where it is not there
    """
    if path.suffix == ".wout":
        return Centres(str(path), read_wout(path, size), False)
    if not path.exists() and wout.exists():
        note = f"{path.name} was not found: the centres are from {wout.name}, which has six digits"
        return Centres(str(wout), read_wout(wout, size), False, (note,))
    if not path.exists():
        seed = wout.with_suffix("").name
        raise InputError(
            f"{path}: cannot be read: No such file or directory. A _hr.dat has no Wannier centres, and without them Ω and m "
            f"are not known: run wannier90 with `write_xyz = true` and `translate_home_cell = false`, or put {wout.name} "
            f"beside it, or use {seed}_tb.dat (`write_tb = true`)"
        )
    positions, notes = read_centres(path, size)
    if not home_cell or not wout.exists():
        return Centres(str(path), positions, home_cell, notes)
    moves = np.rint((read_wout(wout, size) - positions) @ np.linalg.inv(lattice))
    moved = positions + moves @ lattice
    away = np.max(np.abs(moved - read_wout(wout, size)), axis=1)
    if np.max(away) > _SAME:
        number = int(np.argmax(away)) + 1
        raise InputError(
            f"{path}: centre {number} is by no lattice vector that in {wout}: not the same run of wannier90"
        )
    count = np.count_nonzero(np.any(moves, axis=1))
    said = f"{count} of {size} Wannier centres were moved by lattice vectors to where {wout.name} has them"
    return Centres(
        str(path), moved, False, (*notes, f"{said}: translate_home_cell had folded them") if count else notes
    )


def read_centres(path: str | Path, size: int) -> tuple[Float, tuple[str, ...]]:
    """Return the Wannier centres of a `_centres.xyz` file, (N, 3), Å, and remarks; they come first, the atoms follow."""
    file = TextFile.open(path, titles=(2,))
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
    return np.array(rows[:size]), tuple(file.notes)


def read_wout(path: str | Path, size: int) -> Float:
    """Return the Wannier centres of the last final state in a `.wout` file, (N, 3), Å."""
    file = TextFile.open(path, titles=())
    ends = [number for number, line in enumerate(file.lines, 1) if _FINAL_STATE.match(line)]
    if not ends:
        raise file.error(
            "there is no `Final State` with the Wannier centres; did wannier90 finish?", len(file.lines)
        )
    file.read = ends[-1]
    rows = []
    for number in range(1, size + 1):
        match = _CENTRE.match(file.next_line(f"the centre of Wannier function {number}"))
        if not match or int(match[1]) != number:
            raise file.error(f"the centre of Wannier function {number} of {size} should stand here")
        file.lines[file.read - 1] = match[2].replace(",", " ")
        file.read -= 1
        rows.append(file.table(1, 3, "the Wannier centres")[0])
    if _CENTRE.match(file.next_line("the sum of the centres")):
        raise file.error(f"there are more Wannier centres than the {size} Wannier functions")
    bohr = any("(Bohr^2)" in line for line in file.lines)
    return np.array(rows) * (BOHR if bohr else 1.0)
