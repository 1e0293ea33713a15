"""A part of a run's shards, computed by a process of its own: for the job arrays of a cluster, without engine or open port.

A shard is a pure function of the run's folder and its number, and appears under its name in one step. So processes need not
know of each other: each writes its part, and `resume` makes of all shards the run.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from wavepacket.config import ConfigLike
from wavepacket.config.files import placed
from wavepacket.errors import InputError, Interrupted, Stop, never
from wavepacket.hamiltonians import as_data
from wavepacket.runs import finished_shards, hold_run, read_texts
from wavepacket.runs.description import read_description
from wavepacket.runs.durable import shown, typed
from wavepacket.runs.folder import has_begun
from wavepacket.runs.lock import owner_at_work
from wavepacket.runs.machine import refuse_full_disk
from wavepacket.simulation.build import build_problem
from wavepacket.simulation.layout import layout_of
from wavepacket.simulation.local import Tasks
from wavepacket.simulation.preflight import extent, refuse_too_large
from wavepacket.simulation.problem import Problem
from wavepacket.simulation.provenance import reload_problem, resolved_text
from wavepacket.simulation.run import ComputeOptions, Progress, begin, opened
from wavepacket.simulation.shard_writer import Writer
from wavepacket.threads import available_threads

_PATIENCE = 120.0  # s that a process waits for another one that makes the folder
_PAUSE = 0.2


@dataclass(frozen=True)
class Share:
    """The shards ``index`` of ``parts``, counted from one: every parts-th shard."""

    index: int
    parts: int

    @classmethod
    def parsed(cls, text: str) -> "Share":
        """Read ``3/10``; InputError for anything else."""
        index, _, parts = text.partition("/")
        if not (index.isdigit() and parts.isdigit() and 1 <= int(index) <= int(parts)):
            raise InputError(f"--shards {text}: must be i/n with 1 <= i <= n, such as 3/10")
        return cls(int(index), int(parts))

    def __contains__(self, shard: int) -> bool:
        """Whether a shard belongs to this part."""
        return shard % self.parts == self.index - 1


def run_share(
    config: ConfigLike,
    share: Share,
    output: str | PathLike[str] | None = None,
    *,
    config_text: str | bytes | None = None,
    threads: int | None = None,
    progress: Progress = lambda done, total: None,
    report: Callable[[str], None] = lambda text: None,
    stop: Stop = never,
) -> int:
    """Compute a part of the shards of a run; the first process makes the folder. Return how many of all still lack.

    Parameters as for `run`. A part that was cut off is begun again with the same call.

    Raises
    ------
    InputError : the folder holds another run, or the config cannot run
    Interrupted : ``stop`` was true
    """
    opened_config, config_text = opened(config, None, config_text)
    folder = Path(output) if output is not None else Path("runs") / opened_config.name
    opened_config = placed(as_data(opened_config), folder)
    opened_config.check_run()
    means = ComputeOptions(threads or available_threads(), None, progress, report, stop)
    problem = build_problem(opened_config, threads=means.threads, report=report)
    refuse_too_large(problem, layout_of(problem), means.threads)
    _enter(problem, folder, config_text)
    problem = reload_problem(folder, means.threads, report)
    layout, finished = layout_of(problem), finished_shards(folder)
    mine = [index for index in range(layout.shards) if index in share and index not in finished]
    _write(problem, folder, {index: layout.tasks(index) for index in mine}, means)
    return layout.shards - len(finished_shards(folder))


def _write(problem: Problem, folder: Path, tasks: Mapping[int, Tasks], means: ComputeOptions) -> None:
    sizes = {index: sum(number for _, number in task) for index, task in tasks.items()}
    done, total = 0, sum(sizes.values())
    means.progress(done, total)
    try:
        for index, failure in Writer(problem, folder, means.threads).write(tasks.items(), stop=means.stop):
            if failure is not None:
                means.report(
                    f"shard {index} failed three times: {failure.reason}; `wavepacket resume` tries it again"
                )
                continue
            done += sizes[index]
            means.progress(done, total)
    except Interrupted:
        raise Interrupted(
            f"stopped: {done} of {total} trajectories of this part are safe; the same command goes on"
        ) from None


def _enter(problem: Problem, folder: Path, config_text: str | bytes | None) -> None:
    """Make the folder of the run, or see that the one which is there is of the same run."""
    text = resolved_text(problem, folder)
    if not has_begun(folder):
        refuse_full_disk(folder, extent(problem, layout_of(problem)).disk)
    patience = time.monotonic() + _PATIENCE
    while True:
        if folder.is_dir() and has_begun(folder):
            _, resolved = read_texts(folder, read_description(folder))
            if resolved != text:
                raise InputError(
                    f"{shown(folder)}: holds another run than this config's; choose another folder with -o"
                )
            return
        try:
            with hold_run(folder, create=True):
                if not has_begun(folder):
                    begin(problem, folder, text, config_text)
        except InputError:
            if not has_begun(folder) and (owner_at_work(folder) is None or time.monotonic() > patience):
                raise  # nobody else is making it
            time.sleep(_PAUSE)


def how_to_finish(folder: Path, lacking: int) -> str:
    """What remains to be done, as a sentence."""
    if lacking:
        return f"{lacking} shards of other parts are not there yet; when all are, `wavepacket resume {typed(folder)}`"
    return f"all shards are there; `wavepacket resume {typed(folder)}` makes the run of them"
