"""From blocks of trajectories to shards on the disk, while the next blocks are computed."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float
from wavepacket.errors import Stop, never
from wavepacket.runs import ShardBuilder, ShardEntry
from wavepacket.runs.journal import append_entry
from wavepacket.runs.shard import Arrays
from wavepacket.runs.total import Total
from wavepacket.simulation.blocks import Block, counted_in_cells
from wavepacket.simulation.local import Computed, Failure, Tasks, computed_here
from wavepacket.simulation.path_buffers import PathBuffers
from wavepacket.simulation.problem import Problem
from wavepacket.simulation.several_bands import bands_of

_WRITERS = 2  # one hashes while the other waits for the disk


class Writer:
    """Computes shards of a run in this process and writes them; memory is kept from one to the next.

    Parameters
    ----------
    folder : of the run
    threads : that compute
    """

    def __init__(self, problem: Problem, folder: Path, threads: int) -> None:
        self._problem, self._folder, self._threads = problem, folder, threads
        self._builder, self._buffers = ShardBuilder(folder), PathBuffers(len(problem.times))

    def write(
        self,
        shards: Iterable[tuple[int, Tasks]],
        total: Total | None = None,
        stop: Stop = never,
        *,
        computed: Computed = lambda index, number: None,
    ) -> Iterator[tuple[int, Failure | None]]:
        """Yield the number of each shard that is on the disk, or could not be computed, then with the failure.

        What is written is added to ``total``; ``computed`` is told of which shard how many trajectories are computed.
        """
        total, buffers = Total() if total is None else total, self._buffers
        # While threads compute a shard, the one before is put together here, and earlier ones are hashed and written.
        with ThreadPoolExecutor(_WRITERS) as writers:
            written: list[tuple[Arrays, Future[ShardEntry]]] = []
            for index, block in computed_here(
                self._problem, shards, self._threads, buffers, stop, computed=computed
            ):
                if isinstance(block, Failure):
                    buffers.give(index)
                    yield index, block
                    continue
                image = self._builder.image(index, shard_arrays(self._problem, block))
                if len(written) == _WRITERS:
                    yield self._noted(total, *written.pop(0))
                written.append((image.content, writers.submit(image.write)))
            for content, writing in written:
                yield self._noted(total, content, writing)

    def computed(self, index: int, tasks: Tasks, stop: Stop) -> Failure | Callable[[], ShardEntry]:
        """Compute one shard; what is returned writes it, in any thread, while the next is computed."""
        ((_, block),) = computed_here(self._problem, [(index, tasks)], self._threads, self._buffers, stop)
        if isinstance(block, Failure):
            self._buffers.give(index)
            return block
        return partial(self._written, index, block)

    def _written(self, index: int, block: Block) -> ShardEntry:
        entry = self._builder.image(index, shard_arrays(self._problem, block)).write()
        self._buffers.give(index)
        return entry

    def _noted(self, total: Total, content: Arrays, writing: "Future[ShardEntry]") -> tuple[int, None]:
        """Wait until a shard is on the disk and note it, in the order of shards; errors are raised here."""
        entry = writing.result()
        self._buffers.give(entry.index)
        append_entry(self._folder, entry)
        total.add(entry, content)
        return entry.index, None


def shard_arrays(problem: Problem, block: Block) -> dict[str, npt.NDArray[np.generic]]:
    """The datasets of a shard, by the names of the layout of shards."""
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "trajectory": block.trajectory,
        "time": problem.times,
        "weight": block.weight,
        "band": bands_of(problem, block.trajectory).astype(np.int32),
        "valley": block.valley.astype(np.int32),
        "replica": block.replica.astype(np.int32),
        "electric_sign": block.electric_sign.astype(np.int8),
        "status": block.status.astype(np.int32),
    }
    if len(block.path):
        arrays |= {"path": block.path, "position": block.position, "wavevector": block.wavevector}
    arrays |= {f"diagnostics/{name}": values for name, values in block.diagnostics.items()}
    sums = block.sums | _sums_in_cells(problem, block)
    return arrays | {f"sums/{name}": values for name, values in sums.items()}


def _sums_in_cells(problem: Problem, block: Block) -> dict[str, Float]:
    if problem.layer is None:
        return {}
    rows = counted_in_cells(block.status, block.electric_sign)
    return problem.layer.sums(
        block.in_cells[rows],
        weight=block.weight[rows],
        replica=block.replica[rows],
        replicas=problem.ensemble.replicas,
    )
