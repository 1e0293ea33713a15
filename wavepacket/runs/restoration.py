"""The part of a repair that needs no computing: texts come back from `run.h5`, damaged shards make room."""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from wavepacket.errors import InputError
from wavepacket.runs.description import write_description
from wavepacket.runs.durable import file_errors, publish, shown
from wavepacket.runs.index import read_index
from wavepacket.runs.layout import CONFIG, DESCRIPTION, INDEX, RESOLVED
from wavepacket.runs.lock import hold_run
from wavepacket.runs.verification import Damage

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
            if damage.shard is not None:
                _remove(path / damage.file)


def _remove(file: Path) -> None:
    if file.is_dir() and not file.is_symlink():
        raise InputError(f"{shown(file)}: is a folder where a shard should be; move it away first")
    with file_errors("delete", file):
        file.unlink(missing_ok=True)
