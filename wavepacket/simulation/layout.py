"""How trajectories are cut into shards and tasks."""

import math
from dataclasses import dataclass

from wavepacket.simulation.engine import number_of_trajectories
from wavepacket.simulation.problem import Problem
from wavepacket.storage.size import shard_length

_TASK = {"two_band": 1024, "table": 512, "direct": 32}


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

    def tasks(self, index: int) -> list[tuple[int, int]]:
        """(first, number) of each task of a shard."""
        begin, end = index * self.shard, min((index + 1) * self.shard, self.trajectories)
        return [(first, min(self.task, end - first)) for first in range(begin, end, self.task)]


def layout_of(problem: Problem) -> Layout:
    """Shards of about 40 MB, of whole tasks."""
    task = _TASK[problem.band.kind]
    trajectories, wanted = number_of_trajectories(problem), problem.config.output.trajectories
    kept = 1.0 if wanted is None else min(1.0, wanted / trajectories)
    # The length of a shard follows from what it stores for each trajectory on average.
    return Layout(trajectories, shard_length(math.ceil(len(problem.times) * kept), task), task)
