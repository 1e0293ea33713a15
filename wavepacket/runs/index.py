"""Names in `run.h5` and reading it; `finish.py` writes it, and its presence is what makes a run finished.

It holds the table of the shards, what was summed over them, and arrays of the run as a whole. Its virtual
datasets are for outside tools: they are never opened here.
"""

import os
import re
from os import PathLike
from pathlib import Path
from typing import Any

from wavepacket.errors import InputError
from wavepacket.runs import hdf5
from wavepacket.runs.description import RunDescription, check_version, digest_of, read_description
from wavepacket.runs.domain import check_domains
from wavepacket.runs.durable import check_seal, file_errors, shown, typed
from wavepacket.runs.hdf5 import CLOSED, GROUP, TEXT, inspect
from wavepacket.runs.layout import (
    FIELDS,
    GROUPS,
    INDEX,
    MANY,
    SHARDS,
    SUMS,
    TRAJECTORY_FIELDS,
    VECTORS,
    measure,
)
from wavepacket.runs.reader import RunArray, StoredRun
from wavepacket.runs.shard import check_entry
from wavepacket.runs.table import COLUMNS, read_table

INDEX_LIMIT = 1 << 30  # bytes; a larger file is refused before it is read
QUARANTINED = "shards/quarantined"
TEXTS = ("texts/config", "texts/resolved", "texts/description")
VIRTUAL = (*TRAJECTORY_FIELDS, *VECTORS)
ARRAY_NAME = re.compile(r"[a-z][a-z0-9_]*")


def open_run(folder: str | PathLike[str]) -> StoredRun:
    """Open a finished run and see that every shard is there, of the right size and the right digest.

    Of more than `layout.MANY` shards only the names are looked at here; each is compared when it is read.

    Raises
    ------
    InputError : no finished run in the folder, or `run.h5` or a shard is missing or damaged
    """
    path = Path(folder)
    if not (path / INDEX).exists():
        read_description(path)
        raise InputError(
            f"{shown(path)}: the run is not finished; continue it with `wavepacket resume {typed(path)}`"
        )
    run = read_index(path)
    if len(run.entries) > MANY:
        _check_names(path, run)
    else:
        for entry in run.entries:
            check_entry(path, entry)
    return run


def _check_names(folder: Path, run: StoredRun) -> None:
    """Raise InputError where a shard of a run is not there."""
    with file_errors("read", folder / SHARDS):
        present = set(os.listdir(folder / SHARDS))
    for entry in run.entries:
        if entry.name not in present:
            check_entry(folder, entry)


def read_index(folder: Path) -> StoredRun:
    """Read `run.h5` after comparing all of it with its seal; shards are not looked at."""
    check_seal(folder / INDEX, INDEX_LIMIT)
    with hdf5.opened(folder / INDEX) as file:
        check_version(hdf5.get_integer(file, "format_version"))
        datasets = inspect(file, _allowed)
        texts = [bytes(datasets[name][()]).decode() for name in TEXTS]
        description = RunDescription.from_json(texts[2])
        measure({name: node.shape for name, node in datasets.items() if name in FIELDS}, False)
        check_domains(
            {name: datasets[name][...] for name in ("time", *SUMS) if name in datasets}, description
        )
        return StoredRun(
            folder=folder,
            description=description,
            config_text=_same(texts[0], description.config_sha256),
            resolved_text=_same(texts[1], description.resolved_sha256),
            time=datasets["time"][...],
            sums={name.removeprefix("sums/"): datasets[name][...] for name in SUMS if name in datasets},
            arrays={
                name.removeprefix("run/"): _read_array(node)
                for name, node in datasets.items()
                if name[:4] == "run/"
            },
            entries=read_table(datasets, description.dimension, len(datasets["time"])),
            quarantined=tuple(map(int, datasets[QUARANTINED][...])) if QUARANTINED in datasets else (),
        )


def _allowed(path: str) -> list[str]:
    """Return what may be at a path of `run.h5`."""
    group, _, name = path.rpartition("/")
    if path in VIRTUAL:
        return [CLOSED]
    if path in FIELDS:
        return [FIELDS[path].dtype]
    if path in (*GROUPS, "shards", "texts", "run"):
        return [GROUP]
    if path in TEXTS:
        return [TEXT]
    if group == "shards":
        return ["<i8"] if path == QUARANTINED else [COLUMNS[name]] if name in COLUMNS else []
    return ["<f8", "<i8"] if group == "run" and ARRAY_NAME.fullmatch(name) else []


def _same(text: str, sha256: str) -> str:
    """Return a text after comparing it with its digest."""
    if digest_of(text.encode()) != sha256:
        raise ValueError("a config in it is not the one that the run was made from")
    return text


def _read_array(node: Any) -> RunArray:
    """Return one array of the run."""
    units = hdf5.get_text(node, "units") if "units" in node.attrs else ""
    long_name = hdf5.get_text(node, "long_name") if "long_name" in node.attrs else ""
    dims = tuple(hdf5.get_text(node, "dims").split()) if "dims" in node.attrs else ()
    return RunArray(node[...], units, long_name, dims)
