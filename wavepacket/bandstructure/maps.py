"""A quantity of a band over its zone, as arrays that can be drawn; no drawing here."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float
from wavepacket.bands import Band, band
from wavepacket.bandstructure.points import named_points, point_label
from wavepacket.bandstructure.quantities import DEGENERATE, QUANTITIES, isolated_vectors, level_of
from wavepacket.bandstructure.spins import spin_vectors
from wavepacket.bandstructure.zone import (
    Plane,
    equivalent_points,
    face_vectors,
    fold_by_faces,
    named_plane,
    zone_outline,
    zone_section,
)
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian, KPHamiltonian, LatticeHamiltonian
from wavepacket.observables import plain

__all__ = ["ZoneMap", "default_quantity", "zone_frame", "zone_map"]


_REPORTS, _LEAST = 100, 512  # parts that a map is computed in at most, and points for each thread in a part

_MARGIN = 0.15  # of the map beyond the zone, relative to the zone's size


@dataclass(frozen=True, eq=False)
class ZoneMap:
    """One quantity of a band over a rectangle of k space that holds the first zone (or its cut by a plane).

    Parameters
    ----------
    k : (n, n, 3) wavevectors, 1/Å, the first axis of the plane along the first index; (n, 1, 3) in 1D. The points
        next to named ones lie on them, the rest form a uniform grid
    values : the same shape without the last axis; NaN where the band touches another one
    quantity, unit, label : a key of `QUANTITIES`; unit as text; label with its component
    plane : the plane and its axes
    outline : closed polygon (m, 2) in the plane's coordinates; ends (2, 1) in 1D; None where there is no zone
    points : special points and valleys in the plane: label → (p, 2), all equivalent ones
    faces : (g, 3) face vectors of the zone, for folding
    dimension : of the crystal
    """

    k: Float
    values: Float
    quantity: str
    unit: str
    label: str
    plane: Plane
    outline: Float | None
    points: dict[str, Float]
    faces: Float
    dimension: int

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, right, bottom, top of the rectangle in the plane's coordinates, 1/Å."""
        low, high = self.plane.project(self.k[0, 0]), self.plane.project(self.k[-1, -1])
        return float(low[0]), float(high[0]), float(low[1]), float(high[1])

    def as_json(self) -> dict[str, Any]:
        """Plain lists and numbers; not-a-number becomes null."""
        return {
            "quantity": self.quantity,
            "label": self.label,
            "k": {"value": plain(self.k), "unit": "1/angstrom"},
            "values": {"value": plain(self.values), "unit": self.unit},
            "outline": plain(self.outline),
            "points": plain(self.points),
        }

    def place(self, k: npt.ArrayLike) -> Float:
        """Coordinates (..., 2) in the plane of wavevectors (..., 3) folded into the zone."""
        return self.plane.project(fold_by_faces(k, self.faces))


def zone_map(
    source: Band,
    quantity: str,
    points: int = 200,
    *,
    plane: str | Plane = "xy",
    component: str | None = None,
    half_width: float | None = None,
    around: npt.ArrayLike | None = None,
    position_elements: bool = True,
    charge: float = -1.0,
    threads: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> ZoneMap:
    """Map a quantity of a band over the first zone.

    Parameters
    ----------
    source : band
    quantity : ``energy`` (eV), ``gap`` (eV), ``berry_curvature`` (Å²), ``orbital_moment`` (μ_B) or ``spin`` (ħ)
    points : along each axis
    plane : of a 3D crystal, by the names of two Cartesian axes or as a `Plane`
    component : ``x``, ``y`` or ``z`` of a vector; default z, in 3D the one that is largest on the plane
    half_width : of the map, 1/Å; default: the zone (k·p: the cutoff, else π / length scale) and a margin
    around : wavevectors (..., 3) that a map of a k·p model should hold and not much more
    position_elements : whether the source has elements of r beyond the centres: bands that coincide with it everywhere
        are averaged over with the same ones
    charge : of the carriers, e: the moment is proportional to it
    progress : called with wavevectors done and in all
    """
    if quantity not in QUANTITIES:
        raise InputError(f"unknown quantity {quantity!r}: {', '.join(QUANTITIES)}")
    frame = zone_frame(source, points, plane=plane, half_width=half_width, around=around)
    values = _values(
        source, frame.k.reshape(-1, 3), quantity,
        position_elements=position_elements, charge=charge, threads=threads, progress=progress,
    )  # fmt: skip
    letter = ""
    if values.ndim == 2:
        values, letter = _component(values, component, source.hamiltonian.dimension)
    label, unit = QUANTITIES[quantity]
    return replace(
        frame,
        values=values.reshape(frame.k.shape[:2]),
        quantity=quantity,
        unit=unit,
        label=label.format(letter),
    )


def zone_frame(
    source: Band,
    points: int = 200,
    *,
    plane: str | Plane = "xy",
    half_width: float | None = None,
    around: npt.ArrayLike | None = None,
) -> ZoneMap:
    """Return a map without values yet (they are not a number); parameters as for `zone_map`."""
    hamiltonian = source.hamiltonian
    chosen = named_plane(plane) if isinstance(plane, str) else plane
    chosen = named_plane("xy") if hamiltonian.dimension < 3 else chosen
    if around is not None and half_width is None and not isinstance(hamiltonian, LatticeHamiltonian):
        half_width = _reach(hamiltonian, np.asarray(around, dtype=np.float64))
    outline = _outline(hamiltonian, chosen)
    faces = face_vectors(hamiltonian)
    named = _points_in_plane(hamiltonian, chosen, faces)
    k = _rectangle(hamiltonian, chosen, outline, points, half_width)
    _move_to_points(k, source, [chosen.lift(image) for images in named.values() for image in images])
    return ZoneMap(
        k=k,
        values=np.full(k.shape[:2], np.nan),
        quantity="",
        unit="",
        label="",
        plane=chosen,
        outline=outline,
        points=named,
        faces=faces,
        dimension=hamiltonian.dimension,
    )


def default_quantity(source: Band) -> str:
    """``berry_curvature`` where the band has any, else ``energy``: the map worth looking at."""
    radius = np.pi / source.hamiltonian.length_scale
    probes = radius * np.random.default_rng(0).uniform(-1.0, 1.0, (64, 3))
    probes[:, source.hamiltonian.dimension :] = 0.0
    curvature = source.geometry(probes, slopes=False).berry_curvature
    return "berry_curvature" if np.abs(curvature).max() * radius**2 > 1e-9 else "energy"


def _outline(hamiltonian: Hamiltonian, plane: Plane) -> Float | None:
    """Ends of the zone in 1D, else its cut by the plane."""
    outline = zone_outline(hamiltonian) if hamiltonian.dimension == 1 else zone_section(hamiltonian, plane)
    assert not isinstance(outline, list)
    return outline


def _reach(hamiltonian: KPHamiltonian, k: Float) -> float | None:
    """Half width of a map that holds the wavevectors, not wider than the model is meant; None for no wavevectors."""
    largest = float(np.max(np.abs(k), where=np.isfinite(k), initial=0.0))
    widest = np.inf if hamiltonian.cutoff is None else (1 + 2 * _MARGIN) * hamiltonian.cutoff
    return min(1.4 * largest, widest) or None


def _rectangle(
    hamiltonian: Hamiltonian, plane: Plane, outline: Float | None, points: int, half_width: float | None
) -> Float:
    """Grid (n, n, 3) over the outline's bounding box; (n, 1, 3) in 1D."""
    if outline is None or half_width is not None:
        radius = half_width or np.pi / hamiltonian.length_scale
        outline = radius * np.array([[-1.0, -1.0], [1.0, 1.0]])
    low, high = outline.min(axis=0), outline.max(axis=0)
    margin = 0.0 if half_width is not None else _MARGIN * float(np.max(high - low))
    along = np.linspace(low[0] - margin, high[0] + margin, points)
    across = (
        np.linspace(low[1] - margin, high[1] + margin, points) if hamiltonian.dimension > 1 else np.zeros(1)
    )
    return plane.lift(np.stack(np.meshgrid(along, across, indexing="ij"), axis=-1))


def _move_to_points(k: Float, source: Band, named: list[Float]) -> None:
    """Move the grid point next to each named point onto it: a peak of Ω there may be narrower than the grid."""
    for point in named:
        offset = np.linalg.norm(k - point, axis=2)
        nearest = np.unravel_index(offset.argmin(), offset.shape)
        spacing = np.linalg.norm(k[-1, -1] - k[0, 0]) / max(k.shape[0] - 1, 1)
        if offset[nearest] < spacing and source.geometry(point).gap[0] > DEGENERATE:
            k[nearest] = point


def _values(
    source: Band,
    k: Float,
    quantity: str,
    *,
    position_elements: bool,
    charge: float,
    threads: int,
    progress: Callable[[int, int], None],
) -> Float:
    """Values (n,), or vectors (n, 3) as means over the bands that coincide with this one everywhere."""
    if quantity == "spin":
        return spin_vectors(source.hamiltonian, k)[:, source.index]
    scalar = quantity in ("energy", "gap")
    level = () if scalar else level_of(source.hamiltonian, source.index)
    others = [
        band(source.hamiltonian, index, position_elements=position_elements)
        for index in level
        if index != source.index
    ]
    parts = np.array_split(k, max(1, min(_REPORTS, len(k) // (threads * _LEAST))))
    values, done = [], 0
    for part in parts:
        geometries = [one.geometry(part, threads, slopes=False) for one in (source, *others)]
        vectors = [
            getattr(one, quantity) if scalar else isolated_vectors(one, quantity, charge)
            for one in geometries
        ]
        values.append(np.mean(vectors, axis=0))
        done += len(part)
        progress(done, len(k))
    return np.concatenate(values)


def _component(vectors: Float, component: str | None, dimension: int) -> tuple[Float, str]:
    """Values (n,) of one component of vectors (n, 3), and its letter."""
    if component is None:
        # Not the maximum: beside a monopole it says where the grid points happen to be.
        known = vectors[np.isfinite(vectors).all(axis=1)]
        sizes = np.quantile(np.abs(known), 0.9, axis=0) if len(known) else np.zeros(3)
        # The axis of a tie is z: which of x and y is larger by rounding says nothing.
        component = "xyz"[int(sizes.argmax())] if dimension == 3 and sizes.max() > 1.01 * sizes[2] else "z"
    if component not in ("x", "y", "z"):
        raise InputError(f"unknown component {component!r}: x, y or z")
    return vectors[:, "xyz".index(component)], component


def _points_in_plane(hamiltonian: Hamiltonian, plane: Plane, faces: Float) -> dict[str, Float]:
    shown = {}
    for name, point in named_points(hamiltonian).items():
        images = equivalent_points(point, faces)
        feet = plane.lift(plane.project(images))
        inside = np.linalg.norm(feet - images, axis=1) < 1e-6 * np.pi / hamiltonian.length_scale
        if inside.any():
            shown[point_label(name)] = plane.project(images[inside])
    return shown
