"""Conversion of runs in older formats: each is read by its own reader and written to a new folder.

`FORMAT_VERSION` grows by one where versions before could not read what is written now. What reads an old format, be it the
reader of all runs or code that only serves here, is its entry in `READERS`. The old folder is never touched.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

from wavepacket.errors import InputError
from wavepacket.runs.description import ARRAYS_LIMIT, TEXT_LIMIT, kept_files, read_content
from wavepacket.runs.durable import file_errors, read_small, shown, sync_folder
from wavepacket.runs.finish import finish_run
from wavepacket.runs.folder import create_run
from wavepacket.runs.index import open_run
from wavepacket.runs.layout import DESCRIPTION, FORMAT_VERSION
from wavepacket.runs.lock import hold_run
from wavepacket.runs.reader import RunArray
from wavepacket.runs.shard import Arrays, write_shard


@dataclass(frozen=True)
class OldRun:
    """Content of a run of an older format, in the terms of the present one.

    Parameters
    ----------
    name, dimension, valley_names, provenance, config_text, resolved_text : as for `create_run`
    shards : number and arrays of each shard, as for `write_shard`; read one after the other
    arrays, quarantined : as for `finish_run`
    weight_unit, files : as for `create_run`
    """

    name: str
    dimension: int
    valley_names: tuple[str, ...]
    provenance: Mapping[str, str]
    config_text: bytes
    resolved_text: str
    shards: Iterator[tuple[int, Arrays]]
    arrays: Mapping[str, RunArray] = field(default_factory=dict)
    quarantined: tuple[int, ...] = ()
    weight_unit: str | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)


def read_format_1(folder: Path) -> OldRun:
    """Read a run whose paths have all three components in the file; every other command reads it as it is, too."""
    run = open_run(folder)
    kept = kept_files(run.description)
    return OldRun(
        run.name, run.dimension, run.valley_names, run.provenance, run.config_text.encode(), run.resolved_text,
        zip((entry.index for entry in run.entries), run.shards(), strict=True), run.arrays, run.quarantined,
        run.description.weight_unit,
        {name: read_content(folder / name, sha256, ARRAYS_LIMIT) for name, sha256 in kept.items()},
    )  # fmt: skip


READERS: dict[int, Callable[[Path], OldRun]] = {1: read_format_1}
"""For each older format, what reads a finished run of it."""


def migrate(folder: str | PathLike[str], target: str | PathLike[str]) -> bool:
    """Convert a run to the present format; False if it has it already.

    Parameters
    ----------
    target : folder of the new run, which must be absent, empty, or that of a migration which was cut off; made only where
        there is something to do

    Raises
    ------
    InputError : no run, a format that is newer or has no reader, or a damaged file
    """
    path, new = Path(folder), Path(target)
    version = format_of(path)
    if version == FORMAT_VERSION:
        return False
    if version not in READERS:
        known = ", ".join(map(str, sorted((*READERS, FORMAT_VERSION))))
        raise InputError(f"{shown(path)}: is in format {version}; this version knows {known}")
    _refuse_filled(new)
    part = new.absolute().with_name(f".{new.absolute().name}.migrating")
    _write(part, READERS[version](path), version)
    with file_errors("make", new):
        os.rename(part, new)  # an empty folder makes room
        sync_folder(part.parent)
    return True


def _refuse_filled(folder: Path) -> None:
    with file_errors("make", folder):
        if os.path.lexists(folder) and any(folder.iterdir()):
            raise InputError(
                f"{shown(folder)}: is there already and not empty; choose another folder with -o"
            )


def _write(folder: Path, old: OldRun, version: int) -> None:
    """Write a converted run, replacing what is left of an earlier attempt."""
    with hold_run(folder, create=True):
        create_run(
            folder,
            name=old.name,
            dimension=old.dimension,
            valley_names=old.valley_names,
            config_text=old.config_text,
            resolved_text=old.resolved_text,
            provenance={**old.provenance, "migrated from format": str(version)},
            weight_unit=old.weight_unit,
            files=old.files,
            overwrite=(folder / DESCRIPTION).exists(),
        )
        for index, arrays in old.shards:
            write_shard(folder, index, arrays)
        finish_run(folder, arrays=old.arrays, quarantined=old.quarantined)


def format_of(folder: Path) -> int:
    """Return the version of the format of a run folder, whatever it is."""
    path = folder / DESCRIPTION
    if not path.exists():
        raise InputError(f"{shown(folder)}: is not the folder of a run (there is no {DESCRIPTION} in it)")
    try:
        content = json.loads(read_small(path, TEXT_LIMIT))
    except (ValueError, RecursionError):
        content = None
    version = content.get("format_version") if isinstance(content, dict) else None
    if not isinstance(version, int) or isinstance(version, bool):
        raise InputError(f"{shown(path)}: states no format version")
    return version
