"""From lattice vectors as written to the house form: periodic ones first, unit vectors for the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float, Integer
from wavepacket.errors import InputError
from wavepacket.hamiltonians.arrays import Point, integer_array, named_points, real_array

_SHORTEST, _LONGEST = 1e-4, 1e7  # Å, of lattice vectors
_FLAT = 1e-9
_PLACE = {
    1: "the lattice vector of a one-dimensional crystal must lie along x",
    2: "the lattice vectors of a two-dimensional crystal must lie in the xy plane",
}


def check_lattice(lattice: Float, periodic: Sequence[bool]) -> None:
    """Refuse a lattice that is singular or not in the house form of `LatticeHamiltonian`."""
    if lattice.shape != (3, 3):
        raise InputError(f"lattice must have shape (3, 3), not {lattice.shape}")
    dimension = sum(periodic)
    if len(periodic) != 3 or dimension == 0 or list(periodic) != sorted(periodic, reverse=True):
        raise InputError("periodic must be three flags, periodic directions first, at least one of them true")
    lengths = np.linalg.norm(lattice, axis=1)
    if np.any((lengths > 0) & ((lengths < _SHORTEST) | (lengths > _LONGEST))):
        raise InputError(
            f"no lattice vector is shorter than {_SHORTEST:g} or longer than {_LONGEST:g} angstrom: check the unit"
        )
    if np.any(np.abs(lattice[:dimension, dimension:]) > _FLAT * lengths.max()):
        raise InputError(_PLACE[dimension])
    if np.any(lengths == 0) or abs(float(np.linalg.det(lattice / lengths[:, None]))) < 1e-6:
        raise InputError("lattice is singular: its vectors must be linearly independent")
    if not np.array_equal(lattice[dimension:], np.eye(3)[dimension:]):
        raise InputError("directions that are not periodic must carry Cartesian unit vectors of 1 angstrom")


def reciprocal_vectors(lattice: Float) -> Float:
    """Return b_i as rows with a_i·b_j = 2π δ_ij, in 1/Å for Å."""
    a, b, c = lattice
    normals = np.array([np.cross(b, c), np.cross(c, a), np.cross(a, b)])
    return np.asarray(2 * np.pi * normals / (a * normals[0]).sum())


@dataclass(frozen=True)
class Frame:
    """The lattice as given and in the house form, and how things move from one to the other.

    Parameters
    ----------
    given : (3, 3) rows as the user wrote them, completed by unit vectors, Å
    lattice : (3, 3) house form, Å
    periodic : three flags, periodic directions first
    order : (3,) house direction → given direction
    """

    given: Float
    lattice: Float
    periodic: tuple[bool, bool, bool]
    order: Integer

    def cell(self, cell: npt.ArrayLike) -> tuple[int, int, int]:
        """Return an integer cell in the order of the house; it may not leave the periodic directions."""
        given = integer_array(cell, "cell")
        if given.ndim != 1 or not 1 <= len(given) <= 3:
            raise InputError(f"cell {given.tolist()} must have one to three integers")
        a, b, c = (int(x) for x in np.pad(given, (0, 3 - len(given)))[self.order])
        if any(step and not free for step, free in zip((a, b, c), self.periodic, strict=True)):
            raise InputError(f"cell {given.tolist()} steps along a direction that is not periodic")
        return a, b, c

    def positions(self, positions: npt.ArrayLike | None, size: int) -> Float:
        """Return (N, 3) positions in units of the house lattice vectors."""
        if positions is None:
            return np.zeros((size, 3))
        given = real_array(positions, "positions")
        if given.ndim != 2 or len(given) != size or not 1 <= given.shape[1] <= 3:
            raise InputError(
                f"positions must hold up to 3 numbers for each of {size} orbitals, not shape {given.shape}"
            )
        padded = np.pad(given, ((0, 0), (0, 3 - given.shape[1])))
        if np.array_equal(self.given, self.lattice):
            return padded
        # Rounding in the change of basis must not move an orbital off a lattice plane it was put on.
        return real_array(np.round(padded @ self.given @ np.linalg.inv(self.lattice), 12), "positions")

    def points(self, points: Mapping[str, npt.ArrayLike], what: str) -> dict[str, Point]:
        """Return named wavevectors in reduced coordinates of the house; zero along the rest."""
        moved = {
            name: np.array(point)[self.order] * self.periodic
            for name, point in named_points(points, what).items()
        }
        return named_points(moved, what)


def build_frame(lattice: npt.ArrayLike, periodic: Sequence[bool] | None) -> Frame:
    """Complete one to three lattice vectors (Å, each of up to three components) to a `Frame`."""
    rows = real_array(lattice, "lattice")
    if rows.ndim != 2 or not 1 <= len(rows) <= 3 or not 1 <= rows.shape[1] <= 3:
        raise InputError(
            f"lattice must have one to three vectors of one to three components, not shape {rows.shape}"
        )
    flags = [True] * len(rows) if periodic is None else [bool(flag) for flag in periodic]
    if not len(rows) <= len(flags) <= 3:
        raise InputError("periodic must have one flag for each lattice vector")
    flags += [False] * (3 - len(flags))
    if any(flags[len(rows) :]):
        raise InputError("a direction without a lattice vector cannot be periodic")
    given = np.eye(3)
    given[: len(rows), :] = np.pad(rows, ((0, 0), (0, 3 - rows.shape[1])))
    order = np.argsort(np.logical_not(flags), kind="stable")
    dimension = sum(flags)
    house = np.eye(3)
    house[:dimension] = given[order[:dimension]]
    frame = Frame(given, house, (dimension > 0, dimension > 1, dimension > 2), order.astype(np.int64))
    check_lattice(frame.lattice, frame.periodic)
    return frame
