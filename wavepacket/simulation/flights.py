"""Packets with collisions: free flights in place of paths, summed into what currents are made of."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from wavepacket.bands import BandGeometry
from wavepacket.config import Config, Scattering, period
from wavepacket.ensembles import Packets, velocity_at_rest, wavepacket_energy
from wavepacket.fields import longest_step
from wavepacket.integrators import Control, control_of_flights, sizes_of
from wavepacket.kernels.integrate import retire
from wavepacket.kernels.integrate.advance import advance
from wavepacket.kernels.layout import STATE
from wavepacket.kernels.motion import flight as rows
from wavepacket.protocols import LINEAR_RESPONSE, protocol_of
from wavepacket.runs import transport as quantity
from wavepacket.simulation.transits import followed_by, stays_of

Float = npt.NDArray[np.float64]
Integer = npt.NDArray[np.int64]

# A wave may turn by this much in one step: its own error control sees the rest.
_PHASE = 1.0
_NO_PATHS = np.empty((0, 0, 3))


@dataclass(frozen=True, eq=False)
class Flights:
    """Result of free flights of n packets: rows (n, ROWS) of ``kernels/motion/flight.py``, monitors of ``retire``.

    Where packets were followed from valley to valley, ``stays`` (n, V) is the time in fs that each survived in them.
    """

    rows: Float
    status: Integer
    steps: Integer
    monitors: Float
    stays: Float | None = None


def goes_on(scattering: Scattering) -> bool:
    """Whether flights follow each other, so that a collision has to lead somewhere."""
    return scattering.monte_carlo is not None and scattering.monte_carlo.flights > 1


def scattering_params_of(config: Config) -> Float:
    """The numbers that the flights of a config have in common, as in ``kernels/motion/flight.py``."""
    scattering = config.scattering
    assert scattering is not None
    params = np.zeros(rows.SCATTERING_PARAMS)
    params[rows.FREQUENCY], params[rows.UNIT_FIELD] = (
        scattering.frequency,
        protocol_of(config) is LINEAR_RESPONSE,
    )
    params[rows.UNIT], params[rows.FLOOR] = 1.0, 1e-3
    if scattering.energy is not None:
        energy = scattering.energy
        params[rows.EXPONENT_OF_ENERGY], params[rows.ORIGIN] = (energy.exponent, energy.origin)
        params[rows.UNIT], params[rows.FLOOR] = energy.unit, energy.floor
    return params


def collision_rates(config: Config, names: tuple[str, ...], valley: Integer) -> Float:
    """1/τ (n,) in 1/fs of packets by their valley, where τ depends on energy at the unit of it."""
    scattering = config.scattering
    assert scattering is not None
    given = scattering.relaxation_time
    if isinstance(given, Mapping):
        by_valley = np.array([1.0 / given[name] for name in names])
        rates = by_valley[valley]
    else:
        rates = np.full(len(valley), 1.0 / given)
    return rates if scattering.intervalley_time is None else rates + 1.0 / scattering.intervalley_time


def _control_of(problem: Any) -> Control:
    """When flights of a problem are over, and their longest step."""
    config = problem.config
    # What is left after the flight is below the tolerance; more than 40 is beyond double precision.
    survival = min(5.0 - math.log(config.integrator.tolerance), 40.0)
    wave = _PHASE / config.scattering.frequency if config.scattering.frequency else math.inf
    return control_of_flights(
        problem.control, survival=survival, longest_step=min(longest_step(config.fields), wave),
        unit_field=protocol_of(config) is LINEAR_RESPONSE,
    )  # fmt: skip


def free_flights(problem: Any, k: Float, own: Float, valley: Integer | None = None) -> Flights:
    """Free flights from wavevectors k (n, 3).

    Parameters
    ----------
    own : (n, 4) sign of E, 1/τ in 1/fs (at the unit energy where it varies), times at which flights begin and are over,
        fs, the latter may be infinite
    valley : (n,) from which packets are followed, where they are
    """
    from wavepacket.kernels.integrate.flight import flight  # compiled when first needed
    from wavepacket.kernels.motion.rates_flight import flight_rates

    number, band = len(k), problem.band
    result = Flights(
        np.zeros((number, rows.ROWS)), np.zeros(number, dtype=np.int64), np.zeros(number, dtype=np.int64),
        np.zeros((number, retire.MONITORS)),
    )  # fmt: skip
    moment, control = bool(np.any(problem.config.fields.magnetic)), _control_of(problem)
    params = scattering_params_of(problem.config)
    integers, reals = band.arguments(moment=moment)
    watched, _ = band.arguments(moment=moment, mixing=True)
    waves = rows.SINE if params[rows.FREQUENCY] else 0
    sizes = sizes_of(3, band.scratch_size, extra=rows.REAL_ROWS - STATE + waves, flow=1, rows=rows.ROWS)
    cross, followed = followed_by(problem, valley, own[:, 2])
    advance(
        flight, flight_rates, band.kernel, band.kernel, cross,
        (integers, reals, np.concatenate([problem.environment, params]), watched, control.scale, sizes, watched,
         control.values, np.empty(0)),
        (np.ascontiguousarray(k), np.ascontiguousarray(own, dtype=np.float64)),
        (_NO_PATHS, _NO_PATHS, result.rows, result.status, result.steps, result.monitors), followed,
    )  # fmt: skip
    return result if valley is None else replace(result, stays=stays_of(followed, own))


def starts_of_period(config: Config, packets: Packets) -> Float:
    """Times (n,) in fs at which flights begin: spread over one period of E, all 0 where it is static."""
    return (period(config.fields) or 0.0) * packets.phase


def contributions(problem: Any, geometry: BandGeometry, flights: Flights, rates: Float) -> Float:
    """What each packet adds to ``sums/transport``, weight left out: (n, ROWS and those of transits, 3)."""
    config = problem.config
    number = len(rates)
    waves = np.stack(
        [flights.rows[:, rows.BAND : rows.BAND + 12], flights.rows[:, rows.BAND + rows.SINE : rows.ROWS]],
        axis=1,
    ).reshape(number, 2, 4, 3)
    lifetime = flights.rows[:, [rows.LIFETIME, rows.LIFETIME + rows.SINE]]
    start = velocity_at_rest(geometry, config.fields.magnetic, config.charge)
    found = np.zeros((number, quantity.ROWS, 3))
    factor = np.ones(number)
    if protocol_of(config).deviation:
        response = np.einsum("nwpa,nb->nwpba", waves, start)
        found[:, quantity.RESPONSE] = response.reshape(number, 24, 3)
    else:
        factor = starting_rates(config, geometry, rates)
    found[:, quantity.FLIGHT] = factor[:, None, None] * waves.reshape(number, 8, 3)
    found[:, quantity.SOURCE] = factor[:, None, None] * lifetime[:, :, None] * start[:, None, :]
    found[:, quantity.NUMBERS, :2] = factor[:, None] * lifetime
    found[:, quantity.NUMBERS, 2] = 1.0
    if flights.stays is None:
        return found
    stays = flights.stays[:, :, None]
    return np.concatenate([found, stays * start[:, None, :], stays * [1.0, 0.0, 0.0]], axis=1)


def starting_rates(config: Config, geometry: BandGeometry, rates: Float) -> Float:
    """1/τ(k0) in 1/fs."""
    params = scattering_params_of(config)
    if params[rows.EXPONENT_OF_ENERGY] == 0.0:
        return rates
    energy = wavepacket_energy(geometry, config.fields.magnetic, config.charge)
    x = np.maximum(np.abs(energy - params[rows.ORIGIN]), params[rows.FLOOR]) / params[rows.UNIT]
    return np.asarray(rates * x ** -params[rows.EXPONENT_OF_ENERGY])


def transport_sums(
    problem: Any, packets: Packets, signs: Integer, valley: Integer, counted: Integer, found: Float
) -> dict[str, Float]:
    """Weighted sums by (sign, replica, valley) over packets that count."""
    from wavepacket.kernels.reduce.sample import accumulate

    valleys, replicas = len(problem.valley_names) + 1, problem.ensemble.replicas
    group = ((1 - signs) // 2 * replicas + packets.replica) * valleys + valley % valleys
    totals = np.zeros((2 * replicas * valleys, *found.shape[1:]))
    accumulate(
        np.ascontiguousarray(found), packets.weight, group, counted,
        totals, np.zeros(totals.shape[:2]),
    )  # fmt: skip
    return {"transport": totals.reshape(2, replicas, valleys, *found.shape[1:])}
