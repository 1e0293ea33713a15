"""Pieces of work are given to workers one at a time, and again where a worker is lost; answers come in any order.

Dask carries the pieces; which worker does which is decided here, so that it is known what a worker was at when it died.
(Left to itself, Dask blames every task that a dead worker had been given, and repeats what was finished there.)
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from wavepacket.cluster.choice import Choice
from wavepacket.cluster.connection import Engine, Unusable
from wavepacket.cluster.engines import started
from wavepacket.cluster.fitness import problem_of
from wavepacket.cluster.task import LATER, Answer, Work, perform
from wavepacket.errors import InputError, Interrupted, WavepacketError

if TYPE_CHECKING:
    from distributed import Future

__all__ = ["Crew", "Dispatch"]

ATTEMPTS = 5
"""Workers that may be lost over one piece before it is given up."""

_EARLY = 0.1  # s between two looks, before any worker is there
_LOOK = 1.0  # s between two looks at which workers are there
_QUIET = 120.0  # s that workers of this machine may take to come
_WORD = 10.0  # s of waiting for others before it is told
_TOLD = 3  # workers that are left out, before the others are so in silence
_ANSWER = 180.0  # s that a busy scheduler may take to answer; one that ends is noticed at once
_PAUSE = 0.05  # s between two looks whether a worker is done with what it writes


@dataclass(frozen=True)
class Crew:
    """How many workers there are now, and how many were lost."""

    workers: int
    lost: int


@dataclass(eq=False)
class Dispatch:
    """What is left to do and who is at it; lives in a thread of its own with Dask's loop."""

    choice: Choice
    work: Work
    tell: Callable[[object], None]
    attempts: Counter[int] = field(default_factory=Counter)
    busy: dict[str, int] = field(default_factory=dict)
    resting: dict[int, str] = field(default_factory=dict)
    answers: dict[int, Answer] = field(default_factory=dict)
    expected: dict[int, "asyncio.Future[Answer]"] = field(default_factory=dict)
    crew: dict[str, "asyncio.Task[None]"] = field(default_factory=dict)
    greeted: set[str] = field(default_factory=set)
    unfit: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    lost: int = 0

    def __post_init__(self) -> None:
        self._topic, self._loop = f"wavepacket-{uuid4().hex[:12]}", asyncio.new_event_loop()
        self._queue: asyncio.Queue[int] = asyncio.Queue()
        self._ended, self._told = False, Crew(0, 0)
        self._main: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Run until `end`; whatever goes wrong is told."""
        asyncio.set_event_loop(self._loop)
        # Connections that break are noticed by their ends.
        self._loop.set_exception_handler(lambda loop, context: None)
        try:
            self._main = self._loop.create_task(self._run())
            if self._ended:
                self._main.cancel()
            with suppress(asyncio.CancelledError):
                self._loop.run_until_complete(self._main)
        except BaseException as error:
            self.tell(error)
        finally:
            for task in asyncio.all_tasks(self._loop):
                task.cancel()
            with suppress(Exception):
                self._loop.run_until_complete(asyncio.sleep(0.05))
                self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()

    def end(self) -> None:
        """Stop and drop what is under way; may be called from any thread, more than once."""
        self._ended = True
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(lambda: self._main.cancel() if self._main else None)

    def give(self, indices: Sequence[int]) -> None:
        """Put pieces behind those that wait; may be called from any thread."""

        def put() -> None:
            for index in indices:
                self._queue.put_nowait(index)

        with suppress(RuntimeError):  # it has ended, and said why
            self._loop.call_soon_threadsafe(put)

    async def _run(self) -> None:
        async with started(self.choice, self.work, self.tell) as engine:
            engine.client.subscribe_topic(self._topic, self._hear)
            engine.client.subscribe_topic("all", self._miss)
            began, said = time.monotonic(), False
            try:
                while True:
                    await self._look(engine)
                    await engine.tend(len(self.greeted))
                    waited = time.monotonic() - began
                    if not self.greeted and waited > _QUIET and not engine.queued:
                        raise WavepacketError(f"no worker process came within {_QUIET:.0f} s")
                    if not self.greeted and waited > _WORD and not said:
                        self.tell(f"waiting for workers ({self.choice})")
                        said = True
                    await asyncio.sleep(_LOOK if self.greeted else _EARLY)
            finally:
                with suppress(Exception):  # else the scheduler tells a client that leaves that it leaves
                    engine.client.unsubscribe_topic("all")
                for task in self.crew.values():
                    task.cancel()
                await asyncio.gather(*self.crew.values(), return_exceptions=True)

    async def _look(self, engine: Engine) -> None:
        """See which workers have come and gone."""
        client = engine.client
        try:
            present = await asyncio.wait_for(client.nthreads(), _ANSWER)
        except (OSError, TimeoutError, RuntimeError, ValueError) as error:
            raise Interrupted(f"the scheduler was lost ({self.choice})") from error
        if client.status != "running":
            raise Interrupted(f"the scheduler was lost ({self.choice})")
        gone, self.gone = self.gone, set()
        # One that left since the last look may be there again, under the address that it had.
        for address in self.crew.keys() & gone | self.crew.keys() - present.keys():
            await self._dismiss(address)
        for address, threads in present.items():
            if address not in self.crew:
                self.crew[address] = self._loop.create_task(self._employ(engine, address, threads))
        for task in self.crew.values():
            if task.done() and not task.cancelled() and (failed := task.exception()):
                raise failed
        if self.unfit and self.crew.keys() <= self.unfit.keys():
            raise Unusable(next(iter(self.unfit.values())))
        now = Crew(len(self.greeted & self.crew.keys()), self.lost)
        if now != self._told:
            self._told = now
            self.tell(now)

    async def _dismiss(self, address: str) -> None:
        """A worker is gone; what it was at is tried again, after everything else, but not for ever."""
        task = self.crew.pop(address)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        self.unfit.pop(address, None)
        index = self.busy.pop(address, None)
        left = [index for index, where in self.resting.items() if where == address]
        if index is not None and LATER not in (told := self.answers.pop(index, {LATER: ""})):
            self.tell((index, told))  # just before
        elif index is not None:
            left.append(index)
        self.lost += bool(left)
        for index in left:
            self.resting.pop(index, None)
            self._lost(index)

    def _lost(self, index: int) -> None:
        self.attempts[index] += 1
        if self.attempts[index] < ATTEMPTS:
            self._queue.put_nowait(index)
        else:
            self.tell((index, {"failure": f"its worker was lost, {ATTEMPTS} times"}))

    async def _employ(self, engine: Engine, address: str, threads: int) -> None:
        """Give a worker one piece after another."""
        if problem := await problem_of(engine.client, address, self.work):
            self.unfit[address] = problem
            if len(self.unfit) <= _TOLD:
                self.tell(f"{problem}; this worker is left out")
            return
        self.greeted.add(address)
        while True:
            index = await self._next(address)
            self.busy[address] = index
            future = engine.client.submit(
                perform, self.work, self.choice.threads or threads, index, self._topic, workers=[address],
                key=self._key(index), pure=False, allow_other_workers=False,
            )  # fmt: skip
            answer = await self._answer(future, index)
            del self.busy[address]
            if answer is None or "dropped" in answer:
                self._lost(index)
                await asyncio.sleep(_LOOK)  # it may be closing
            elif LATER in answer:
                self.resting[index] = address
            else:
                self._tell(index, answer)

    async def _next(self, address: str) -> int:
        """Return what a worker is to do next.

        A piece that was lost before is done alone: where it ends the worker, it takes none with it that is being written.
        """
        while any(where == address and self.attempts[index] for index, where in self.resting.items()):
            await asyncio.sleep(_PAUSE)
        index = await self._queue.get()
        try:
            while self.attempts[index] and address in self.resting.values():
                await asyncio.sleep(_PAUSE)
        except asyncio.CancelledError:
            self._queue.put_nowait(index)
            raise
        return index

    def _key(self, index: int) -> str:
        return f"{self._topic}-{index}-{self.attempts[index]}"

    def _tell(self, index: int, answer: Answer) -> None:
        self.tell(InputError(answer["error"]) if "error" in answer else (index, answer))

    async def _answer(self, future: "Future", index: int) -> Answer | None:
        """Wait for an answer; None where Dask gave the piece up."""
        from distributed.scheduler import KilledWorker

        fetched = asyncio.ensure_future(_fetched(future))
        self.expected[index] = fetched
        try:
            return await fetched
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is None or task.cancelling():
                raise
            if index in self.answers:
                return self.answers.pop(index)
            raise Interrupted(f"the scheduler was lost ({self.choice})") from None
        except KilledWorker:
            return None
        except CancelledError:  # Dask's own
            raise Interrupted(f"the scheduler was lost ({self.choice})") from None
        except WavepacketError:
            raise
        except Exception as error:
            raise WavepacketError(f"a worker failed: {type(error).__name__}: {error}") from error
        finally:
            self.expected.pop(index, None)
            fetched.cancel()
            future.release()

    def _miss(self, event: tuple[float, dict[str, Any]]) -> None:
        """Note that a worker is gone."""
        if event[1].get("action") == "remove-worker":
            self.gone.add(event[1].get("worker", ""))

    def _hear(self, event: tuple[float, dict[str, Any]]) -> None:
        """Take an answer; its task need not be fetched then."""
        index, answer = event[1]["index"], event[1]["answer"]
        if event[1]["key"] != self._key(index):  # of a worker that was lost since, and said so late
            return
        if index in self.expected:
            self.answers[index] = answer
            self.expected.pop(index).cancel()
        elif index in self.answers:  # that there is a rest of it, which is done by now
            self.answers[index] = answer
        elif self.resting.pop(index, None):
            self._tell(index, answer)


async def _fetched(future: "Future") -> Answer:
    return dict(await future)
