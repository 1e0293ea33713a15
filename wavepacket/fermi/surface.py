"""The Fermi surface of one band: its sheets, points with exact weights, and integrals over it with their errors."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from wavepacket.arrays import Flags, Float, Integer
from wavepacket.bands import BandGeometry
from wavepacket.fermi.level import Domain, Level
from wavepacket.fermi.mesh import Mesh
from wavepacket.fermi.nodes import Nodes
from wavepacket.fermi.quadrature import Samples
from wavepacket.fermi.vertices import Vertices, vertices_of
from wavepacket.units import HBAR

__all__ = ["Estimate", "LevelSurface", "Sheet"]

_ROUNDING = 64 * float(np.finfo(np.float64).eps)
_MISSED = 0.02  # of the area
_SMOOTH = 0.01
"""Of what a simplex stands for: where halves differ by more, a rule of Gauss does not converge as it does elsewhere."""


@dataclass(frozen=True)
class Estimate:
    """A number with its uncertainty, from a mesh of twice the step; not-a-number where that is not known."""

    value: float
    uncertainty: float

    @classmethod
    def of(cls, fine: float, coarse: float, *, complete: bool = True) -> "Estimate":
        """From two meshes; of one that is not complete no uncertainty is known."""
        error = abs(fine - coarse) + _ROUNDING * abs(fine)
        return cls(float(fine), float(error) if complete else np.nan)


@dataclass(frozen=True, eq=False)
class Sheet:
    """One connected sheet of a Fermi surface, a line of a layer.

    Attributes
    ----------
    kind : ``electron`` or ``hole`` by what it encloses, ``open`` where it runs through the whole zone, ``cut`` where it
        leaves the domain of a k·p model
    area : 1/Å^(d−1)
    volume : that it encloses, 1/Å^d; None of a sheet that encloses none
    states : states per energy, ∮ D dS/(|∂𝓔/∂k| (2π)^d), 1/(eV Å^d)
    speed : smallest, mean by area, and largest |∂𝓔/ħ∂k|, Å/fs
    euler : Euler characteristic, 2 − 2 genus of a closed surface; 0 of a line
    winding : (w, d) reciprocal vectors, as integers, by which it comes back to itself
    centre : (3,) mean of its points, 1/Å
    """

    kind: str
    area: Estimate
    volume: Estimate | None
    states: Estimate
    speed: tuple[float, float, float]
    euler: int
    winding: Integer
    centre: Float


@dataclass(frozen=True, eq=False)
class LevelSurface:
    """Where 𝓔 of one band is μ.

    Attributes
    ----------
    level : the function
    domain : cell of k space
    fine, coarse : meshes with simplices of half the size and of the whole; ``part`` is the number of a piece
    parent : (s,) simplex of the coarser mesh that each of the finer one is a part of
    sheet, offset : (pieces,) sheet of each piece and (pieces, d) reciprocal vectors that make sheets whole
    winding, euler : of sheets, as `Sheet` has them
    samples, coarse_samples : points on both meshes
    nodes, shown : of the grid that shows the first of the pieces, and how many; others are pockets between its nodes
    occupied : part of the zone that is filled, or of the ball within the cutoff; None where the cutoff cuts a sheet
    unresolved : places where a neck or a gap is narrower than the grid
    notes : sentences on what is not resolved
    """

    level: Level
    domain: Domain
    fine: Mesh
    coarse: Mesh
    parent: Integer
    sheet: Integer
    offset: Integer
    winding: tuple[Integer, ...]
    euler: Integer
    samples: Samples = field(repr=False)
    coarse_samples: Samples = field(repr=False)
    nodes: Nodes = field(repr=False)
    shown: int = 0
    occupied: Estimate | None = None
    unresolved: int = 0
    notes: tuple[str, ...] = ()

    @property
    def dimension(self) -> int:
        """Of k space."""
        return self.domain.dimension

    @property
    def empty(self) -> bool:
        """Whether the band does not cross μ."""
        return len(self.fine.simplices) == 0

    @property
    def missed(self) -> float:
        """Part of the area whose points were not led onto the surface."""
        return self.samples.missed / max(float(np.abs(self.samples.size).sum()), 1e-300)

    @property
    def complete(self) -> bool:
        """Whether all points came onto the surface but for a part that uncertainties can hold."""
        return self.missed <= _MISSED

    @cached_property
    def geometry(self) -> BandGeometry:
        """Geometry of the band at the points of ``samples``."""
        return self.level.band.geometry(self.samples.k, self.level.threads)

    @cached_property
    def coarse_geometry(self) -> BandGeometry:
        """The same for the coarse mesh."""
        return self.level.band.geometry(self.coarse_samples.k, self.level.threads)

    @cached_property
    def vertices(self) -> Vertices:
        """The corners of ``fine`` with velocity, Ω and m of the band and the curvature of the surface there."""
        return vertices_of(self.level, self.fine.k)

    @cached_property
    def weights(self) -> Float:
        """States per energy that each point of ``samples`` stands for, (n,): D dS/(|∂𝓔/∂k| (2π)^d), 1/(eV Å^d)."""
        return self._weights(self.samples, lambda: self.geometry)

    @cached_property
    def coarse_weights(self) -> Float:
        """The same for the coarser mesh."""
        return self._weights(self.coarse_samples, lambda: self.coarse_geometry)

    def _weights(self, samples: Samples, geometry: Callable[[], BandGeometry]) -> Float:
        steep = np.linalg.norm(samples.slope, axis=1)
        factor = self.level.factor(geometry()) if np.any(self.level.magnetic) else 1.0
        return np.asarray(factor * samples.size / (steep * (2 * np.pi) ** self.dimension))

    def integral(self, function: Callable[[Samples, BandGeometry], Float]) -> tuple[Float, Float]:
        """∮ g dS of a function of points and geometry there that returns g (n, ...), and its uncertainty from two meshes."""
        fine = (self.samples.size * function(self.samples, self.geometry).T).T
        points, geometry = self.coarse_samples, self.coarse_geometry
        coarse = (points.size * function(points, geometry).T).T
        shape = (int(np.prod(fine.shape[1:])),)
        found = [
            self._compared(one, other)
            for one, other in zip(fine.reshape(-1, *shape).T, coarse.reshape(-1, *shape).T, strict=True)
        ]
        value, error = (
            np.reshape([getattr(each, name) for each in found], fine.shape[1:])
            for name in ("value", "uncertainty")
        )
        return value, error

    def _compared(
        self, fine: Float, coarse: Float, mine: Flags | None = None, rough: Flags | None = None
    ) -> Estimate:
        """Sum of terms (n,) at the points of ``samples`` with its uncertainty, from those on the coarser mesh.

        On simplices where both differ by more than they do where the surface is smooth, as at the neck between two sheets
        that are about to touch, errors fall with the first power of the mesh at best, and some cancel by accident: there
        each difference counts by itself, and twice.
        """
        own = self.parent[self.samples.simplex if mine is None else self.samples.simplex[mine]]
        other = self.coarse_samples.simplex if rough is None else self.coarse_samples.simplex[rough]
        number = len(self.coarse.simplices)
        off = np.abs(np.bincount(own, fine, number) - np.bincount(other, coarse, number))
        size = np.bincount(own, np.abs(fine), number)
        abrupt = off > _SMOOTH * np.maximum(size, size.sum() / max(number, 1))
        value = float(fine.sum())
        error = (
            abs(value - float(coarse.sum()))
            + 2 * float(off[abrupt].sum())
            + _ROUNDING * float(np.abs(fine).sum())
        )
        return Estimate(value, error if self.complete else np.nan)

    @cached_property
    def states(self) -> Estimate:
        """States per energy of the whole surface, 1/(eV Å^d)."""
        return self._compared(self.weights, self.coarse_weights)

    @cached_property
    def sheets(self) -> tuple[Sheet, ...]:
        """Of all connected parts, the largest first."""
        found = [self._sheet(number) for number in range(len(self.euler))]
        return tuple(sorted(found, key=lambda sheet: -sheet.area.value))

    def line_begin(self, mesh: Mesh, samples: Samples) -> Float:
        """Where lines along the first edge of the cell to points begin, (n,): in its face; for pockets in their middle."""
        x, part = self.domain.coordinates(samples.k)[:, 0], mesh.part[samples.simplex]
        number = np.maximum(np.bincount(part, minlength=1), 1)
        middle = np.bincount(part, x, minlength=1) / number
        return np.where(part < self.shown, 0.0, middle[part])

    def _part(self, number: int, *, fine: bool, centre: Float | None = None) -> tuple[Flags, Float, Float]:
        """Which points of a mesh a sheet has; what they stand for of its area, volume and states, (3, n); its centre."""
        mesh, samples = (self.fine, self.samples) if fine else (self.coarse, self.coarse_samples)
        weights = self.weights if fine else self.coarse_weights
        part = mesh.part[samples.simplex]
        mine = self.sheet[part] == number
        whole = (samples.k + self.offset[part] @ self.domain.frame)[mine]
        if centre is None:
            centre = whole.sum(axis=0) / max(len(whole), 1)
        volume = np.sum((whole - centre) * samples.area[mine], axis=1) / self.dimension
        return mine, np.stack([samples.size[mine], volume, weights[mine]]), centre

    def _sheet(self, number: int) -> Sheet:
        mine, fine, centre = self._part(number, fine=True)
        rough, coarse, _ = self._part(number, fine=False, centre=centre)
        area, states = (self._compared(fine[i], coarse[i], mine, rough) for i in (0, 2))
        volume = Estimate.of(fine[1].sum(), coarse[1].sum(), complete=self.complete)
        speed = np.linalg.norm(self.samples.slope[mine], axis=1) / HBAR
        size = self.samples.size[mine].clip(0.0)
        mean = float(size @ speed / max(size.sum(), 1e-300))
        corners = self.fine.simplices[self.sheet[self.fine.part] == number]
        cut = not np.all(self.level.inside(self.fine.k[np.unique(corners)]))
        winding = self.winding[number]
        kind = "cut" if cut else "open" if len(winding) else "electron" if volume.value > 0 else "hole"
        closed = Estimate(abs(volume.value), volume.uncertainty) if kind in ("electron", "hole") else None
        speeds = float(speed.min(initial=np.inf)), mean, float(speed.max(initial=0.0))
        return Sheet(kind, area, closed, states, speeds, int(self.euler[number]), winding, centre)
