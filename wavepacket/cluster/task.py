"""What runs on a worker: a word on itself before its first piece of work, then one piece after another."""

import hashlib
import os
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from wavepacket.errors import Interrupted, Stop, WavepacketError
from wavepacket.scripts import load_script

__all__ = [
    "LATER",
    "PATIENCE",
    "Answer",
    "Greeting",
    "Piece",
    "Rest",
    "Work",
    "code_digest",
    "greet",
    "perform",
]

Answer: TypeAlias = dict[str, Any]
"""What is told of a piece in plain numbers and text: small, since it travels; of one that could not be computed
``{"failure": reason}``.
"""

Rest: TypeAlias = Callable[[], Answer]
"""What is left of a piece, such as writing its file, and gives its answer; the next piece need not wait for it."""

Piece: TypeAlias = Callable[[int, Stop], Answer | Rest]
"""Does a numbered piece of work, asking now and then whether anybody still wants it."""

LATER = "later"
"""Key of what is told of a piece when nothing but its rest is left."""

PATIENCE = 15.0
"""s until a file that was just written must show on other machines."""
_PAUSE = 0.25


@dataclass(frozen=True)
class Work:
    """Numbered pieces of work in a folder.

    Parameters
    ----------
    prepare : function of a module, from the folder and a number of threads to what does one piece
    folder : absolute; seen by every worker under this path
    proof : a file in the folder, and what must be in it: another folder of that path is noticed
    scripts : files that a worker runs first, as ``--load`` does
    """

    prepare: Callable[[Path, int], Piece] = field(repr=False)
    folder: Path
    proof: tuple[str, str] = ("", "")
    scripts: tuple[str, ...] = ()

    def is_seen(self) -> bool:
        """Whether the folder is this one here; other machines may see a new file a little late."""
        name, content = self.proof
        if not name:
            return self.folder.is_dir()
        deadline = time.monotonic() + PATIENCE
        while True:
            with suppress(OSError):
                if content in (self.folder / name).read_text(errors="replace"):
                    return True
            if not self.folder.is_dir() or time.monotonic() > deadline:
                return False
            time.sleep(_PAUSE)


@dataclass(frozen=True)
class Greeting:
    """What a worker says of itself.

    Parameters
    ----------
    code : digest of its copy of this package
    sees : whether it sees the folder of the work
    threads : cores that it was given
    host, process : where it lives
    """

    code: str
    sees: bool
    threads: int
    host: str
    process: int


@cache
def code_digest() -> str:
    """SHA-256 of the sources of this package: workers that differ in any of them may write other bytes."""
    root, digest = Path(__file__).resolve().parents[1], hashlib.sha256()
    for file in sorted(root.rglob("*.py")):
        digest.update(file.relative_to(root).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def greet(work: Work) -> Greeting:
    """Say who this worker is and whether it sees the folder."""
    from distributed import get_worker

    threads = get_worker().state.nthreads
    return Greeting(code_digest(), work.is_seen(), threads, socket.gethostname(), os.getpid())


_turn = threading.Lock()
_prepared: dict[str, Piece] = {}
_behind = ThreadPoolExecutor(1, "wavepacket-rest")
_resting: list[Future[None]] = []


def perform(work: Work, threads: int, index: int, topic: str) -> Answer:
    """Do a piece of work and tell its answer as an event of a topic, which is that of this work and no other.

    An event takes half the messages of fetching a result, and outlives the worker.
    """
    from distributed import get_worker

    worker = get_worker()
    key = worker.get_current_task()

    def tell(answer: Answer) -> None:
        worker.log_event(topic, {"index": index, "key": key, "answer": answer})

    answer = _performed(work, threads, index, topic)
    if callable(answer):
        tell({LATER: ""})
        _resting.append(_behind.submit(_finish, answer, tell))
        return {LATER: ""}
    tell(answer)
    return answer


def _finish(rest: Rest, tell: Callable[[Answer], None]) -> None:
    """Do the rest of a piece and tell its answer."""
    try:
        answer = rest()
    except Exception as error:
        said = str(error) if isinstance(error, WavepacketError) else f"{type(error).__name__}: {error}"
        answer = {"error": said}
    tell(answer)


def _performed(work: Work, threads: int, index: int, topic: str) -> Answer | Rest:
    """Return the answer or what gives it; ``{"error": sentence}`` where nothing can be done about what is wrong.

    What is read once for all pieces is kept. A piece ends early, with ``{"dropped": ""}``, where nobody waits for it any
    more or its worker is closing.
    """
    stop = _unwanted()
    with _turn:  # the one before may not have noticed yet that nobody waits for it
        while len(_resting) > 1:  # memory of one piece is computed into, that of another is written
            _resting.pop(0).result()
        kept = _prepared.pop(topic, None)
        _prepared.clear()
        try:
            if kept is None:
                for script in work.scripts:
                    load_script(script)
                kept = work.prepare(work.folder, threads)
            answer = kept(index, stop)
        except Interrupted:
            return {"dropped": ""}
        except WavepacketError as error:
            return {"error": str(error)}
        _prepared[topic] = (
            kept  # of a piece that was cut off threads may still write into its arrays: it is not kept
        )
        return answer


def _unwanted() -> Stop:
    """Return what tells whether the task that calls this was cancelled, or its worker is closing."""
    from distributed import get_worker
    from distributed.core import Status

    worker = get_worker()
    key = worker.get_current_task()

    def stop() -> bool:
        task = worker.state.tasks.get(key)
        return task is None or task.state != "executing" or worker.status != Status.running

    return stop
