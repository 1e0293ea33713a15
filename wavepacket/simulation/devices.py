"""Packets between contacts that collide: from flight to flight, until a contact absorbs them or their time is over.

Every random number is made from the seed, the number of the packet, that of the collision and that of the try, so that
nothing depends on which packets are moved together.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.ensembles import Packets, nearest_valley, uniforms
from wavepacket.ensembles.surface import ANY, TRIES, Surface
from wavepacket.errors import Status
from wavepacket.fields import potential_values
from wavepacket.hamiltonians.zone import face_vectors, fold_by_faces
from wavepacket.protocols import Device
from wavepacket.simulation.edges import Edges, edges_between
from wavepacket.simulation.path_buffers import PathBuffer, new_path_buffer
from wavepacket.simulation.steps import Paths, step_through, worse
from wavepacket.units import BOLTZMANN

if TYPE_CHECKING:
    from wavepacket.simulation.problem import Problem

__all__ = ["Collisions", "collided", "surface_of"]

_STREAM = 1 << 32
_PARTS = 1 << 10  # streams of a collision: of its first tries to find a state, and of the others
_OWN = 3  # chances of a collision: how long the flight before it takes, which valley it leads to, whether it takes place
_HEAT = 16.0  # k_BT that energies are spread over
_LOOKS = 33  # along a side of the sample, at V


def surface_of(problem: "Problem") -> Surface:
    """The states that collisions between contacts lead to."""
    config = problem.config
    heat = BOLTZMANN * getattr(config.ensemble, "temperature", 0.0)
    return Surface(
        problem.band, np.array(config.fields.magnetic), config.charge, centres=problem.valley_centres,
        spread=_HEAT * heat + _range_of_potential(problem), lowest=config.limits.density_of_states_factor,
    )  # fmt: skip


def _range_of_potential(problem: "Problem") -> float:
    """How far V varies over the sample, eV."""
    sample = problem.config.sample
    if sample is None or not problem.config.fields.potential:
        return 0.0
    ends = np.array(list(sample.contacts.values())).reshape(-1, 2)
    x, y = (
        np.linspace(low, high, _LOOKS) for low, high in zip(ends.min(axis=0), ends.max(axis=0), strict=True)
    )
    places = np.pad(np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2), ((0, 0), (0, 1)))
    return float(np.ptp(_potential(problem, places, np.zeros(len(places), dtype=np.int64))))


def _potential(problem: "Problem", places: Float, valley: Integer) -> Float:
    """V (n,) of packets in valleys (n,) at places (n, 3), eV."""
    fields, charge = problem.config.fields, problem.config.charge
    if not fields.potential:
        return np.zeros(len(places))
    if all(term.valleys is None for term in fields.potential):
        return potential_values(fields, places, charge=charge).energy
    found = np.zeros(len(places))
    for number, name in enumerate(problem.valley_names):
        mine = np.flatnonzero(valley == number)
        found[mine] = potential_values(fields, places[mine], charge=charge, valley=name).energy
    return found


@dataclass(eq=False)
class _Way:
    """What is known of n packets so far: k and r (n, 6), time (n,), and results as in `Paths`."""

    state: Float
    now: Float
    status: Integer
    steps: Integer
    monitors: Float
    edges: Edges


def collided(collide: "Collisions", packets: Packets, signs: Integer, buffer: PathBuffer) -> Paths:
    """Move packets over the times of the problem; their paths go into the buffer."""
    problem, numbers = collide.problem, collide.numbers
    way = _begun(problem, packets, numbers)
    energy = collide.total(way.state)
    for path in buffer:
        path.fill(np.nan)
    going, event = np.arange(len(numbers)), 0
    while len(going):
        chance = collide.chances(event, 0, going, _OWN)
        free = collide.free_times(chance[:, 0], energy[going], way.state[going])
        ends = np.minimum(way.now[going] + free, problem.times[-1])
        _fly(problem, way, (going, signs[going], ends), buffer, first=event == 0)
        left = (way.status[going] == Status.OK) & (way.now[going] < problem.times[-1])
        going, chance = going[left], chance[left]
        if len(going):
            way.state[going, :3] = collide.after((event, going, chance), energy[going], way.state[going])
        event += 1
    return Paths(*buffer, way.status, way.steps, way.monitors, way.edges.outcome)


def _begun(problem: "Problem", packets: Packets, numbers: Integer) -> _Way:
    """Packets at their start."""
    from wavepacket.kernels.integrate import retire

    number = len(numbers)
    monitors = np.full((number, retire.MONITORS), -np.inf)
    monitors[:, [retire.FACTOR_LOW, retire.GAP_LOW]] = np.inf
    state = np.concatenate([packets.wavevector, packets.position], axis=1)
    now, status, steps = np.full(number, problem.times[0]), *np.zeros((2, number), dtype=np.int64)
    return _Way(state, now, status, steps, monitors, edges_between(problem, numbers))


def _fly(
    problem: "Problem", way: _Way, flight: tuple[Integer, Integer, Float], buffer: PathBuffer, *, first: bool
) -> None:
    """Move packets of rows (m,), signs of E, to their ends (m,), fs; write the saves on their way."""
    rows, signs, ends = flight
    begins, edges = way.now[rows], way.edges.of_some(rows)
    # Times of all on their way: of each packet those before its beginning mean nothing.
    low, high = np.searchsorted(problem.times, [begins.min(), ends.max()], side="right")
    low = 0 if first else low
    times, state = np.ascontiguousarray(problem.times[low:high]), np.empty((len(rows), 6))
    valley = nearest_valley(problem.hamiltonian, way.state[rows, :3], problem.valley_centres)
    own = np.stack([signs, np.maximum(valley, 0), begins, ends], axis=1).astype(np.float64)
    passed = new_path_buffer(len(rows), len(times))
    flown = step_through(problem, (way.state[rows], own), (times, passed), edges, state)
    mine, save = np.nonzero(((times > begins[:, None]) | first) & (times <= ends[:, None]))
    for whole, part in zip(buffer, passed, strict=True):
        whole[rows[mine], low + save] = part[mine, save]
    way.state[rows], way.now[rows], way.status[rows] = state, ends, flown.status
    way.steps[rows] += flown.steps
    way.monitors[rows] = worse(way.monitors[rows], flown.monitors)
    way.edges.note(rows, edges)


@dataclass(frozen=True, eq=False)
class Collisions:
    """How packets of ascending numbers (n,) collide."""

    problem: "Problem"
    protocol: Device
    numbers: Integer

    def chances(self, event: int, part: int, rows: Integer, own: int = 0) -> Float:
        """Uniform numbers (m, own + 3 `TRIES`) for each of some packets."""
        mine = self.numbers[rows]
        first = int(mine[0])
        stream = _STREAM + _PARTS * event + part
        number = int(mine[-1]) - first + 1
        return uniforms(self.problem.config.seed, stream, first, number, own + 3 * TRIES)[mine - first]

    def total(self, state: Float) -> Float:
        """𝓔 + V (m,) of packets in states (m, 6), eV."""
        return self.problem.surface.energies(state[:, :3]) + _potential(
            self.problem, state[:, 3:], self.valley(state)
        )

    def valley(self, state: Float) -> Integer:
        """The valley (m,) that packets are in, 0 where there are none."""
        problem = self.problem
        return np.maximum(nearest_valley(problem.hamiltonian, state[:, :3], problem.valley_centres), 0)

    def free_times(self, chance: Float, energy: Float, state: Float) -> Float:
        """How long packets (m,) fly before a collision, fs."""
        rates = self.protocol.rates(self.problem.valley_names, self.valley(state))
        law = self.protocol.scattering.energy
        if law is not None:  # which is refused in a potential
            x = np.maximum(np.abs(energy - law.origin), law.floor) / law.unit
            rates = rates * _each(lambda value: value**-law.exponent, x)
        return -_each(math.log, chance) / rates

    def after(self, collision: tuple[int, Integer, Float], energy: Float, state: Float) -> Float:
        """Wavevectors (m, 3) after a collision of packets with 𝓔 + V (m,), where it takes place and finds a state.

        Parameters
        ----------
        collision : its number, rows (m,) of the packets, and `chances` of each
        """
        problem, (event, rows, chance), valley = self.problem, collision, self.valley(state)
        there = self.protocol.next_valley(problem.valley_names, valley, chance[:, 1], ANY)
        kinetic = energy - _potential(problem, state[:, 3:], np.where(there == ANY, valley, there))

        def tries(part: int, some: Integer) -> Float:
            drawn = self.chances(event, part, rows[some]) if part else chance[some, _OWN:]
            return drawn.reshape(-1, TRIES, 3)

        drawn = problem.surface.draw(kinetic, there, tries)
        found = np.isfinite(drawn[:, :1])
        after = np.where(found, drawn, state[:, :3])
        faces = face_vectors(problem.hamiltonian)
        transfer = np.linalg.norm(fold_by_faces(after - state[:, :3], faces), axis=1)
        happens = self.protocol.events.happens(transfer, chance[:, 2])
        return np.where(happens[:, None], after, state[:, :3])


def _each(function: Callable[[float], float], values: Float) -> Float:
    """A function of each value (n,) by the C library: numpy's own depend on the CPU."""
    return np.array([function(value) for value in values.tolist()], dtype=np.float64)
