"""Integrate packets: blocks of them on threads, arrays in, arrays out."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float, Integer
from wavepacket.bands import BandGeometry
from wavepacket.config import Config
from wavepacket.ensembles import Packets, wavepacket_energy
from wavepacket.errors import Status
from wavepacket.fields import is_static
from wavepacket.kernels.integrate import retire
from wavepacket.kernels.reduce.sample import observe
from wavepacket.protocols import Collisional, Device, RandomEvents
from wavepacket.simulation import collisions, devices, flights, texture_flights
from wavepacket.simulation.batch import Batch, batch_of, valley_in_space
from wavepacket.simulation.blocks import Block, counted_in_cells, merge
from wavepacket.simulation.edges import ends_of, transmission
from wavepacket.simulation.group_collisions import collide
from wavepacket.simulation.group_paths import GroupPaths, follow_group, spin_sums, state_diagnostics
from wavepacket.simulation.group_values import value_sums
from wavepacket.simulation.lines import follow_lines
from wavepacket.simulation.occupation import occupation
from wavepacket.simulation.path_buffers import PathBuffer, new_path_buffer
from wavepacket.simulation.problem import Problem
from wavepacket.simulation.several_bands import as_whole, pieces, placed
from wavepacket.simulation.spins import spin_rows
from wavepacket.simulation.steps import Paths, stepped
from wavepacket.units import HBAR


@dataclass(frozen=True, eq=False)
class Integrated:
    """What came of a batch: status and steps (n,), monitors (n, MONITORS), sums, and of a sample what `Paths` has."""

    status: Integer
    steps: Integer
    monitors: Float
    sums: dict[str, Float]
    outcome: Float | None = None
    group: GroupPaths | None = None
    in_cells: Float | None = None


_passing = threading.local()


def _passing_buffer(number: int, saves: int) -> PathBuffer:
    """PathBuffer of this thread for paths that nobody keeps."""
    buffer: PathBuffer | None = getattr(_passing, "buffer", None)
    if buffer is None or buffer.position.shape != (number, saves, 3):
        _passing.buffer = buffer = new_path_buffer(number, saves)
    return buffer


def advance(
    problem: Problem, packets: Packets, signs: Integer, buffer: PathBuffer, numbers: Integer
) -> Paths:
    """Integrate packets of some numbers over the times of the problem; their paths go into the buffer."""
    if problem.group is not None:
        if problem.protocol.collision_time is None:
            moved = follow_group(problem, problem.group, packets, signs, buffer)
        else:
            moved = collide(problem, packets, signs, buffer, numbers)
        outcome = None if problem.config.sample is None else moved.outcome
        return Paths(*buffer, moved.status, moved.steps, moved.monitors, outcome, group=moved)
    if not problem.on_lines:
        return stepped(problem, packets, signs, buffer, numbers)
    followed = follow_lines(problem, packets, signs, buffer)
    paths = Paths(*buffer, followed.status, followed.steps, followed.monitors, followed=followed)
    left = np.flatnonzero(~followed.is_known)
    if len(left):
        some = stepped(
            problem,
            packets.take(left),
            signs[left],
            new_path_buffer(len(left), len(problem.times)),
            numbers[left],
        )
        for name in ("position", "wavevector", "status", "steps", "monitors"):
            getattr(paths, name)[left] = getattr(some, name)
    return paths


def integrate(problem: Problem, first: int, number: int, buffer: PathBuffer | None = None) -> Block:
    """Run trajectories first, ..., first + number − 1; the result depends on nothing but their numbers.

    The paths that are kept lie in the buffer, if there is one.
    """
    if not problem.parts:
        return integrate_batch(problem, batch_of(problem, first, number), buffer)
    blocks, row = list[Block](), 0
    for place, begin, count in pieces(problem, first, number):
        batch = placed(problem, place, begin, count)
        own = None if buffer is None else buffer.part(row, len(batch.kept))
        row += len(batch.kept)
        blocks.append(as_whole(problem, place, integrate_batch(problem.parts[place], batch, own)))
    return merge(blocks, buffer)


def integrate_batch(problem: Problem, batch: Batch, buffer: PathBuffer | None = None) -> Block:
    """Run trajectories that are known at their start."""
    buffer = buffer or new_path_buffer(len(batch.kept), len(problem.times))
    integrated = problem.protocol.move(_Motions(problem, batch, buffer))
    in_cells = np.zeros((len(batch.ids), 0)) if integrated.in_cells is None else integrated.in_cells
    return Block(
        batch.ids, batch.ids[batch.kept], buffer.position, buffer.wavevector, batch.packets.weight, batch.valley,
        batch.packets.replica, batch.signs, integrated.status, _diagnostics(problem, integrated), integrated.sums, in_cells,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Motions:
    """What a batch can be integrated as; the paths that are kept go into the buffer."""

    problem: Problem
    batch: Batch
    buffer: PathBuffer

    def paths(self) -> Integrated:
        """Paths through all saves."""
        return self._observed(advance)

    def collided_paths(self, protocol: Device) -> Integrated:
        """The same with collisions on their way."""
        return self._observed(
            lambda problem, packets, signs, buffer, numbers: devices.collided(
                devices.Collisions(problem, protocol, numbers), packets, signs, buffer
            )
        )

    def _observed(
        self, advance: Callable[[Problem, Packets, Integer, PathBuffer, Integer], Paths]
    ) -> Integrated:
        """Paths, and what is summed over them."""
        problem, batch, buffer = self.problem, self.batch, self.buffer
        number = len(batch.ids)
        whole = len(batch.kept) == number
        passing = buffer if whole else _passing_buffer(number, len(problem.times))
        paths = advance(problem, batch.packets, batch.signs, passing, batch.ids)
        sums = _observe(problem, batch, _counted(batch.signs, paths.status), paths)
        sums |= transmission(problem, batch, paths.outcome)
        in_cells = _in_cells(problem, batch.signs, paths)
        if not whole:
            buffer.position[:], buffer.wavevector[:] = (
                paths.position[batch.kept],
                paths.wavevector[batch.kept],
            )
        return Integrated(
            paths.status, paths.steps, paths.monitors, sums, paths.outcome, paths.group, in_cells
        )

    def weighted_flights(self, protocol: Collisional) -> Integrated:
        """Free flights without end, weighted by the chance that no collision has ended them."""
        batch, never = self.batch, np.full(len(self.batch.ids), np.inf)
        if self.problem.config.textures:
            return self._sum_flights(
                protocol,
                lambda *_: texture_flights.flights(self.problem, batch.packets, batch.signs, batch.ids),
            )
        known = self.problem.rates_by_state
        if known is not None and known.change:
            base = self.problem.collision_rates(batch.valley)
            return self._sum_flights(
                protocol,
                lambda *_: self.problem.map_flights.flights(batch.packets, batch.signs, batch.ids, base),
            )
        k, followed = batch.packets.wavevector, protocol.followed(batch.valley)
        return self._sum_flights(
            protocol,
            lambda rates, begins, _: flights.free_flights(
                self.problem, k, np.column_stack([batch.signs, rates, begins, never]), followed
            ),
        )

    def flights_at_rest(self, protocol: Collisional) -> Integrated:
        """The same where no field moves a packet."""
        k = self.batch.packets.wavevector
        return self._sum_flights(
            protocol,
            lambda rates, begins, geometry: flights.flights_at_rest(self.problem, k, geometry, rates, begins),
        )

    def random_flights(self, protocol: Collisional, events: RandomEvents) -> Integrated:
        """Free flights that collisions end at random."""
        random = collisions.RandomFlights(self.problem, protocol, events)
        return self._sum_flights(protocol, lambda rates, begins, _: random.collide(self.batch, rates, begins))

    def _sum_flights(
        self, protocol: Collisional, flights_of: Callable[[Float, Float, BandGeometry], flights.Flights]
    ) -> Integrated:
        """Free flights of all packets, and the collisionless paths of those whose paths are kept."""
        problem, batch, packets = self.problem, self.batch, self.batch.packets
        rates = problem.collision_rates(batch.valley)
        geometry = problem.band.geometry(packets.wavevector)
        if problem.rates_by_state is not None:
            rates = problem.rates_by_state.at(packets.wavevector, rates)
        if problem.leaving is not None:
            energy = wavepacket_energy(geometry, problem.config.fields.magnetic, problem.config.charge)
            rates = rates + problem.leaving.at(energy, batch.valley)
        flown = flights_of(rates, protocol.begins(packets.phase), geometry)
        found = flights.contributions(problem, geometry, flown, rates)
        if problem.config.spin:
            found = np.concatenate([found, spin_rows(problem, batch, geometry, rates)], axis=1)
        sums = flights.transport_sums(batch, _counted(batch.signs, flown.status), found)
        kept = batch.kept
        advance(problem, packets.take(kept), batch.signs[kept], self.buffer, batch.ids[kept])
        return Integrated(flown.status, flown.steps, flown.monitors, sums)


def _counted(signs: Integer, status: Integer) -> Integer:
    """Which trajectories sums are made of, 1 or 0 (n,): those that finished, and whose twin with E reversed did, too.

    Without its twin a packet that starts at the rim of a k·p model leaves its velocity at E = 0 in what should be odd in E.
    """
    finished = status == Status.OK
    forward = np.flatnonzero(signs[:-1] > signs[1:])  # a twin follows its packet
    both = finished[forward] & finished[forward + 1]
    finished[forward] = finished[forward + 1] = both
    return np.asarray(finished, dtype=np.int64)


def _is_static(config: Config) -> bool:
    """Whether nothing that packets feel at a place depends on time."""
    return is_static(config.fields) and all(texture.profile.is_static for texture in config.textures)


def _diagnostics(problem: Problem, integrated: Integrated) -> dict[str, npt.NDArray[np.generic]]:
    monitors = integrated.monitors
    drift = monitors[:, retire.DRIFT]
    return (
        ends_of(problem, integrated.outcome)
        | state_diagnostics(problem, integrated.group)
        | {
            "minimum_density_of_states_factor": monitors[:, retire.FACTOR_LOW],
            "maximum_density_of_states_factor": monitors[:, retire.FACTOR_HIGH],
            "minimum_gap": monitors[:, retire.GAP_LOW],
            "energy_drift": drift if _is_static(problem.config) else np.full(len(drift), np.nan),
            "interband_mixing": HBAR * np.sqrt(monitors[:, retire.MIXED]),
            "steps": integrated.steps,
        }
    )


def _in_cells(problem: Problem, signs: Integer, paths: Paths) -> Float:
    """What each packet adds to sums in cells (n, 8), those with E as given that finished; (n, 0) without ``local``."""
    if problem.layer is None:
        return np.zeros((len(signs), 0))
    rows, found = counted_in_cells(paths.status, signs), np.zeros((len(signs), 8))
    found[rows] = problem.layer.values(paths.position[rows], paths.wavevector[rows])
    return found


def _observe(problem: Problem, batch: Batch, counted: Integer, paths: Paths) -> dict[str, Float]:
    """Weighted sums by (sign, replica, valley) over packets that count."""
    moment = problem.config.fields.is_magnetic
    integers, reals = problem.moving.arguments(moment=moment)
    saves = len(problem.times)
    current, displacement = np.zeros((2, batch.bins, saves, 3))
    population = np.zeros((batch.bins, saves))
    rows, known = paths.rows(problem), paths.followed
    belongings = np.concatenate(
        [batch.signs, valley_in_space(problem, batch.packets.wavevector)], dtype=np.float64
    )
    velocities = np.empty((0, 0, 3)) if known is None else known.velocity
    velocities = velocities if paths.group is None else paths.group.velocity
    observe(
        problem.rates, problem.moving.kernel, (integers, reals, problem.environment), problem.moving.scratch_size,
        (problem.times, belongings, paths.wavevector, paths.position, velocities),
        (batch.packets.weight, batch.bin, counted, paths.steps, rows), problem.plan.tables(rows),
        (current, displacement, population),
    )  # fmt: skip
    shape = (*batch.shape, saves)
    sums = {
        "current": current.reshape(*shape, 3),
        "displacement": displacement.reshape(*shape, 3),
        "population": population.reshape(shape),
    }
    if problem.valley_names:
        sums["occupation"] = occupation(problem.regions, batch, counted, paths.wavevector).reshape(shape)
    return (
        sums
        if paths.group is None
        else sums
        | spin_sums(problem, batch, counted, paths.group, paths.position)
        | value_sums(problem, batch, counted, paths.group, paths)
    )
