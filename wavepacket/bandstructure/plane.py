"""A plane in k space with its two axes, on which maps and paths are drawn."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float
from wavepacket.errors import InputError

__all__ = ["Plane", "named_plane"]


_PARALLEL = 1e-9  # sine of an angle below which two vectors span no plane


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane in k space with its two axes.

    Parameters
    ----------
    origin : (3,) a point of the plane, 1/Å; (0, 0) of the plane's coordinates
    first, second : (3,) orthonormal directions
    """

    origin: Float
    first: Float
    second: Float

    @classmethod
    def spanned(
        cls, first: npt.ArrayLike, second: npt.ArrayLike, origin: npt.ArrayLike = (0.0, 0.0, 0.0)
    ) -> Self:
        """Plane through ``origin`` along two vectors; the first axis points along the first of them."""
        a, b = np.array(first, dtype=np.float64), np.array(second, dtype=np.float64)
        normal = np.cross(a, b)
        if not np.linalg.norm(normal) > _PARALLEL * np.linalg.norm(a) * np.linalg.norm(b):
            raise InputError("a plane needs two vectors that are not parallel")
        along = a / np.linalg.norm(a)
        return cls(
            np.array(origin, dtype=np.float64), along, np.cross(normal / np.linalg.norm(normal), along)
        )

    @property
    def axes(self) -> tuple[str, str]:
        """Names of the axes: ``x``, ``y``, ``z`` along Cartesian axes, else ``1`` and ``2``."""
        first, second = (np.flatnonzero(np.isclose(vector, 1.0)) for vector in (self.first, self.second))
        return ("xyz"[first[0]], "xyz"[second[0]]) if first.size and second.size else ("1", "2")

    def project(self, k: npt.ArrayLike) -> Float:
        """Coordinates (..., 2) of the feet of points (..., 3)."""
        return (np.asarray(k, dtype=np.float64) - self.origin) @ np.stack([self.first, self.second], axis=1)

    def lift(self, coordinates: npt.ArrayLike) -> Float:
        """Points (..., 3) of the plane from their coordinates (..., 2)."""
        return self.origin + np.asarray(coordinates, dtype=np.float64) @ np.stack([self.first, self.second])


def named_plane(name: str) -> Plane:
    """Plane through Γ along two Cartesian axes, such as ``"xz"``."""
    if len(name) != 2 or len(set(name)) != 2 or not set(name) <= set("xyz"):
        raise InputError(f"unknown plane {name!r}: two of the letters x, y, z, such as 'xy'")
    first, second = (np.eye(3)["xyz".index(letter)] for letter in name)
    return Plane(np.zeros(3), first, second)
