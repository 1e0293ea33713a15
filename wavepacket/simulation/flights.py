"""Packets with collisions: free flights in place of paths, summed into what currents are made of."""

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.bands import BandGeometry
from wavepacket.config import Config
from wavepacket.ensembles import velocity_at_rest, wavepacket_energy
from wavepacket.errors import Status
from wavepacket.fields import longest_step
from wavepacket.integrators import Control, control_of_flights, sizes_of
from wavepacket.kernels.integrate import retire
from wavepacket.kernels.integrate.advance import advance
from wavepacket.kernels.integrate.control import CUTOFF, MINIMUM_GAP
from wavepacket.kernels.layout import STATE
from wavepacket.kernels.motion import flight as rows
from wavepacket.protocols import collisional_of
from wavepacket.runs import transport as quantity
from wavepacket.simulation.transits import followed_by, stays_of

if TYPE_CHECKING:
    from wavepacket.simulation.batch import Batch
    from wavepacket.simulation.problem import Problem


# A wave may turn by this much in one step: its own error control sees the rest.
_PHASE = 1.0
_NO_PATHS = np.empty((0, 0, 3))


@dataclass(frozen=True, eq=False)
class Flights:
    """Result of free flights of n packets: rows (n, ROWS) of ``kernels/motion/flight.py``, monitors of ``retire``.

    Where packets were followed from valley to valley, ``stays`` (n, V) is the time in fs that each survived in them.
    ``start`` (n, 3) is ṙ at the start without E, where that depends on the place.
    """

    rows: Float
    status: Integer
    steps: Integer
    monitors: Float
    stays: Float | None = None
    start: Float | None = None


def scattering_params_of(problem: "Problem") -> Float:
    """The numbers that the flights of a problem have in common, as in ``kernels/motion/flight.py``."""
    protocol = collisional_of(problem.config)
    scattering = protocol.scattering
    params = np.zeros(rows.SCATTERING_PARAMS)
    params[rows.FREQUENCY], params[rows.UNIT_FIELD] = scattering.frequency, protocol.unit_field
    params[rows.UNIT], params[rows.FLOOR] = 1.0, 1e-3
    if scattering.energy is not None and problem.rates_by_state is None:  # else each packet has its own rate
        energy = scattering.energy
        params[rows.EXPONENT_OF_ENERGY], params[rows.ORIGIN] = (energy.exponent, energy.origin)
        params[rows.UNIT], params[rows.FLOOR] = energy.unit, energy.floor
    return params


def survival_of(config: Config) -> float:
    """Exponent of the chance to have survived at which a flight is over."""
    # What is left after the flight is below the tolerance; more than 40 is beyond double precision.
    return min(5.0 - math.log(config.integrator.tolerance), 40.0)


def _control_of(problem: "Problem", frequency: float) -> Control:
    """When flights of a problem are over, and their longest step."""
    config = problem.config
    survival = survival_of(config)
    wave = _PHASE / frequency if frequency else math.inf
    return control_of_flights(
        problem.control, survival=survival, longest_step=min(longest_step(config.fields), wave),
        unit_field=collisional_of(config).unit_field,
    )  # fmt: skip


def free_flights(problem: "Problem", k: Float, own: Float, valley: Integer | None = None) -> Flights:
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
    moment, params = bool(np.any(problem.config.fields.magnetic)), scattering_params_of(problem)
    control = _control_of(problem, params[rows.FREQUENCY])
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


def flights_at_rest(
    problem: "Problem", k: Float, geometry: BandGeometry, rates: Float, begins: Float
) -> Flights:
    """Free flights without end of packets that no field moves, in closed form: ∫ e^{-t/τ + iωt} dt = τ/(1 − iωτ).

    Parameters
    ----------
    k : (n, 3) 1/Å; geometry : there; rates : (n,) 1/τ in 1/fs (at the unit energy where it varies); begins : (n,) fs
    """
    control, number = problem.control.values, len(k)
    params = scattering_params_of(problem)
    rates, wave = starting_rates(problem, geometry, rates), params[rows.FREQUENCY]
    lifetime = np.exp(1j * wave * begins) / (rates - 1j * wave)
    status = np.zeros(number, dtype=np.int64)
    status[~np.isfinite(geometry.energy)] = Status.NON_FINITE
    status[np.linalg.norm(k, axis=1) > control[CUTOFF]] = Status.LEFT_DOMAIN
    status[geometry.gap < control[MINIMUM_GAP]] = Status.GAP_TOO_SMALL
    lifetime[status != Status.OK] = 0.0
    flown, monitors = np.zeros((number, rows.ROWS)), np.zeros((number, retire.MONITORS))
    flown[:, :3] = k
    for shift, weight in ((0, lifetime.real), (rows.SINE, lifetime.imag)):
        flown[:, rows.LIFETIME + shift] = weight
        flown[:, rows.BAND + shift : rows.BAND + shift + 3] = weight[:, None] * geometry.group_velocity
        flown[:, rows.ANOMALOUS + shift : rows.ANOMALOUS + shift + 3] = (
            weight[:, None] * geometry.berry_curvature
        )
    monitors[:, [retire.FACTOR_LOW, retire.FACTOR_HIGH]] = 1.0
    monitors[:, retire.GAP_LOW] = geometry.gap
    return Flights(flown, status, np.zeros(number, dtype=np.int64), monitors)


def contributions(problem: "Problem", geometry: BandGeometry, flights: Flights, rates: Float) -> Float:
    """What each packet adds to ``sums/transport``, weight left out: (n, ROWS and those that may follow, 3)."""
    config, protocol, number = problem.config, collisional_of(problem.config), len(rates)
    waves = np.stack(
        [flights.rows[:, rows.BAND : rows.BAND + 12], flights.rows[:, rows.BAND + rows.SINE : rows.ROWS]],
        axis=1,
    ).reshape(number, 2, 4, 3)
    lifetime = flights.rows[:, [rows.LIFETIME, rows.LIFETIME + rows.SINE]]
    start = flights.start
    if start is None:
        start = velocity_at_rest(geometry, config.fields.magnetic, config.charge)
    factor = protocol.start_factors(number, lambda: starting_rates(problem, geometry, rates))
    found = np.zeros((number, quantity.ROWS, 3))
    found[:, quantity.RESPONSE] = protocol.responses(waves, start)
    found[:, quantity.FLIGHT] = factor[:, None, None] * waves.reshape(number, 8, 3)
    found[:, quantity.SOURCE] = factor[:, None, None] * lifetime[:, :, None] * start[:, None, :]
    found[:, quantity.NUMBERS, :2] = factor[:, None] * lifetime
    found[:, quantity.NUMBERS, 2] = 1.0

    def energy() -> Float:
        return wavepacket_energy(geometry, config.fields.magnetic, config.charge)

    heat = protocol.weights_of_heat(energy)
    resolved = [] if problem.leaving is None else _at_energies(found, problem.leaving.shares(energy()), heat)
    found = np.concatenate([found, *(weight[:, None, None] * found for weight in heat.T), *resolved], axis=1)
    if flights.stays is None:
        return found
    stays = flights.stays[:, :, None]
    return np.concatenate([found, stays * start[:, None, :], stays * [1.0, 0.0, 0.0]], axis=1)


def _at_energies(found: Float, shares: Float, heat: Float) -> list[Float]:
    """Rows of the energies that packets count for (n, M), as they are, and with weights of heat."""
    number = len(found)
    flown = found[:, quantity.FLIGHT].reshape(number, 2, 4, 3)[:, :, :3].sum(axis=2)
    own = np.concatenate([found[:, quantity.SOURCE], flown, found[:, [quantity.NUMBERS]]], axis=1)
    each = (shares[:, :, None, None] * own[:, None]).reshape(number, -1, 3)
    return [each, *(weight[:, None, None] * each for weight in heat.T[: quantity.ORDERS - 1])]


def starting_rates(problem: "Problem", geometry: BandGeometry, rates: Float) -> Float:
    """1/τ(k0) in 1/fs."""
    config, params = problem.config, scattering_params_of(problem)
    if params[rows.EXPONENT_OF_ENERGY] == 0.0:
        return rates
    energy = wavepacket_energy(geometry, config.fields.magnetic, config.charge)
    x = np.maximum(np.abs(energy - params[rows.ORIGIN]), params[rows.FLOOR]) / params[rows.UNIT]
    return np.asarray(rates * x ** -params[rows.EXPONENT_OF_ENERGY])


def transport_sums(batch: "Batch", counted: Integer, found: Float) -> dict[str, Float]:
    """Weighted sums by (sign, replica, valley) over packets that count."""
    from wavepacket.kernels.reduce.sample import accumulate

    totals = np.zeros((batch.bins, *found.shape[1:]))
    accumulate(
        np.ascontiguousarray(found), batch.packets.weight, batch.bin, counted,
        totals, np.zeros(totals.shape[:2]),
    )  # fmt: skip
    return {"transport": totals.reshape(*batch.shape, *found.shape[1:])}
