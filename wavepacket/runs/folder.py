"""The life of a run folder: made once, never overwritten unasked, cleaned after a kill."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from os import PathLike
from pathlib import Path
from types import MappingProxyType

from wavepacket.errors import InputError
from wavepacket.runs.description import (
    TEXT_LIMIT,
    RunDescription,
    digest_of,
    kept_files,
    noted_files,
    read_description,
    write_description,
)
from wavepacket.runs.durable import (
    check_seal,
    clean,
    file_errors,
    leftovers,
    publish,
    read_small,
    shown,
    sync_folder,
    typed,
)
from wavepacket.runs.journal import ShardEntry, read_journal, rewrite_journal
from wavepacket.runs.layout import (
    CONFIG,
    DESCRIPTION,
    INDEX,
    JOURNAL,
    LOCK,
    PARTIAL,
    RESOLVED,
    SHARDS,
    shard_index,
    shard_path,
)
from wavepacket.runs.lock import hold_run
from wavepacket.runs.partial import discard, noted_in_sums
from wavepacket.runs.shard import SHARD_LIMIT, check_entry, examine_shard
from wavepacket.threads import in_order


def create_run(
    folder: str | PathLike[str],
    *,
    name: str,
    dimension: int,
    valley_names: Sequence[str],
    config_text: str | bytes,
    resolved_text: str,
    provenance: Mapping[str, str],
    weight_unit: str | None = None,
    files: Mapping[str, bytes] = MappingProxyType({}),
    overwrite: bool = False,
) -> Path:
    """Make the folder of a new run with its texts and its description.

    Parameters
    ----------
    folder : where; missing parents are made, an existing folder must be empty
    name : of the run
    dimension : of the crystal, 1 to 3
    valley_names : in the order of the valley indices
    config_text : the config as the user gave it, kept byte for byte
    resolved_text : the config with every default filled in
    provenance : whatever the run is to be remembered with
    weight_unit : "1" or a text that begins with "1/"; default states per Å^d
    files : name → content of the files of arrays that lie beside the config
    overwrite : replace a finished or unfinished run in this folder; only files of a run are deleted, and only
        where there is a run

    Raises
    ------
    InputError : the folder is in use, not empty, or cannot be written
    """
    path = Path(folder)
    config = config_text.encode() if isinstance(config_text, str) else config_text
    resolved = resolved_text.encode()
    description = RunDescription(
        name, dimension, tuple(valley_names), {**provenance, **noted_files(files)}, digest_of(config), digest_of(resolved),
        weight_unit or f"1/angstrom^{dimension}",
    )  # fmt: skip
    with hold_run(path, create=True):
        _make_room(path, overwrite)
        # First what the folder is recognised by, in one step from the old run: a kill leaves one that has not begun.
        write_description(path, description)
        with file_errors("make", path / SHARDS):
            (path / SHARDS).mkdir(exist_ok=True)
        for name_of_file, content in files.items():
            publish(path / name_of_file, [content])
        publish(path / CONFIG, [config])
        publish(path / RESOLVED, [resolved])
        with file_errors("make", path):
            sync_folder(path.absolute().parent)
    return path


def _make_room(folder: Path, overwrite: bool) -> None:
    """Return with nothing of a run in the folder but the description of the old one, or raise InputError with the ways out.

    A run that was cut off before its texts were there has nothing to lose, and makes room unasked.
    """
    clean(folder)
    with file_errors("clean", folder):
        present = {path.name for path in folder.iterdir()} - {LOCK}
    if not present or (present == {SHARDS} and not any((folder / SHARDS).iterdir())):
        return
    is_run = DESCRIPTION in present
    if is_run and (overwrite or not (has_begun(folder) or _is_foreign(folder))):
        _delete_run(folder, read_description(folder))
        return
    if overwrite:
        raise InputError(
            f"{shown(folder)}: is not the folder of a run, so --overwrite deletes nothing in it; "
            "choose another folder with -o"
        )
    ways = "choose another folder with -o"
    if is_run:
        ways += f", go on with `wavepacket resume {typed(folder)}`, or replace that run by --overwrite"
    raise InputError(f"{shown(folder)}: is there already and not empty; {ways}")


def has_begun(folder: Path) -> bool:
    """Whether a run has got so far that it can go on: its resolved config is written last, before the first shard."""
    return (folder / RESOLVED).exists() or (folder / INDEX).exists() or bool(shard_files(folder))


def refuse_unbegun(folder: Path) -> None:
    """Raise InputError, with the cure, where a run was cut off before it could go on from its folder alone."""
    if not has_begun(folder):
        read_description(folder)
        raise InputError(
            f"{shown(folder)}: was cut off before its first trajectory; begin again with "
            f"`wavepacket run CONFIG -o {typed(folder)}`"
        )


def _is_foreign(folder: Path) -> bool:
    """Whether the config in a run that has not begun is not the one it was given."""
    path = folder / CONFIG
    return path.exists() and digest_of(read_small(path, TEXT_LIMIT)) != read_description(folder).config_sha256


def _delete_run(folder: Path, description: RunDescription | None) -> None:
    """Delete the files of a run; figures and anything else stay, and so does what the folder is recognised by.

    The index goes first: what is left after a kill is a run that is not finished, or one that has not begun.
    """
    shards = folder / SHARDS
    with file_errors("delete the old run in", folder):
        (folder / INDEX).unlink(missing_ok=True)
        discard(folder)
        for path in (*leftovers(shards), *shard_files(folder).values()):
            path.unlink(missing_ok=True)
        with suppress(OSError):
            shards.rmdir()
        for name in (JOURNAL, RESOLVED, CONFIG, *(kept_files(description) if description else ())):
            (folder / name).unlink(missing_ok=True)


def clear_remains(folder: Path) -> None:
    """Delete the texts of a run that holds no shards and cannot go on, since a part of them is lost."""
    if folder.is_dir():
        with hold_run(folder):
            clean(folder)
            _delete_run(folder, None)
            with file_errors("delete", folder / DESCRIPTION):
                (folder / DESCRIPTION).unlink(missing_ok=True)


def shard_files(folder: Path) -> dict[int, Path]:
    """Return the files in `shards/` that bear a number, in order."""
    shards = folder / SHARDS
    with file_errors("read", shards):
        files = {shard_index(path.name): path for path in shards.iterdir()} if shards.is_dir() else {}
    return {index: files[index] for index in sorted(each for each in files if each is not None)}


def finished_shards(
    folder: str | PathLike[str], wanted: Collection[int] | None = None, *, threads: int = 1
) -> dict[int, ShardEntry]:
    """Return the shards of a run that are whole, by number; damaged and foreign ones are not among them.

    A shard whose seal is the one in the journal is believed; any other is read in full. Nothing is written.

    Parameters
    ----------
    wanted : numbers of shards that are looked for; None for all that there are
    threads : that look at shards

    Raises
    ------
    InputError : the folder holds no run
    """
    path = Path(folder)
    found = _looked_at(path, wanted=wanted, threads=threads)
    return {index: entry for index, entry in found if isinstance(entry, ShardEntry)}


def _looked_at(
    folder: Path, thorough: bool = False, wanted: Collection[int] | None = None, threads: int = 1
) -> Iterator[tuple[int, ShardEntry | str]]:
    """Yield the number of each shard with its entry, or with what is wrong with it."""
    description = read_description(folder)
    summed = noted_in_sums(folder, description) if thorough else {}
    journal = {**read_journal(folder), **summed}

    def one(index: int) -> tuple[int, ShardEntry | str] | None:
        if wanted is not None and not shard_path(folder, index).exists():
            return None
        noted = journal.get(index)
        if noted is not None and _is_as_noted(folder, noted, thorough and index not in summed):
            return index, noted
        try:
            return index, examine_shard(folder, index, description)
        except InputError as error:
            return index, str(error)

    numbers = shard_files(folder) if wanted is None else wanted
    yield from filter(None, in_order(one, numbers, threads))


def _is_as_noted(folder: Path, entry: ShardEntry, thorough: bool) -> bool:
    with suppress(InputError):
        check_entry(folder, entry)
        if thorough:
            check_seal(shard_path(folder, entry.index), SHARD_LIMIT)
        return True
    return False


def tidy_run(folder: Path) -> None:
    """Delete what a kill left in the folder of a run that needs nothing else."""
    with hold_run(folder):
        clean(folder / SHARDS, folder)
        discard(folder)


def recover_run(
    folder: str | PathLike[str],
    *,
    thorough: bool = False,
    report: Callable[[str], None] = lambda text: None,
    threads: int = 1,
) -> dict[int, ShardEntry]:
    """Clean up after a run that was cut off (unfinished files, journal) and return what is finished.

    A folder of shards that was lost, as copies lose empty ones, is made again.

    Parameters
    ----------
    thorough : read every shard and compare it with its seal, but those whose sums were left; believe no journal
    report : called with what is wrong with each shard that is there and does not count
    threads : that look at shards
    """
    path = Path(folder)
    with hold_run(path):
        finished = {}
        for index, entry in _looked_at(path, thorough, threads=threads):
            if isinstance(entry, ShardEntry):
                finished[index] = entry
            else:
                report(f"{entry}; shard {index} is computed again")
        clean(path / SHARDS, path / PARTIAL, path)
        with file_errors("make", path / SHARDS):
            (path / SHARDS).mkdir(exist_ok=True)
        rewrite_journal(path, finished.values())
    return finished
