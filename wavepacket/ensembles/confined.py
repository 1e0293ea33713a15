"""Equilibrium of a layer in a potential: places over a region times a grid over the zone."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.bands import Band, BandGeometry
from wavepacket.config import Confined, Fields, FilledBand
from wavepacket.ensembles.candidates import ZonePoints, zone_points
from wavepacket.ensembles.ensemble import Ensemble
from wavepacket.ensembles.occupation import density_factor, wavepacket_energy
from wavepacket.ensembles.packets import Packets
from wavepacket.ensembles.resolution import Resolution, resolution
from wavepacket.ensembles.zone import grid_points, nested_levels, nested_sub_grid
from wavepacket.errors import InputError
from wavepacket.fields import potential_values
from wavepacket.formulas import fermi, grand_kernel
from wavepacket.units import BOLTZMANN

__all__ = ["confined", "grid_of", "itinerant_moment", "places_of", "reduced_energy"]

_NEGLIGIBLE = 1e-10  # of a full state: such packets are left out
_CUT = 1e-6  # occupation at the rim of the region from which on it is said to cut the sample


def reduced_energy(section: Confined, energy: Float, potential: Float, places: Float) -> Float:
    """Energy over k_BT, x = (𝓔 + V − μ(r))/k_BT, of the shape of the arguments; places (..., 3) in Å."""
    mu = np.full(places.shape[:-1], section.chemical_potential)
    if section.beyond is not None:
        far = (places - np.array(section.beyond.position)) @ np.array(section.beyond.direction) > 0
        mu = np.where(far, section.beyond.chemical_potential, mu)
    return np.asarray((energy + potential - mu) / (BOLTZMANN * section.temperature))


def itinerant_moment(
    x: Float, geometry: BandGeometry, factor: Float, section: Confined, charge: float
) -> Float:
    """Share of a packet in the itinerant part of the magnetization, (n,), in eV Å² e/ħ for each state that it stands for.

    −(q/ħ) Ω k_BT ln(1 + e^{−x}) for each state [dk], over the f D that its weight holds.
    """
    grand = BOLTZMANN * section.temperature * grand_kernel(x)
    return np.asarray(-charge * geometry.berry_curvature[:, 2] * grand / (fermi(x) * factor))


def grid_of(section: Confined) -> tuple[int, ...]:
    """Points along x and y, then along the axes of the zone, of the grid in phase space."""
    return (*section.places, *section.grid)


def places_of(section: Confined, ids: Integer) -> Float:
    """Places (n, 3) in Å by their numbers."""
    varied = [axis for axis in range(2) if section.places[axis] > 1]
    reduced, _ = grid_points([section.places[axis] for axis in varied], ids)
    found = np.zeros((len(ids), 3))
    for axis in range(2):
        low, high = section.region[axis]
        part = reduced[:, varied.index(axis)] if axis in varied else 0.5
        found[:, axis] = low + part * (high - low)
    return found


@dataclass(frozen=True, eq=False)
class _Sample:
    """Energies (K,) and factors D over the zone, and V (R,) at the places (R, 3)."""

    section: Confined
    energy: Float
    factor: Float
    potential: Float
    places: Float

    def occupation(self, ids: Integer) -> Float:
        """Return f (n,) of packets by number: wavevectors first."""
        place, k = np.divmod(ids, len(self.energy))
        return fermi(reduced_energy(self.section, self.energy[k], self.potential[place], self.places[place]))


def confined(
    section: Confined,
    band: Band,
    fields: Fields,
    *,
    charge: float,
    threads: int,
    report: Callable[[str], None],
) -> Ensemble:
    """Packets of the section; ``report`` is told where the region cuts the sample.

    Raises
    ------
    InputError : the crystal is no layer, or no state is occupied
    """
    if not band.planar:
        raise InputError("kind: confined is a sample of a layer, and this crystal is none")
    if fields.magnetic_in_space:
        raise InputError(
            "kind: confined needs a uniform magnetic field: leave out fields.magnetic_gradient and magnetic_terms"
        )
    zone = zone_points(FilledBand(grid=section.grid), band.hamiltonian, 1, np.zeros((0, 3)))
    k, _ = zone.points(np.arange(zone.candidates))
    geometry = band.geometry(k, threads, slopes=False)
    energy = wavepacket_energy(geometry, fields.magnetic, charge)
    energy = np.where(zone.inside(k), energy, np.inf)
    places = places_of(section, np.arange(int(np.prod(section.places))))
    potential = potential_values(fields, places, charge=charge).energy
    sample = _Sample(section, energy, density_factor(geometry, fields.magnetic, charge), potential, places)
    selected = _occupied(sample, report)
    cell = zone.states * float(np.prod(np.ptp(section.region, axis=1))) / len(places)

    def packets(first: int, number: int) -> Packets:
        ids = selected[first : first + number]
        place, point = np.divmod(ids, len(k))
        weight = cell * sample.factor[point] * sample.occupation(ids)
        replica = nested_sub_grid(grid_of(section), ids)
        return Packets(k[point], places[place], weight, replica, np.zeros(len(ids)))

    levels = nested_levels(grid_of(section))
    halves = 2 ** sum(level > 1 for level in levels)
    found = _resolution(section, band, zone, len(selected) / halves, fields=fields, charge=charge)
    return Ensemble(len(selected), math.prod(levels), section.field_reversal, False, packets, found)


def _occupied(sample: _Sample, report: Callable[[str], None]) -> Integer:
    """Numbers of the packets that stand for something."""
    kept, rim = [], 0.0
    lowest = float(sample.energy.min())
    for place in range(len(sample.places)):
        at = slice(place, place + 1)
        most = reduced_energy(sample.section, np.array([lowest]), sample.potential[at], sample.places[at])
        if fermi(most)[0] <= _NEGLIGIBLE:
            continue
        ids = place * len(sample.energy) + np.arange(len(sample.energy))
        occupation = sample.occupation(ids)
        kept.append(ids[occupation > _NEGLIGIBLE])
        if _outermost(sample.section, place):
            rim = max(rim, float(occupation.max()))
    if not kept:
        raise InputError(
            "the ensemble is empty: no state of this band is occupied; check its energies in ensemble"
        )
    if rim > _CUT:
        report(
            f"ensemble.region cuts the sample: states at its rim are occupied by {rim:.2g}; give a wider region, or a "
            "potential that confines"
        )
    return np.concatenate(kept).astype(np.int64)


def _outermost(section: Confined, place: int) -> bool:
    """Whether a place is the first or last along an axis that has several."""
    indices = np.unravel_index(place, section.places)
    return any(n > 1 and int(i) in (0, n - 1) for i, n in zip(indices, section.places, strict=True))


def _resolution(
    section: Confined, band: Band, zone: ZonePoints, points: float, *, fields: Fields, charge: float
) -> Resolution:
    """Of the grid over the zone: whether it resolves the smallest gap. Places sample all energies."""
    field = np.asarray(fields.magnetic, dtype=np.float64)
    full = FilledBand(grid=section.grid)
    return resolution(full, band, zone, points, magnetic=field, charge=charge)
