"""Equilibrium in textures: packets over the cell of the textures times the zone, with weights D f(𝓔(r, k) − μ)."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float, Integer
from wavepacket.bands import Band, PhaseSpace, in_phase_space
from wavepacket.bands.phase_space import Rates
from wavepacket.config import Ensemble as Specification
from wavepacket.config import FermiDirac, FermiSurface
from wavepacket.ensembles.candidates import in_zone, states_of
from wavepacket.ensembles.ensemble import Ensemble
from wavepacket.ensembles.occupation import fermi_function, fermi_slope
from wavepacket.ensembles.packets import Packets
from wavepacket.ensembles.random import uniforms
from wavepacket.ensembles.resolution import Resolution
from wavepacket.ensembles.sea import COLUMNS
from wavepacket.ensembles.valleys import nearest_valley
from wavepacket.ensembles.zone import scattered_points
from wavepacket.errors import InputError
from wavepacket.kernels.motion.fields import FORCE_FACTOR

__all__ = ["InTextures", "equilibrium_in_textures", "sea_in_textures"]

Section = FermiDirac | FermiSurface

_FULL = 0.1
"""Of the largest weight: packets of less are kept with a chance in proportion, and then weigh as much."""
_STREAM = 9  # of random numbers
_CHUNK = 1 << 15
_SHIFTS = (
    math.sqrt(2.0),
    math.sqrt(3.0),
)  # of the grid of places from one wavevector to the next, in its steps


@dataclass(frozen=True, eq=False)
class InTextures:
    """A band in a crystal with textures, and what moves packets there at t = 0.

    Attributes
    ----------
    band, rates, environment : as `in_phase_space` takes them
    unit_field : the same environment with B and one electric field of 1 V/Å along x
    cell : of the textures along x and y, Å; infinite where nothing varies

    """

    band: Band
    rates: Rates
    environment: Float
    unit_field: Float
    cell: tuple[float, float]

    def at(self, k: Float, r: Float) -> PhaseSpace:
        """𝓔, D and the motion without E at wavevectors and positions (n, 3)."""
        return in_phase_space(self.band, self.rates, self.environment, k, r)

    def curvature(self, k: Float, r: Float, still: PhaseSpace) -> Float:
        """Ω_kk of the packet's place (n,), Å²: what E adds to D ṙ is (q/ħ) Ω×E."""
        driven = in_phase_space(self.band, self.rates, self.unit_field, k, r, electric=1.0)
        across = (driven.velocity - still.velocity)[:, 1]
        return np.asarray(still.factor * across / self.environment[FORCE_FACTOR])


@dataclass(frozen=True, eq=False)
class _Points:
    """Low-discrepancy wavevectors, dealt to replicas, each at all places of a grid over the cell.

    The grid is shifted from one wavevector to the next, by low-discrepancy points, too: what one grid does not resolve
    averages out.
    """

    section: Section
    there: InTextures
    seed: int

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the grid of places."""
        sides = zip(self.section.places_over_cell, self.there.cell, strict=True)
        return tuple(n if np.isfinite(length) else 1 for n, length in sides)

    @property
    def number(self) -> int:
        """Of all of them."""
        assert self.section.number is not None
        return self.section.number * math.prod(self.shape)

    @property
    def replicas(self) -> int:
        """Independent estimates."""
        assert self.section.number is not None
        return max(1, min(self.section.replicas, self.section.number))

    @property
    def states(self) -> float:
        """States per Å^d that each stands for where D = 1 and f = 1, on the average over the cell."""
        return states_of(self.there.band.hamiltonian) / self.number

    def chunks(self) -> Iterator[Integer]:
        """All numbers, some at a time."""
        for first in range(0, self.number, _CHUNK):
            yield np.arange(first, min(first + _CHUNK, self.number))

    def of(self, ids: Integer) -> tuple[Float, Float, Integer]:
        """Wavevectors and positions (n, 3), and replicas (n,)."""
        crystal, shape = self.there.band.hamiltonian, self.shape
        wavevector, place = np.divmod(ids, math.prod(shape))
        varied = [axis for axis in range(2) if np.isfinite(self.there.cell[axis])]
        reduced, replica = scattered_points(crystal.dimension, self.replicas, wavevector, self.seed)
        r, indices = np.zeros((len(ids), 3)), np.unravel_index(place, shape)
        for axis in varied:
            shift = np.mod((wavevector + 1) * _SHIFTS[axis], 1.0)
            r[:, axis] = self.there.cell[axis] / shape[axis] * (indices[axis] + shift)
        return in_zone(crystal, reduced), r, replica

    def lot(self, ids: Integer) -> Float:
        """A random number in (0, 1) for each wavevector."""
        each = math.prod(self.shape)
        return np.asarray(uniforms(self.seed, _STREAM, 0, self.number // each, 1)[ids // each, 0])

    def inside(self, k: Float) -> npt.NDArray[np.bool_]:
        """Whether wavevectors count."""
        cutoff = getattr(self.there.band.hamiltonian, "cutoff", None)
        return np.ones(len(k), dtype=bool) if cutoff is None else np.sum(k * k, axis=1) < cutoff**2

    def weights(self, k: Float, found: PhaseSpace) -> Float:
        """D f, or D (−∂f/∂𝓔) at the Fermi surface, times `states`."""
        section = self.section
        of = fermi_slope if isinstance(section, FermiSurface) else fermi_function
        occupation = of(found.energy, section.chemical_potential, section.temperature)
        return np.where(self.inside(k), self.states * found.factor * occupation, 0.0)


def equilibrium_in_textures(section: Specification, there: InTextures, seed: int) -> Ensemble:
    """Packets of a section of the kind fermi_dirac or fermi_surface, those of states that count.

    Weights are states per Å^d on the average over the cell.

    Raises
    ------
    InputError
        for a grid or balls about valleys, which have no places, and where no state counts
    """
    assert isinstance(section, FermiDirac | FermiSurface)
    if section.number is None or section.valley_radius is not None:
        raise InputError(
            "in textures give the 'number' of wavevectors, and 'places' that packets start from with each: no grid over the "
            "zone, and no valley_radius"
        )
    if isinstance(section, FermiSurface) and section.is_cold:
        raise InputError("in textures fermi_surface needs a temperature above 0")
    points = _Points(section, there, seed)
    kept, weights = [], []
    for ids in points.chunks():
        k, r, _ = points.of(ids)
        kept.append(ids)
        weights.append(points.weights(k, there.at(k, r)))
    weight = np.concatenate(weights)
    if not weight.max(initial=0.0) > 0:
        raise InputError(
            "the ensemble is empty: no state of this band is occupied; check its energies in ensemble"
        )
    ids, chance = np.concatenate(kept), np.minimum(weight / (_FULL * weight.max()), 1.0)
    counts = points.lot(ids) < chance
    selected, weight = ids[counts], weight[counts] / chance[counts]

    def packets(first: int, number: int) -> Packets:
        ids = selected[first : first + number]
        k, r, replica = points.of(ids)
        return Packets(k, r, weight[first : first + number], replica, np.zeros(len(ids)))

    effective = float((weight / weight.max()).sum() ** 2 / np.sum((weight / weight.max()) ** 2))
    resolution = Resolution(effective / points.replicas)
    return Ensemble(len(selected), points.replicas, section.field_reversal, True, packets, resolution)


def sea_in_textures(section: Section, there: InTextures, centres: Float, seed: int) -> Float:
    """What `fermi_sea` gives, (P, V + 1, COLUMNS), as means over the cell; Ω is Ω_kk of the place."""
    points, valleys = _Points(section, there, seed), len(centres) + 1
    mu, temperature = section.chemical_potential, section.temperature
    total = np.zeros((points.replicas * valleys, COLUMNS))
    for ids in points.chunks():
        k, r, replica = points.of(ids)
        here = there.at(k, r)
        states = points.states * points.inside(k)
        occupied, empty = (
            states * fermi_function(sign * here.energy, sign * mu, temperature) for sign in (1, -1)
        )
        found = np.zeros((len(ids), COLUMNS))
        curvature = occupied * there.curvature(k, r, here)
        found[:, 2], found[:, 7] = curvature, curvature
        found[:, 3], found[:, 4] = occupied * here.factor, empty * here.factor
        valley = nearest_valley(there.band.hamiltonian, k, centres)
        np.add.at(total, replica * valleys + valley % valleys, found)
    return total.reshape(points.replicas, valleys, COLUMNS)
