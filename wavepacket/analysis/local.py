"""Densities and currents of a layer as functions of the place, and currents through lines.

J_total = q Σ ṙ δ(r − r_i) + ∇×M_local and J_T = J_total − ∇×M. In an equilibrium sample M is local + itinerant, and J_T = 0.
Of packets without an equilibrium only the local part Σ m δ(r − r_i) is known, and M is that.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from wavepacket.analysis.ballistic import Ballistic
from wavepacket.analysis.estimates import Estimator
from wavepacket.analysis.sampling import Sampling
from wavepacket.analysis.source import CURRENT, number
from wavepacket.arrays import Float
from wavepacket.bands import Band, band, followed
from wavepacket.config import Config, Confined, FilledBand
from wavepacket.ensembles import (
    LOCAL_SUMS,
    Cells,
    Layer,
    cells_of,
    density_factor,
    itinerant_moment,
    reduced_energy,
    wavepacket_energy,
    zone_points,
)
from wavepacket.errors import Status
from wavepacket.fields import potential_values
from wavepacket.formulas import fermi
from wavepacket.hamiltonians import Hamiltonian
from wavepacket.observables import Observable
from wavepacket.units import E_OVER_HBAR, ELEMENTARY_CHARGE, HBAR

__all__ = ["MAGNETIZATION", "LocalSums", "equilibrium_magnetization", "local_sums"]

MAGNETIZATION = ELEMENTARY_CHARGE * 1e15 / HBAR
"""e eV/ħ in A."""
_ALONG_LINE = 1e10  # Å in a metre
_REACH = 2  # cells on each side

_FIELDS = ("weight", "replica", "status", "electric_sign", "position", "wavevector")


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

    def in_cells(self, function: Callable[..., Float]) -> Observable:
        """A function of the totals in cells or at corners (nx, ny, ...) with its uncertainty.

        What a grid leaves has another phase in the next cell, and may be zero in one by accident: the uncertainty is the
        root of the mean square over the cells that the kernel covers.
        """
        found = self.part(function)
        if self.sampling.kind != "nested":
            return found
        squares = np.square(np.asarray(found.uncertainty))
        for axis in range(2):
            if squares.shape[axis] > 1:
                ends = [(_REACH, _REACH) if one == axis else (0, 0) for one in range(squares.ndim)]
                near = np.lib.stride_tricks.sliding_window_view(
                    np.pad(squares, ends, "edge"), 2 * _REACH + 1, axis
                )
                squares = near.mean(axis=-1)
        return replace(found, uncertainty=np.sqrt(squares))


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
    """The sums of a run; where an older version made none, those of its paths, which it stored all."""
    config, run = of.config, of.run
    sums = run.sums if LOCAL_SUMS[0] in run.sums else _of_paths(of)
    totals = [sums[name] for name in LOCAL_SUMS]
    return LocalSums(
        cells_of(config), config.charge, Sampling.of_run(run, config), run.trajectory_count, *totals
    )


def _of_paths(of: Ballistic) -> dict[str, Float]:
    """The same sums from stored paths, read once."""
    run = of.run
    assert of.hamiltonian is not None
    layer = Layer(of.config, band_of_run(of.config, of.hamiltonian), float(run.time[-1]))
    replicas = next(iter(run.sums.values())).shape[1]
    total: dict[str, Float] = {}
    for shard in run.shards(_FIELDS):
        rows = np.flatnonzero((shard["status"] == Status.OK) & (shard["electric_sign"] > 0))
        found = layer.sums(
            layer.values(shard["position"][rows], shard["wavevector"][rows]), weight=shard["weight"][rows],
            replica=shard["replica"][rows].astype(np.int64), replicas=replicas,
        )  # fmt: skip
        total = {name: total[name] + values if total else values for name, values in found.items()}
    return total
