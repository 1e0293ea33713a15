"""Integrals over the level itself, not over the flat simplices below it.

Each simplex is lifted onto the level along directions that its corners share with their neighbours, linear in between:
X = x + t(x) d(x) with 𝓔(X) = μ. Lifted simplices meet without gaps, and the area that X spans is known in closed form
from the slope of 𝓔, since ∂t follows from 𝓔(X) = μ. So the only error is that of Gauss's rule on each simplex: the sixth
power of its size for triangles (seven points, degree 5, J. Radon 1948) and the eighth for segments (four points).

Where two sheets touch, as where bands cross at μ, Newton's rule does not end. Such points stay on the flat simplex of the
finer mesh and are left out of the coarser one, so that all that they stand for is in the difference of the two.
"""

from dataclasses import dataclass, replace

import numpy as np

from wavepacket.arrays import Flags, Float, Integer
from wavepacket.fermi.contour import areas
from wavepacket.fermi.level import Level
from wavepacket.fermi.mesh import EXACT, Mesh

__all__ = ["Samples", "lifted"]

_STEPS = 40
_BLOCK = 1 << 16


def _rule(d: int) -> tuple[Float, Float]:
    """Shares of the corners (q, d) and weights (q,) with sum 1/(d − 1)!."""
    if d == 2:
        nodes, heights = np.polynomial.legendre.leggauss(4)
        share = 0.5 * (nodes + 1.0)
        return np.stack([1.0 - share, share], axis=1), np.asarray(0.5 * heights)
    root = np.sqrt(15.0)
    points, weights = [[1 / 3, 1 / 3, 1 / 3]], [9 / 40]
    for sign in (-1.0, 1.0):
        a, w = (6 + sign * root) / 21, (155 + sign * root) / 1200
        points += [[1 - 2 * a, a, a], [a, 1 - 2 * a, a], [a, a, 1 - 2 * a]]
        weights += [w] * 3
    return np.array(points), 0.5 * np.array(weights)


@dataclass(frozen=True, eq=False)
class Samples:
    """Points of the level, and the part of it that each stands for.

    Attributes
    ----------
    k : (n, 3) 1/Å
    slope : (n, 3) ∂𝓔/∂k, eV Å
    area : (n, 3) vectors along the normal towards higher energies, 1/Å^(d−1)
    simplex : (n,) which they belong to
    lost : points that Newton's rule did not bring onto the level: they stay below it, or are left out
    missed : area that these stand for, 1/Å^(d−1)
    """

    k: Float
    slope: Float
    area: Float
    simplex: Integer
    lost: int
    missed: float

    def kept(self, which: Flags) -> "Samples":
        """Some of the points."""
        return replace(
            self, k=self.k[which], slope=self.slope[which], area=self.area[which], simplex=self.simplex[which]
        )

    @property
    def size(self) -> Float:
        """Area of each (n,), 1/Å^(d−1); negative where the mesh is folded over."""
        length = np.linalg.norm(self.slope, axis=1)
        return np.asarray(np.sum(self.area * self.slope, axis=1) / np.maximum(length, 1e-300))


def lifted(level: Level, mesh: Mesh, *, flat: bool = False) -> Samples:
    """Points and weights of the rule on all simplices of a mesh; ``flat``: lost points stay on their flat simplex."""
    share, weight = _rule(mesh.simplices.shape[1])
    step = max(_BLOCK // len(share), 1)
    parts = [
        _lifted(level, mesh, np.arange(first, min(first + step, len(mesh.simplices))), (share, weight), flat)
        for first in range(0, max(len(mesh.simplices), 1), step)
    ]
    k, slope, area, simplex = (
        np.concatenate([getattr(each, name) for each in parts]) for name in ("k", "slope", "area", "simplex")
    )
    lost, missed = sum(each.lost for each in parts), sum(each.missed for each in parts)
    return Samples(k, slope, area, simplex, lost, missed)


def _lifted(level: Level, mesh: Mesh, which: Integer, rule: tuple[Float, Float], flat: bool) -> Samples:
    share, weight = rule
    corners = mesh.simplices[which]
    k, direction = mesh.k[corners], mesh.direction[corners]  # (s, d, 3)
    x = np.einsum("qd,sda->sqa", share, k).reshape(-1, 3)
    along = np.einsum("qd,sda->sqa", share, direction).reshape(-1, 3)
    reach = np.repeat(np.linalg.norm(k[:, 1:] - k[:, :1], axis=2).max(axis=1, initial=0.0), len(share))
    t, slope, good = _heights(level, x, along, reach)
    edges = np.repeat(k[:, 1:] - k[:, :1], len(share), axis=0)
    turns = np.repeat(direction[:, 1:] - direction[:, :1], len(share), axis=0)
    moved = edges + t[:, None, None] * turns
    with np.errstate(divide="ignore", invalid="ignore"):
        rise = np.einsum("na,nia->ni", slope, moved) / np.sum(slope * along, axis=1)[:, None]
    weights = np.tile(weight, len(which))[:, None]
    area = areas(mesh.domain.frame, moved - rise[:, :, None] * along[:, None]) * weights
    good &= np.all(np.isfinite(area), axis=1)
    below = areas(mesh.domain.frame, edges[~good]) * weights[~good]
    missed = float(np.linalg.norm(below, axis=1).sum())
    k, simplex, lost = x + t[:, None] * along, np.repeat(which, len(share)), int(np.count_nonzero(~good))
    if flat and lost:
        k[~good], area[~good], slope[~good] = x[~good], below, level.at(x[~good])[1]
        good[:] = True
    return Samples(k[good], slope[good], area[good], simplex[good], lost, missed)


def _heights(level: Level, x: Float, along: Float, reach: Float) -> tuple[Float, Float, Flags]:
    """Heights t with 𝓔(x + t d) = μ, ∂𝓔/∂k there, and whether it was found within a step of the mesh."""
    t, off, todo = np.zeros(len(x)), np.full(len(x), np.inf), np.arange(len(x))
    slope = np.ones((len(x), 3))
    for _ in range(_STEPS):
        if len(todo) == 0:
            break
        value, gradient = level.at(x[todo] + t[todo, None] * along[todo])
        better = np.abs(value) < np.abs(off[todo])
        slope[todo], off[todo] = gradient, value
        steep = np.sum(gradient * along[todo], axis=1)
        exact = np.abs(value) <= 0.01 * EXACT
        step = -value / np.where(steep == 0.0, 1e-300, steep)
        bound = 0.5 * reach[todo]
        moving = ~exact & (better | (np.abs(value) > EXACT))
        t[todo[moving]] += np.clip(step, -bound, bound)[moving]
        todo = todo[moving]
    return t, slope, (np.abs(off) <= EXACT) & (np.abs(t) <= 2.0 * reach)
