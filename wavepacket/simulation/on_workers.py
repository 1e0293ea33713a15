"""Shards of a run on workers: each is computed and written by one of them, and noted in the journal here; so are sums."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from wavepacket.cluster import Answer, Choice, Hearing, Piece, Rest, Work, at_work
from wavepacket.cluster.dispatch import Crew
from wavepacket.cluster.session import crew_told
from wavepacket.errors import InputError, Stop, never
from wavepacket.runs import RunArray, ShardEntry
from wavepacket.runs.durable import typed
from wavepacket.runs.journal import append_entry
from wavepacket.runs.lock import note_crew, proof_of_hold
from wavepacket.runs.partial import add_up, has_left
from wavepacket.runs.total import Key
from wavepacket.runs.worst import LIMITS, limits_of
from wavepacket.simulation.layout import layout_of
from wavepacket.simulation.local import Failure
from wavepacket.simulation.provenance import reload_problem
from wavepacket.simulation.shard_writer import Writer

__all__ = ["crew_noted", "prepare", "written_on"]

_SUMMED = 5
"""Level of the nodes that workers add up: 32 shards, of which one worker reads some 1.3 GB."""


def prepare(folder: Path, threads: int) -> Piece:
    """Read a run on a worker, and return what does a piece of it.

    Pieces below the number of shards are these: each is computed, its rest is to write it, the answer is its entry. Those
    beyond are blocks of shards that are there, whose sums are left in the folder.
    """
    problem = reload_problem(folder, threads)
    layout, writer = layout_of(problem), Writer(problem, folder, threads)
    limits = limits_of(problem.config.limits.interband_mixing)[LIMITS]

    def piece(index: int, stop: Stop) -> Answer | Rest:
        if index >= layout.shards:
            return _added_up(folder, (_SUMMED, index - layout.shards), limits, stop)
        rest = writer.computed(index, layout.tasks(index), stop)
        return {"failure": rest.reason} if isinstance(rest, Failure) else lambda: asdict(rest())

    return piece


def _added_up(folder: Path, key: Key, limits: RunArray, stop: Stop) -> Answer:
    try:
        add_up(folder, key, limits, stop)
    except InputError as error:  # who finishes the run reads the shards, and says so if they are damaged
        return {"failure": str(error)}
    return {}


def written_on(
    cluster: Choice,
    folder: Path,
    missing: Sequence[int],
    shards: int,
    *,
    report: Callable[[str], None],
    stop: Stop = never,
) -> Iterator[tuple[int, Failure | None]]:
    """Have shards of a run, whose folder is held, computed and written; yield each as it is done, in any order.

    Sums of every block of shards that is whole are left by workers, too, so that nobody else reads these shards.

    Parameters
    ----------
    missing : shards that are to be computed, of all ``shards``

    Raises
    ------
    InputError, Interrupted : as `cluster.Session.answers`
    """
    if not missing:
        return
    work = Work(prepare, folder.absolute(), proof_of_hold())
    cure = f"then go on with `wavepacket resume {typed(folder)}`"
    lacking = Counter(index >> _SUMMED for index in missing)
    whole = [n for n in range(shards >> _SUMMED) if not lacking[n] and not has_left(folder, (_SUMMED, n))]
    with at_work(cluster, work, Hearing(report, crew_noted(folder, report), cure, stop)) as session:
        session.give([*missing, *(shards + block for block in whole)])
        for index, answer in session.answers():
            if index >= shards:
                continue
            if "failure" in answer:
                yield index, Failure(answer["failure"])
                continue
            append_entry(folder, ShardEntry(**answer))
            yield index, None
            block = index >> _SUMMED
            lacking[block] -= 1
            if not lacking[block] and block < shards >> _SUMMED:
                session.give([shards + block])


def crew_noted(folder: Path, report: Callable[[str], None]) -> Callable[[Crew], None]:
    """Return what notes in the lock of a folder, and tells, how many workers there are."""
    tell = crew_told(report)

    def noted(crew: Crew) -> None:
        note_crew(folder, crew.workers, crew.lost)
        tell(crew)

    return noted
