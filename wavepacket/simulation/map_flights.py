"""Free flights whose rate changes as fields turn and drive them: quadratures over their way in k.

    s(t) = ∫ dt/τ(k(t)),   ∫ e^{-s} g(k(t)) dt   for every quantity g of a flight,

by Gauss's rule on equal parts of the flight, made finer until the integrals of a few packets stay the same. The way in k has
the error control of all paths.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.bands import BandGeometry
from wavepacket.config import UniformField
from wavepacket.ensembles import Packets, parts_at_rest, wavepacket_energy
from wavepacket.errors import Status
from wavepacket.kernels.motion import flight as rows
from wavepacket.simulation.batch import batch_at, number_of_trajectories
from wavepacket.simulation.flights import Flights, survival_of
from wavepacket.simulation.rates import Rates
from wavepacket.simulation.texture_flights import paths_through
from wavepacket.units import HBAR

if TYPE_CHECKING:
    from wavepacket.simulation.problem import Problem

__all__ = ["MapFlights", "map_flights_of"]

_ORDER = 16  # points of Gauss's rule in each part
_FEWEST, _MOST = 4, 512  # parts of a flight
_PROBES = 16  # packets whose flights tell how many parts there have to be
_COARSE = 1e-4  # change by the last doubling that is left to the uncertainty
_TOGETHER = 256  # packets, so that what is known of their ways fits into memory
_JOINED = ("rows", "status", "steps", "monitors")
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(_ORDER)


def _running() -> Float:
    """∫ from the start of a part to each of Gauss's points of the polynomial through them: (point, value)."""
    legendre = np.polynomial.legendre
    found = np.empty((_ORDER, _ORDER))
    for i, unit in enumerate(np.eye(_ORDER)):
        series = legendre.legfit(_NODES, unit, _ORDER - 1)
        found[:, i] = legendre.legval(_NODES, legendre.legint(series, lbnd=-1.0))
    return found


_RUNNING = _running()


@dataclass(frozen=True, eq=False)
class MapFlights:
    """Flights of a problem whose τ is a map over the zone, or depends on an energy that E changes."""

    problem: "Problem"
    rates: Rates

    @cached_property
    def parts(self) -> int:
        """Parts of a flight that resolve it to the tolerance."""
        total = number_of_trajectories(self.problem)
        batch = batch_at(self.problem, range(0, total, -(-total // _PROBES)))
        base = self.problem.collision_rates(batch.valley)
        share = max(10.0 * self.problem.config.integrator.tolerance, 1e-12)
        found, parts = None, _FEWEST
        while True:
            flown = self._flown(batch.packets, batch.signs, batch.ids, base, parts=parts)
            mean = flown.rows[flown.status == Status.OK][:, rows.LIFETIME : rows.ROWS]
            size = np.abs(mean).max(initial=0.0)
            change = np.inf if found is None else np.abs(mean - found).max(initial=0.0)
            if change <= share * size or (parts == _MOST and change <= _COARSE * size):
                return parts
            if parts == _MOST:
                raise self.problem.config.problem(
                    f"scattering.{self.rates.protocol.by_state}",
                    "it changes too often within a flight to be followed: take weaker fields, or a smoother dependence",
                )
            found, parts = mean, 2 * parts

    def flights(self, packets: Packets, signs: Integer, ids: Integer, base: Float) -> Flights:
        """Free flights of packets of some numbers; ``base`` (n,) 1/τ by their valley, 1/fs."""
        chunks = [slice(i, i + _TOGETHER) for i in range(0, len(ids), _TOGETHER)]
        flown = [
            self._flown(
                packets.take(np.arange(len(ids))[some]), signs[some], ids[some], base[some], parts=self.parts
            )
            for some in chunks
        ]
        return Flights(*(np.concatenate([getattr(each, name) for each in flown]) for name in _JOINED))

    def _flown(self, packets: Packets, signs: Integer, ids: Integer, base: Float, *, parts: int) -> Flights:
        config, number = self.problem.config, len(signs)
        end = survival_of(config) * self._longest
        step = end / parts
        times = (step * (np.arange(parts)[:, None] + 0.5 * (1.0 + _NODES))).ravel()
        paths = paths_through(self.problem, np.concatenate([[0.0], times, [end]]), packets, signs, ids)
        ended = paths.status == Status.OK
        inner = np.where(ended[:, None, None], paths.wavevector[:, 1:-1], packets.wavevector[:, None])
        geometry = self.problem.band.geometry(inner.reshape(-1, 3))
        energy = wavepacket_energy(geometry, config.fields.magnetic, config.charge)
        rate = self.rates.at(inner.reshape(-1, 3), np.repeat(base, parts * _ORDER), energy)
        rate = 0.5 * step * rate.reshape(number, parts, _ORDER)
        whole = np.cumsum(rate @ _WEIGHTS, axis=1)
        before = np.concatenate([np.zeros((number, 1)), whole[:, :-1]], axis=1)
        survived = np.exp(-before[:, :, None] - rate @ _RUNNING.T) * (0.5 * step * _WEIGHTS)
        weight = np.where(ended[:, None], survived.reshape(number, -1), 0.0)
        found = np.zeros((number, rows.ROWS))
        found[:, :3] = np.where(ended[:, None], paths.wavevector[:, -1], 0.0)
        self._sum(found, weight, times, geometry, signs)
        return Flights(found, paths.status, paths.steps, paths.monitors)

    @cached_property
    def _longest(self) -> float:
        """τ of no state is longer, fs: other causes only add to its rate."""
        given, known = self.rates.protocol.scattering, self.rates.map
        slower = 1.0 if given.table is None else max(given.table.factor)
        return float((1.0 if known is None else known.largest) * slower * max(given.times))

    def _sum(self, found: Float, weight: Float, times: Float, geometry: BandGeometry, signs: Integer) -> None:
        """Put the integrals of flights (n, ROWS) together, as kernels do along them."""
        config, shape = self.problem.config, (*weight.shape, 3)
        *others, last = parts_at_rest(geometry, config.fields.magnetic, config.charge)
        parts = (*others, self._anomalous(last, np.repeat(signs, weight.shape[1])))
        frequency = self.rates.protocol.scattering.frequency
        for shift, wave in ((0, np.cos(frequency * times)), (rows.SINE, np.sin(frequency * times))):
            seen = weight * wave
            found[:, rows.LIFETIME + shift] = seen.sum(axis=1)
            for row, part in zip(
                (rows.BAND, rows.MOMENT_PART, rows.CHIRAL, rows.ANOMALOUS), parts, strict=True
            ):
                found[:, row + shift : row + shift + 3] = np.einsum("nt,nta->na", seen, part.reshape(shape))

    def _anomalous(self, curvature: Float, signs: Integer) -> Float:
        """−(qE/ħ) × Ω/D (n, 3) from Ω/D and signs of E (n,); Ω/D itself where the velocity per field is summed."""
        config = self.problem.config
        terms = [
            np.array(term.amplitude) for term in config.fields.electric if isinstance(term, UniformField)
        ]
        force = config.charge / HBAR * np.sum([np.zeros(3), *terms], axis=0)
        driven = -np.cross(signs[:, None] * force, curvature)
        return np.where(self.rates.protocol.unit_field, curvature, driven)


def map_flights_of(problem: "Problem") -> MapFlights:
    """Flights of a problem with a map."""
    rates = problem.rates_by_state
    assert rates is not None
    return MapFlights(problem, rates)
