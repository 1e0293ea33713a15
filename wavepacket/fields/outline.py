"""The outline of a sample as numbers: its edges for the kernels."""

import math
from collections.abc import Sequence

import numpy as np

from wavepacket.arrays import Float
from wavepacket.config import CircleWall, Sample
from wavepacket.fields.contacts import placed
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.kernels.integrate import outline as kernel

__all__ = ["domain_of", "edges_of"]

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
    for number, (one, other) in enumerate(placed(sample).values()):
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


def _straight(one: Sequence[float] | Float, other: Sequence[float] | Float, role: float) -> list[float]:
    length = math.dist(one, other)
    along = [(b - a) / length for a, b in zip(one, other, strict=True)]
    return [kernel.STRAIGHT, *one, *along, length, role, 0.0]


def _size(edges: Float) -> float:
    """Largest coordinate of an end, or radius, Å."""
    ends = np.abs(edges[:, [kernel.X, kernel.Y]]).max(axis=1) + edges[:, kernel.LENGTH]
    return float(ends.max())
