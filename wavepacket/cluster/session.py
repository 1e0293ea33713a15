"""Pieces of work on a cluster as a loop sees them: given now or later, answered in any order."""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from wavepacket.cluster.choice import Choice
from wavepacket.cluster.connection import Unusable
from wavepacket.cluster.dispatch import Crew, Dispatch
from wavepacket.cluster.slurm import load_jobqueue
from wavepacket.cluster.task import Answer, Work
from wavepacket.errors import InputError, Interrupted, Stop, never

__all__ = ["Hearing", "Session", "at_work", "computed_on", "crew_told"]

_POLL = 0.1  # s between two questions whether to stop


@dataclass(frozen=True)
class Hearing:
    """Who hears of a cluster.

    Parameters
    ----------
    report, noted : called with remarks, called where workers come or go
    cure : how to go on, for who has to make the cluster usable first
    stop : asked whether to stop
    """

    report: Callable[[str], None] = lambda text: None
    noted: Callable[[Crew], None] = lambda crew: None
    cure: str = ""
    stop: Stop = never


def crew_told(report: Callable[[str], None]) -> Callable[[Crew], None]:
    """Return what says in words how many workers there are."""
    before = Crew(0, 0)

    def noted(crew: Crew) -> None:
        nonlocal before
        if crew.lost > before.lost:
            report(
                f"a worker was lost ({crew.lost} so far), {crew.workers} are at work; nothing finished is lost"
            )
        elif crew.workers and not before.workers:
            report("1 worker is at work" if crew.workers == 1 else f"{crew.workers} workers are at work")
        before = crew

    return noted


class Session:
    """Workers that wait for pieces of work; made by `at_work`."""

    def __init__(self, choice: Choice, work: Work, hearing: Hearing) -> None:
        self._hearing, self._left = hearing, 0
        self._events: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._dispatch = Dispatch(choice, work, self._events.put)
        self._thread = threading.Thread(target=self._dispatch.begin, name="wavepacket-cluster", daemon=True)
        self._thread.start()

    def give(self, indices: Sequence[int]) -> None:
        """Have pieces done, after those that were given before; allowed while answers are awaited."""
        self._left += len(indices)
        self._dispatch.give(indices)

    def answers(self) -> Iterator[tuple[int, Answer]]:
        """Yield the number and the answer of each piece as it is done, until all that were given are.

        Raises
        ------
        InputError : the cluster cannot be used, or a worker could not go on, as with a full disk
        Interrupted : somebody asks to stop, or the scheduler was lost; pieces under way are dropped
        """
        while self._left:
            with suppress(queue.Empty):
                event = self._events.get(timeout=_POLL)
                if isinstance(event, Unusable):
                    cure = self._hearing.cure
                    raise InputError(f"{event}; {cure}" if cure else str(event)) from event
                if isinstance(event, BaseException):
                    raise event
                if isinstance(event, str):
                    self._hearing.report(event)
                elif isinstance(event, Crew):
                    self._hearing.noted(event)
                elif isinstance(event, tuple):
                    self._left -= 1
                    yield event
            if self._hearing.stop():
                raise Interrupted("stopped")

    def end(self) -> None:
        """Drop what is under way, and let workers go."""
        self._dispatch.end()
        self._thread.join(30)


@contextmanager
def at_work(choice: Choice, work: Work, hearing: Hearing) -> Iterator[Session]:
    """Start or reach a cluster for pieces of work that are given one after another."""
    if choice.kind == "slurm":
        load_jobqueue()
    session = Session(choice, work, hearing)
    try:
        yield session
    finally:
        session.end()


def computed_on(
    choice: Choice,
    work: Work,
    indices: Sequence[int],
    *,
    report: Callable[[str], None] = lambda text: None,
    noted: Callable[[Crew], None] = lambda crew: None,
    cure: str = "",
    stop: Stop = never,
) -> Iterator[tuple[int, Answer]]:
    """Have pieces of work done on a cluster; parameters of `Hearing`, answers as of `Session.answers`."""
    if indices:
        with at_work(choice, work, Hearing(report, noted, cure, stop)) as session:
            session.give(indices)
            yield from session.answers()
