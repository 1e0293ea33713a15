"""The outline of a sample as numbers: its edges for the kernels, and the way into it at a contact."""

import math

import numpy as np

from wavepacket.arrays import Float
from wavepacket.config import CircleWall, PolygonWall, Sample
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.kernels.integrate import outline as kernel

__all__ = ["domain_of", "edges_of", "inward"]

_NEAR = 1e-9  # of the size of the sample: how near to an edge counts as on it


def edges_of(sample: Sample) -> Float:
    """All edges (n, EDGE), as in ``kernels/integrate/outline.py``: those of walls, then the contacts in their order."""
    rows = []
    for wall in sample.walls:
        if isinstance(wall, CircleWall):
            circle = [kernel.CIRCLE, *wall.center, 0.0, 0.0, wall.radius, kernel.REFLECT, 0.0]
            rows.append([*circle, wall.mirrored])
        else:
            rows += [[*_straight(one, other, kernel.REFLECT), wall.mirrored] for one, other in wall.edges]
    for number, (one, other) in enumerate(sample.contacts.values()):
        rows.append([*_straight(one, other, float(number)), 1.0])
    edges = np.array(rows, dtype=np.float64)
    edges[:, kernel.NEAR] = _NEAR * _size(edges)
    return edges


def domain_of(hamiltonian: Hamiltonian) -> Float:
    """Wavevectors that diffuse walls choose from: the radius of a k·p model, or two sides of a cell and what measures them.

    (1, 3), or (4, 3): reciprocal vectors, 1/Å, and the vectors whose products with k are its coordinates in them, Å. Empty
    where a k·p model has no cutoff.
    """
    if isinstance(hamiltonian, LatticeHamiltonian):
        return np.concatenate([hamiltonian.reciprocal[:2], hamiltonian.lattice[:2] / (2.0 * math.pi)])
    cutoff = getattr(hamiltonian, "cutoff", None)
    return np.zeros((0, 3)) if cutoff is None else np.array([[cutoff, 0.0, 0.0]])


def _straight(one: tuple[float, ...], other: tuple[float, ...], role: float) -> list[float]:
    length = math.dist(one, other)
    along = [(b - a) / length for a, b in zip(one, other, strict=True)]
    return [kernel.STRAIGHT, *one, *along, length, role, 0.0]


def _size(edges: Float) -> float:
    """Largest coordinate of an end, or radius, Å."""
    ends = np.abs(edges[:, [kernel.X, kernel.Y]]).max(axis=1) + edges[:, kernel.LENGTH]
    return float(ends.max())


def inward(sample: Sample, contact: str) -> Float:
    """Unit vector (2,) in which a contact emits: into the polygon that it lies on, else to the left of its direction."""
    one, other = np.array(sample.contacts[contact])
    along = (other - one) / np.linalg.norm(other - one)
    left = np.array([-along[1], along[0]])
    step = 1e-6 * float(np.linalg.norm(other - one))
    middle = 0.5 * (one + other)
    polygons = [np.array(wall.points) for wall in sample.walls if isinstance(wall, PolygonWall)]
    inside = [any(_holds(each, middle + sign * step * left) for each in polygons) for sign in (1.0, -1.0)]
    return np.asarray(-left if inside == [False, True] else left)


def _holds(corners: Float, point: Float) -> bool:
    """Whether a polygon (n, 2) holds a point, by the crossings of a ray."""
    x, y = (corners - point).T
    after_x, after_y = np.roll(x, -1), np.roll(y, -1)
    rises = (y > 0) != (after_y > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        meets = x - y * (after_x - x) / (after_y - y)
    return bool(np.count_nonzero(rises & (meets > 0)) % 2)
