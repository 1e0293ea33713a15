"""From blocks of trajectories to shards on the disk, while the next blocks are computed."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt

from wavepacket.simulation.engine import Block
from wavepacket.simulation.local import Failure, Stop, Tasks, computed_here, never
from wavepacket.simulation.problem import Problem
from wavepacket.simulation.room import Rooms
from wavepacket.storage import ShardEntry, ShardPress
from wavepacket.storage.content import Arrays
from wavepacket.storage.journal import append_entry
from wavepacket.storage.total import Total

_WRITERS = 2  # one hashes while the other waits for the disk


def written_here(
    problem: Problem,
    folder: Path,
    shards: Iterable[tuple[int, Tasks]],
    threads: int,
    total: Total | None = None,
    stop: Stop = never,
) -> Iterator[tuple[int, Failure | None]]:
    """Compute shards in this process and write them; yield the number of each, with a failure where it has none.

    What is written is added to ``total``.
    """
    total = Total() if total is None else total
    # While threads compute a shard, the one before is put together here, and earlier ones are hashed and written.
    press, rooms = ShardPress(folder), Rooms(len(problem.times))
    with ThreadPoolExecutor(_WRITERS) as writers:
        written: list[tuple[Arrays, Future[ShardEntry]]] = []
        for index, block in computed_here(problem, shards, threads, rooms, stop):
            if isinstance(block, Failure):
                rooms.give(index)
                yield index, block
                continue
            image = press.image(index, shard_arrays(problem, block))
            if len(written) == _WRITERS:
                yield _noted(folder, rooms, total, *written.pop(0))
            written.append((image.content, writers.submit(image.write)))
        for content, writing in written:
            yield _noted(folder, rooms, total, content, writing)


def _noted(
    folder: Path, rooms: Rooms, total: Total, content: Arrays, writing: "Future[ShardEntry]"
) -> tuple[int, None]:
    """Wait until a shard is on the disk and note it in the journal, in the order of shards; errors are raised here."""
    entry = writing.result()
    rooms.give(entry.index)
    append_entry(folder, entry)
    total.add(entry, content)
    return entry.index, None


def shard_arrays(problem: Problem, block: Block) -> dict[str, npt.NDArray[np.generic]]:
    """The datasets of a shard, by the names of the storage layout."""
    number = len(block.trajectory)
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "trajectory": block.trajectory,
        "time": problem.times,
        "weight": block.weight,
        "band": np.full(number, problem.config.band.index, dtype=np.int32),
        "valley": block.valley.astype(np.int32),
        "replica": block.replica.astype(np.int32),
        "electric_sign": block.electric_sign.astype(np.int8),
        "status": block.status.astype(np.int32),
    }
    if len(block.path):
        arrays |= {"path": block.path, "position": block.position, "wavevector": block.wavevector}
    arrays |= {f"diagnostics/{name}": values for name, values in block.diagnostics.items()}
    return arrays | {f"sums/{name}": values for name, values in block.sums.items()}
