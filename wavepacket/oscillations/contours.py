"""Rough contours ε = μ in planes across B: polygons on a grid that tell closed orbits from open ones."""

import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from contourpy import LineType, contour_generator

from wavepacket.arrays import Complex, Flags, Float
from wavepacket.bandstructure.zone import zone_outline
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.hamiltonians.zone import face_vectors, point_frame
from wavepacket.oscillations.curve import Section

__all__ = ["Contours", "Window", "window_of"]

_WIDER = 2.2  # than the zone: a closed orbit that begins in the zone may end outside
_MARGIN = (
    0.1  # of the zone: centres of rough polygons that far outside count, and what is found twice is merged
)
_STEPS = range(-3, 4)  # of reciprocal vectors that may lie in the plane
_SAME = 1e-7  # relative


@dataclass(frozen=True, eq=False)
class Contours:
    """What ε = μ looks like in one plane.

    Attributes
    ----------
    closed : polygons, the first point repeated, of closed curves whose centre lies in the first zone
    open : for each curve through the first zone that comes back to itself after a reciprocal vector: that vector (3,)
    left : number of curves through the first zone that end at the border of what was looked at
    """

    along: float
    closed: tuple[Complex, ...]
    open: tuple[Float, ...]
    left: int


@dataclass(frozen=True, eq=False)
class Window:
    """Part of the planes across B that is looked at: the zone with a margin, or the ball of a k·p model.

    Attributes
    ----------
    extent : half of what the zone takes along both axes of the plane and along B, 1/Å
    points : along the longer axis of the plane, within the zone
    cutoff : of a k·p model, 1/Å
    """

    section: Section
    extent: tuple[float, float, float]
    points: int
    cutoff: float | None

    @property
    def hamiltonian(self) -> Hamiltonian:
        """The crystal."""
        return self.section.band.hamiltonian

    @property
    def step(self) -> float:
        """Between points of the grid, 1/Å."""
        return 2 * max(self.extent[:2]) / self.points

    @cached_property
    def periods(self) -> Float:
        """Shortest reciprocal vectors in the planes, (n, 3): none for planes that no two of them span."""
        if not isinstance(self.hamiltonian, LatticeHamiltonian):
            return np.zeros((0, 3))
        basis = self.hamiltonian.reciprocal[: self.hamiltonian.dimension]
        steps = np.array([n for n in itertools.product(_STEPS, repeat=len(basis)) if any(n)])
        vectors = steps @ basis
        size = np.linalg.norm(vectors, axis=1)
        vectors = vectors[np.abs(vectors @ self.section.axis) < _SAME * size]
        order = np.argsort(np.linalg.norm(vectors, axis=1).round(9), kind="stable")
        return np.asarray(vectors[order])

    def contours(self, along: float, level: float) -> Contours:
        """Cut ε = level at k_∥ = along."""
        wider = 1.0 if self.cutoff is not None else _WIDER
        axes = [
            np.arange(-n, n + 1) * self.step
            for n in (int(np.ceil(wider * half / self.step)) for half in self.extent[:2])
        ]
        z = (axes[0][None, :] + 1j * axes[1][:, None]).ravel()
        k = self.section.points(z, along)
        energy = self.section.band.geometry(k, slopes=False).energy
        if self.cutoff is not None:
            energy[np.linalg.norm(k, axis=1) > self.cutoff] = np.nan
        # A point on the level itself would make corners of no size.
        values = energy.reshape(len(axes[1]), len(axes[0])) - level + 1e-13
        drawn = contour_generator(
            x=axes[0],
            y=axes[1],
            z=np.ma.masked_invalid(values),
            line_type=LineType.Separate,
            corner_mask=True,
        )
        lines = [np.asarray(line, dtype=np.float64) for line in drawn.lines(0.0)]
        polygons = [np.asarray(line[:, 0] + 1j * line[:, 1]) for line in lines if len(line) > 3]
        return self._sorted(along, polygons)

    def _sorted(self, along: float, polygons: list[Complex]) -> Contours:
        closed, repeated, left = [], [], 0
        for polygon in polygons:
            if polygon[0] == polygon[-1]:
                if self.contains(polygon[:-1].mean(keepdims=True), along)[0]:
                    closed.append(polygon)
            elif np.any(self.contains(polygon, along)):
                period = self._period(polygon)
                if period is None:
                    left += 1
                else:
                    repeated.append(period)
        return Contours(along, tuple(closed), tuple(repeated), left)

    def contains(self, z: Complex, along: float) -> Flags:
        """Whether points lie in the first zone or near it; always for a k·p model."""
        faces = face_vectors(self.hamiltonian)
        heights = self.section.points(z, along) @ faces.T
        return np.asarray(np.all(heights <= 0.5 * (1 + _MARGIN) * np.sum(faces**2, axis=1), axis=1))

    def _period(self, polygon: Complex) -> Float | None:
        """Reciprocal vector after which a curve comes back to itself."""
        middle = polygon[np.argmin(np.abs(polygon))]
        for period in self.periods:
            shift = complex(period @ self.section.first, period @ self.section.second)
            if np.min(np.abs(polygon - middle - shift)) < self.step:
                return np.asarray(period)
        return None

    def marked(self) -> Float:
        """k_∥ of planes through named points and their copies next to the zone: small pockets lie there."""
        crystal = self.hamiltonian
        named = [*crystal.valleys.values(), *crystal.special_points.values()]
        frame = point_frame(crystal)
        points = np.array([np.asarray(p) @ frame[: len(p)] for p in named]).reshape(-1, 3)
        return np.unique((np.concatenate([points, -points]) @ self.section.axis).round(12))


def window_of(section: Section, points: int) -> Window:
    """Window with a number of points across the zone."""
    crystal = section.band.hamiltonian
    cutoff = None if isinstance(crystal, LatticeHamiltonian) else crystal.cutoff
    if cutoff is not None:
        return Window(section, (cutoff, cutoff, cutoff), points, cutoff)
    outline = zone_outline(crystal)
    corners = np.concatenate(outline) if isinstance(outline, list) else np.asarray(outline)
    corners = np.pad(corners, ((0, 0), (0, 3 - corners.shape[1])))
    across = [float(np.abs(corners @ each).max()) for each in (section.first, section.second, section.axis)]
    return Window(section, (across[0], across[1], across[2]), points, None)
