"""The Brillouin zone as a cell: its faces, wavevectors folded into it, and the symmetries of the lattice.

Everything follows from the face vectors G, the reciprocal vectors whose planes k·G = G²/2 bound the zone.
"""

import itertools
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float
from wavepacket.errors import InputError
from wavepacket.hamiltonians.kp import KPHamiltonian
from wavepacket.hamiltonians.lattice import LatticeHamiltonian

__all__ = [
    "equivalent_points",
    "face_vectors",
    "fold",
    "fold_by_faces",
    "lattice_point_group",
    "point_frame",
    "reduced_basis",
]

_FOLDS = 10_000  # a lattice of any use needs a few
_TIE = 1e-9  # relative; lengths closer than this are equal by symmetry


def point_frame(hamiltonian: LatticeHamiltonian | KPHamiltonian) -> Float:
    """Rows in which named points of a Hamiltonian are given, 1/Å: reciprocal vectors, Cartesian axes for k·p."""
    return hamiltonian.reciprocal if isinstance(hamiltonian, LatticeHamiltonian) else np.eye(3)


def face_vectors(hamiltonian: LatticeHamiltonian | KPHamiltonian) -> Float:
    """Reciprocal vectors G whose planes bound the first zone, (g, 3), 1/Å; none for a k·p model.

    Notes
    -----
    G is one of them exactly if ±G are the only shortest vectors of their class modulo twice the lattice
    (G. Voronoi's criterion), so no geometry of polyhedra is needed.
    """
    if not isinstance(hamiltonian, LatticeHamiltonian):
        return np.zeros((0, 3))
    return _faces(tuple(map(tuple, hamiltonian.reciprocal[: hamiltonian.dimension].tolist())))


@lru_cache(maxsize=64)
def _faces(rows: tuple[tuple[float, ...], ...]) -> Float:
    """Find them for the lattice of these rows; asked for with every batch of packets."""
    basis = reduced_basis(np.array(rows))
    steps = np.array(list(itertools.product(range(-2, 3), repeat=len(basis))))
    vectors, kinds = steps @ basis, steps % 2 @ (1 << np.arange(len(basis)))
    faces = []
    for kind in range(1, 1 << len(basis)):
        members = vectors[kinds == kind]
        lengths = np.linalg.norm(members, axis=1)
        shortest = members[lengths <= lengths.min() * (1 + _TIE)]
        if len(shortest) == 2:
            faces.append(shortest)
    found = np.concatenate(faces)
    found.setflags(write=False)
    return found


def reduced_basis(basis: Float) -> Float:
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


def fold(hamiltonian: LatticeHamiltonian | KPHamiltonian, k: npt.ArrayLike) -> Float:
    """Fold wavevectors (..., 3) into the first zone: k less the nearest reciprocal vector, 1/Å.

    Components along directions that are not periodic, and the k of a k·p model, stay as they are; NaN stays NaN.
    """
    return fold_by_faces(k, face_vectors(hamiltonian))


def fold_by_faces(k: npt.ArrayLike, faces: Float) -> Float:
    """Fold wavevectors (..., 3) into the zone bounded by the given face vectors.

    Raises
    ------
    InputError : rounding keeps points from coming to rest, as where lattice vectors differ by a factor of 1e9
    """
    given = np.array(k, dtype=np.float64)
    if len(faces) == 0:
        return given
    folded = given.reshape(-1, 3)
    # The tolerance leaves points of the border where they are, so that folding twice changes nothing.
    scaled = (faces / np.sum(faces**2, axis=1)[:, None]).T
    todo = np.arange(len(folded))
    for _ in range(_FOLDS):
        if not todo.size:
            return folded.reshape(given.shape)
        overlap = folded[todo] @ scaled
        worst = np.argmax(np.nan_to_num(overlap), axis=1)
        beyond = overlap[np.arange(len(todo)), worst] > 0.5 + 1e-12
        todo, worst, overlap = todo[beyond], worst[beyond], overlap[beyond]
        folded[todo] -= np.round(overlap[np.arange(len(todo)), worst])[:, None] * faces[worst]
    raise InputError(
        "lattice vectors whose lengths differ this much have no zone that points can be folded into"
    )


def equivalent_points(k: npt.ArrayLike, faces: Float) -> Float:
    """All points (p, 3) of the first zone that are equivalent to a wavevector (3,); several on its border."""
    points = [fold_by_faces(k, faces)]
    for point in points:  # grows while it is walked through
        for face in faces[faces @ point > (0.5 - _TIE) * np.sum(faces**2, axis=1)]:
            image = point - face
            if all(np.linalg.norm(image - known) > 1e-6 * np.linalg.norm(face) for known in points):
                points.append(image)
    return np.array(points)


def lattice_point_group(hamiltonian: LatticeHamiltonian | KPHamiltonian) -> Float:
    """Rotations and reflections that map the lattice onto itself, (g, 3, 3); the crystal itself may have fewer.

    They act on Cartesian vectors of the periodic directions (k' = W k); a k·p model has the identity and inversion.
    """
    dimension = hamiltonian.dimension
    operations = np.zeros((2, 3, 3))
    operations[:, range(dimension), range(dimension)] = [[1.0], [-1.0]]
    if not isinstance(hamiltonian, LatticeHamiltonian):
        return operations
    basis = reduced_basis(hamiltonian.reciprocal[:dimension])
    metric = basis @ basis.T
    images = np.array(list(itertools.product((-1, 0, 1), repeat=dimension)))
    lengths = np.einsum("ni,ij,nj->n", images, metric, images)
    tolerance = 1e-6 * metric.diagonal().max()
    same = [images[np.abs(lengths - metric[i, i]) < tolerance] for i in range(dimension)]
    whole = np.array(list(itertools.product(*same)))
    kept = np.abs(whole @ metric @ whole.swapaxes(1, 2) - metric).max(axis=(1, 2)) < tolerance
    operations = np.zeros((int(kept.sum()), 3, 3))
    # Rows of the images are W b_i: W^T = basis^-1 · images.
    plane = basis[:, :dimension]
    operations[:, :dimension, :dimension] = (np.linalg.inv(plane) @ (whole[kept] @ plane)).swapaxes(1, 2)
    return operations
