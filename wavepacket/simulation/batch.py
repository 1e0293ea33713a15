"""Trajectories of consecutive numbers at their start: packets, the sign of E, valleys, and whose paths are kept."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float, Integer
from wavepacket.ensembles import Packets, nearest_valley
from wavepacket.simulation.problem import Problem

__all__ = [
    "Batch", "batch_at", "batch_of", "number_of_paths", "number_of_trajectories", "starting_packets", "valley_in_space",
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class Batch:
    """n trajectories of consecutive numbers at their start.

    Attributes
    ----------
    ids : (n,) their numbers
    signs : (n,) of E
    valley : (n,) which one the start is nearest to, −1 without valleys
    kept : rows whose full paths are kept
    shape : of sums: signs, replicas, valleys with that of what belongs to none

    """

    ids: Integer
    packets: Packets
    signs: Integer
    valley: Integer
    kept: Integer
    shape: tuple[int, int, int]

    @property
    def bins(self) -> int:
        """Number of all bins of the sums."""
        return math.prod(self.shape)

    @property
    def bin(self) -> Integer:
        """The bin (n,) that each adds to, numbered through all axes."""
        _, replicas, valleys = self.shape
        return ((1 - self.signs) // 2 * replicas + self.packets.replica) * valleys + self.valley % valleys


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


def valley_in_space(problem: Problem, wavevectors: Float) -> Integer:
    """Number (n,) of the valley whose fields a packet feels that starts at k (n, 3); 0 where they are the same in all."""
    if all(term.valleys is None for term in problem.config.fields.in_space().values()):
        return np.zeros(len(wavevectors), dtype=np.int64)
    return nearest_valley(problem.hamiltonian, wavevectors, problem.valley_centres)


def batch_of(problem: Problem, first: int, number: int) -> Batch:
    """Trajectories first, ..., first + number − 1 at their start."""
    ids = np.arange(first, first + number)
    return _batch(problem, ids, *starting_packets(problem, first, number))


def batch_at(problem: Problem, ids: Sequence[int]) -> Batch:
    """Trajectories of any numbers at their start."""
    starts, signs = zip(*(starting_packets(problem, each, 1) for each in ids), strict=True)
    names = [field.name for field in fields(Packets) if getattr(starts[0], field.name) is not None]
    joined = {name: np.concatenate([getattr(each, name) for each in starts]) for name in names}
    return _batch(problem, np.array(ids), Packets(**joined), np.concatenate(signs))


def _batch(problem: Problem, ids: Integer, packets: Packets, signs: Integer) -> Batch:
    valley = nearest_valley(problem.hamiltonian, packets.wavevector, problem.valley_centres)
    kept = np.flatnonzero(is_stored(problem, ids))
    return Batch(
        ids, packets, signs, valley, kept, (2, problem.ensemble.replicas, len(problem.valley_names) + 1)
    )
