"""A part of a run's shards, computed by a process of its own: for the job arrays of a cluster, without engine or open port.

A shard is a pure function of the run's folder and its number, and appears under its name in one step. So processes need not
know of each other: each writes its part and leaves the sums of it, and `resume` makes of all parts the run.
"""

import time
from collections.abc import Callable, Sequence
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
from wavepacket.runs.folder import has_begun, shard_files
from wavepacket.runs.layout import INDEX
from wavepacket.runs.lock import owner_at_work
from wavepacket.runs.machine import refuse_full_disk
from wavepacket.runs.partial import add_shards, leave, take_left
from wavepacket.runs.total import BLOCK, Total
from wavepacket.runs.worst import LIMITS
from wavepacket.simulation.build import build_problem
from wavepacket.simulation.layout import layout_of
from wavepacket.simulation.preflight import extent, refuse_too_large
from wavepacket.simulation.problem import Problem
from wavepacket.simulation.provenance import check_same, resolved_text
from wavepacket.simulation.run import ComputeOptions, Progress, begin, limits, opened
from wavepacket.simulation.shard_writer import Writer
from wavepacket.threads import available_threads

_PATIENCE = 120.0  # s that a process waits for another one that makes the folder
_PAUSE = 0.2


_BLOCKS = (
    8  # of a part, at least, where there are so many shards: what shards cost changes along their numbers
)


@dataclass(frozen=True)
class Share:
    """Part ``index`` of ``parts``, counted from one, of the shards of a run: every parts-th block of shards.

    Blocks are nodes of the tree that sums are added in, so that a part can add up its own.
    """

    index: int
    parts: int

    @classmethod
    def parsed(cls, text: str) -> "Share":
        """Read ``3/10``; InputError for anything else."""
        index, _, parts = text.partition("/")
        if not (index.isdigit() and parts.isdigit() and 1 <= int(index) <= int(parts)):
            raise InputError(f"--shards {text}: must be i/n with 1 <= i <= n, such as 3/10")
        return cls(int(index), int(parts))

    def of(self, shards: int) -> list[int]:
        """Numbers of the shards of this part, in order."""
        block = 1 << min(BLOCK, max(0, (shards // (_BLOCKS * self.parts)).bit_length() - 1))
        firsts = range((self.index - 1) * block, shards, self.parts * block)
        return [shard for first in firsts for shard in range(first, min(first + block, shards))]

    @property
    def sums(self) -> str:
        """Name of the file that its sums are left in."""
        return f"part-{self.index}-of-{self.parts}.h5"


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
    check_same(problem, folder, report)
    shards, total = layout_of(problem).shards, Total(limits(problem)[LIMITS])
    mine = share.of(shards)
    finished = finished_shards(folder, mine)
    take_left(total, folder, finished, share.sums)
    missing, summed = [index for index in mine if index not in finished], len(total.entries)
    try:
        _write(problem, folder, missing, means, total)
        add_shards(total, folder, finished.values())
    finally:
        if len(total.entries) > summed and not (folder / INDEX).exists():
            leave(folder, share.sums, total)
    return shards - len(shard_files(folder))


def _write(
    problem: Problem, folder: Path, missing: Sequence[int], means: ComputeOptions, sums: Total
) -> None:
    layout = layout_of(problem)
    tasks = ((index, layout.tasks(index)) for index in missing)
    done, total = 0, sum(map(layout.size, missing))
    means.progress(done, total)
    try:
        for index, failure in Writer(problem, folder, means.threads).write(tasks, sums, means.stop):
            if failure is not None:
                means.report(
                    f"shard {index} failed three times: {failure.reason}; `wavepacket resume` tries it again"
                )
                continue
            done += layout.size(index)
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
