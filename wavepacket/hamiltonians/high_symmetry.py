"""High-symmetry points of any crystal, found from its lattice: type of the lattice, named points and a path.

Only the lattice is looked at; the crystal on it may have fewer symmetries, so that points of one name may differ.
"""

import itertools
from dataclasses import dataclass, replace

import numpy as np

from wavepacket.arrays import Float
from wavepacket.hamiltonians.arrays import Point
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.symmetry_points import FAMILIES, PLANAR, SPATIAL, PointTable
from wavepacket.hamiltonians.zone import lattice_point_group, reduced_basis

__all__ = ["HighSymmetry", "high_symmetry", "with_high_symmetry"]

_FAMILY = {
    2: "triclinic",
    4: "monoclinic",
    8: "orthorhombic",
    12: "rhombohedral",
    16: "tetragonal",
    24: "hexagonal",
    48: "cubic",
}
"""Number of symmetries of a three-dimensional lattice → crystal family."""
_MAIN_AXES = {"cubic": (4, 3), "orthorhombic": (2, 3), "tetragonal": (4, 1), "hexagonal": (6, 1)}
"""Family → order and number of the rotation axes that its conventional lattice vectors follow."""
_PLANAR_FAMILY = {2: "oblique", 4: "rectangular", 8: "square", 12: "hexagonal"}
_SAME = 1e-5
"""Relative; between the rounding of lattice vectors in a file and any distortion that matters."""


@dataclass(frozen=True)
class HighSymmetry:
    """What the lattice of a crystal says.

    Parameters
    ----------
    lattice_type : such as ``cubic F``
    points : name → reduced coordinates
    path : names of points; ``|`` is a jump
    """

    lattice_type: str
    points: dict[str, Point]
    path: str


def with_high_symmetry(crystal: LatticeHamiltonian) -> LatticeHamiltonian:
    """Return the crystal with the special points and the path of its lattice, where it names none of its own."""
    if crystal.special_points or crystal.path:
        return crystal
    found = high_symmetry(crystal)
    return replace(crystal, special_points=found.points, path=found.path)


def high_symmetry(crystal: LatticeHamiltonian) -> HighSymmetry:
    """Find type, points and path of a crystal's lattice."""
    if crystal.dimension == 1:
        return HighSymmetry("line", {"G": (0, 0, 0), "X": (0.5, 0, 0)}, "G X")
    family, axes = _conventional(crystal, _short_vectors(crystal))
    if axes is None:
        return _general(crystal, family)
    lengths = np.linalg.norm(axes, axis=1)
    ratio = round(abs(float(np.linalg.det(axes))) / crystal.cell_volume)
    if crystal.dimension == 2:
        name, table = family, PLANAR.get(family) if ratio == 1 else None
        name = "centred rectangular" if (family, ratio) == ("rectangular", 2) else name
    else:
        name, table = _spatial(family, ratio, lengths)
    if table is None:
        return _general(crystal, name)
    frame = 2 * np.pi / lengths[:, None] * (axes / lengths[:, None])
    points = {label: _reduced(np.array(place) @ frame, crystal) for label, place in table.points.items()}
    return HighSymmetry(name, points, table.path)


def _spatial(family: str, ratio: int, lengths: Float) -> tuple[str, PointTable | None]:
    entry = FAMILIES.get((family, ratio))
    if entry is None:
        return family, None
    if isinstance(entry, str):
        return entry, SPATIAL[entry]
    return f"{family} I", entry(float(lengths[0]), float(lengths[2]))


def _reduced(k: Float, crystal: LatticeHamiltonian) -> Point:
    x, y, z = (np.round(k @ crystal.lattice.T / (2 * np.pi), 9) + 0.0).tolist()
    return (x, y, z)


def _short_vectors(crystal: LatticeHamiltonian) -> Float:
    """Lattice vectors (n, 3), shortest first; those nearest to +x, then to +y, first among equals."""
    basis = reduced_basis(crystal.lattice[: crystal.dimension])
    steps = np.array(list(itertools.product(range(-3, 4), repeat=len(basis))))
    vectors = steps[np.any(steps, axis=1)] @ basis
    size = crystal.length_scale
    keys = np.round(np.column_stack([np.linalg.norm(vectors, axis=1), -vectors]) / size, 5)
    return np.asarray(vectors[np.lexsort(keys.T[::-1])])


def _conventional(crystal: LatticeHamiltonian, vectors: Float) -> tuple[str, Float | None]:
    """Crystal family and conventional lattice vectors as rows (3, 3), orthogonal (of a hexagon, the first and across).

    None where the family has no table, or where the lattice is so skew that symmetries cannot be told from rounding.
    """
    group = lattice_point_group(crystal)
    if crystal.dimension == 2:
        family = _PLANAR_FAMILY.get(len(group), "oblique")
        return family, _planar_axes(family, group, vectors)
    family = _FAMILY.get(len(group), "triclinic")
    rotations = group[np.linalg.det(group) > 0]
    order, number = _MAIN_AXES.get(family, (1, 0))
    found = _along(_axes(rotations, order), vectors) if number else []
    if number == 0 or len(found) != number:
        return (family if number == 0 else "triclinic"), None
    if number == 3:
        return family, np.array(found)
    third = found[0]
    sizes = np.linalg.norm(third) * np.linalg.norm(vectors, axis=1)
    first = vectors[np.abs(vectors @ third) < _SAME * sizes][0]
    return family, np.array([first, np.cross(third, first) / np.linalg.norm(third), third])


def _planar_axes(family: str, group: Float, vectors: Float) -> Float | None:
    if family == "oblique":
        return None
    if family == "hexagonal":
        pair = np.array([vectors[0], np.cross([0.0, 0.0, 1.0], vectors[0])])
    else:
        pair = _mirrored(group, vectors)
    return np.array([*pair, [0.0, 0.0, 1.0]])


def _mirrored(group: Float, vectors: Float) -> Float:
    """Shortest lattice vectors of a plane that a reflection keeps and that are perpendicular to each other, (2, 3)."""
    mirrors = group[np.abs(np.trace(group[:, :2, :2], axis1=1, axis2=2)) < _SAME]
    kept = [v for v in vectors if any(np.allclose(m @ v, v, atol=_SAME * np.linalg.norm(v)) for m in mirrors)]
    first = kept[0]
    second = next(v for v in kept if abs(v @ first) < _SAME * np.linalg.norm(v) * np.linalg.norm(first))
    pair = np.array([first, second])
    # X lies along x rather than along the shorter of the two vectors.
    pair = pair[np.argsort(-np.abs(pair[:, 0]) / np.linalg.norm(pair, axis=1), kind="stable")]
    return np.asarray(pair * np.where(pair[np.arange(2), [0, 1]] < -_SAME, -1.0, 1.0)[:, None])


def _axes(rotations: Float, order: int) -> Float:
    """Unit axes (n, 3) of the rotations by 2π/order, one sign of each, nearest to +x, +y, +z in this order."""
    angle = np.trace(rotations, axis1=1, axis2=2)
    chosen = rotations[np.abs(angle - 1 - 2 * np.cos(2 * np.pi / order)) < _SAME]
    axes: list[Float] = []
    for rotation in chosen:
        values, columns = np.linalg.eig(rotation)
        axis = np.real(columns[:, np.abs(values - 1).argmin()])
        axis = axis * np.sign(axis[np.abs(axis).argmax()])
        if all(abs(axis @ known) < 1 - _SAME for known in axes):
            axes.append(axis)
    order_of = np.argsort([int(np.abs(axis).argmax()) for axis in axes], kind="stable")
    return np.array(axes).reshape(-1, 3)[order_of]


def _along(axes: Float, vectors: Float) -> list[Float]:
    """Shortest lattice vector along each axis that has one among the vectors given."""
    lengths = np.linalg.norm(vectors, axis=1)
    places = [np.flatnonzero(vectors @ axis > (1 - _SAME**2) * lengths) for axis in axes]
    return [vectors[place[0]] for place in places if place.size]


def _general(crystal: LatticeHamiltonian, name: str) -> HighSymmetry:
    """Γ and halves of reciprocal vectors, the points that k → −k maps onto themselves: right for any lattice."""
    basis = reduced_basis(crystal.reciprocal[: crystal.dimension])
    labels = ("X", "Y", "C") if crystal.dimension == 2 else ("X", "Y", "L", "Z", "N", "M", "R")
    path = "X G Y|C G" if crystal.dimension == 2 else "X G Y|L G Z|N G M|R G"
    steps = np.array(list(itertools.product(range(-2, 3), repeat=len(basis))))
    kinds, sizes = steps % 2 @ (1 << np.arange(len(basis))), np.linalg.norm(steps @ basis, axis=1)
    points = {"G": (0.0, 0.0, 0.0)}
    for kind, label in enumerate(labels, 1):
        # The shortest vector of its class modulo twice the lattice: its half is in the first zone.
        members = np.flatnonzero(kinds == kind)
        points[label] = _reduced(steps[members[sizes[members].argmin()]] @ basis / 2, crystal)
    return HighSymmetry(name, points, path)
