"""Which files are crystals: those of Wannier90 by their names or, of any name, by their first lines, and ``.npz`` files."""

import re
from pathlib import Path
from typing import Literal

__all__ = ["crystal_form"]

_LONGEST = 1000  # characters of a line: no file of Wannier90 has more
_COUNT = re.compile(rb"\s*\d+\s*([^\d\s+.,*-].*)?$", re.DOTALL)
_VECTOR = re.compile(rb"(\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?){3}\s*$")


def crystal_form(path: Path) -> Literal["tb", "hr", "npz"] | None:
    """Return the form of a Wannier90 file or of one that `hamiltonians.write_npz` wrote, None for anything else.

    The second and third line of a `_hr.dat` hold a count each, possibly with a remark; a `_tb.dat` has three vectors there
    and then a count. No config begins like that.
    """
    if path.name.endswith("_tb.dat"):
        return "tb"
    if path.name.endswith("_hr.dat"):
        return "hr"
    if path.suffix == ".npz":
        return "npz"
    try:
        with path.open("rb") as file:
            lines = [file.readline(_LONGEST) for _ in range(5)]
    except (OSError, ValueError):
        return None
    if any(len(line) == _LONGEST for line in lines):
        return None
    if all(_COUNT.match(line) for line in lines[1:3]):
        return "hr"
    return "tb" if all(_VECTOR.match(line) for line in lines[1:4]) and _COUNT.match(lines[4]) else None
