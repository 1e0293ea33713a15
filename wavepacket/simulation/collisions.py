"""Collisions as events: flights of random length, and where a packet goes on after each of them.

Every random number is made from the seed, the number of the packet and the number of the event, so that nothing
depends on which thread runs what.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from wavepacket.config import MonteCarlo
from wavepacket.ensembles import density_factor, nearest_valley, uniforms, wavepacket_energy
from wavepacket.errors import Status
from wavepacket.hamiltonians.zone import face_vectors, fold_by_faces
from wavepacket.kernels.integrate import retire
from wavepacket.kernels.motion import flight as rows
from wavepacket.protocols import protocol_of
from wavepacket.simulation.flights import Flights, free_flights

Float = npt.NDArray[np.float64]
Integer = npt.NDArray[np.int64]

_STREAM = 1000
_POOL = 1 << 16  # states that a packet may be scattered to
_FEWEST = 30  # states on a shell: their mean velocity is then below a fifth of one of them


@dataclass(frozen=True, eq=False)
class Pool:
    """States to go on from, valley after valley and by energy within each.

    Attributes
    ----------
    wavevector : (n, 3) 1/Å
    energy : (n,) 𝓔, eV
    share : (n + 1,) running sum of D
    begin : (V + 1,) where each valley begins

    """

    wavevector: Float
    energy: Float
    share: Float
    begin: Integer

    def states_within(self, shell: float) -> float:
        """How many states of its valley are within ``shell`` of a state, median over all."""
        counts = [
            np.searchsorted(levels, levels + shell, side="right") - np.searchsorted(levels, levels - shell)
            for levels in np.split(self.energy, self.begin[1:-1])
        ]
        return float(np.median(np.concatenate(counts)))

    def draw(self, energy: Float, valley: Integer, shell: float, chance: Float) -> Integer:
        """A state of the valley within ``shell`` of the energy, as likely as its D; the nearest one if there is none."""
        result = np.empty(len(energy), dtype=np.int64)
        for v in range(len(self.begin) - 1):
            mine = np.flatnonzero(valley == v)
            first, last = self.begin[v], self.begin[v + 1]
            levels = self.energy[first:last]
            low = first + np.searchsorted(levels, energy[mine] - shell, side="left")
            high = first + np.searchsorted(levels, energy[mine] + shell, side="right")
            target = self.share[low] + chance[mine] * (self.share[high] - self.share[low])
            chosen = np.searchsorted(self.share, target, side="right") - 1
            nearest = np.minimum(first + np.searchsorted(levels, energy[mine]), last - 1)
            result[mine] = np.where(high > low, np.clip(chosen, low, np.maximum(high - 1, low)), nearest)
        return result


def pool_of(problem: Any) -> Pool:
    """The starting points of the ensemble, as many as are needed, without their occupation."""
    ensemble, config = problem.ensemble, problem.config
    stride = -(-ensemble.size // _POOL)
    ids = range(0, ensemble.size, max(1, 1 << 14))
    k = np.concatenate(
        [ensemble.packets(first, min(1 << 14, ensemble.size - first)).wavevector for first in ids]
    )
    k = k[::stride]
    geometry = problem.band.geometry(k, slopes=False)
    energy = wavepacket_energy(geometry, config.fields.magnetic, config.charge)
    factor = density_factor(geometry, config.fields.magnetic, config.charge)
    sound = factor > config.limits.density_of_states_factor  # a packet would stop where it arrives
    k, energy, factor = k[sound], energy[sound], factor[sound]
    valley = np.maximum(nearest_valley(problem.hamiltonian, k, problem.valley_centres), 0)
    order = np.lexsort((energy, valley))
    begin = np.searchsorted(valley[order], np.arange(max(len(problem.valley_names), 1) + 1))
    share = np.concatenate([[0.0], np.cumsum(factor[order])])
    pool = Pool(k[order], energy[order], share, begin)
    shell = config.scattering.monte_carlo.shell
    if (few := pool.states_within(shell)) < _FEWEST:
        raise config.problem(
            "scattering.monte_carlo.shell",
            f"the energy shell of {shell:g} eV holds {few:.0f} states of a valley, too few to stand for all: "
            "widen it, or take more packets",
        )
    return pool


def collide(problem: Any, ids: Integer, k: Float, own: Float, valley: Integer) -> Flights:
    """Flights of random length of the packets with numbers ``ids``, as many as the config says, added up.

    ``own`` as in `free_flights`: the rates are those at which packets collide, the ends are drawn here.
    """
    scattering = problem.config.scattering
    events: MonteCarlo = scattering.monte_carlo
    seed = problem.config.seed
    # Twins in ±E share their chances, so that their difference is the response to E.
    packets = ids // (2 if problem.ensemble.field_reversal else 1)
    (signs, rates, now, _), still, total = own.T, np.zeros(len(k)), None
    place, where = k, np.maximum(valley, 0)
    follow = valley if protocol_of(problem.config).conserves_valleys else None
    for event in range(events.flights):
        chance = _chances(seed, event, packets)
        ends = now - np.log(chance[:, 0]) / rates
        # Only a single flight meets a field that drives it from valley to valley.
        flown = free_flights(problem, place, np.column_stack([signs, still, now, ends]), follow)
        total = flown if total is None else _added(total, flown)
        if event + 1 == events.flights:
            break
        now = ends
        place, where = _after(problem, flown.rows[:, :3], where, chance)
    assert total is not None
    return total


def _chances(seed: int, event: int, packets: Integer) -> Float:
    """Four numbers in (0, 1) for each packet: a run of numbers is made at once."""
    first = int(packets[0])
    return uniforms(seed, _STREAM + event, first, int(packets[-1]) - first + 1, 4)[packets - first]


def _after(problem: Any, k: Float, valley: Integer, chance: Float) -> tuple[Float, Integer]:
    """Wavevectors and valleys after a collision: a state of the pool, or those before where it does not take place."""
    events: MonteCarlo = problem.config.scattering.monte_carlo
    where = _next_valley(problem, valley, chance[:, 1])
    pool = problem.pool
    place = pool.wavevector[pool.draw(_energies(problem, k), where, events.shell, chance[:, 3])]
    if events.momentum == "kept":
        centres = problem.valley_centres
        place = np.where((where != valley)[:, None], k + centres[where] - centres[valley], place)
    if events.kernel is None:
        return place, where
    transfer = np.linalg.norm(fold_by_faces(place - k, face_vectors(problem.hamiltonian)), axis=1)
    happens = chance[:, 2] < np.interp(transfer, events.kernel.transfer, events.kernel.chance)
    return np.where(happens[:, None], place, k), np.where(happens, where, valley)


def _energies(problem: Any, k: Float) -> Float:
    geometry = problem.band.geometry(np.nan_to_num(k), slopes=False)
    return wavepacket_energy(geometry, problem.config.fields.magnetic, problem.config.charge)


def _next_valley(problem: Any, valley: Integer, chance: Float) -> Integer:
    """By the rows of the table, or out of the valley with the share of the intervalley rate, or nowhere else."""
    scattering, names = problem.config.scattering, problem.valley_names
    table = np.eye(max(len(names), 1))
    if scattering.monte_carlo.valleys is not None:
        given = scattering.monte_carlo.valleys
        table = np.array([[given[a].get(b, 0.0) for b in names] for a in names])
    elif scattering.intervalley_time is not None and len(names) > 1:
        times = scattering.relaxation_time
        within = np.array([times[name] if isinstance(times, dict) else times for name in names])
        leave = within / (within + scattering.intervalley_time)
        # Relaxation to equilibrium leads to any valley, the own one too.
        sizes = np.diff(problem.pool.share[problem.pool.begin])
        table = np.eye(len(names)) * (1 - leave)[:, None] + leave[:, None] * (sizes / sizes.sum())[None, :]
    steps = np.cumsum(table, axis=1)[valley]
    return np.asarray(
        np.minimum(np.sum(chance[:, None] >= steps, axis=1), table.shape[1] - 1), dtype=np.int64
    )


def _added(total: Flights, flown: Flights) -> Flights:
    """Integrals of two flights one after the other, the worse of their monitors, the first reason to stop."""
    summed = total.rows + flown.rows
    summed[:, :3], summed[:, rows.EXPONENT] = flown.rows[:, :3], flown.rows[:, rows.EXPONENT]
    monitors = np.maximum(total.monitors, flown.monitors)
    low = [retire.FACTOR_LOW, retire.GAP_LOW]
    monitors[:, low] = np.minimum(total.monitors[:, low], flown.monitors[:, low])
    status = np.where(total.status == Status.OK, flown.status, total.status)
    return replace(total, rows=summed, status=status, steps=total.steps + flown.steps, monitors=monitors)
