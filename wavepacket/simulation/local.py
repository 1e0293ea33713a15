"""Shards computed in this process, on threads; a shard that fails is tried again before it is given up."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from wavepacket.errors import Interrupted, WavepacketError
from wavepacket.simulation.engine import Block, integrate, merge
from wavepacket.simulation.problem import Problem

Stop = Callable[[], bool]
"""Asked several times a second: whether the run is to stop."""
Tasks = Sequence[tuple[int, int]]
"""(first trajectory, number) of each piece of work of a shard."""

ATTEMPTS = 3
POLL = 0.1  # seconds between two questions whether to stop


@dataclass(frozen=True)
class Failure:
    """Why a shard could not be computed."""

    reason: str


def never() -> bool:
    """Whether to stop: no."""
    return False


def computed_here(
    problem: Problem, shards: Sequence[tuple[int, Tasks]], threads: int, stop: Stop = never
) -> Iterator[tuple[int, Block | Failure]]:
    """Yield shards in the given order; while one is being written, the threads compute the next.

    Raises
    ------
    Interrupted : ``stop`` was true; what the threads have begun ends by itself and is dropped
    """
    pool = ThreadPoolExecutor(threads)
    ahead: list[tuple[int, Tasks, list[Future[Block]]]] = []
    try:
        for index, tasks in shards:
            ahead.append((index, tasks, _submit(pool, problem, tasks)))
            if len(ahead) > 1:
                yield _first(pool, problem, ahead, stop)
        while ahead:
            yield _first(pool, problem, ahead, stop)
    finally:
        pool.shutdown(wait=not stop(), cancel_futures=True)


def _submit(pool: ThreadPoolExecutor, problem: Problem, tasks: Tasks) -> list[Future[Block]]:
    return [pool.submit(integrate, problem, *task) for task in tasks]


def _first(
    pool: ThreadPoolExecutor,
    problem: Problem,
    ahead: list[tuple[int, Tasks, list[Future[Block]]]],
    stop: Stop,
) -> tuple[int, Block | Failure]:
    """Take the first shard in the queue, once it is there or has failed too often."""
    index, tasks, futures = ahead.pop(0)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return index, merge(_results(futures, stop))
        except WavepacketError:
            raise
        except Exception as error:  # whatever goes wrong in a shard must not end the run
            failure = Failure(describe(error))
        if attempt < ATTEMPTS:
            time.sleep(POLL)
            futures = _submit(pool, problem, tasks)
    return index, failure


def _results(futures: list[Future[Block]], stop: Stop) -> list[Block]:
    """Wait for all pieces of a shard, asking now and then whether to stop."""
    pending = set(futures)
    while pending:
        done, pending = wait(pending, timeout=POLL, return_when=FIRST_EXCEPTION)
        if stop():
            raise Interrupted("stopped")
        if any(future.exception() for future in done):
            break
    return [future.result() for future in futures]


def describe(error: BaseException) -> str:
    """Return an exception as one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]
