"""The first Brillouin zone: its faces, its outline, its cut by a plane, and wavevectors folded into it.

Everything follows from the face vectors G, the reciprocal vectors whose planes k·G = G²/2 bound the zone.
"""

import itertools

import numpy as np
import numpy.typing as npt

from wavepacket.analysis.plane import Plane, named_plane
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian

__all__ = ["equivalent_points", "face_vectors", "fold", "fold_by_faces", "zone_outline", "zone_section"]

Float = npt.NDArray[np.float64]

_TIE = 1e-9  # relative; lengths closer than this are equal by symmetry
_CIRCLE = 180  # corners of a polygon that stands for a circle


def face_vectors(hamiltonian: Hamiltonian) -> Float:
    """Reciprocal vectors G whose planes bound the first zone, (g, 3), 1/Å; none for a k·p model.

    Notes
    -----
    G is one of them exactly if ±G are the only shortest vectors of their class modulo twice the lattice
    (G. Voronoi's criterion), so no geometry of polyhedra is needed.
    """
    if not isinstance(hamiltonian, LatticeHamiltonian):
        return np.zeros((0, 3))
    basis = _reduced(hamiltonian.reciprocal[: hamiltonian.dimension])
    steps = np.array(list(itertools.product(range(-2, 3), repeat=len(basis))))
    vectors, kinds = steps @ basis, steps % 2 @ (1 << np.arange(len(basis)))
    faces = []
    for kind in range(1, 1 << len(basis)):
        members = vectors[kinds == kind]
        lengths = np.linalg.norm(members, axis=1)
        shortest = members[lengths <= lengths.min() * (1 + _TIE)]
        if len(shortest) == 2:
            faces.append(shortest)
    return np.concatenate(faces)


def _reduced(basis: Float) -> Float:
    """Shortest basis of the same lattice: in up to three dimensions its zone needs no steps beyond ±2."""
    basis = basis.copy()
    order = range(len(basis))
    while True:
        before = basis.copy()
        for i, j in itertools.permutations(order, 2):
            basis[i] -= np.round(basis[i] @ basis[j] / (basis[j] @ basis[j])) * basis[j]
        for i in order:
            others = [(1,) if j == i else (-1, 0, 1) for j in order]
            candidates = np.array(list(itertools.product(*others))) @ basis
            lengths = np.linalg.norm(candidates, axis=1)
            if lengths.min() < np.linalg.norm(basis[i]) * (1 - _TIE):
                basis[i] = candidates[lengths.argmin()]
        if np.all(np.linalg.norm(basis, axis=1) >= np.linalg.norm(before, axis=1) * (1 - _TIE)):
            return basis


def fold(hamiltonian: Hamiltonian, k: npt.ArrayLike) -> Float:
    """Fold wavevectors (..., 3) into the first zone: k less the nearest reciprocal vector, 1/Å.

    Components along directions that are not periodic, and the k of a k·p model, stay as they are; NaN stays NaN.
    """
    return fold_by_faces(k, face_vectors(hamiltonian))


def fold_by_faces(k: npt.ArrayLike, faces: Float) -> Float:
    """Fold wavevectors (..., 3) into the zone bounded by the given face vectors."""
    given = np.array(k, dtype=np.float64)
    if len(faces) == 0:
        return given
    folded = given.reshape(-1, 3)
    # The tolerance leaves points of the border where they are, so that folding twice changes nothing.
    scaled = (faces / np.sum(faces**2, axis=1)[:, None]).T
    todo = np.arange(len(folded))
    while todo.size:
        overlap = folded[todo] @ scaled
        worst = np.argmax(np.nan_to_num(overlap), axis=1)
        beyond = overlap[np.arange(len(todo)), worst] > 0.5 + 1e-12
        todo, worst, overlap = todo[beyond], worst[beyond], overlap[beyond]
        folded[todo] -= np.round(overlap[np.arange(len(todo)), worst])[:, None] * faces[worst]
    return folded.reshape(given.shape)


def equivalent_points(k: npt.ArrayLike, faces: Float) -> Float:
    """All the points (p, 3) of the first zone that one wavevector (3,) stands for: several on the zone's border."""
    found = [fold_by_faces(k, faces)]
    for point in found:  # grows while it is walked through
        for face in faces[faces @ point > (0.5 - _TIE) * np.sum(faces**2, axis=1)]:
            image = point - face
            if all(np.linalg.norm(image - known) > 1e-6 * np.linalg.norm(face) for known in found):
                found.append(image)
    return np.array(found)


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
    return [_face(face, faces) for face in faces]


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


def _face(face: Float, faces: Float) -> Float:
    """Closed polygon (m, 3) of one face of a 3D zone."""
    aside = np.eye(3)[np.abs(face).argmin()]
    plane = Plane.spanned(np.cross(face, aside), np.cross(face, np.cross(face, aside)), face / 2)
    others = faces[np.any(faces != face, axis=1)]
    polygon = _section(plane, others)
    assert polygon is not None  # a face vector has a face by its definition
    return plane.lift(polygon)


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
