"""Shards computed by worker processes, each of which writes its own files.

A worker is a fresh interpreter, told by lines of JSON what to do, so nothing is pickled and scripts need no main
guard. A worker that dies takes one attempt of one shard with it. Workers end when this process does: their input
is closed then.
"""

import json
import os
import selectors
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from wavepacket.errors import InputError, Interrupted, Stop, WavepacketError, never
from wavepacket.simulation.local import ATTEMPTS, POLL, Failure

COMMAND = (sys.executable, "-m", "wavepacket.simulation.worker")
# They reach the process that gives the orders; blocked ones stay blocked in a new process.
_BLOCKED = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)


@dataclass(eq=False)
class _Worker:
    """A process, and the number of the shard that it is at work on."""

    process: subprocess.Popen[str]
    index: int
    ready: bool = False

    def give(self, index: int) -> None:
        """Ask for a shard; a worker that is gone is noticed when its answer does not come."""
        assert self.process.stdin is not None
        self.index = index
        with suppress(BrokenPipeError):
            self.process.stdin.write(f"{index}\n")
            self.process.stdin.flush()

    def answer(self) -> dict[str, str]:
        """Return the next answer, or what the end of the process means."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if line:
            return dict(json.loads(line))
        code = self.process.wait()
        return {"gone": f"the worker process was ended by signal {-code}" if code < 0 else f"exit {code}"}

    def leave(self) -> None:
        """End the process: it is idle, or what it does is to be dropped, and no file is ever half written."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with suppress(BrokenPipeError):
                pipe.close()  # type: ignore[union-attr]


@dataclass(eq=False)
class _Crew:
    """All workers of a run and the work that is left."""

    folder: Path
    threads: int
    waiting: list[int]
    command: Sequence[str]
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    attempts: Counter[int] = field(default_factory=Counter)

    def hire(self) -> None:
        """Start a worker and give it the next shard."""
        root = str(Path(__file__).parents[2])
        paths = [root, os.environ.get("PYTHONPATH", "")]
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _BLOCKED)
        try:
            process = subprocess.Popen(
                [*self.command, str(self.folder.absolute()), str(self.threads)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        assert process.stdout is not None
        worker = _Worker(process, self.waiting.pop(0))
        self.selector.register(process.stdout, selectors.EVENT_READ, worker)
        worker.give(worker.index)

    def dismiss(self, worker: _Worker) -> None:
        """Let a worker go."""
        assert worker.process.stdout is not None
        self.selector.unregister(worker.process.stdout)
        worker.leave()

    def hear(self, worker: _Worker) -> tuple[int, Failure | None] | None:
        """Take one answer, give new work, and return what became of the shard; None: nothing yet."""
        answer, index = worker.answer(), worker.index
        if "error" in answer:
            raise InputError(answer["error"])
        if "gone" in answer and not worker.ready:
            raise WavepacketError(f"a worker process could not begin: {answer['gone']}")
        if not worker.ready:
            worker.ready = True
            return None
        if "gone" in answer:
            return self.replace(worker, answer["gone"])
        if self.waiting:
            worker.give(self.waiting.pop(0))
        else:
            self.dismiss(worker)
        return index, Failure(answer["failure"]) if "failure" in answer else None

    def replace(self, worker: _Worker, reason: str) -> tuple[int, Failure | None] | None:
        """Put another worker in the place of one that died; its shard is tried again, but not for ever."""
        self.dismiss(worker)
        self.attempts[worker.index] += 1
        given_up = self.attempts[worker.index] == ATTEMPTS
        if not given_up:
            self.waiting.insert(0, worker.index)
        if self.waiting:
            self.hire()
        return (worker.index, Failure(reason)) if given_up else None


def computed_by_workers(
    folder: Path,
    indices: Sequence[int],
    workers: int,
    threads: int,
    stop: Stop = never,
    *,
    command: Sequence[str] | None = None,
) -> Iterator[tuple[int, Failure | None]]:
    """Have shards of the run in a folder computed and written; yield each as it is done, in any order.

    With another ``command`` in place of ``COMMAND``, whatever its workers make of the numbers.

    Parameters
    ----------
    workers, threads : number of processes, and of threads in each

    Raises
    ------
    InputError : a worker could not go on, as with a full disk
    Interrupted : ``stop`` was true; shards under way are dropped
    """
    crew = _Crew(folder, threads, list(indices), command or COMMAND)
    try:
        for _ in range(min(workers, len(crew.waiting))):
            crew.hire()
        while crew.selector.get_map():
            for key, _ in crew.selector.select(POLL):
                outcome = crew.hear(key.data)
                if outcome is not None:
                    yield outcome
            if stop():
                raise Interrupted("stopped")
    finally:
        for key in list(crew.selector.get_map().values()):
            crew.dismiss(key.data)
        crew.selector.close()
