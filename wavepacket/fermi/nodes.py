"""𝓔 − μ on a grid over the zone, looked at only where the slope of the band lets it pass through zero nearby."""

from dataclasses import dataclass, replace
from itertools import product
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Flags, Float, Integer
from wavepacket.fermi.level import Domain, Level

__all__ = ["Nodes", "box_of", "corners", "radius_of", "sampled"]

Number = TypeVar("Number", bound=np.generic)

_STEEPER = 1.5  # what slopes between places may be beside those at them
_COARSEST = 8  # cells along the longest edge that are looked at first


@dataclass(frozen=True, eq=False)
class Nodes:
    """Values at the (N_1 + 1) × … nodes of a grid over a domain.

    Attributes
    ----------
    domain : that it covers
    value : (N_1 + 1, …) 𝓔 − μ, eV, never zero; away from the surface only its sign means anything
    slope : (N_1 + 1, …, 3) ∂𝓔/∂k, eV Å; not-a-number where nothing was looked at
    kept : (N_1, …) cells that may hold a part of the surface
    """

    domain: Domain
    value: Float
    slope: Float
    kept: Flags

    @property
    def shape(self) -> tuple[int, ...]:
        """Cells along each edge."""
        return self.kept.shape

    def face(self) -> "Nodes":
        """Those on the face across the first edge."""
        return Nodes(self.domain.face(), self.value[0], self.slope[0], self.kept[0])

    @property
    def change(self) -> Float:
        """Largest change of 𝓔 from a node or its neighbours to the next, by slopes, eV; 0 away from the surface."""
        steps = self.domain.frame / np.array(self.shape)[:, None]
        own = np.nan_to_num(np.abs(self.slope @ steps.T).max(axis=-1))
        from scipy.ndimage import maximum_filter  # takes a while to load

        return np.asarray(maximum_filter(own, size=3, mode="nearest"))

    def without(self, where: tuple[Integer, ...]) -> "Nodes":
        """The same with the other sign at some nodes, by their indices within the cell."""
        value = self.value.copy()
        value[where] *= -1.0
        if self.domain.periodic:
            for axis in range(value.ndim):
                value[(slice(None),) * axis + (-1,)] = np.take(value, 0, axis=axis)
        return replace(self, value=value)

    def crossed(self) -> Flags:
        """(N_1, …) whether the signs at the corners of each cell differ."""
        signs = corners(self.value > 0.0)
        return np.asarray(signs.any(axis=0) & ~signs.all(axis=0))


def corners(values: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """Values at the corners of cells (2^d, N_1, …) from those at nodes (N_1 + 1, …)."""
    parts = [slice(None, -1), slice(1, None)]
    return np.stack([values[one] for one in product(parts, repeat=values.ndim)])


def radius_of(steps: Float) -> float:
    """Of a ball round a cell with these edges (d, 3)."""
    signs = np.array(list(product((-0.5, 0.5), repeat=len(steps))))
    return float(np.linalg.norm(signs @ steps, axis=1).max())


def sampled(level: Level, domain: Domain, cells: int) -> Nodes:
    """Look at a domain with about so many cells along its longest edge: cells too far from the level are not divided."""
    lengths = np.linalg.norm(domain.frame, axis=1)
    divisions = max(int(np.floor(np.log2(cells / _COARSEST))), 0)
    first = np.maximum(np.round(cells / 2**divisions * lengths / lengths.max()).astype(int), 4)
    sign = np.zeros(first, dtype=np.int8)
    for _ in range(divisions):
        steps = domain.frame / np.array(sign.shape)[:, None]
        todo = np.argwhere(sign == 0)
        value, slope = level.at(domain.at((todo + 0.5) / sign.shape))
        far = np.abs(value) > _STEEPER * np.linalg.norm(slope, axis=1).max(initial=0.0) * radius_of(steps)
        sign[tuple(todo[far].T)] = np.sign(value[far])
        for axis in range(domain.dimension):
            sign = np.repeat(sign, 2, axis=axis)
    return _nodes(level, domain, sign)


def box_of(level: Level, domain: Domain, cells: int) -> Nodes:
    """Look at all nodes of a domain."""
    return _nodes(level, domain, np.zeros((cells,) * domain.dimension, dtype=np.int8))


def _nodes(level: Level, domain: Domain, sign: Integer) -> Nodes:
    """Values at nodes of cells whose sign (N_1, …) is 0, and of those where signs of other cells contradict each other."""
    shape, d = sign.shape, domain.dimension
    value = np.pad(sign.astype(np.float64), [(0, 1)] * d, mode="wrap" if domain.periodic else "edge")
    slope = np.full((*value.shape, 3), np.nan)
    kept, known = sign == 0, np.zeros(value.shape, dtype=bool)
    wanted = kept
    while np.any(wanted):
        around = np.zeros(value.shape, dtype=bool)
        for shift in product((0, 1), repeat=d):
            around[tuple(slice(s, s + n) for s, n in zip(shift, shape, strict=True))] |= wanted
        if domain.periodic:
            for axis in range(d):
                ends = [np.take(around, i, axis=axis) for i in (0, -1)]
                for i in (0, -1):
                    around[(slice(None),) * axis + (i,)] = ends[0] | ends[1]
        new = np.argwhere(around & ~known)
        own = new % shape if domain.periodic else new
        places, where = np.unique(own, axis=0, return_inverse=True)
        energy, gradient = level.at(domain.at(places / np.array(shape)))
        energy = np.where(energy == 0.0, np.finfo(np.float64).tiny, energy)
        value[tuple(new.T)], slope[tuple(new.T)] = energy[where.ravel()], gradient[where.ravel()]
        known |= around
        signs = corners(value > 0.0)
        wanted = signs.any(axis=0) & ~signs.all(axis=0) & ~corners(known).all(axis=0)
    return Nodes(domain, value, slope, np.asarray(kept))
