"""Run a config into a run folder, shard by shard; a run that was cut off goes on from its finished shards."""

import platform
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from os import PathLike
from pathlib import Path

import numpy as np
import numpy.typing as npt

from wavepacket.config import Config, load_config
from wavepacket.hamiltonians import resolved
from wavepacket.simulation.engine import Block, integrate, merge, number_of_trajectories
from wavepacket.simulation.problem import Problem, available_threads, build_problem
from wavepacket.storage import (
    RunArray,
    StoredRun,
    create_run,
    finish_run,
    hold_run,
    open_run,
    recover_run,
    write_shard,
)
from wavepacket.storage.transport import SEA

_SHARD_BYTES = 40_000_000
_TASK = {"two_band": 1024, "table": 512, "direct": 32}
_PACKAGES = ("berry-wavepacket", "numpy", "numba", "scipy", "h5py")

Progress = Callable[[int, int], None]
"""Called with the number of finished trajectories and the number of all."""


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
    per_trajectory = int(48 * len(problem.times) * kept) + 120
    tasks = max(1, min(_SHARD_BYTES // per_trajectory, 1 << 16) // task)
    return Layout(trajectories, tasks * task, task)


def run(
    config: Config | str | PathLike[str],
    output: str | PathLike[str] | None = None,
    *,
    config_text: str | bytes | None = None,
    overwrite: bool = False,
    threads: int | None = None,
    progress: Progress = lambda done, total: None,
    report: Callable[[str], None] = lambda text: None,
) -> StoredRun:
    """Run a config and return the finished run.

    Parameters
    ----------
    config : a config, or the path of its file
    output : folder of the run; default ``runs/NAME``
    config_text : what is kept as ``config.yaml``; default the file, or the resolved config
    overwrite : replace a run in that folder
    threads : default all cores that the process may use; results do not depend on it

    Raises
    ------
    InputError
        for a config that cannot run, or a folder that is in use

    """
    if not isinstance(config, Config):
        config_text = Path(config).read_bytes() if config_text is None else config_text
        config = load_config(config)
    folder = Path(output) if output is not None else Path("runs") / config.name
    threads = threads or available_threads()
    problem = build_problem(config, threads=threads, report=report)
    text = resolved(config).to_yaml()
    with hold_run(folder, create=True):
        create_run(
            folder,
            name=config.name,
            dimension=problem.hamiltonian.dimension,
            valley_names=problem.valley_names,
            config_text=text if config_text is None else config_text,
            resolved_text=text,
            provenance=provenance(problem),
            overwrite=overwrite,
        )
        return _complete(problem, folder, set(), threads, progress)


def resume(
    folder: str | PathLike[str],
    *,
    threads: int | None = None,
    progress: Progress = lambda done, total: None,
    report: Callable[[str], None] = lambda text: None,
) -> StoredRun:
    """Go on with a run that was cut off; nothing but its folder is needed."""
    path = Path(folder)
    threads = threads or available_threads()
    with hold_run(path):
        finished = recover_run(path)
        config = load_config(path / "resolved.yaml", large=True)
        problem = build_problem(config, threads=threads, report=report)
        return _complete(problem, path, set(finished), threads, progress)


def _complete(
    problem: Problem, folder: Path, finished: set[int], threads: int, progress: Progress
) -> StoredRun:
    layout = layout_of(problem)
    missing = [index for index in range(layout.shards) if index not in finished]
    done = layout.trajectories - sum(number for index in missing for _, number in layout.tasks(index))
    progress(done, layout.trajectories)
    for index, block in _shards(problem, layout, missing, threads):
        write_shard(folder, index, shard_arrays(problem, block))
        done += len(block.trajectory)
        progress(done, layout.trajectories)
    finish_run(folder, arrays=_whole(problem))
    return open_run(folder)


def _whole(problem: Problem) -> dict[str, RunArray]:
    """What belongs to no trajectory: the occupied states of a linear response."""
    if problem.sea is None:
        return {}
    text = "sum of f Omega (3 components) and of D f over the occupied states, by replica and valley"
    column = RunArray(np.arange(4), "1", "column of fermi_sea", ("sea_column",))
    dims = ("sums/replica", "sums/valley", "sea_column")
    return {"sea_column": column, SEA: RunArray(problem.sea, "", text, dims)}


def _shards(
    problem: Problem, layout: Layout, indices: list[int], threads: int
) -> Iterator[tuple[int, Block]]:
    """Shards in order; while one is being written, the threads compute the next."""
    with ThreadPoolExecutor(threads) as pool:
        ahead: list[tuple[int, list[Future[Block]]]] = []
        try:
            for index in indices:
                ahead.append(
                    (index, [pool.submit(integrate, problem, *task) for task in layout.tasks(index)])
                )
                if len(ahead) > 1:
                    ready, futures = ahead.pop(0)
                    yield ready, merge([future.result() for future in futures])
            for ready, futures in ahead:
                yield ready, merge([future.result() for future in futures])
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def shard_arrays(problem: Problem, block: Block) -> dict[str, npt.NDArray[np.generic]]:
    """The datasets of a shard, by the names of the storage layout."""
    number = len(block.trajectory)
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "trajectory": block.trajectory,
        "time": problem.times,
        "weight": block.weight,
        "band": np.full(number, problem.band.index, dtype=np.int32),
        "valley": block.valley.astype(np.int32),
        "replica": block.replica.astype(np.int32),
        "electric_sign": block.electric_sign.astype(np.int8),
        "status": block.status.astype(np.int32),
    }
    if len(block.path):
        arrays |= {"path": block.path, "position": block.position, "wavevector": block.wavevector}
    arrays |= {f"diagnostics/{name}": values for name, values in block.diagnostics.items()}
    return arrays | {f"sums/{name}": values for name, values in block.sums.items()}


def provenance(problem: Problem) -> dict[str, str]:
    """What one needs to know to make the same run again."""
    facts = {f"version {name}": version(name) for name in _PACKAGES}
    facts["python"] = sys.version.split()[0]
    facts["platform"] = platform.platform()
    facts["hamiltonian"] = f"{problem.hamiltonian!r} sha256 {problem.hamiltonian.content_hash()}"
    facts["band source"] = problem.band.kind
    facts |= {name: f"{value:.3e}" for name, value in problem.band.facts.items()}
    notes = (*problem.hamiltonian.notes, *problem.band.notes)
    return facts | {f"note {i + 1}": note for i, note in enumerate(notes)}
