"""Densities and currents of a layer as functions of the place, and currents through lines.

J_total = q Σ ṙ δ(r − r_i) + ∇×M_local and J_T = J_total − ∇×M. In an equilibrium sample M is local + itinerant, and J_T = 0.
Of packets without an equilibrium only the local part Σ m δ(r − r_i) is known, and M is that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from wavepacket.analysis.ballistic import Ballistic
from wavepacket.analysis.cells import Cells, cells_of
from wavepacket.analysis.estimates import Estimator, Sampling
from wavepacket.analysis.source import CURRENT, number
from wavepacket.arrays import Float
from wavepacket.bands import Band, BandGeometry, band, followed
from wavepacket.config import Config, Confined, FilledBand
from wavepacket.ensembles import (
    density_factor,
    itinerant_moment,
    reduced_energy,
    velocity_on_layer,
    wavepacket_energy,
    zone_points,
)
from wavepacket.errors import Status
from wavepacket.fields import electric_field, magnetic_values, potential_values
from wavepacket.formulas import fermi
from wavepacket.hamiltonians import Hamiltonian
from wavepacket.observables import Observable
from wavepacket.units import E_OVER_HBAR, ELEMENTARY_CHARGE, HBAR

__all__ = ["MAGNETIZATION", "LocalSums", "equilibrium_magnetization", "local_sums"]

MAGNETIZATION = ELEMENTARY_CHARGE * 1e15 / HBAR
"""e eV/ħ in A."""
_ALONG_LINE = 1e10  # Å in a metre

_FIELDS = ("trajectory", "weight", "replica", "status", "electric_sign", "path", "position", "wavevector")
_LOOK = 1 << 16


@dataclass(frozen=True, eq=False)
class LocalSums:
    """Sums by replica (P, nx, ny) at the last saved time, with how they are turned into what was asked for.

    ``density`` and ``density_before`` (at the first saved time) per Å² in cells; ``flow_x`` and ``flow_y`` Σ ṙ through
    faces, 1/(Å fs); ``local`` and ``itinerant`` parts of M at corners, e eV/ħ.
    """

    cells: Cells
    charge: float
    sampling: Sampling
    packets: int
    density: Float
    density_before: Float
    flow_x: Float
    flow_y: Float
    local: Float
    itinerant: Float

    @cached_property
    def estimator(self) -> Estimator:
        """Of functions of (density, before, flow_x, flow_y, local, itinerant)."""
        sums = (self.density, self.density_before, self.flow_x, self.flow_y, self.local, self.itinerant)
        return Estimator(sums, None, self.sampling, self.packets)

    def currents(self, *totals: Float) -> dict[str, tuple[Float, Float]]:
        """J_total, ∇×M and J_T through faces across x and y, A/m."""
        _, _, flow_x, flow_y, local, itinerant = totals
        factor = MAGNETIZATION * _ALONG_LINE
        inner = [factor * each for each in self.cells.curl(local)]
        whole = [factor * each for each in self.cells.curl(local + itinerant)]
        moved = [self.charge * CURRENT[2] * flow for flow in (flow_x, flow_y)]
        total = (moved[0] + inner[0], moved[1] + inner[1])
        return {
            "total": total, "magnetization": (whole[0], whole[1]),
            "transport": (total[0] - whole[0], total[1] - whole[1]),
        }  # fmt: skip

    def part(self, function: Callable[..., Any]) -> Observable:
        """A function of the totals with its uncertainty."""
        value, error = self.estimator.estimate(function)
        return Observable("", number(value), number(error), convention=self.sampling.without_integration)


@dataclass(frozen=True, eq=False)
class _Moving:
    """The band and the fields of a run: what packets at a time are and do."""

    of: Ballistic
    band: Band

    def velocity(self, places: Float, geometry: BandGeometry, time: float) -> Float:
        """ṙ (n, 2)."""
        config = self.of.config
        fields, q = config.fields, config.charge
        electric = electric_field(fields, [time])[0, :2] if fields.electric else np.zeros(2)
        force = q * electric - potential_values(fields, places, time, charge=q).gradient[:, :2]
        magnetic = magnetic_values(fields, places)
        # The moment of the carrier is −q times that of charge −e.
        force = force - q * geometry.orbital_moment[:, 2:] * magnetic.gradient[:, :2]
        return velocity_on_layer(geometry, force, magnetic.field[:, 2], q)

    def itinerant(self, first: Float, k: Float, geometry: BandGeometry) -> Float:
        """Share (n,) of each packet in the itinerant magnetization, eV Å² e/ħ; from where it began."""
        config = self.of.config
        if not isinstance(config.ensemble, Confined):
            return np.zeros(len(k))
        begun = self.band.geometry(k, slopes=False)
        field, q = config.fields.magnetic, config.charge
        potential = potential_values(config.fields, first, charge=q).energy
        x = reduced_energy(config.ensemble, wavepacket_energy(begun, field, q), potential, first)
        factor = density_factor(geometry, field, q)
        return itinerant_moment(x, geometry, factor, config.ensemble, q)


def band_of_run(config: Config, hamiltonian: Hamiltonian) -> Band:
    """The band that packets moved in."""
    chosen = followed(config, hamiltonian)
    return band(
        chosen.hamiltonian, chosen.index, source=config.band.source, accuracy=config.band.accuracy,
        grid=config.band.grid, position_elements=config.band.position_elements,
    )  # fmt: skip


def equilibrium_magnetization(config: Config, hamiltonian: Hamiltonian, places: Float) -> Float:
    """M (n,) in A of the equilibrium of a confined sample at places (n, 3) in Å, by sums over a grid of the zone alone."""
    section = config.ensemble
    assert isinstance(section, Confined)
    source = band_of_run(config, hamiltonian)
    finer = FilledBand(grid=tuple(2 * n for n in section.grid))
    zone = zone_points(finer, source.hamiltonian, 1, np.zeros((0, 3)))
    k = zone.points(np.arange(zone.candidates))[0]
    geometry = source.geometry(k[zone.inside(k)], slopes=False)
    field, q = config.fields.magnetic, config.charge
    energy, factor = wavepacket_energy(geometry, field, q), density_factor(geometry, field, q)
    potential = potential_values(config.fields, places, charge=q).energy
    found = np.zeros(len(places))
    for i, place in enumerate(places):
        x = reduced_energy(section, energy, potential[i : i + 1], place[None])
        held = fermi(x) * factor
        moment = -q * geometry.orbital_moment[:, 2] / E_OVER_HBAR
        found[i] = held @ moment + held @ itinerant_moment(x, geometry, factor, section, q)
    return MAGNETIZATION * zone.states * found


def local_sums(of: Ballistic) -> LocalSums:
    """Read the paths of a run once."""
    config, run = of.config, of.run
    assert of.hamiltonian is not None
    source = band_of_run(config, of.hamiltonian)
    moving, cells = _Moving(of, source), cells_of(config)
    replicas = next(iter(run.sums.values())).shape[1]
    total: list[Float] | None = None
    packets = 0
    for shard in run.shards(_FIELDS):
        good = np.flatnonzero((shard["status"] == Status.OK) & (shard["electric_sign"] > 0))
        for first in range(0, len(good), _LOOK):
            rows = good[first : first + _LOOK]
            found = _sums(moving, cells, {name: array[rows] for name, array in shard.items()}, replicas)
            total = found if total is None else [a + b for a, b in zip(total, found, strict=True)]
        packets += len(good)
    if total is None:
        total = _sums(moving, cells, {name: array[:0] for name, array in shard.items()}, replicas)
    return LocalSums(cells, config.charge, Sampling.of_run(run, config), packets, *total)


def _sums(moving: _Moving, cells: Cells, shard: Mapping[str, Any], replicas: int) -> list[Float]:
    """Of some packets; the order is that of the attributes of `LocalSums`."""
    of, weight, replica = moving.of, shard["weight"], shard["replica"].astype(np.int64)
    r, k = shard["position"], shard["wavevector"]
    geometry = moving.band.geometry(np.ascontiguousarray(k[:, -1]), slopes=of.config.fields.is_magnetic)
    last = np.ascontiguousarray(r[:, -1])
    v = moving.velocity(last, geometry, float(of.run.time[-1]))
    m = -of.config.charge * geometry.orbital_moment[:, 2] / E_OVER_HBAR
    itinerant = moving.itinerant(np.ascontiguousarray(r[:, 0]), np.ascontiguousarray(k[:, 0]), geometry)

    def sums(places: Float, values: Float, x: bool, y: bool) -> Float:
        return cells.sums(places[:, :2], weight * values, replica, replicas, (x, y))

    one = np.ones(len(weight))
    return [
        sums(last, one, False, False), sums(r[:, 0], one, False, False),
        sums(last, v[:, 0], True, False), sums(last, v[:, 1], False, True),
        sums(last, m, True, True), sums(last, itinerant, True, True),
    ]  # fmt: skip
