"""The part of a zone that is occupied, from its Fermi surface alone, with no error but that of the surface.

By the divergence theorem the volume where 𝓔 < μ is the flux of x₁b₁ through the surface within the cell, and through the
face x₁ = 1 of the cell. What is occupied of that face is the same question in one dimension less, and in the end a matter
of the places where 𝓔 passes μ on an edge.
"""

import numpy as np

from wavepacket.arrays import Flags, Float
from wavepacket.fermi.contour import first_mesh
from wavepacket.fermi.level import Level
from wavepacket.fermi.mesh import divided
from wavepacket.fermi.nodes import Nodes
from wavepacket.fermi.quadrature import Samples, lifted

__all__ = ["crossings", "occupied_part"]

_BISECTIONS = 60


def occupied_part(level: Level, nodes: Nodes, x: Float, samples: Samples, divisions: int) -> float:
    """0 to 1, of a periodic cell.

    Parameters
    ----------
    x : (n,) coordinate along the first edge of the points of ``samples``, of pockets that no face cuts from any origin
    samples : of the whole surface
    divisions : of the lines on the faces
    """
    domain = nodes.domain
    part = float(np.sum(x * (samples.area @ domain.frame[0])) / domain.volume)
    face = nodes.face()
    if face.domain.dimension == 1:
        return part + _on_edge(level, face)
    lines = first_mesh(level, face).mesh
    for _ in range(divisions):
        lines = divided(level, lines)
    below = lifted(level, lines)
    return part + occupied_part(level, face, face.domain.coordinates(below.k)[:, 0], below, divisions)


def crossings(level: Level, nodes: Nodes) -> tuple[Float, Flags, bool]:
    """Where 𝓔 passes μ on an edge (n,), 0 to 1, and whether upwards (n,); and whether the end of the edge is occupied."""
    positive, number = nodes.value > 0.0, nodes.shape[0]
    at = np.flatnonzero(positive[1:] != positive[:-1])
    low, high, up = at / number, (at + 1) / number, positive[at + 1]
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        beyond = (level.at(nodes.domain.at(middle[:, None]))[0] > 0.0) == up
        low, high = np.where(beyond, low, middle), np.where(beyond, middle, high)
    return 0.5 * (low + high), up, not positive[-1]


def _on_edge(level: Level, nodes: Nodes) -> float:
    """Occupied part of a line of the zone: + where 𝓔 rises through μ, − where it falls, and 1 where the end is filled."""
    x, up, filled = crossings(level, nodes)
    return float(np.where(up, 1.0, -1.0) @ x + filled)
