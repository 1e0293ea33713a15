"""Names of point groups from their operations: the 32 crystal classes, and those with time reversal.

A class is told by how many of its operations have which determinant and trace. A magnetic group whose operations with time
reversal hold a rotation or reflection only together with it is named G(H): G all of its matrices, H those without time
reversal. Where time reversal alone is an operation the group is grey, G1'. (C. J. Bradley and A. P. Cracknell, The
Mathematical Theory of Symmetry in Solids, 1972.)
"""

from collections import Counter
from collections.abc import Iterable
from functools import cache

import numpy as np

from wavepacket.arrays import Float
from wavepacket.hamiltonians.operations import SpaceOperation, generated, read_operation

__all__ = ["point_group"]

_ROOT = "0.86602540378"
_STEPS = {
    "i": "-x, -y, -z", "2": "-x, -y, z", "2x": "x, -y, -z", "m": "x, y, -z", "mx": "-x, y, z", "4": "-y, x, z",
    "-4": "y, -x, -z", "3d": "z, x, y",
    "3": f"-0.5x - {_ROOT}y, {_ROOT}x - 0.5y, z", "6": f"0.5x - {_ROOT}y, {_ROOT}x + 0.5y, z",
}  # fmt: skip
_CLASSES = {
    "1": ("C1", ""), "-1": ("Ci", "i"), "2": ("C2", "2"), "m": ("Cs", "m"), "2/m": ("C2h", "2 i"),
    "222": ("D2", "2 2x"), "mm2": ("C2v", "2 mx"), "mmm": ("D2h", "2 2x i"),
    "4": ("C4", "4"), "-4": ("S4", "-4"), "4/m": ("C4h", "4 i"), "422": ("D4", "4 2x"), "4mm": ("C4v", "4 mx"),
    "-42m": ("D2d", "-4 2x"), "4/mmm": ("D4h", "4 2x i"),
    "3": ("C3", "3"), "-3": ("S6", "3 i"), "32": ("D3", "3 2x"), "3m": ("C3v", "3 mx"), "-3m": ("D3d", "3 2x i"),
    "6": ("C6", "6"), "-6": ("C3h", "3 m"), "6/m": ("C6h", "6 i"), "622": ("D6", "6 2x"), "6mm": ("C6v", "6 mx"),
    "-6m2": ("D3h", "3 m mx"), "6/mmm": ("D6h", "6 2x i"),
    "23": ("T", "2 2x 3d"), "m-3": ("Th", "2 2x 3d i"), "432": ("O", "4 3d"), "-43m": ("Td", "-4 3d"),
    "m-3m": ("Oh", "4 3d i"),
}  # fmt: skip
"""Hermann and Mauguin's symbol → that of Schoenflies, and operations that generate the class."""

_Counts = frozenset[tuple[tuple[int, int], int]]


def point_group(operations: Iterable[SpaceOperation]) -> str | None:
    """Name of a point group, such as ``4/mmm(4/m), D4h(C4h)``; None for a set that is none of the crystal classes.

    Examples
    --------
    >>> point_group(generated([read_operation("-y, x, z"), read_operation("x, -y, -z, T")]))
    '422(4), D4(C4)'
    """
    given = list(operations)
    plain = [one.matrix for one in given if not one.time_reversal]
    turned = [one.matrix for one in given if one.time_reversal]
    own = _class_of(plain)
    if own is None or not turned:
        return own and ", ".join(own)
    if any(np.allclose(matrix, np.eye(3), atol=1e-4) for matrix in turned):
        return f"{own[0]}1', {own[1]} with time reversal" if len(turned) == len(plain) else None
    whole = _class_of(plain + turned)
    return whole and ", ".join(f"{large}({small})" for large, small in zip(whole, own, strict=True))


def _class_of(matrices: list[Float]) -> tuple[str, str] | None:
    return _known().get(_counts(matrices))


def _counts(matrices: list[Float]) -> _Counts:
    """How many matrices have which determinant and trace, which are whole numbers in a crystal."""
    kinds = Counter((round(float(np.linalg.det(m))), round(float(np.trace(m)))) for m in matrices)
    return frozenset(kinds.items())


@cache
def _known() -> dict[_Counts, tuple[str, str]]:
    found = {}
    for name, (schoenflies, steps) in _CLASSES.items():
        group = generated([read_operation(_STEPS[step]) for step in steps.split()])
        found[_counts([one.matrix for one in group])] = (name, schoenflies)
    return found
