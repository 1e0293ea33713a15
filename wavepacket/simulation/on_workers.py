"""Shards of a run on workers: each is computed and written by one of them, and noted in the journal here."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from wavepacket.cluster import Answer, Choice, Piece, Work, computed_on
from wavepacket.cluster.dispatch import Crew
from wavepacket.errors import Stop, never
from wavepacket.runs import ShardEntry
from wavepacket.runs.durable import typed
from wavepacket.runs.journal import append_entry
from wavepacket.runs.lock import note_crew, proof_of_hold
from wavepacket.simulation.layout import layout_of
from wavepacket.simulation.local import Failure
from wavepacket.simulation.provenance import reload_problem
from wavepacket.simulation.shard_writer import Writer

__all__ = ["crew_noted", "prepare", "written_on"]


def prepare(folder: Path, threads: int) -> Piece:
    """Read a run on a worker, and return what computes and writes one of its shards and answers with its entry."""
    problem, entries = reload_problem(folder, threads), list[ShardEntry]()
    layout, writer = layout_of(problem), Writer(problem, folder, threads, entries.append)

    def shard(index: int, stop: Stop) -> Answer:
        entries.clear()
        ((_, failure),) = writer.write([(index, layout.tasks(index))], stop=stop)
        return {"failure": failure.reason} if failure else asdict(entries.pop())

    return shard


def written_on(
    cluster: Choice,
    folder: Path,
    indices: Sequence[int],
    *,
    report: Callable[[str], None],
    stop: Stop = never,
) -> Iterator[tuple[int, Failure | None]]:
    """Have shards of a run, whose folder is held, computed and written; yield each as it is done, in any order.

    Raises
    ------
    InputError, Interrupted : as `cluster.computed_on`
    """
    work = Work(prepare, folder.absolute(), proof_of_hold())
    noted, cure = crew_noted(folder, report), f"then go on with `wavepacket resume {typed(folder)}`"
    for index, answer in computed_on(
        cluster, work, indices, report=report, noted=noted, cure=cure, stop=stop
    ):
        if "failure" in answer:
            yield index, Failure(answer["failure"])
        else:
            append_entry(folder, ShardEntry(**answer))
            yield index, None


def crew_noted(folder: Path, report: Callable[[str], None]) -> Callable[[Crew], None]:
    """Return what notes in the lock of a folder, and tells, how many workers there are."""
    before = Crew(0, 0)

    def noted(crew: Crew) -> None:
        nonlocal before
        note_crew(folder, crew.workers, crew.lost)
        if crew.lost > before.lost:
            report(
                f"a worker was lost ({crew.lost} so far), {crew.workers} are at work; nothing finished is lost"
            )
        elif crew.workers and not before.workers:
            report(f"{crew.workers} workers are at work")
        before = crew

    return noted
