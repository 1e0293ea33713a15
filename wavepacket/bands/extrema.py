"""Local extrema of a band and smallest gaps between bands, found over the whole zone."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from wavepacket.bands.descent import (
    POINTS,
    Function,
    basins,
    distinct,
    domain_radius,
    minimise,
    search_grid,
    with_partners,
)
from wavepacket.bands.levels import Level, energy_levels, squared_gap
from wavepacket.bands.mass import EffectiveMass, effective_mass
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.hamiltonians.zone import face_vectors, fold_by_faces, point_frame

__all__ = [
    "Extremum",
    "GapMinimum",
    "band_energies",
    "find_extrema",
    "find_gap_minima",
    "reduced_coordinates",
]

Float = npt.NDArray[np.float64]
Kind = Literal["minimum", "maximum"]

_FLAT_BAND = 1e-9  # eV; a narrower band has no extrema worth the name
_BLOCK = 1 << 14


@dataclass(frozen=True, eq=False)
class Extremum:
    """A local minimum or maximum of a band.

    Attributes
    ----------
    kind : ``minimum`` or ``maximum``
    wavevector : (3,) in the first zone, 1/Å
    reduced : (3,) in units of the reciprocal vectors; None for a k·p model
    energy : ε, eV
    gap : distance to the nearest other band there, eV; infinite where there is none
    mass : the effective mass there

    """

    kind: Kind
    wavevector: Float
    reduced: Float | None
    energy: float
    gap: float
    mass: EffectiveMass


@dataclass(frozen=True, eq=False)
class GapMinimum:
    """A local minimum of the direct gap between bands ``lower`` and ``lower + 1``.

    Attributes
    ----------
    wavevector, reduced : as in `Extremum`
    gap : ε_{n+1} − ε_n, eV
    energy : middle of the gap, eV

    """

    lower: int
    wavevector: Float
    reduced: Float | None
    gap: float
    energy: float


def band_energies(hamiltonian: Hamiltonian, k: Float) -> Float:
    """Energies (..., N) of all bands at wavevectors (..., 3), eV."""
    flat = k.reshape(-1, 3)
    blocks = [
        np.linalg.eigvalsh(hamiltonian.hamiltonian(flat[first : first + _BLOCK]))
        for first in range(0, len(flat), _BLOCK)
    ]
    return np.asarray(np.concatenate(blocks).reshape(*k.shape[:-1], hamiltonian.size))


def reduced_coordinates(hamiltonian: Hamiltonian, k: Float) -> Float | None:
    """Coordinates x with k = Σ x_i b_i; None for a k·p model."""
    if not isinstance(hamiltonian, LatticeHamiltonian):
        return None
    return np.asarray(np.round(k @ hamiltonian.lattice.T / (2 * np.pi), 12) + 0.0)


def find_extrema(
    hamiltonian: Hamiltonian, index: int, kind: Kind | None = None, *, grid: int | None = None
) -> tuple[Extremum, ...]:
    """Local extrema of band ``index`` over the zone: minima by rising energy, then maxima by falling energy.

    Parameters
    ----------
    kind : only ``minimum`` or ``maximum``; default both
    grid : points along each axis of the first, coarse search; structures narrower than its spacing may be missed,
        except where a symmetry of the lattice or a named point leads to them

    Notes
    -----
    The grid's lowest points start a damped Newton search; where a symmetry of the lattice takes an extremum, its partner
    is looked for. Points where bands touch (cusps of ε) count; saddle points do not. A flat band has none; along a line of
    equal energies some points of it are returned.
    """
    _check(hamiltonian, index, hamiltonian.size)
    k = search_grid(hamiltonian, grid)
    energy = band_energies(hamiltonian, k)[..., index]
    if np.ptp(energy) < _FLAT_BAND:
        return ()
    found: list[Extremum] = []
    for each in ("minimum", "maximum") if kind is None else (kind,):
        sign = 1.0 if each == "minimum" else -1.0
        places = _minima_of_band(hamiltonian, index, sign, _starts(hamiltonian, k, sign * energy), grid)
        extrema = [_extremum(hamiltonian, index, each, place) for place in places]
        found += sorted(extrema, key=lambda one: (round(sign * one.energy, 9), *_order(one.wavevector)))
    return tuple(found)


def find_gap_minima(
    hamiltonian: Hamiltonian, lower: int, *, grid: int | None = None
) -> tuple[GapMinimum, ...]:
    """Local minima of the direct gap above band ``lower``, by rising gap.

    Points where the bands touch are found to rounding: the squared gap, which is smooth there, is what is minimised.
    Bands that are degenerate everywhere have none.
    """
    _check(hamiltonian, lower, hamiltonian.size - 1)
    k = search_grid(hamiltonian, grid)
    energy = band_energies(hamiltonian, k)
    squares = (energy[..., lower + 1] - energy[..., lower]) ** 2
    if squares.max() < _FLAT_BAND**2 * 100:
        return ()
    function: Function = lambda points: squared_gap(hamiltonian, points, lower)  # noqa: E731
    places = _minima(hamiltonian, function, _starts(hamiltonian, k, squares), grid)
    minima = []
    for place, pair in zip(places, band_energies(hamiltonian, places)[:, lower : lower + 2], strict=True):
        reduced = reduced_coordinates(hamiltonian, place)
        minima.append(GapMinimum(lower, place, reduced, float(pair[1] - pair[0]), float(pair.mean())))
    return tuple(sorted(minima, key=lambda one: (round(one.gap, 9), *_order(one.wavevector))))


def _check(hamiltonian: Hamiltonian, index: int, number: int) -> None:
    if not 0 <= index < number:
        what = "gap above band" if number < hamiltonian.size else "band"
        raise InputError(
            f"{what} {index} does not exist: {hamiltonian.name} has {hamiltonian.size} bands, from 0"
        )


def _order(wavevector: Float) -> list[float]:
    """By angle in the plane from k_x, then by height: a stable order of partners."""
    x, y, z = (float(round(part, 6)) for part in wavevector)
    return [-z, round(float(np.arctan2(y, x)) % (2 * np.pi), 6)]


def _starts(hamiltonian: Hamiltonian, k: Float, values: Float) -> Float:
    points = hamiltonian.special_points | hamiltonian.valleys
    named = [np.array(point) @ point_frame(hamiltonian) for point in points.values()]
    return np.concatenate([basins(hamiltonian, k, values), np.array(named).reshape(-1, 3)])


def _spacing(hamiltonian: Hamiltonian, grid: int | None) -> float:
    points = grid or POINTS[hamiltonian.dimension]
    if isinstance(hamiltonian, LatticeHamiltonian):
        lengths = np.linalg.norm(hamiltonian.reciprocal[: hamiltonian.dimension], axis=1)
        return float(lengths.min()) / points
    return 2 * domain_radius(hamiltonian) / points


def _minima(hamiltonian: Hamiltonian, function: Function, start: Float, grid: int | None) -> Float:
    """Distinct minima (m, 3), folded into the zone, with the partners that symmetries of the lattice lead to."""
    spacing, faces = _spacing(hamiltonian, grid), face_vectors(hamiltonian)

    def settled(points: Float) -> Float:
        places, values = minimise(function, points, hamiltonian.dimension, spacing)
        inside = _inside(hamiltonian, places) & _is_minimum(
            function, places, values, hamiltonian.dimension, spacing
        )
        places = fold_by_faces(places[inside], faces)
        places = places[np.argsort(values[inside], kind="stable")]
        return places[distinct(hamiltonian, places, 1e-3 * spacing)]

    if len(start) == 0:
        return start
    first = settled(start)
    return settled(with_partners(hamiltonian, first, 1e-3 * spacing)) if len(first) else first


def _inside(hamiltonian: Hamiltonian, k: Float) -> npt.NDArray[np.bool_]:
    if isinstance(hamiltonian, LatticeHamiltonian):
        return np.ones(len(k), dtype=bool)
    return np.asarray(np.linalg.norm(k, axis=1) < 0.99 * domain_radius(hamiltonian))


def _is_minimum(
    function: Function, k: Float, values: Float, dimension: int, spacing: float
) -> npt.NDArray[np.bool_]:
    """Whether no point at a small distance lies lower: rejects saddles and slopes where a search got stuck."""
    steps = np.stack(np.meshgrid(*[(-1.0, 0.0, 1.0)] * dimension), axis=-1).reshape(-1, dimension)
    around = np.zeros((len(steps), 3))
    around[:, :dimension] = 0.02 * spacing * steps
    near = function((k[:, None, :] + around).reshape(-1, 3)).value.reshape(len(k), -1)
    tolerance = 1e-12 * np.maximum(np.abs(near).max(axis=1), 1e-300)
    return np.asarray(near.min(axis=1) >= values - tolerance)


def _minima_of_band(
    hamiltonian: Hamiltonian, index: int, sign: float, start: Float, grid: int | None
) -> Float:
    """Minima of ±ε; a cusp where ε touches the next band is put exactly where the gap closes."""

    def function(points: Float) -> Level:
        (level,) = energy_levels(hamiltonian, points, (index,))
        return Level(sign * level.value, sign * level.gradient, sign * level.hessian)

    places = _minima(hamiltonian, function, start, grid)
    lower = index - 1 if sign > 0 else index
    if len(places) == 0 or not 0 <= lower < hamiltonian.size - 1:
        return places
    spacing = _spacing(hamiltonian, grid)
    gap = np.diff(band_energies(hamiltonian, places)[:, lower : lower + 2], axis=1)[:, 0]
    cusps = (gap > 0) & (gap < 1e-6)
    if not np.any(cusps):
        return places
    nodes, _ = minimise(
        lambda points: squared_gap(hamiltonian, points, lower),
        places[cusps],
        hamiltonian.dimension,
        1e-3 * spacing,
    )
    places[cusps] = np.where(
        np.linalg.norm(nodes - places[cusps], axis=1, keepdims=True) < 1e-3 * spacing, nodes, places[cusps]
    )
    return places


def _extremum(hamiltonian: Hamiltonian, index: int, kind: Kind, place: Float) -> Extremum:
    energy = band_energies(hamiltonian, place)
    gap = np.abs(np.delete(energy, index) - energy[index]).min(initial=np.inf)
    return Extremum(
        kind,
        place,
        reduced_coordinates(hamiltonian, place),
        float(energy[index]),
        float(gap),
        effective_mass(hamiltonian, index, place),
    )
