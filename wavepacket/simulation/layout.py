"""How trajectories are cut into shards and tasks."""

import math
from dataclasses import dataclass

import numpy as np

from wavepacket.runs.size import SHARD_BYTES, TASKS, shard_length, task_length
from wavepacket.simulation.batch import number_of_trajectories
from wavepacket.simulation.problem import Problem


@dataclass(frozen=True)
class Layout:
    """How trajectories are cut into shards, and shards into tasks for threads: by numbers alone, never by threads."""

    trajectories: int
    shard: int
    task: int

    @property
    def shards(self) -> int:
        """Number of shards."""
        return -(-self.trajectories // self.shard)

    def size(self, index: int) -> int:
        """Return the number of trajectories of a shard."""
        return min(self.shard, self.trajectories - index * self.shard)

    def tasks(self, index: int) -> list[tuple[int, int]]:
        """(first, number) of each task of a shard."""
        begin, end = index * self.shard, min((index + 1) * self.shard, self.trajectories)
        return [(first, min(self.task, end - first)) for first in range(begin, end, self.task)]


def layout_of(problem: Problem) -> Layout:
    """Shards of about 40 MB, of whole tasks; of twice that at most, where weights have drawn kept paths together."""
    task = task_length(len(problem.times), TASKS[problem.band.kind] * problem.protocol.together)
    trajectories, wanted = number_of_trajectories(problem), problem.config.output.trajectories
    kept = 1.0 if wanted is None else min(1.0, wanted / trajectories)
    # The length of a shard follows from what it stores for each trajectory on average.
    shard = shard_length(math.ceil(len(problem.times) * kept), task)
    while shard > task and 48 * len(problem.times) * most_paths(problem, shard) > 2 * SHARD_BYTES:
        shard = -(-shard // (2 * task)) * task
    return Layout(trajectories, shard, task)


def most_paths(problem: Problem, shard: int) -> int:
    """Paths that are kept in the fullest of shards of so many trajectories."""
    trajectories = number_of_trajectories(problem)
    if problem.kept is None or len(problem.kept) == 0:
        return min(shard, trajectories) * (problem.kept is None)
    each = 2 if problem.ensemble.field_reversal else 1
    return each * int(np.bincount(problem.kept * each // shard).max())
