"""The first Brillouin zone as a figure: its outline, and planes in k space that cut it."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.hamiltonians.zone import equivalent_points, face_vectors, fold, fold_by_faces

__all__ = [
    "Plane",
    "equivalent_points",
    "face_vectors",
    "fold",
    "fold_by_faces",
    "named_plane",
    "zone_outline",
    "zone_section",
]

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
        """Names of the axes: ``x``, ``y``, ``z``, diagonals such as ``[110]``, else ``1`` and ``2``."""
        found = [
            np.flatnonzero(np.isclose(np.abs(vector), np.abs(vector).max(), rtol=0, atol=1e-9))
            for vector in (self.first, self.second)
        ]
        names = []
        for vector, axes in zip((self.first, self.second), found, strict=True):
            alone = np.isclose(np.linalg.norm(vector[axes]), 1.0) and np.all(vector[axes] > 0)
            if not alone:
                return "1", "2"
            names.append(
                "xyz"[axes[0]] if len(axes) == 1 else f"[{''.join(str(int(i in axes)) for i in range(3))}]"
            )
        return names[0], names[1]

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


_TIE = 1e-9  # relative; lengths closer than this are equal by symmetry
_CIRCLE = 180  # corners of a polygon that stands for a circle


def zone_outline(hamiltonian: Hamiltonian) -> Float | list[Float] | None:
    """Outline of the first zone in 1/Å; of the ball |k| ≤ cutoff for a k·p model, None where it has no cutoff.

    Returns
    -------
    1D : (2, 1) ends of the segment
    2D : (m, 2) closed polygon, anticlockwise
    3D : list of closed polygons (m, 3), one a face (of a ball: three great circles)
    """
    dimension, faces = hamiltonian.dimension, face_vectors(hamiltonian)
    radius = None if isinstance(hamiltonian, LatticeHamiltonian) else hamiltonian.cutoff
    if len(faces) == 0 and radius is None:
        return None
    if dimension == 1:
        half = np.linalg.norm(faces[0]) / 2 if radius is None else radius
        return np.array([[-half], [half]])
    if dimension == 2:
        return zone_section(hamiltonian, named_plane("xy"))
    if radius is not None:
        return [named_plane(name).lift(_circle(radius)) for name in ("xy", "yz", "zx")]
    return [polygon for face in faces if (polygon := _face(face, faces)) is not None]


def zone_section(hamiltonian: Hamiltonian, plane: Plane) -> Float | None:
    """Cut of the first zone (or of the ball |k| ≤ cutoff) by a plane: closed polygon (m, 2), or None if empty."""
    if isinstance(hamiltonian, LatticeHamiltonian):
        return _section(plane, face_vectors(hamiltonian))
    normal = np.cross(plane.first, plane.second)
    depth = float(plane.origin @ normal)
    if hamiltonian.cutoff is None or abs(depth) >= hamiltonian.cutoff:
        return None
    centre = plane.project(depth * normal)
    return centre + _circle(float(np.sqrt(hamiltonian.cutoff**2 - depth**2)))


def _circle(radius: float) -> Float:
    angle = 2 * np.pi * np.arange(_CIRCLE + 1) / _CIRCLE
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _face(face: Float, faces: Float) -> Float | None:
    """Closed polygon (m, 3) of one face of a 3D zone; None where rounding leaves nothing of a sliver of one."""
    aside = np.eye(3)[np.abs(face).argmin()]
    plane = Plane.spanned(np.cross(face, aside), np.cross(face, np.cross(face, aside)), face / 2)
    others = faces[np.any(faces != face, axis=1)]
    polygon = _section(plane, others)
    return None if polygon is None else plane.lift(polygon)


def _section(plane: Plane, faces: Float) -> Float | None:
    """Points of a plane with k·G ≤ G²/2 for all G, as a closed polygon (m, 2)."""
    size = float(np.linalg.norm(faces, axis=1).max())
    corners = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    polygon = plane.project(np.zeros(3)) + size * corners
    for face in faces:
        normal = np.array([face @ plane.first, face @ plane.second])
        polygon = _clipped(polygon, normal, face @ face / 2 - face @ plane.origin)
    fresh = np.linalg.norm(polygon - np.roll(polygon, 1, axis=0), axis=1) > _TIE * size
    polygon = polygon[fresh]
    return np.concatenate([polygon, polygon[:1]]) if len(polygon) > 2 else None


def _clipped(polygon: Float, normal: Float, bound: float) -> Float:
    """Part of a convex polygon with x·normal ≤ bound."""
    height = polygon @ normal - bound
    kept = []
    for here, there, a, b in zip(
        polygon, np.roll(polygon, -1, axis=0), height, np.roll(height, -1), strict=True
    ):
        if a <= 0:
            kept.append(here)
        if a * b < 0:
            kept.append(here + (there - here) * a / (a - b))
    return np.array(kept).reshape(-1, 2)
