"""Operations of a point group on crystals: Cartesian matrices with or without time reversal, as texts and in groups."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.errors import InputError

__all__ = ["SpaceOperation", "generated", "multiplication_table", "read_operation"]

_MOST = 96
_SAME = 1e-4
_TERM = re.compile(r"([+-]?)\s*(\d*\.?\d*)\s*\*?\s*([xyz])")


@dataclass(frozen=True, eq=False)
class SpaceOperation:
    """An orthogonal matrix on Cartesian vectors (3, 3), with or without time reversal."""

    matrix: Float
    time_reversal: bool = False

    def __matmul__(self, other: "SpaceOperation") -> "SpaceOperation":
        return SpaceOperation(self.matrix @ other.matrix, self.time_reversal != other.time_reversal)

    @property
    def in_time(self) -> Float:
        """The matrix (4, 4) on places and time."""
        matrix = np.diag([1.0, 1.0, 1.0, -1.0 if self.time_reversal else 1.0])
        matrix[:3, :3] = self.matrix
        return matrix

    def same(self, other: "SpaceOperation") -> bool:
        """Whether both are one, to the digits of texts and files."""
        return self.time_reversal == other.time_reversal and bool(
            np.abs(self.matrix - other.matrix).max() < _SAME
        )


def read_operation(text: str) -> SpaceOperation:
    """Read an operation on Cartesian axes, such as ``-y, x, z`` (a quarter turn about z) or ``-x, -y, z, T``.

    Raises
    ------
    InputError
        for anything else
    """
    parts = [part.strip() for part in text.replace("−", "-").split(",")]
    reversal = len(parts) == 4 and parts[3] in ("T", "-1")
    rows = [_row(part) for part in parts[:3]]
    if len(parts) != 3 + reversal or len(rows) != 3 or any(row is None for row in rows):
        raise InputError(
            f"{text!r} is no operation: write what becomes of x, y and z, such as '-y, x, z', and ', T' for time reversal"
        )
    matrix = np.array(rows, dtype=np.float64)
    # A hexagonal axis has √3/2, which nobody writes with every digit.
    left, sizes, right = np.linalg.svd(matrix)
    if np.abs(sizes - 1).max() > 1e-2:
        raise InputError(f"{text!r} is no rotation or reflection: its matrix is not orthogonal")
    return SpaceOperation(left @ right, reversal)


def _row(text: str) -> list[float] | None:
    if not text or _TERM.sub("", text).strip():
        return None
    row = [0.0, 0.0, 0.0]
    for sign, number, axis in _TERM.findall(text):
        row["xyz".index(axis)] += (-1.0 if sign == "-" else 1.0) * float(number or 1)
    return row


def generated(operations: Sequence[SpaceOperation]) -> list[SpaceOperation]:
    """Return all products of operations, the identity among them.

    Raises
    ------
    InputError
        where these are no finite point group
    """
    group = [SpaceOperation(np.eye(3))]
    for one in group:  # grows while it is walked through
        for other in operations:
            product = one @ other
            if not any(product.same(known) for known in group):
                group.append(product)
        if len(group) > _MOST:
            raise InputError("the operations generate more than the 96 of the largest magnetic point group")
    return group


def multiplication_table(group: Sequence[SpaceOperation]) -> Integer:
    """Number of the product g h, (n, n); −1 where it is not in the group."""
    table = np.full((len(group), len(group)), -1)
    for i, one in enumerate(group):
        for j, other in enumerate(group):
            product = one @ other
            table[i, j] = next((n for n, known in enumerate(group) if product.same(known)), -1)
    return table
