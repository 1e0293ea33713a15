"""How far a run is, seen from outside while another process may be at work on it. Nothing is changed."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from os import PathLike
from pathlib import Path

from wavepacket.errors import InputError
from wavepacket.runs.description import RunDescription, read_description
from wavepacket.runs.folder import finished_shards, has_begun, shard_files
from wavepacket.runs.index import read_index
from wavepacket.runs.journal import ShardEntry, read_journal
from wavepacket.runs.layout import INDEX, MANY, shard_path
from wavepacket.runs.lock import crew_at_work, owner_at_work

_RECENT = 20  # shards that the present speed is taken from
_LAST = 1000  # shards whose time is looked at: of more, those that were noted last


@dataclass(frozen=True)
class RunProgress:
    """How far a run is.

    Parameters
    ----------
    name : of the run
    state : ``finished``, ``running``, ``stopped``; ``damaged`` where a finished run lacks a part; ``not begun`` where it was
        cut off before it could go on
    owner : process at work, empty where there is none
    shards, trajectories : finished ones
    shards_total, trajectories_total : of the whole run, None where the run does not say
    quarantined : shards left out of a finished run since they failed
    size : bytes of the finished shards
    rate : trajectories per second over the last shards, None where there are too few
    workers, lost : of a cluster: at work now, and lost since the process began; None where the run uses none
    """

    name: str
    state: str
    owner: str
    shards: int
    shards_total: int | None
    trajectories: int
    trajectories_total: int | None
    quarantined: tuple[int, ...]
    size: int
    rate: float | None
    workers: int | None = None
    lost: int | None = None

    @property
    def seconds_left(self) -> float | None:
        """Estimated time to the end at the present speed; None if unknown."""
        if self.state != "running" or not self.rate or self.trajectories_total is None:
            return None
        return (self.trajectories_total - self.trajectories) / self.rate


def run_progress(folder: str | PathLike[str]) -> RunProgress:
    """Look at a run folder.

    Raises
    ------
    InputError : the folder holds no run, or its description is damaged
    """
    path = Path(folder)
    description, files = read_description(path), shard_files(path)
    entries: list[ShardEntry] | None = None
    owner, quarantined = owner_at_work(path), tuple[int, ...]()
    workers, lost = (crew_at_work(path) if owner else None) or (None, None)
    state = "stopped" if has_begun(path) else "not begun"
    if (path / INDEX).exists():
        try:
            run = read_index(path)
            quarantined = run.quarantined
            if len(files) > MANY:
                entries = [entry for entry in run.entries if entry.index in files]
            else:
                entries = list(finished_shards(path).values())
            state = "finished" if set(run.entries) <= set(entries) else "damaged"
        except InputError:
            state = "damaged"
    if entries is None:
        entries = _entries(path, files)
    return RunProgress(
        name=description.name,
        state="running" if owner else state,
        owner=owner or "",
        shards=len(entries),
        shards_total=_total(description, "shards"),
        trajectories=sum(entry.count for entry in entries),
        trajectories_total=_total(description, "trajectories"),
        quarantined=quarantined,
        size=sum(entry.size for entry in entries),
        rate=_rate(path, entries),
        workers=workers,
        lost=lost,
    )


def _entries(folder: Path, files: Collection[int]) -> list[ShardEntry]:
    """Return the shards that are whole; of many, those of the journal whose files are there are believed unseen."""
    if len(files) <= MANY:
        return list(finished_shards(folder).values())
    noted = {index: entry for index, entry in read_journal(folder).items() if index in files}
    others = [index for index in files if index not in noted]
    return [*(finished_shards(folder, others).values() if others else ()), *noted.values()]


def _total(description: RunDescription, what: str) -> int | None:
    text = description.provenance.get(what, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def _rate(folder: Path, entries: list[ShardEntry]) -> float | None:
    """Return the speed at which the last shards were written."""
    times = [
        (file.stat().st_mtime, entry.count)
        for entry in entries[-_LAST:]
        if (file := shard_path(folder, entry.index)).exists()
    ]
    recent = sorted(times)[-_RECENT:]
    # What a pause between two runs took is not work: one long gap is left out of the average.
    steps = [(later[0] - earlier[0], later[1]) for earlier, later in pairwise(recent)]
    usual = sorted(step for step, _ in steps)[len(steps) // 2] if steps else 0.0
    kept = [(step, count) for step, count in steps if step <= 10 * usual]
    seconds = sum(step for step, _ in kept)
    return sum(count for _, count in kept) / seconds if seconds > 0 else None
