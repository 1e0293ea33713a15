"""Collisions of packets with an internal state: elastic, isotropic, and blind to the spin.

A point that scatters all orbitals alike takes (k, u) to (k', P(k')u/|P(k')u|), P the projector on the group and u in the
gauge that is periodic in k, with a probability proportional to |P(k')u|² and to the states at k' of the same energy
(Born's approximation; u stays coherent). The energy that is kept is the mean of the group's bands: by how much they are
split is what the rule may be wrong by in energy. All packets collide at the same rate 1/τ. Random numbers depend on the
seed, the packet and the collision alone.
"""

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wavepacket.arrays import Flags, Float, Integer
from wavepacket.config import Zone
from wavepacket.ensembles import Packets, uniforms, zone_points
from wavepacket.errors import InputError, Status
from wavepacket.kernels.integrate import retire
from wavepacket.simulation.group import Group
from wavepacket.simulation.group_matrices import elements_between
from wavepacket.simulation.group_paths import VELOCITY, GroupPaths, Moved, move_group, starts_of
from wavepacket.simulation.group_start import group_states, times
from wavepacket.simulation.path_buffers import PathBuffer

if TYPE_CHECKING:
    from wavepacket.simulation.problem import Problem

__all__ = ["Pool", "collide", "collided", "pool_of"]

_STREAM = 5000
_POOL = 1 << 17  # states over the zone that a collision may lead to
_NEAREST = 1 << 12  # of them, those next in energy: of fewer the directions are uneven
_TRIES = 20  # of states after a collision; the last one is taken, of a half of all states once in a million collisions
_EACH = 2 * _TRIES + 1
_BLOCK = 16  # collisions whose random numbers are made at once
_STEPS = 3  # of Newton's method on the way to the energy of before
_MORE = 9  # steps where that is not enough: in a small pocket states next in energy are far from it
_OFF = 1e-7  # eV by which the energy may be off
_CHUNK = 1 << 13


@dataclass(frozen=True, eq=False)
class Pool:
    """States all over the zone by their energy: wavevectors (n, 3) in 1/Å, energies (n,) in eV."""

    wavevector: Float
    energy: Float

    def near(self, energy: Float, chance: Float) -> Float:
        """One (n, 3) of the states next in energy, each as likely."""
        size = len(self.energy)
        most = min(_NEAREST, size)
        first = np.clip(np.searchsorted(self.energy, energy) - most // 2, 0, size - most)
        return self.wavevector[first + (chance * most).astype(np.int64)]


@dataclass(frozen=True, eq=False)
class _Bands:
    """A group at some k: mean energy (n,), its gradient (n, 3), and its states (n, G, N, 2) in the gauge of u."""

    energy: Float
    gradient: Float
    states: Float


def pool_of(problem: "Problem") -> Pool:
    """Low-discrepancy points over the zone, or over the ball of a k·p model; ConfigError for one without end."""
    group, config = problem.group, problem.config
    assert group is not None
    try:
        zone = zone_points(Zone(number=_POOL, replicas=1), problem.hamiltonian, config.seed, np.zeros((0, 3)))
    except InputError:
        message = "collisions lead anywhere in the zone, and a k·p model has none: give model.cutoff"
        raise config.problem("scattering", message) from None
    k = np.concatenate([zone.points(ids)[0] for ids in zone.chunks()])
    k = k[zone.inside(k)]
    parts = [_mean_energy(group, k[i : i + _CHUNK]) for i in range(0, len(k), _CHUNK)]
    energy = np.concatenate(parts)
    order = np.argsort(energy, kind="stable")
    return Pool(k[order], energy[order])


def _mean(values: Float) -> Float:
    """Mean over the bands of a group (n, G), added in their order."""
    return np.asarray(sum(values[:, i] for i in range(values.shape[1])) / values.shape[1])


def _mean_energy(group: Group, k: Float) -> Float:
    return _mean(group_states(group.integers, group.reals, k, group.size)[0])


def _bands(group: Group, k: Float) -> _Bands:
    energy, states, velocity, _ = elements_between(group.integers, group.reals, k)
    slopes = [_mean(np.stack([velocity[:, c, i, i, 0] for i in range(group.size)], axis=1)) for c in range(3)]
    return _Bands(_mean(energy), np.stack(slopes, axis=1), states)


def _square(vectors: Float) -> Float:
    return np.asarray(vectors[:, 0] ** 2 + vectors[:, 1] ** 2 + vectors[:, 2] ** 2)


def _to_energy(group: Group, k: Float, energy: Float) -> tuple[Float, _Bands]:
    """The states next to k (n, 3) that have these energies, along the gradient."""
    for _ in range(_STEPS):
        k = _stepped(_bands(group, k), k, energy)
    for _ in range(_MORE):
        found = _bands(group, k)
        far = np.abs(found.energy - energy) > _OFF
        if not far.any():
            return k, found
        k[far] = _stepped(_bands(group, k[far]), k[far], energy[far])
    return k, _bands(group, k)


def _stepped(found: _Bands, k: Float, energy: Float) -> Float:
    """A step of Newton's method along the gradient."""
    shift = ((energy - found.energy) / np.maximum(_square(found.gradient), 1e-30))[:, None] * found.gradient
    # Next to an extremum there may be no such state: a step stays within the pool's spacing there.
    return np.asarray(k + shift * np.minimum(1.0, 0.1 / np.maximum(np.sqrt(_square(shift)), 1e-300))[:, None])


def _inside(states: Float, u: Float) -> tuple[Float, Float]:
    """Projections (n, N, 2) of norm 1 of u (n, N, 2) on states (n, G, N, 2), and the squares (n,) of their norms before."""
    parts, share, found = np.zeros((*states.shape[:2], 2)), np.zeros(len(u)), np.zeros(u.shape)
    for i in range(u.shape[1]):
        parts += times(states[:, :, i] * np.array([1.0, -1.0]), u[:, None, i])
    for g in range(states.shape[1]):
        share += parts[:, g, 0] ** 2 + parts[:, g, 1] ** 2
        found += times(parts[:, None, g], states[:, g])
    return found / np.sqrt(np.maximum(share, 1e-300))[:, None, None], share


def collided(problem: "Problem", k: Float, u: Float, chances: Float) -> tuple[Float, Float]:
    """Wavevectors (n, 3) and states (n, 2N), (Re, Im) of each orbital, after a collision.

    ``chances`` are numbers in (0, 1), a pair for each try (n, any).
    """
    group = problem.group
    assert group is not None
    energy, left = _mean_energy(group, k), np.arange(len(k))
    k, u = k.copy(), u.reshape(len(k), -1, 2).copy()
    for attempt in range(_TRIES):
        chance = chances[left, 2 * attempt : 2 * attempt + 2]
        there, bands = _to_energy(group, problem.turns.near(energy[left], chance[:, 0]), energy[left])
        found, share = _inside(bands.states, u[left])
        taken = (chance[:, 1] < share) | (attempt + 1 == _TRIES)
        k[left[taken]], u[left[taken]] = there[taken], found[taken]
        left = left[~taken]
        if not len(left):
            break
    return k, u.reshape(len(k), -1)


class _Walk:
    """n packets on their way: states, times, when each collides next, and what was met so far."""

    def __init__(
        self, problem: "Problem", group: Group, packets: Packets, signs: Integer, numbers: Integer
    ) -> None:
        self.problem, self.group, self.signs = problem, group, signs
        # Twins in ±E share their chances, so that their difference is the response to E.
        self.numbers = numbers // (2 if problem.ensemble.field_reversal else 1)
        self.state = starts_of(group, packets)
        n = len(signs)
        self.made: dict[int, Float] = {}
        self.now, self.events = np.full(n, problem.times[0]), np.zeros(n, dtype=np.int64)
        self.ends = self.now + self._flights(np.arange(n))
        monitors = np.zeros((n, retire.MONITORS))
        monitors[:, [retire.FACTOR_LOW, retire.GAP_LOW]] = np.inf
        self.met = Moved(
            np.zeros((n, 0)), self.state, np.full(n, int(Status.OK)), np.zeros(n, dtype=np.int64), monitors,
            np.zeros((n, 2)), np.zeros((n, 0)),
        )  # fmt: skip

    def _flights(self, rows: Integer) -> Float:
        """Times until the next collision of some packets, fs."""
        time = self.problem.protocol.collision_time
        assert time is not None
        # By the C library: numpy's own depends on the CPU.
        return -time * np.array([math.log(chance) for chance in self._chances(rows)[:, -1].tolist()])

    def _chances(self, rows: Integer) -> Float:
        """Numbers in (0, 1) of the next collision of some packets: a pair for each try, and one for its time."""
        found = np.empty((len(rows), _EACH))
        for block in np.unique(self.events[rows] // _BLOCK).tolist():
            if block not in self.made:
                first, last = int(self.numbers.min()), int(self.numbers.max())
                self.made[block] = uniforms(
                    self.problem.config.seed, _STREAM + block, first, last + 1 - first, _BLOCK * _EACH
                )[self.numbers - first].reshape(-1, _BLOCK, _EACH)
            mine = self.events[rows] // _BLOCK == block
            found[mine] = self.made[block][rows[mine], self.events[rows[mine]] % _BLOCK]
        return found

    def fly(self, times: Float, target: float) -> tuple[Float, Flags]:
        """Fly all packets to a time, through collisions: saved numbers (n, T, ...) and whose flights gave them."""
        n, size = len(self.now), int(VELOCITY) + 2 * self.group.hamiltonian.size
        found = np.full((n, len(times), size), np.nan)
        going = np.flatnonzero(self.met.status == int(Status.OK))
        while len(going):
            until = np.minimum(self.ends[going], target)
            own = np.zeros((len(going), 4))
            own[:, 0], own[:, 2], own[:, 3] = self.signs[going], self.now[going], until
            ahead = times[times >= self.now[going].min()]
            moved = move_group(self.problem, self.group, self.state[going], own, ahead)
            saved = moved.saves.reshape(len(going), len(ahead), size)
            there = np.isfinite(saved[:, :, 0])
            rows, columns = np.nonzero(there)
            found[going[rows], len(times) - len(ahead) + columns] = saved[rows, columns]
            self._note(going, moved)
            self.state[going], self.now[going] = moved.ends, until
            hit = (moved.status == int(Status.OK)) & (self.ends[going] <= target)
            going = going[hit]
            if len(going):
                self._turn(going)
        return found, self.met.status == int(Status.OK)

    def _turn(self, rows: Integer) -> None:
        """Collisions of some packets."""
        self.state[rows, :3], self.state[rows, 6:] = collided(
            self.problem, self.state[rows, :3], self.state[rows, 6:], self._chances(rows)
        )
        self.events[rows] += 1
        self.ends[rows] = self.now[rows] + self._flights(rows)

    def _note(self, rows: Integer, moved: Moved) -> None:
        """The worse of the monitors of before and of a flight, the first reason to stop."""
        met, low = self.met, [retire.FACTOR_LOW, retire.GAP_LOW]
        monitors = np.maximum(met.monitors[rows], moved.monitors)
        monitors[:, low] = np.minimum(met.monitors[rows][:, low], moved.monitors[:, low])
        met.monitors[rows], met.status[rows] = monitors, moved.status
        met.steps[rows] += moved.steps
        met.marks[rows] = np.maximum(met.marks[rows], moved.marks)


def collide(
    problem: "Problem", packets: Packets, signs: Integer, buffer: PathBuffer, numbers: Integer
) -> GroupPaths:
    """Move packets through all saves of the problem, through random collisions; see ``follow_group``.

    Parameters
    ----------
    numbers : (n,) of the trajectories
    """
    group, times = problem.group, problem.times
    assert group is not None
    walk = _Walk(problem, group, packets, signs, numbers)
    n, size = len(signs), 2 * group.hamiltonian.size
    saves = np.full((n, len(times), int(VELOCITY) + size), np.nan)
    buffer.wavevector[:], buffer.position[:] = np.nan, np.nan
    buffer.wavevector[:, 0], buffer.position[:, 0] = packets.wavevector, packets.position
    for row in range(1, len(times)):
        begin = row - 1 if row == 1 else row
        saves[:, begin : row + 1], sound = walk.fly(times[begin : row + 1], float(times[row]))
        buffer.wavevector[sound, row], buffer.position[sound, row] = (
            walk.state[sound, :3],
            walk.state[sound, 3:6],
        )
    return GroupPaths.of(replace(walk.met, saves=saves.reshape(n, -1)), len(times), size)
