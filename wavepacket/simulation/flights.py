"""Packets with collisions: free flights in place of paths, summed into what currents are made of."""

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from wavepacket.bands import BandGeometry
from wavepacket.config import Config
from wavepacket.ensembles import velocity_at_rest, wavepacket_energy
from wavepacket.fields import longest_step
from wavepacket.kernels.motion import flight as rows
from wavepacket.protocols import Collisional, collisional_of
from wavepacket.runs import transport as quantity
from wavepacket.simulation.transits import followed_by, stays_of

if TYPE_CHECKING:
    from wavepacket.simulation.engine import Batch
    from wavepacket.simulation.problem import Problem

Float = npt.NDArray[np.float64]
Integer = npt.NDArray[np.int64]

# A wave may turn by this much in one step: its own error control sees the rest.
_PHASE = 1.0


@dataclass(frozen=True, eq=False)
class Flights:
    """Result of free flights of n packets: rows (n, ROWS) of ``kernels/motion/flight.py``, monitors of ``free_flights``.

    Where packets were followed from valley to valley, ``stays`` (n, V) is the time in fs that each survived in them.
    """

    rows: Float
    status: Integer
    steps: Integer
    monitors: Float
    stays: Float | None = None


def scattering_params_of(config: Config) -> Float:
    """The numbers that the flights of a config have in common, as in ``kernels/motion/flight.py``."""
    protocol = collisional_of(config)
    scattering = protocol.scattering
    params = np.zeros(rows.SCATTERING_PARAMS)
    params[rows.FREQUENCY], params[rows.UNIT_FIELD] = scattering.frequency, protocol.unit_field
    params[rows.UNIT], params[rows.FLOOR] = 1.0, 1e-3
    if scattering.energy is not None:
        energy = scattering.energy
        params[rows.EXPONENT_OF_ENERGY], params[rows.ORIGIN] = (energy.exponent, energy.origin)
        params[rows.UNIT], params[rows.FLOOR] = energy.unit, energy.floor
    # What is left after the flight is below the tolerance; more than 40 is beyond double precision.
    params[rows.END] = min(5.0 - math.log(config.integrator.tolerance), 40.0)
    wave = _PHASE / scattering.frequency if scattering.frequency else math.inf
    params[rows.LONGEST] = min(longest_step(config.fields), wave)
    return params


def free_flights(
    problem: "Problem",
    k: Float,
    signs: Integer,
    rates: Float,
    begins: Float,
    ends: Float,
    valley: Integer | None = None,
) -> Flights:
    """Free flights from wavevectors k (n, 3), with the reference rates (n,) in 1/fs, between times in fs.

    From the valleys (n,) packets are followed, where these are given.
    """
    from wavepacket.kernels.integrate.free_flights import MONITORS
    from wavepacket.kernels.integrate.free_flights import free_flights as kernel  # compiled when first needed

    number = len(k)
    result = Flights(
        np.zeros((number, rows.ROWS)), np.zeros(number, dtype=np.int64), np.zeros(number, dtype=np.int64),
        np.zeros((number, MONITORS)),
    )  # fmt: skip
    integers, reals = problem.band.arguments(moment=bool(np.any(problem.config.fields.magnetic)))
    following = followed_by(problem, valley, begins)
    kernel(
        problem.band.kernel, integers, reals, problem.environment, scattering_params_of(problem.config),
        problem.control.scale, problem.control.values, problem.band.scratch_size, np.ascontiguousarray(k),
        np.column_stack([signs, rates, begins, ends]).astype(np.float64), result.rows, result.status, result.steps,
        result.monitors, *following,
    )  # fmt: skip
    if valley is None:
        return result
    return replace(result, stays=stays_of(following, rates, ends, begins))


def contributions(
    config: Config, protocol: Collisional, geometry: BandGeometry, flights: Flights, rates: Float
) -> Float:
    """What each packet adds to ``sums/transport``, weight left out: (n, ROWS and those of transits, 3)."""
    number = len(rates)
    waves = np.stack(
        [flights.rows[:, rows.BAND : rows.BAND + 12], flights.rows[:, rows.BAND + rows.SINE : rows.ROWS]],
        axis=1,
    ).reshape(number, 2, 4, 3)
    lifetime = flights.rows[:, [rows.LIFETIME, rows.LIFETIME + rows.SINE]]
    start = velocity_at_rest(geometry, config.fields.magnetic, config.charge)
    factor = protocol.start_factors(number, lambda: starting_rates(config, geometry, rates))
    found = np.zeros((number, quantity.ROWS, 3))
    found[:, quantity.RESPONSE] = protocol.responses(waves, start)
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


def squared_mixing(flights: Flights) -> Float:
    """Largest Σ_m |k̇·A_mn|²/(ε_m − ε_n)² along the flights of each packet (n,), 1/(eV fs)²."""
    from wavepacket.kernels.integrate.free_flights import MIXED

    return np.maximum(flights.monitors[:, MIXED], 0.0)


def transport_sums(batch: "Batch", counted: Integer, found: Float) -> dict[str, Float]:
    """Weighted sums by (sign, replica, valley) over packets that count."""
    from wavepacket.kernels.reduce.sample import accumulate

    totals = np.zeros((batch.bins, *found.shape[1:]))
    accumulate(
        np.ascontiguousarray(found), batch.packets.weight, batch.bin, counted,
        totals, np.zeros(totals.shape[:2]),
    )  # fmt: skip
    return {"transport": totals.reshape(*batch.shape, *found.shape[1:])}
