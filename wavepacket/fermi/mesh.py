"""Lines of a layer and triangles of a crystal: simplices whose corners lie on the level, and their division."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.fermi.level import Domain, Level

__all__ = ["EXACT", "Mesh", "divided", "edges_of", "joined", "led_onto"]

EXACT = 1e-10
"""Distance of corners from the level, eV, that Newton's rule must reach."""

_STEPS = 40
_ROUNDING = 64 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class Mesh:
    """Simplices with d corners in d dimensions, within one cell of k space.

    Attributes
    ----------
    domain : the cell
    k : (p, 3) corners, 1/Å
    direction : (p, 3) unit vectors along the slope of 𝓔; on the border of a periodic cell the part within the border
    border : (p,) bits of the edges across which a corner lies on the border of a periodic cell
    simplices : (s, d) their corners; the cross product of a triangle's edges points to higher energies, and so does the
        cross product of a segment with the normal of its plane
    part : (s,) number of the connected part of the cell's mesh
    off : (p,) 𝓔 − μ at corners, eV
    """

    domain: Domain
    k: Float
    direction: Float
    border: Integer
    simplices: Integer
    part: Integer
    off: Float

    def chosen(self, which: Integer) -> "Mesh":
        """Some of its simplices, with the corners that they need."""
        used, simplices = np.unique(self.simplices[which], return_inverse=True)
        return replace(
            self, k=self.k[used], direction=self.direction[used], border=self.border[used], off=self.off[used],
            simplices=simplices.reshape(-1, self.simplices.shape[1]), part=self.part[which],
        )  # fmt: skip


def led_onto(
    level: Level, domain: Domain, k: Float, border: Integer, reach: float
) -> tuple[Float, Float, Float]:
    """Wavevectors (p, 3) on the level near others, the unit vectors along its slope there, and what is left of 𝓔 − μ.

    Newton's rule along the slope, within the border for corners on it; ``reach``: longest step, 1/Å.
    """
    projectors = domain.projectors()[border]
    k, todo = k.copy(), np.arange(len(k))
    off, direction = np.full(len(k), np.inf), np.zeros((len(k), 3))
    for _ in range(_STEPS):
        if len(todo) == 0:
            break
        value, slope = level.at(k[todo])
        along = np.einsum("nab,nb->na", projectors[todo], slope)
        steep = np.linalg.norm(along, axis=1)
        better = np.abs(value) < np.abs(off[todo])
        off[todo] = np.where(better, value, off[todo])
        unit = along / np.maximum(steep, 1e-300)[:, None]
        direction[todo] = unit
        scale = np.abs(level.chemical_potential) + np.abs(value)
        step = np.clip(-value / np.maximum(steep, 1e-300), -reach, reach)
        moving = (np.abs(value) > _ROUNDING * scale) & (better | (np.abs(value) > EXACT))
        k[todo[moving]] += step[moving, None] * unit[moving]
        todo = todo[moving]
    return k, direction, off


def edges_of(simplices: Integer) -> tuple[Integer, Integer]:
    """Pairs of corners (e, 2) that are joined, and which (s, d (d − 1)/2) each simplex has: 01, 12, 20."""
    d = simplices.shape[1]
    pairs = [(0, 1)] if d == 2 else [(0, 1), (1, 2), (2, 0)]
    every = np.sort(np.stack([simplices[:, pair] for pair in pairs], axis=1), axis=2)
    edges, where = np.unique(every.reshape(-1, 2), axis=0, return_inverse=True)
    return edges, where.reshape(len(simplices), len(pairs))


def divided(level: Level, mesh: Mesh) -> Mesh:
    """Each segment in two, each triangle in four; new corners are led onto the level."""
    edges, of = edges_of(mesh.simplices)
    ends = mesh.k[edges]
    reach = 0.5 * float(np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1).max(initial=0.0))
    border = mesh.border[edges[:, 0]] & mesh.border[edges[:, 1]]
    k, direction, off = led_onto(level, mesh.domain, ends.mean(axis=1), border, reach)
    middle, corner = of + len(mesh.k), mesh.simplices
    if corner.shape[1] == 2:
        parts = [[corner[:, 0], middle[:, 0]], [middle[:, 0], corner[:, 1]]]
    else:
        parts = [
            [corner[:, 0], middle[:, 0], middle[:, 2]],
            [corner[:, 1], middle[:, 1], middle[:, 0]],
            [corner[:, 2], middle[:, 2], middle[:, 1]],
            [middle[:, 0], middle[:, 1], middle[:, 2]],
        ]
    simplices = np.concatenate([np.stack(each, axis=1) for each in parts])
    return Mesh(
        mesh.domain, np.concatenate([mesh.k, k]), np.concatenate([mesh.direction, direction]),
        np.concatenate([mesh.border, border]), simplices, np.tile(mesh.part, len(parts)),
        np.concatenate([mesh.off, off]),
    )  # fmt: skip


def joined(meshes: Sequence[Mesh]) -> Mesh:
    """All simplices of meshes of one domain."""
    first = np.cumsum([0, *(len(mesh.k) for mesh in meshes)])
    simplices = [mesh.simplices + begin for mesh, begin in zip(meshes, first, strict=False)]
    rest = (
        np.concatenate([getattr(mesh, name) for mesh in meshes]) for name in ("k", "direction", "border")
    )  # fmt: skip
    k, direction, border = rest
    part, off = (np.concatenate([getattr(mesh, name) for mesh in meshes]) for name in ("part", "off"))
    return Mesh(meshes[0].domain, k, direction, border, np.concatenate(simplices), part, off)
