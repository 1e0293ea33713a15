"""Free flights in textures: from a packet's path through chosen times to its mean free path.

    ∫ e^{-zt} ṙ dt = z ∫ e^{-zt} (r − r(0)) dt over all times, z = 1/τ − iω:

the path has the error control of all paths, and the integral is a quadrature over it. Gauss's rule on equal parts of the
flight is made finer until the mean free paths of a few packets stay the same.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wavepacket.arrays import Complex, Float, Integer
from wavepacket.bands import in_phase_space
from wavepacket.ensembles import Packets
from wavepacket.errors import Status
from wavepacket.integrators import Control
from wavepacket.kernels.integrate.control import LEAST_TIME, SUBSTEPS
from wavepacket.kernels.motion import flight as rows
from wavepacket.protocols import collisional_of
from wavepacket.simulation.batch import batch_at, number_of_trajectories
from wavepacket.simulation.flights import Flights, survival_of
from wavepacket.simulation.path_buffers import new_path_buffer
from wavepacket.simulation.steps import Paths, stepped

if TYPE_CHECKING:
    from wavepacket.simulation.problem import Problem

__all__ = ["FlightTimes", "flights", "paths_through", "times_of"]

_ORDER = 16  # points of Gauss's rule in each part
_FEWEST, _MOST = 4, 256  # parts of a flight
_PROBES = 16  # packets whose flights tell how many parts there have to be


@dataclass(frozen=True, eq=False)
class FlightTimes:
    """Times (T,) in fs from the start to the end of a flight, and what r − r(0) counts there (T,) in its mean free path."""

    times: Float
    weights: Complex
    lifetime: complex

    def mean_free_path(self, position: Float) -> Complex:
        """∫ e^{-t/τ + iωt} ṙ dt (n, 3) in Å of paths (n, T, 3)."""
        return np.asarray(np.einsum("t,nta->na", self.weights, position - position[:, :1]))


def times_of(problem: "Problem") -> FlightTimes:
    """Times that resolve the flights of a problem to its tolerance."""
    total = number_of_trajectories(problem)
    batch = batch_at(problem, range(0, total, -(-total // _PROBES)))
    found, parts = None, _FEWEST
    while True:
        tried = _quadrature(problem, parts)
        paths = _paths(problem, tried, batch.packets, batch.signs, batch.ids)
        mean = tried.mean_free_path(paths.position[paths.status == Status.OK])
        size = np.abs(mean).max(initial=0.0)
        close = found is not None and np.abs(mean - found).max(initial=0.0) <= _share(problem) * size
        if close or parts >= _MOST:
            return tried
        found, parts = mean, 2 * parts


def flights(problem: "Problem", packets: Packets, signs: Integer, numbers: Integer) -> Flights:
    """Free flights of packets of some numbers, with the sign of E of each."""
    plan = problem.flight_times
    paths = _paths(problem, plan, packets, signs, numbers)
    ended = paths.status == Status.OK
    mean = np.where(ended[:, None], plan.mean_free_path(paths.position), 0.0)
    lifetime = np.where(ended, plan.lifetime, 0.0)
    found = np.zeros((len(signs), rows.ROWS))
    for shift, part in ((0, np.real), (rows.SINE, np.imag)):
        found[:, rows.LIFETIME + shift] = part(lifetime)
        found[:, rows.BAND + shift : rows.BAND + shift + 3] = part(mean)
    start = in_phase_space(
        problem.band, problem.rates, problem.environment, packets.wavevector, packets.position
    )
    return Flights(found, paths.status, paths.steps, paths.monitors, start=start.velocity)


def _share(problem: "Problem") -> float:
    """Of a mean free path that its quadrature may leave out: as much as the integration of a path over many steps."""
    return max(10.0 * problem.config.integrator.tolerance, 1e-12)


def _quadrature(problem: "Problem", parts: int) -> FlightTimes:
    scattering = collisional_of(problem.config).scattering
    (time,) = set(scattering.times)
    rate = 1.0 / time - 1j * scattering.frequency
    end = survival_of(problem.config) * time
    nodes, weights = np.polynomial.legendre.leggauss(_ORDER)
    step = end / parts
    times = (step * (np.arange(parts)[:, None] + 0.5 * (1.0 + nodes))).ravel()
    times = np.concatenate([[0.0], times, [end]])
    # What is left at the end stands still there: it is below the tolerance.
    inner = rate * np.tile(0.5 * step * weights, parts)
    weights = np.concatenate([[0.0], inner, [1.0]]) * np.exp(-rate * times)
    return FlightTimes(times, weights, 1.0 / rate)


def _paths(
    problem: "Problem", plan: FlightTimes, packets: Packets, signs: Integer, numbers: Integer
) -> Paths:
    """Paths through the times of flights."""
    return paths_through(problem, plan.times, packets, signs, numbers)


def paths_through(
    problem: "Problem", times: Float, packets: Packets, signs: Integer, numbers: Integer
) -> Paths:
    """Paths through other times (T,) than those of the problem, fs."""
    values = problem.control.values.copy()
    values[[LEAST_TIME, SUBSTEPS]] = times[-1], 0
    timed = replace(problem, times=times, control=Control(problem.control.scale, values))
    return stepped(timed, packets, signs, new_path_buffer(len(signs), len(times)), numbers)
