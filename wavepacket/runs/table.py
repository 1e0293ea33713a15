"""The table of shards as columns of an HDF5 file."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from wavepacket.runs.form import Form
from wavepacket.runs.journal import ShardEntry
from wavepacket.runs.layout import shard_name

COLUMNS = {
    "index": "<i8",
    "name": "|S16",
    "sha256": "|S64",
    "first": "<i8",
    "count": "<i8",
    "size": "<i8",
    "paths": "<i8",
}


def put_table(form: Form, entries: Sequence[ShardEntry]) -> None:
    """Write the table of shards, one column each."""
    for column, dtype in COLUMNS.items():
        values = np.array([getattr(entry, column) for entry in entries], dtype=dtype)
        form.put(f"shards/{column}", values, ("shards/index",))


def read_table(datasets: Mapping[str, Any], components: int, saves: int) -> tuple[ShardEntry, ...]:
    """Return the table of shards; nothing in it may claim more than the file of the shard can hold.

    Parameters
    ----------
    components : of positions that are stored at least
    saves : times of each path
    """
    columns = {name: datasets[f"shards/{name}"][...] for name in COLUMNS}
    if len({len(values) for values in columns.values()}) != 1:
        raise ValueError("the columns of the table of shards differ in length")
    count, size, paths = columns["count"], columns["size"], columns["paths"]
    per_path = 2 * components * saves
    sound = (count > 0) & (count < size / 8) & (paths >= 0) & (paths * float(per_path) < size / 8)
    if not np.all(sound & (columns["index"] >= 0)):
        raise ValueError("the table of shards contradicts itself")
    rows = zip(*(columns[name].tolist() for name in COLUMNS), strict=True)
    return tuple(
        ShardEntry(index, shard_name(index), sha256.decode(), *numbers) for index, _, sha256, *numbers in rows
    )
