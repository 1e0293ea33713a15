"""Balls round the valleys of a crystal: the part of the zone where the packets of small pockets start."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian
from wavepacket.hamiltonians.zone import face_vectors, fold_by_faces

__all__ = ["Balls", "balls_round"]


@dataclass(frozen=True, eq=False)
class Balls:
    """Balls of one radius (1/Å) round valleys, centres (V, 3), that do not overlap in the periodic zone.

    Attributes
    ----------
    grid : of points over the box round each ball; None for points at any place of it
    """

    hamiltonian: Hamiltonian
    centres: Float
    radius: float
    grid: tuple[int, ...] | None

    @property
    def steps(self) -> Float:
        """Of the grid (d,): with one cell more than the ball needs, it covers the ball wherever it begins."""
        return 2 * self.radius / np.maximum(np.array(self.grid, dtype=np.float64) - 1, 0.5)

    @property
    def box(self) -> Float:
        """Sides (d,) of the box round each ball."""
        if self.grid is None:
            return np.full(self.hamiltonian.dimension, 2 * self.radius)
        return self.steps * self.grid

    @property
    def states(self) -> float:
        """States of a full band per Å^d in the box round one of them."""
        return float(np.prod(self.box / (2 * np.pi)))

    def points(self, reduced: Float, valley: npt.NDArray[np.int64]) -> Float:
        """Points of the boxes round the valleys (n,), from those of the unit cube (n, 3)."""
        d = self.hamiltonian.dimension
        offset = np.zeros((len(reduced), 3))
        offset[:, :d] = (reduced[:, :d] - 0.5) * self.box
        return np.asarray(self.centres[valley] + offset)

    def contain(self, k: Float) -> npt.NDArray[np.bool_]:
        """Whether each wavevector is in one of them."""
        offset = fold_by_faces(k[:, None, :] - self.centres, face_vectors(self.hamiltonian))
        return np.asarray(np.any(np.sum(offset**2, axis=2) < self.radius**2, axis=1))


def balls_round(
    centres: Float, radius: float, hamiltonian: Hamiltonian, grid: tuple[int, ...] | None
) -> Balls:
    """Balls round centres (V, 3), with a grid of points for each where one is wanted.

    Raises
    ------
    InputError : there is no centre, or balls overlap
    """
    if len(centres) == 0:
        raise InputError(
            "ensemble.valley_radius: this model has no valleys; name them in the section valleys"
        )
    faces = face_vectors(hamiltonian)
    pairs = fold_by_faces(centres[:, None, :] - centres, faces)[np.triu_indices(len(centres), 1)]
    apart = np.linalg.norm(np.concatenate([pairs, faces]), axis=1)
    if np.any(apart < 2 * radius):
        raise InputError(
            f"ensemble.valley_radius: balls of {radius:g} 1/angstrom round the valleys overlap; "
            f"at most {apart.min() / 2:.6g} is possible"
        )
    return Balls(hamiltonian, centres, radius, grid)
