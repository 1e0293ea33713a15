"""Shards computed in this process, on threads; a shard that fails is tried again before it is given up."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from wavepacket.errors import Interrupted, Stop, WavepacketError, never
from wavepacket.simulation.batch import number_of_paths
from wavepacket.simulation.blocks import Block, merge
from wavepacket.simulation.engine import integrate
from wavepacket.simulation.path_buffers import PathBuffer, PathBuffers
from wavepacket.simulation.problem import Problem

Tasks = Sequence[tuple[int, int]]
"""(first trajectory, number) of each piece of work of a shard."""

Computed = Callable[[int, int], None]
"""Takes the number of a shard and how many of its trajectories are computed."""

ATTEMPTS = 3
POLL = 0.1  # seconds between two questions whether to stop


@dataclass(frozen=True)
class Failure:
    """Why a shard could not be computed."""

    reason: str


@dataclass(eq=False)
class _Shard:
    """A shard that is being computed."""

    problem: Problem
    pool: ThreadPoolExecutor
    index: int
    tasks: Tasks
    buffer: PathBuffer
    computed: Computed
    futures: list[Future[Block]] = field(default_factory=list)

    def submit(self) -> "_Shard":
        """Have all its tasks done, each of which has its own part of the buffer."""
        row, self.futures = 0, []
        for first, number in self.tasks:
            paths = number_of_paths(self.problem, first, number)
            part = self.buffer.part(row, paths)
            self.futures.append(self.pool.submit(integrate, self.problem, first, number, part))
            row += paths
        return self

    def result(self, stop: Stop) -> Block | Failure:
        """Wait for it; it is tried again before it is given up."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return merge(self._results(stop), self.buffer)
            except WavepacketError:
                raise
            except Exception as error:  # whatever goes wrong in a shard must not end the run
                failure = Failure(describe(error))
            wait(self.futures)  # none may write into the buffer any more
            if attempt < ATTEMPTS:
                time.sleep(POLL)
                self.submit()
        return failure

    def _results(self, stop: Stop) -> list[Block]:
        """Wait for all its pieces, asking now and then whether to stop, and telling how many trajectories are computed."""
        pending = set(self.futures)
        while pending:
            done, pending = wait(pending, timeout=POLL, return_when=FIRST_EXCEPTION)
            if stop():
                raise Interrupted("stopped")
            if any(future.exception() for future in done):
                break
            pieces = zip(self.tasks, self.futures, strict=True)
            self.computed(self.index, sum(number for (_, number), future in pieces if future.done()))
        return [future.result() for future in self.futures]


def computed_here(
    problem: Problem,
    shards: Iterable[tuple[int, Tasks]],
    threads: int,
    buffers: PathBuffers,
    stop: Stop = never,
    *,
    computed: Computed = lambda index, number: None,
) -> Iterator[tuple[int, Block | Failure]]:
    """Yield shards in the given order; while one is being written, the threads compute the next.

    Parameters
    ----------
    buffers : where their paths lie; the buffer of a shard is to be given back when it is needed no more
    computed : is told, as time goes on, of which shard how many trajectories are computed

    Raises
    ------
    Interrupted : ``stop`` was true; what the threads have begun ends by itself and is dropped
    """
    pool = ThreadPoolExecutor(threads)
    ahead: list[_Shard] = []
    try:
        for index, tasks in shards:
            paths = sum(number_of_paths(problem, *task) for task in tasks)
            ahead.append(_Shard(problem, pool, index, tasks, buffers.take(index, paths), computed).submit())
            if len(ahead) > 1:
                yield ahead[0].index, ahead.pop(0).result(stop)
        for shard in ahead:
            yield shard.index, shard.result(stop)
    finally:
        pool.shutdown(wait=not stop(), cancel_futures=True)


def describe(error: BaseException) -> str:
    """Return an exception as one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]
