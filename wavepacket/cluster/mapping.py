"""The loop over blocks of a function on workers: results come in the order of the blocks, as from threads.

The function and the blocks lie in a folder of their own that only its owner may read and every worker sees. So do results,
until their turn: nothing but numbers of pieces passes through the scheduler.
"""

import fcntl
import math
import os
import pickle
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from wavepacket.cluster.choice import Choice
from wavepacket.cluster.session import Hearing, Session, at_work
from wavepacket.cluster.task import PATIENCE, Answer, Piece, Work
from wavepacket.errors import Interrupted, Stop, WavepacketError
from wavepacket.threads import InOrder, in_order

__all__ = ["on_workers", "prepare"]

_PIECES = 256
"""Most pieces of a loop."""
_PAUSE = 0.05  # s
_FOLDER, _PROOF = ".wavepacket-", "proof"

_In = TypeVar("_In")
_Out = TypeVar("_Out")


@contextmanager
def on_workers(choice: Choice, place: Path, hearing: Hearing) -> Iterator[InOrder]:
    """Give what computes on a cluster; functions and blocks must be such as can be pickled.

    Parameters
    ----------
    place : folder that every worker sees, in which one is made that goes with the context

    Raises
    ------
    InputError, Interrupted : from what is given, as `Session.answers`
    """
    _remove_remains(place)
    with tempfile.TemporaryDirectory(prefix=_FOLDER, dir=place, ignore_cleanup_errors=True) as name:
        folder, token = Path(name).absolute(), uuid4().hex
        with (folder / _PROOF).open("w") as proof:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(proof, fcntl.LOCK_EX)
            proof.write(token)
            proof.flush()
            work = Work(prepare, folder, (_PROOF, token))
            with at_work(choice, work, hearing) as session:
                yield _Loops(session, folder)


def _remove_remains(place: Path) -> None:
    """Remove folders of processes that were killed: nobody holds the lock of what stands in them any more."""
    for proof in place.glob(f"{_FOLDER}*/{_PROOF}"):
        with suppress(OSError), proof.open() as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if stream.read():  # else it is just being made
                shutil.rmtree(proof.parent, ignore_errors=True)


class _Loops:
    def __init__(self, session: Session, folder: Path) -> None:
        self._session, self._folder, self._numbers = session, folder, count()

    def __call__(self, work: Callable[[_In], _Out], items: Iterable[_In], /) -> Iterator[_Out]:
        every, loop = list(items), next(self._numbers)
        step = max(1, math.ceil(len(every) / _PIECES))
        blocks = [every[first : first + step] for first in range(0, len(every), step)]
        order, there = self._folder / f"{loop}.loop", set[int]()
        _write(order, (work, blocks))
        pieces = [loop * _PIECES + block for block in range(len(blocks))]
        self._session.give(pieces)
        answers = self._session.answers()
        for piece in pieces:
            while piece not in there:
                index, answer = next(answers)
                if "failure" in answer:
                    raise WavepacketError(f"a part of the work could not be done: {answer['failure']}")
                there.add(index)
            result = _result(self._folder, piece)
            yield from _read(result)
            result.unlink()
        order.unlink()


def prepare(folder: Path, threads: int) -> Piece:
    """Return what does a piece on a worker: some blocks of one loop, on so many threads."""
    known: dict[int, Any] = {}

    def piece(index: int, stop: Stop) -> Answer:
        loop, block = divmod(index, _PIECES)
        if loop not in known:
            known.clear()
            known[loop] = _read(folder / f"{loop}.loop")
        work, blocks = known[loop]
        results = []
        for result in in_order(work, blocks[block], threads):
            if stop():
                raise Interrupted("nobody waits for it")
            results.append(result)
        _write(_result(folder, index), results)
        return {}

    return piece


def _result(folder: Path, index: int) -> Path:
    return folder / f"{index}.result"


def _write(path: Path, content: object) -> None:
    """Write a file that appears when it is whole."""
    part = path.with_name(f"{path.name}.{uuid4().hex}.part")
    part.write_bytes(pickle.dumps(content, protocol=pickle.HIGHEST_PROTOCOL))
    os.replace(part, path)


def _read(path: Path) -> Any:
    """Read a file that has been written, maybe on another machine, where it shows a little late."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with suppress(FileNotFoundError):
            return pickle.loads(path.read_bytes())
        if time.monotonic() > deadline:
            raise WavepacketError(
                f"{path}: was written and cannot be seen: is its folder shared by all machines?"
            )
        time.sleep(_PAUSE)
