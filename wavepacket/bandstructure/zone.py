"""The first Brillouin zone as a figure: its outline and its cut by a plane."""

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bandstructure.plane import Plane, named_plane
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.hamiltonians.zone import equivalent_points, face_vectors, fold, fold_by_faces

__all__ = ["equivalent_points", "face_vectors", "fold", "fold_by_faces", "zone_outline", "zone_section"]


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
