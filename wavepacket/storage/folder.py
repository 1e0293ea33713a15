"""The life of a run folder: made once, never overwritten unasked, cleaned after a kill."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from os import PathLike
from pathlib import Path

from wavepacket.errors import InputError
from wavepacket.storage.description import RunDescription, digest_of, read_description, write_description
from wavepacket.storage.durable import file_errors, leftovers, publish, shown, sync_folder
from wavepacket.storage.journal import ShardEntry, read_journal, rewrite_journal
from wavepacket.storage.layout import CONFIG, DESCRIPTION, INDEX, JOURNAL, LOCK, RESOLVED, SHARDS, shard_index
from wavepacket.storage.lock import hold_run
from wavepacket.storage.shard import check_entry, examine_shard


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
        name, dimension, tuple(valley_names), dict(provenance), digest_of(config), digest_of(resolved),
        weight_unit or f"1/angstrom^{dimension}",
    )  # fmt: skip
    with hold_run(path, create=True):
        _make_room(path, overwrite)
        # First what the folder is recognised by: a kill from here on leaves a run that --overwrite accepts.
        write_description(path, description)
        with file_errors("make", path / SHARDS):
            (path / SHARDS).mkdir(exist_ok=True)
        publish(path / CONFIG, [config])
        publish(path / RESOLVED, [resolved])
        with file_errors("make", path):
            sync_folder(path.absolute().parent)
    return path


def _make_room(folder: Path, overwrite: bool) -> None:
    """Return with no run in the folder, or raise InputError with the ways out."""
    with file_errors("clean", folder):
        for part in leftovers(folder):
            part.unlink()
        present = {path.name for path in folder.iterdir()} - {LOCK}
    if not present:
        return
    is_run = DESCRIPTION in present
    if not overwrite:
        ways = "choose another folder with -o"
        if is_run:
            ways += f", go on with `wavepacket resume {shown(folder)}`, or replace that run by --overwrite"
        raise InputError(f"{shown(folder)}: is there already and not empty; {ways}")
    if not is_run:
        raise InputError(
            f"{shown(folder)}: is not the folder of a run, so --overwrite deletes nothing in it; "
            "choose another folder with -o"
        )
    read_description(folder)
    _delete_run(folder)


def _delete_run(folder: Path) -> None:
    """Delete the files of a run; figures and anything else stay. The description goes last."""
    shards = folder / SHARDS
    with file_errors("delete the old run in", folder):
        numbered = [path for path in shard_files(folder).values()]
        own = [folder / name for name in (INDEX, JOURNAL, RESOLVED, CONFIG, DESCRIPTION)]
        for path in (*leftovers(shards), *leftovers(folder), *numbered, *own):
            path.unlink(missing_ok=True)
        with suppress(OSError):
            shards.rmdir()


def shard_files(folder: Path) -> dict[int, Path]:
    """Return the files in `shards/` that bear a number, in order."""
    shards = folder / SHARDS
    with file_errors("read", shards):
        found = {shard_index(path.name): path for path in shards.iterdir()} if shards.is_dir() else {}
    return {index: found[index] for index in sorted(each for each in found if each is not None)}


def finished_shards(folder: str | PathLike[str]) -> dict[int, ShardEntry]:
    """Return the shards of a run that are whole, by number; damaged and foreign ones are not among them.

    A shard whose seal is the one in the journal is believed; any other is read in full. Nothing is written.

    Raises
    ------
    InputError : the folder holds no run
    """
    path = Path(folder)
    description, journal = read_description(path), read_journal(path)
    entries = {
        index: _sound_entry(path, index, description, journal.get(index)) for index in shard_files(path)
    }
    return {index: entry for index, entry in entries.items() if entry is not None}


def _sound_entry(
    folder: Path, index: int, description: RunDescription, noted: ShardEntry | None
) -> ShardEntry | None:
    """Return the entry of a shard, None where the file is not a whole shard of this run."""
    if noted is not None:
        with suppress(InputError):
            check_entry(folder, noted)
            return noted
    try:
        return examine_shard(folder, index, description)
    except InputError:
        return None


def recover_run(folder: str | PathLike[str]) -> dict[int, ShardEntry]:
    """Clean up after a run that was cut off (unfinished files, journal) and return what is finished."""
    path = Path(folder)
    with hold_run(path):
        finished = finished_shards(path)
        with file_errors("clean", path):
            for part in (*leftovers(path / SHARDS), *leftovers(path)):
                part.unlink(missing_ok=True)
        rewrite_journal(path, finished.values())
    return finished
