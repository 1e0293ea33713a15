"""The end of a run: `run.h5` is made from the shards and their sums, so it can be made again at any time."""

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from wavepacket.errors import InputError
from wavepacket.runs import hdf5
from wavepacket.runs.description import RunDescription, read_description, read_texts
from wavepacket.runs.durable import clean, shown, write_sealed
from wavepacket.runs.folder import finished_shards
from wavepacket.runs.form import Form
from wavepacket.runs.index import ARRAY_NAME, QUARANTINED, TEXTS, VIRTUAL
from wavepacket.runs.journal import ShardEntry
from wavepacket.runs.layout import FIELDS, INDEX, MANY, SHARDS, TRAJECTORY_FIELDS, dims_of, shard_name
from wavepacket.runs.lock import hold_run
from wavepacket.runs.partial import add_shards, discard, take_left
from wavepacket.runs.reader import RunArray
from wavepacket.runs.shard import Arrays, describe, put_fields, set_identity
from wavepacket.runs.table import put_table
from wavepacket.runs.total import Total
from wavepacket.runs.worst import LIMITS


def finish_run(
    folder: str | PathLike[str],
    *,
    arrays: Mapping[str, RunArray] | None = None,
    quarantined: Collection[int] = (),
    total: Total | None = None,
    threads: int = 1,
) -> Path:
    """Write `run.h5` from the shards of a folder and return its path; sums are added as `runs.total` says.

    Parameters
    ----------
    folder : of a run whose shards are all written
    arrays : of the run as a whole, by names in lower case; with the limits of `runs.worst` diagnostics are summed up, too
    quarantined : numbers of shards that are absent because they could not be computed
    total : what was added up while shards were written, so that these need not be read; it counts only if all of them are
        in the folder as they were
    threads : that read shards

    Raises
    ------
    InputError : a shard is missing or damaged, or the file could not be written
    """
    path = Path(folder)
    with hold_run(path):
        description = read_description(path)
        texts = read_texts(path, description)
        entries = _complete(path, finished_shards(path, threads=threads), quarantined)
        arrays = dict(arrays or {})
        limits = arrays.get(LIMITS)
        if total is None or not _fits(total, entries, limits):
            total = Total(limits)
        take_left(total, path, {entry.index: entry for entry in entries})
        add_shards(total, path, entries, threads)
        arrays |= total.root().worst.arrays() if limits is not None else {}
        content = total.content()

        def fill(form: Form) -> None:
            set_identity(form.file, "run", description)
            put_fields(form, content, description)
            if len(entries) <= MANY:
                _put_virtual(form.file, entries, content, description)
            put_table(form, entries)
            if quarantined:
                form.put(QUARANTINED, np.array(sorted(quarantined), dtype="<i8"), (QUARANTINED,))
            for name, text in zip(TEXTS, (*texts, description.to_json()), strict=True):
                hdf5.put_text(form.file, name, text)
            _put_arrays(form, arrays)

        write_sealed(path / INDEX, Form(fill).pieces())
        clean(path / SHARDS, path)  # what workers left that died
        discard(path)
    return path / INDEX


def _complete(
    folder: Path, entries_by_shard: Mapping[int, ShardEntry], quarantined: Collection[int]
) -> list[ShardEntry]:
    """Return the entries in order; raise if one is missing or duplicated."""
    absent = (
        set(range(max((*entries_by_shard, *quarantined), default=0) + 1))
        - set(entries_by_shard)
        - set(quarantined)
    )
    if absent:
        raise InputError(
            f"{shown(folder / SHARDS / shard_name(min(absent)))}: is missing or damaged; resume the run"
        )
    entries = [entries_by_shard[index] for index in sorted(entries_by_shard)]
    for before, after in pairwise(entries):
        if after.first < before.first + before.count:
            raise InputError(f"{shown(folder / SHARDS / after.name)}: repeats trajectories of {before.name}")
    return entries


def _fits(total: Total, entries: Sequence[ShardEntry], limits: RunArray | None) -> bool:
    """Whether all that was added up is in the folder as it was, and was compared with the same limits."""
    there = {entry.index: entry for entry in entries}
    if any(there.get(index) != entry for index, entry in total.entries.items()):
        return False
    if total.limits is None or limits is None:
        return total.limits is limits
    return np.array_equal(total.limits.values, limits.values)


def _put_virtual(
    file: Any, entries: Sequence[ShardEntry], content: Arrays, description: RunDescription
) -> None:
    """Join the shards for tools that do not know them."""
    for name in sorted(VIRTUAL, key=lambda each: each != "trajectory"):
        field, sources = FIELDS[name], []
        for entry in entries:
            shape = (entry.count,) if name in TRAJECTORY_FIELDS else (entry.paths, len(content["time"]), 3)
            if shape[0]:
                sources.append((f"{SHARDS}/{entry.name}", shape))
        if sources:
            dims = dims_of(field, "path" not in content)
            describe(hdf5.put_virtual(file, name, field.dtype, sources, dims), name, description)


def _put_arrays(form: Form, arrays: Mapping[str, RunArray]) -> None:
    """Write the arrays of the run, those that are scales of others first."""
    for name in sorted(arrays, key=lambda each: (arrays[each].dims != (each,), each)):
        array = arrays[name]
        values = np.asarray(array.values)
        if not ARRAY_NAME.fullmatch(name) or values.dtype.kind not in "fiub" or 0 in values.shape:
            raise ValueError(
                f"{name} with {values.dtype} of shape {values.shape} cannot be an array of the run"
            )
        dims = [f"run/{dim}" if dim in arrays else dim for dim in array.dims]
        sizes = [len(values) if dim == f"run/{name}" else len(form.file[dim]) for dim in dims]
        if tuple(sizes) != values.shape:
            raise ValueError(
                f"{name} has shape {values.shape}, but its dimensions {array.dims} have sizes {sizes}"
            )
        dataset = form.put(f"run/{name}", values.astype("<f8" if values.dtype.kind == "f" else "<i8"), dims)
        hdf5.set_text(dataset, "units", array.units)
        hdf5.set_text(dataset, "long_name", array.long_name)
        hdf5.set_text(dataset, "dims", " ".join(array.dims))
