"""Local extrema of a band and smallest gaps between bands, found over the whole zone."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands.levels import EffectiveMass, Level, effective_mass, energy_level, squared_gap
from wavepacket.bands.search import (
    band_energies,
    find_minima,
    first_image,
    grid_spacing,
    minimise,
    reduced_coordinates,
    search_grid,
    starts,
    wavevector_order,
)
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian

__all__ = ["Extremum", "GapMinimum", "find_extrema", "find_gap_minima"]

Kind = Literal["minimum", "maximum"]

_FLAT_BAND = 1e-9  # eV; a narrower band has no extrema worth the name


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
    is looked for. Points where bands touch (cusps of ε) count; saddle points do not. A flat band has none; a line of equal
    energies is represented by points at least an eighth of a reciprocal vector apart, named ones first.
    """
    _check(hamiltonian, index, hamiltonian.size)
    k = search_grid(hamiltonian, grid)
    energy = band_energies(hamiltonian, k)[..., index]
    if np.ptp(energy) < _FLAT_BAND:
        return ()
    accepted: list[Extremum] = []
    for each in ("minimum", "maximum") if kind is None else (kind,):
        sign = 1.0 if each == "minimum" else -1.0
        minima = _minima_of_band(hamiltonian, index, sign, starts(hamiltonian, k, sign * energy), grid)
        extrema = [
            _extremum(hamiltonian, index, each, first_image(hamiltonian, k_extremum)) for k_extremum in minima
        ]
        accepted += sorted(
            extrema, key=lambda one: (round(sign * one.energy, 9), *wavevector_order(one.wavevector))
        )
    return tuple(accepted)


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

    def function(points: Float) -> Level:
        return squared_gap(hamiltonian, points, lower)

    def height(points: Float) -> Float:
        pair = band_energies(hamiltonian, points)[..., lower : lower + 2]
        return np.asarray((pair[..., 1] - pair[..., 0]) ** 2)

    wavevectors = find_minima(hamiltonian, function, height, starts(hamiltonian, k, squares), grid)
    minima = []
    for minimum, pair in zip(
        wavevectors, band_energies(hamiltonian, wavevectors)[:, lower : lower + 2], strict=True
    ):
        k_first = first_image(hamiltonian, minimum)
        reduced = reduced_coordinates(hamiltonian, k_first)
        minima.append(GapMinimum(lower, k_first, reduced, float(pair[1] - pair[0]), float(pair.mean())))
    return tuple(sorted(minima, key=lambda one: (round(one.gap, 9), *wavevector_order(one.wavevector))))


def _check(hamiltonian: Hamiltonian, index: int, number: int) -> None:
    if not 0 <= index < number:
        what = "gap above band" if number < hamiltonian.size else "band"
        raise InputError(
            f"{what} {index} does not exist: {hamiltonian.name} has {hamiltonian.size} bands, from 0"
        )


def _minima_of_band(
    hamiltonian: Hamiltonian, index: int, sign: float, start: Float, grid: int | None
) -> Float:
    """Minima of ±ε; a cusp where ε touches the next band is put exactly where the gap closes."""

    def function(points: Float) -> Level:
        level = energy_level(hamiltonian, points, index)
        return Level(sign * level.value, sign * level.gradient, sign * level.hessian)

    def height(points: Float) -> Float:
        return sign * band_energies(hamiltonian, points)[..., index]

    minima = find_minima(hamiltonian, function, height, start, grid)
    lower = index - 1 if sign > 0 else index
    if len(minima) == 0 or not 0 <= lower < hamiltonian.size - 1:
        return minima
    spacing = grid_spacing(hamiltonian, grid)
    gap = np.diff(band_energies(hamiltonian, minima)[:, lower : lower + 2], axis=1)[:, 0]
    cusps = (gap > 0) & (gap < 1e-6)
    if not np.any(cusps):
        return minima
    nodes, _ = minimise(
        lambda points: squared_gap(hamiltonian, points, lower),
        minima[cusps],
        hamiltonian.dimension,
        1e-3 * spacing,
    )
    minima[cusps] = np.where(
        np.linalg.norm(nodes - minima[cusps], axis=1, keepdims=True) < 1e-3 * spacing, nodes, minima[cusps]
    )
    return minima


def _extremum(hamiltonian: Hamiltonian, index: int, kind: Kind, wavevector: Float) -> Extremum:
    energy = band_energies(hamiltonian, wavevector)
    gap = np.abs(np.delete(energy, index) - energy[index]).min(initial=np.inf)
    return Extremum(
        kind,
        wavevector,
        reduced_coordinates(hamiltonian, wavevector),
        float(energy[index]),
        float(gap),
        effective_mass(hamiltonian, index, wavevector),
    )
