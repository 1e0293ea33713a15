"""Repair of a run folder: what is damaged is made again, and nothing else."""

from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path

from wavepacket.cluster import Cluster
from wavepacket.errors import InputError, Stop, never
from wavepacket.runs import Damage, hold_run, restore, verify
from wavepacket.runs.folder import tidy_run
from wavepacket.runs.index import read_index
from wavepacket.runs.journal import read_journal
from wavepacket.simulation.run import Progress, resume


def repair(
    folder: str | PathLike[str],
    *,
    threads: int | None = None,
    workers: int | None = None,
    cluster: Cluster | None = None,
    progress: Progress = lambda done, total: None,
    report: Callable[[str], None] = lambda text: None,
    stop: Stop = never,
) -> list[Damage]:
    """Make a damaged run whole again and return what was wrong with it; parameters as for `run`.

    Damaged and missing shards are computed again, `run.h5` is made from the shards, and texts come back from
    `run.h5`. A shard that comes out with other bytes than it had is reported: another version of this program, of
    numpy or of numba wrote the first one.

    Raises
    ------
    InputError : something is damaged that cannot be made again
    """
    path = Path(folder)
    with hold_run(path):
        damages = verify(path, threads=threads)
        if not damages:
            tidy_run(path)  # an earlier repair may have been killed in its last step
            return []
        before = _digests(path)
        restore(path, damages)
        run = resume(
            path,
            threads=threads,
            workers=workers,
            cluster=cluster,
            progress=progress,
            report=report,
            stop=stop,
        )
        for entry in run.entries:
            if before.get(entry.index, entry.sha256) != entry.sha256:
                report(f"shard {entry.index} was made again with other bytes than the run wrote first")
        left = verify(path, threads=threads)
        if left:
            raise InputError("\n".join(map(str, left)))
    return damages


def _digests(folder: Path) -> Mapping[int, str]:
    """Return what is known of the digests of the shards."""
    try:
        entries = {entry.index: entry for entry in read_index(folder).entries}
    except InputError:
        entries = read_journal(folder)
    return {index: entry.sha256 for index, entry in entries.items()}
