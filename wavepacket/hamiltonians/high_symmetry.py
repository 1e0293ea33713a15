"""High-symmetry points of any crystal, found from its lattice: type of the lattice, named points and a path.

Only the lattice is looked at; the crystal on it may have fewer symmetries, so that points of one name may differ.
Points are kept in conventional coordinates: k = Σ x_i (2π/a_i) e_i with the conventional axes e_i and lengths a_i.

References
----------
W. Setyawan, S. Curtarolo, "High-throughput electronic band structure calculations: Challenges and tools" (2010),
Comput. Mater. Sci. 49, 299.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from wavepacket.arrays import Float
from wavepacket.hamiltonians.arrays import Point
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.zone import lattice_point_group, reduced_basis

__all__ = ["HighSymmetry", "high_symmetry", "with_high_symmetry"]

Coordinates = tuple[float, float, float]
G: Coordinates = (0.0, 0.0, 0.0)
_H = 1 / 2
_T = 1 / 3
_D = 3**-0.5  # M and K of the hexagon in units of 2π/a along its first lattice vector and across


@dataclass(frozen=True)
class PointTable:
    """Points of one Bravais lattice and the path through them; ``|`` in a path is a jump."""

    points: dict[str, Coordinates]
    path: str


_HEXAGON = {"M": (_H, _D / 2, 0.0), "K": (2 * _T, 0.0, 0.0)}

PLANAR: dict[str, PointTable] = {
    "square": PointTable({"G": G, "X": (_H, 0, 0), "M": (_H, _H, 0)}, "G X M G"),
    "rectangular": PointTable({"G": G, "X": (_H, 0, 0), "S": (_H, _H, 0), "Y": (0, _H, 0)}, "G X S Y G"),
    "hexagonal": PointTable({"G": G, **_HEXAGON, "K'": (-2 * _T, 0.0, 0.0)}, "G K M G"),
}

SPATIAL: dict[str, PointTable] = {
    "cubic P": PointTable(
        {"G": G, "X": (0, _H, 0), "M": (_H, _H, 0), "R": (_H, _H, _H)}, "G X M G R X|M R"
    ),
    "cubic F": PointTable(
        {
            "G": G, "X": (0, 1, 0), "L": (_H, _H, _H), "W": (_H, 1, 0), "K": (0.75, 0.75, 0), "U": (0.25, 1, 0.25),
        },
        "L G X U|K G",
    ),
    "cubic I": PointTable(
        {"G": G, "H": (0, 0, 1), "N": (0, _H, _H), "P": (_H, _H, _H)}, "G H N G P H|P N"
    ),
    "hexagonal": PointTable(
        {
            "G": G, **_HEXAGON, "A": (0, 0, _H), "L": (_H, _D / 2, _H), "H": (2 * _T, 0.0, _H),
        },
        "G M K G A L H A|L M|K H",
    ),
    "tetragonal P": PointTable(
        {
            "G": G, "X": (0, _H, 0), "M": (_H, _H, 0), "Z": (0, 0, _H), "R": (0, _H, _H), "A": (_H, _H, _H),
        },
        "G X M G Z R A Z|X R|M A",
    ),
    "orthorhombic P": PointTable(
        {
            "G": G, "X": (_H, 0, 0), "Y": (0, _H, 0), "Z": (0, 0, _H), "S": (_H, _H, 0), "T": (0, _H, _H),
            "U": (_H, 0, _H), "R": (_H, _H, _H),
        },
        "G X S Y G Z U R T Z|Y T|U X|S R",
    ),
}  # fmt: skip


def tetragonal_i(a: float, c: float) -> PointTable:
    """Body-centred tetragonal lattice: its zone has other corners where c is longer than a."""
    points: dict[str, Coordinates] = {"G": G, "N": (_H, 0, _H), "P": (_H, _H, _H), "X": (_H, _H, 0)}
    if c < a:
        height = (1 + (c / a) ** 2) / 4
        points |= {"M": (1, 0, 0), "Z": (0, 0, 2 * height), "Z1": (1, 0, 1 - 2 * height)}
        return PointTable(points, "G X M G Z P N Z1 M|X P")
    width, side = (1 + (a / c) ** 2) / 4, (a / c) ** 2 / 2
    points |= {"Z": (0, 0, 1), "S": (2 * width, 0, 0), "S1": (1 - 2 * width, 0, 1)}
    points |= {"Y": (_H + side, _H - side, 0), "Y1": (_H - side, _H - side, 1)}
    return PointTable(points, "G X Y S G Z S1 N P Y1 Z|X P")


FAMILIES: dict[tuple[str, int], str | Callable[[float, float], PointTable]] = {
    ("cubic", 1): "cubic P",
    ("cubic", 2): "cubic I",
    ("cubic", 4): "cubic F",
    ("hexagonal", 1): "hexagonal",
    ("tetragonal", 1): "tetragonal P",
    ("tetragonal", 2): tetragonal_i,
    ("orthorhombic", 1): "orthorhombic P",
}
"""(Crystal family, lattice points in the conventional cell) → table."""


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
    """Points, path and lattice type that follow from a lattice.

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
    points = high_symmetry(crystal)
    return replace(crystal, special_points=points.points, path=points.path)


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
    points = {
        label: _reduced(np.array(coordinates) @ frame, crystal) for label, coordinates in table.points.items()
    }
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
    chosen = _along(_axes(rotations, order), vectors) if number else []
    if number == 0 or len(chosen) != number:
        return (family if number == 0 else "triclinic"), None
    if number == 3:
        return family, np.array(chosen)
    third = chosen[0]
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
    parallel = [np.flatnonzero(vectors @ axis > (1 - _SAME**2) * lengths) for axis in axes]
    return [vectors[indices[0]] for indices in parallel if indices.size]


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
