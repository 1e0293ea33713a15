"""Collisions as events: flights of random length, and where a packet goes on after each of them.

Every random number is made from the seed, the number of the packet and the number of the event, so that nothing
depends on which thread runs what.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.ensembles import density_factor, nearest_valley, uniforms, wavepacket_energy
from wavepacket.errors import Status
from wavepacket.hamiltonians.zone import face_vectors, fold_by_faces
from wavepacket.kernels.motion import flight as rows
from wavepacket.protocols import Collisional, RandomEvents
from wavepacket.simulation.flights import Flights, free_flights
from wavepacket.simulation.steps import worse

if TYPE_CHECKING:
    from wavepacket.simulation.batch import Batch
    from wavepacket.simulation.problem import Problem


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


def pool_of(problem: "Problem") -> Pool:
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
    return Pool(k[order], energy[order], share, begin)


def refuse_few(problem: "Problem", shell: float) -> None:
    """Raise ConfigError where too few states are within ``shell`` (eV) of another for a collision to choose from."""
    if (few := problem.pool.states_within(shell)) < _FEWEST:
        raise problem.config.problem(
            "scattering.monte_carlo.shell",
            f"the energy shell of {shell:g} eV holds {few:.0f} states of a valley, too few to stand for all: "
            "widen it, or take more packets",
        )


@dataclass(frozen=True, eq=False)
class RandomFlights:
    """How packets of a run go from collision to collision."""

    problem: "Problem"
    protocol: Collisional
    events: RandomEvents

    def collide(self, batch: "Batch", rates: Float, begins: Float) -> Flights:
        """Flights of random length from 1/τ (n,) in 1/fs and times in fs, as many as the config says, added up."""
        problem, flights = self.problem, self.events.events.flights
        # Twins in ±E share their chances, so that their difference is the response to E.
        packets = batch.ids // (2 if problem.ensemble.field_reversal else 1)
        still, total, now = np.zeros(len(rates)), None, begins
        k, valley = batch.packets.wavevector, np.maximum(batch.valley, 0)
        # Only a single flight meets a field that drives it from valley to valley.
        followed = self.protocol.followed(batch.valley)
        for event in range(flights):
            chance = _chances(problem.config.seed, event, packets)
            ends = now - np.log(chance[:, 0]) / rates
            flown = free_flights(problem, k, np.column_stack([batch.signs, still, now, ends]), followed)
            total = flown if total is None else _added(total, flown)
            if event + 1 == flights:
                break
            now = ends
            k, valley = self._after(flown.rows[:, :3], valley, chance)
        assert total is not None
        return total

    def _after(self, k: Float, valley: Integer, chance: Float) -> tuple[Float, Integer]:
        """Wavevectors and valleys after a collision: of a state of the pool, or as before where it does not take place."""
        problem, events, pool = self.problem, self.events.events, self.problem.pool
        there = self.next_valley(valley, chance[:, 1])
        after = pool.wavevector[pool.draw(self._energies(k), there, events.shell, chance[:, 3])]
        if events.momentum == "kept":
            centres = problem.valley_centres
            after = np.where((there != valley)[:, None], k + centres[there] - centres[valley], after)
        if events.kernel is None:
            return after, there
        transfer = np.linalg.norm(fold_by_faces(after - k, face_vectors(problem.hamiltonian)), axis=1)
        happens = self.events.happens(transfer, chance[:, 2])
        return np.where(happens[:, None], after, k), np.where(happens, there, valley)

    def _energies(self, k: Float) -> Float:
        geometry = self.problem.band.geometry(np.nan_to_num(k), slopes=False)
        return wavepacket_energy(geometry, self.problem.config.fields.magnetic, self.problem.config.charge)

    def next_valley(self, valley: Integer, chance: Float) -> Integer:
        """The valley (n,) that a collision leads to."""
        sizes = np.diff(self.problem.pool.share[self.problem.pool.begin])
        return self.events.drawn_valley(
            self.protocol.scattering, self.problem.valley_names, sizes, valley, chance
        )


def _chances(seed: int, event: int, packets: Integer) -> Float:
    """Four numbers in (0, 1) for each packet: a run of numbers is made at once."""
    first = int(packets[0])
    return uniforms(seed, _STREAM + event, first, int(packets[-1]) - first + 1, 4)[packets - first]


def _added(total: Flights, flown: Flights) -> Flights:
    """Integrals of two flights one after the other, the worse of their monitors, the first reason to stop."""
    summed = total.rows + flown.rows
    summed[:, :3], summed[:, rows.EXPONENT] = flown.rows[:, :3], flown.rows[:, rows.EXPONENT]
    monitors = worse(total.monitors, flown.monitors)
    status = np.where(total.status == Status.OK, flown.status, total.status)
    return replace(total, rows=summed, status=status, steps=total.steps + flown.steps, monitors=monitors)
