"""Integrate packets: blocks of them on threads, arrays in, arrays out."""

import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from wavepacket.ensembles import Packets, nearest_valley
from wavepacket.errors import Status
from wavepacket.fields import is_static
from wavepacket.integrators import sizes_of
from wavepacket.kernels.integrate import advance as loop
from wavepacket.kernels.integrate import retire
from wavepacket.kernels.integrate.valley_crossing import cross_no_border
from wavepacket.kernels.reduce.sample import observe
from wavepacket.protocols import protocol_of
from wavepacket.simulation import collisions, flights
from wavepacket.simulation.occupation import occupation
from wavepacket.simulation.path_buffers import PathBuffer, new_path_buffer
from wavepacket.simulation.problem import Problem
from wavepacket.simulation.transits import NO_VALLEYS
from wavepacket.units import HBAR

Float = npt.NDArray[np.float64]
Integer = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Block:
    """Trajectories of consecutive numbers; shapes and units as in a shard (``storage``).

    Full paths are kept of the trajectories whose numbers are in ``path``.
    """

    trajectory: Integer
    path: Integer
    position: Float
    wavevector: Float
    weight: Float
    valley: Integer
    replica: Integer
    electric_sign: Integer
    status: Integer
    diagnostics: dict[str, npt.NDArray[np.generic]]
    sums: dict[str, Float]


def number_of_trajectories(problem: Problem) -> int:
    """Packets, counted twice where E is also reversed."""
    return problem.ensemble.size * (2 if problem.ensemble.field_reversal else 1)


def starting_packets(problem: Problem, first: int, number: int) -> tuple[Packets, Integer]:
    """Packets of trajectories first, first + 1, ... and the sign of E of each: reversed twins follow each other."""
    if not problem.ensemble.field_reversal:
        return problem.ensemble.packets(first, number), np.ones(number, dtype=np.int64)
    ids = np.arange(first, first + number)
    packets = problem.ensemble.packets(first // 2, (first + number + 1) // 2 - first // 2)
    twin = ids // 2 - first // 2
    return packets.take(twin), 1 - 2 * (ids % 2)


def is_stored(problem: Problem, ids: Integer) -> npt.NDArray[np.bool_]:
    """Which trajectories keep their full path: as many as the config says, as ``subset`` chooses them."""
    if problem.kept is None:
        return np.ones(len(ids), dtype=bool)
    packets = ids // 2 if problem.ensemble.field_reversal else ids
    return np.isin(packets, problem.kept)


def number_of_paths(problem: Problem, first: int, number: int) -> int:
    """How many of the trajectories first, ..., first + number − 1 keep their full path."""
    return int(np.count_nonzero(is_stored(problem, np.arange(first, first + number))))


@dataclass(frozen=True, eq=False)
class Paths:
    """n integrated paths: position, wavevector (n, T, 3), status and steps (n,), monitors (n, MONITORS)."""

    position: Float
    wavevector: Float
    status: Integer
    steps: Integer
    monitors: Float


_passing = threading.local()


def _passing_room(number: int, saves: int) -> PathBuffer:
    """PathBuffer of this thread for paths that nobody keeps."""
    room: PathBuffer | None = getattr(_passing, "room", None)
    if room is None or room.position.shape != (number, saves, 3):
        _passing.room = room = new_path_buffer(number, saves)
    return room


def advance(problem: Problem, packets: Packets, signs: Integer, room: PathBuffer) -> Paths:
    """Integrate packets over the times of the problem; their paths go into the room."""
    starts = np.concatenate([packets.wavevector, packets.position], axis=1)
    number, times, band, moving = len(starts), problem.times, problem.band, problem.moving
    paths = Paths(
        room.position, room.wavevector, np.empty(number, dtype=np.int64), np.empty(number, dtype=np.int64),
        np.empty((number, retire.MONITORS)),
    )  # fmt: skip
    own = np.zeros((number, 4))
    own[:, 0], own[:, 2], own[:, 3] = signs, times[0], times[-1]
    integers, reals = moving.arguments(moment=bool(np.any(problem.config.fields.magnetic)))
    watched, _ = band.arguments(moment=False, mixing=True)
    sizes = sizes_of(problem.dimension, max(moving.scratch_size, band.scratch_size))
    loop.advance(
        problem.method.kernel, problem.rates, moving.kernel, band.kernel, cross_no_border,
        (integers, reals, problem.environment, integers, problem.control.scale, sizes, watched, problem.control.values,
         times),
        (np.ascontiguousarray(starts), own),
        (paths.wavevector, paths.position, np.empty((number, 0)), paths.status, paths.steps, paths.monitors), NO_VALLEYS,
    )  # fmt: skip
    return paths


def integrate(problem: Problem, first: int, number: int, room: PathBuffer | None = None) -> Block:
    """Run trajectories first, ..., first + number − 1; the result depends on nothing but their numbers.

    The paths that are kept lie in the room, if there is one.
    """
    packets, signs = starting_packets(problem, first, number)
    ids = np.arange(first, first + number)
    valley = nearest_valley(problem.hamiltonian, packets.wavevector, problem.valley_centres)
    kept, saves = np.flatnonzero(is_stored(problem, ids)), len(problem.times)
    room = room or new_path_buffer(len(kept), saves)
    if protocol_of(problem.config).flights:
        return _scatter(problem, ids, packets, signs, valley, kept, room)
    whole = len(kept) == number
    paths = advance(problem, packets, signs, room if whole else _passing_room(number, saves))
    counted = _counted(signs, paths.status)
    sums = _observe(problem, packets, signs, valley, counted, paths.position, paths.wavevector)
    if not whole:
        room.position[:], room.wavevector[:] = paths.position[kept], paths.wavevector[kept]
    return Block(
        ids, ids[kept], room.position, room.wavevector, packets.weight, valley, packets.replica,
        signs, paths.status, _diagnostics(problem, paths.monitors, paths.steps), sums,
    )  # fmt: skip


def _counted(signs: Integer, status: Integer) -> Integer:
    """Which trajectories sums are made of, 1 or 0 (n,): those that finished, and whose twin with E reversed did, too.

    Without its twin a packet that starts at the rim of a k·p model leaves its velocity at E = 0 in what should be odd in E.
    """
    finished = status == Status.OK
    forward = np.flatnonzero(signs[:-1] > signs[1:])  # a twin follows its packet
    both = finished[forward] & finished[forward + 1]
    finished[forward] = finished[forward + 1] = both
    return np.asarray(finished, dtype=np.int64)


def _scatter(
    problem: Problem,
    ids: Integer,
    packets: Packets,
    signs: Integer,
    valley: Integer,
    kept: Integer,
    room: PathBuffer,
) -> Block:
    """Free flights of all packets, and the collisionless paths of those whose paths are kept."""
    begins = flights.starts_of_period(problem.config, packets)
    rates = flights.collision_rates(problem.config, problem.valley_names, valley)
    k, own = packets.wavevector, np.column_stack([signs, rates, begins, np.full(len(ids), np.inf)])
    assert problem.config.scattering is not None
    follow = valley if protocol_of(problem.config).conserves_valleys else None
    if problem.config.scattering.monte_carlo is None:
        flown = flights.free_flights(problem, k, own, follow)
    else:
        flown = collisions.collide(problem, ids, k, own, valley)
    geometry = problem.band.geometry(packets.wavevector)
    found = flights.contributions(problem, geometry, flown, rates)
    counted = _counted(signs, flown.status)
    sums = flights.transport_sums(problem, packets, signs, valley, counted, found)
    paths = advance(problem, packets.take(kept), signs[kept], room)
    return Block(
        ids, ids[kept], paths.position, paths.wavevector, packets.weight, valley, packets.replica, signs,
        flown.status, _diagnostics(problem, flown.monitors, flown.steps), sums,
    )  # fmt: skip


def _diagnostics(problem: Problem, monitors: Float, steps: Integer) -> dict[str, npt.NDArray[np.generic]]:
    drift = monitors[:, retire.DRIFT]
    return {
        "minimum_density_of_states_factor": monitors[:, retire.FACTOR_LOW],
        "maximum_density_of_states_factor": monitors[:, retire.FACTOR_HIGH],
        "minimum_gap": monitors[:, retire.GAP_LOW],
        "energy_drift": drift if is_static(problem.config.fields) else np.full(len(steps), np.nan),
        "interband_mixing": HBAR * np.sqrt(monitors[:, retire.MIXED]),
        "steps": steps,
    }


def _observe(
    problem: Problem,
    packets: Packets,
    signs: Integer,
    valley: Integer,
    counted: Integer,
    position: Float,
    wavevector: Float,
) -> dict[str, Float]:
    """Weighted sums by (sign, replica, valley) over packets that count."""
    moment = bool(np.any(problem.config.fields.magnetic))
    integers, reals = problem.moving.arguments(moment=moment)
    valleys, replicas, saves = len(problem.valley_names) + 1, problem.ensemble.replicas, len(problem.times)
    group = ((1 - signs) // 2 * replicas + packets.replica) * valleys + (valley % valleys)
    current, displacement = np.zeros((2, 2 * replicas * valleys, saves, 3))
    population = np.zeros((2 * replicas * valleys, saves))
    observe(
        problem.rates, problem.moving.kernel, (integers, reals, problem.environment), problem.moving.scratch_size,
        (problem.times, signs.astype(np.float64), wavevector, position), (packets.weight, group, counted),
        (current, displacement, population),
    )  # fmt: skip
    shape = (2, replicas, valleys, saves)
    sums = {
        "current": current.reshape(*shape, 3),
        "displacement": displacement.reshape(*shape, 3),
        "population": population.reshape(shape),
    }
    if valleys > 1:
        held = occupation(
            problem.regions,
            wavevector,
            packets.weight,
            valley,
            group // valleys,
            counted,
            (2 * replicas, valleys, saves),
        )
        sums["occupation"] = held.reshape(shape)
    return sums


def merge(blocks: list[Block], room: PathBuffer | None = None) -> Block:
    """Join blocks of successive trajectories, whose paths may lie in one room already."""

    def joined(name: str) -> npt.NDArray[Any]:
        return np.concatenate([getattr(block, name) for block in blocks])

    return Block(
        trajectory=joined("trajectory"),
        path=joined("path"),
        position=room.position if room else joined("position"),
        wavevector=room.wavevector if room else joined("wavevector"),
        weight=joined("weight"),
        valley=joined("valley"),
        replica=joined("replica"),
        electric_sign=joined("electric_sign"),
        status=joined("status"),
        diagnostics={
            key: np.concatenate([block.diagnostics[key] for block in blocks]) for key in blocks[0].diagnostics
        },
        sums={
            key: sum((block.sums[key] for block in blocks[1:]), blocks[0].sums[key]) for key in blocks[0].sums
        },
    )
