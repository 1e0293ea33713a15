"""Looking at every byte of a run folder, saying in sentences what is wrong with it, and repairing what needs no computing.

Texts come back from `run.h5`; damaged shards are deleted, to be computed again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from wavepacket.errors import InputError
from wavepacket.runs.description import (
    ARRAYS_LIMIT,
    RunDescription,
    kept_files,
    read_content,
    read_description,
    read_text,
    write_description,
)
from wavepacket.runs.durable import file_errors, publish, shown
from wavepacket.runs.folder import refuse_unbegun, shard_files
from wavepacket.runs.index import read_index
from wavepacket.runs.journal import ShardEntry, read_journal
from wavepacket.runs.layout import CONFIG, DESCRIPTION, INDEX, JOURNAL, PARTIAL, RESOLVED, SHARDS, shard_name
from wavepacket.runs.lock import hold_run
from wavepacket.runs.partial import left_files, read_left
from wavepacket.runs.reader import StoredRun
from wavepacket.runs.shard import check_entry, examine_shard
from wavepacket.threads import available_threads, in_order


@dataclass(frozen=True)
class Damage:
    """One thing that is wrong with a run folder.

    Parameters
    ----------
    file : path inside the folder
    sentence : what is wrong, with the path
    shard : number of the shard, None for other files; these are what a repair has to compute again
    """

    file: str
    sentence: str
    shard: int | None = None

    def __str__(self) -> str:
        """Return the sentence."""
        return self.sentence


def verify(
    folder: str | PathLike[str],
    *,
    threads: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Damage]:
    """Check every file of a run, finished or not, and return what is wrong.

    Parameters
    ----------
    threads : that look at shards; default all cores
    progress : called with shards that were looked at, and all

    Raises
    ------
    InputError : the folder holds no run at all
    """
    path, look = Path(folder), _Look(threads or available_threads(), progress)
    if not (path / INDEX).exists():
        refuse_unbegun(path)
        return [*_unfinished(path, read_description(path), look)]
    try:
        run = read_index(path)
    except InputError as error:
        return [Damage(INDEX, str(error)), *_without_index(path, look)]
    shards = _shards(path, run.description, run, look)
    return [*_description(path, run), *_texts(path, run.description), *shards]


@dataclass(frozen=True)
class _Look:
    threads: int
    progress: Callable[[int, int], None]


def _unfinished(folder: Path, description: RunDescription, look: _Look) -> Iterator[Damage]:
    yield from _texts(folder, description)
    yield from _shards(folder, description, None, look)
    yield from _sums(folder, description)


def _without_index(folder: Path, look: _Look) -> Iterator[Damage]:
    """Yield what is wrong besides an index that cannot be read."""
    try:
        description = read_description(folder)
    except InputError as error:
        yield Damage(DESCRIPTION, str(error))
        return
    yield from _unfinished(folder, description, look)


def _description(folder: Path, run: StoredRun) -> Iterator[Damage]:
    """Compare `run.json` with its copy in `run.h5`."""
    try:
        if read_description(folder) != run.description:
            yield Damage(DESCRIPTION, f"{shown(folder / DESCRIPTION)}: belongs to another run than {INDEX}")
    except InputError as error:
        yield Damage(DESCRIPTION, str(error))


def _texts(folder: Path, description: RunDescription) -> Iterator[Damage]:
    """Compare both configs and the files of arrays with their digests."""
    for name, sha256 in ((CONFIG, description.config_sha256), (RESOLVED, description.resolved_sha256)):
        try:
            read_text(folder / name, sha256)
        except InputError as error:
            yield Damage(name, str(error))
    for name, sha256 in kept_files(description).items():
        try:
            read_content(folder / name, sha256, ARRAYS_LIMIT)
        except InputError as error:
            yield Damage(name, str(error))


def _shards(
    folder: Path, description: RunDescription, run: StoredRun | None, look: _Look
) -> Iterator[Damage]:
    """Check the shards of the table, or, before there is one, all that lie in the folder or are named by the journal."""
    table = {entry.index: entry for entry in run.entries} if run else {}
    present = shard_files(folder)
    noted = {} if run else read_journal(folder)

    def one(index: int) -> Damage | None:
        name = f"{SHARDS}/{shard_name(index)}"
        if run and index not in table:
            return Damage(name, f"{shown(folder / name)}: is not part of the run")
        if index in noted and index not in present:
            said = f"{shown(folder / name)}: is missing, and {JOURNAL} says that it was written"
            return Damage(name, said, index)
        try:
            _check_shard(folder, index, description, table.get(index))
        except InputError as error:
            return Damage(name, str(error), index)
        return None

    numbers = sorted({*table, *present, *noted})
    for done, damage in enumerate(in_order(one, numbers, look.threads), 1):
        look.progress(done, len(numbers))
        if damage is not None:
            yield damage


def _sums(folder: Path, description: RunDescription) -> Iterator[Damage]:
    """Check the sums that a run under way has left."""
    for path in left_files(folder):
        try:
            read_left(path, description)
        except InputError as error:
            yield Damage(f"{PARTIAL}/{path.name}", str(error))


def _check_shard(folder: Path, index: int, description: RunDescription, entry: ShardEntry | None) -> None:
    """Raise InputError unless a shard is whole and the one of the table."""
    if entry is not None:
        check_entry(folder, entry)
    damages = examine_shard(folder, index, description)
    if entry is not None and damages != entry:
        raise InputError(
            f"{shown(folder / SHARDS / entry.name)}: damaged: it contradicts the table in {INDEX}"
        )


_TEXTS = (DESCRIPTION, CONFIG, RESOLVED)


def restore(folder: str | PathLike[str], damages: Sequence[Damage]) -> None:
    """Bring a damaged run into the state of one that was cut off, so that going on with it completes it.

    Parameters
    ----------
    damages : what `verify` found

    Raises
    ------
    InputError : a text is damaged of which `run.h5` holds no sound copy, or a file cannot be replaced
    """
    path = Path(folder)
    files = {damage.file for damage in damages}
    with hold_run(path):
        given = next((each for each in damages if each.file.endswith(".npz")), None)
        if given is not None:
            raise InputError(f"{given}; it cannot be made again: only the script that gave it has it")
        lost = files.intersection(_TEXTS)
        if lost and (INDEX in files or not (path / INDEX).exists()):
            first = next(damage for damage in damages if damage.file in lost)
            raise InputError(f"{first}; it cannot be repaired, since {INDEX} holds no sound copy of it")
        if lost:
            run = read_index(path)
            write_description(path, run.description)
            publish(path / CONFIG, [run.config_text.encode()])
            publish(path / RESOLVED, [run.resolved_text.encode()])
        for damage in damages:
            if damage.shard is not None or damage.file.startswith(f"{PARTIAL}/"):
                _remove(path / damage.file)


def _remove(file: Path) -> None:
    if file.is_dir() and not file.is_symlink():
        raise InputError(f"{shown(file)}: is a folder where a shard should be; move it away first")
    with file_errors("delete", file):
        file.unlink(missing_ok=True)
