"""The end of a run: `run.h5` is made from the shards and their sums, so it can be made again at any time."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wavepacket.errors import InputError
from wavepacket.runs import hdf5
from wavepacket.runs.description import RunDescription, read_description, read_texts
from wavepacket.runs.durable import clean, shown, write_sealed
from wavepacket.runs.folder import finished_shards
from wavepacket.runs.form import Form
from wavepacket.runs.index import ARRAY_NAME, COLUMNS, QUARANTINED, TEXTS, VIRTUAL
from wavepacket.runs.journal import ShardEntry
from wavepacket.runs.layout import (
    FIELDS,
    INDEX,
    SHARDS,
    SUMS,
    TRAJECTORY_FIELDS,
    dims_of,
    measure,
    shard_name,
)
from wavepacket.runs.lock import hold_run
from wavepacket.runs.reader import RunArray
from wavepacket.runs.shard import Arrays, describe, put_fields, read_shard, scales_of, set_identity
from wavepacket.runs.worst import DIAGNOSTICS, LIMITS, Worst


@dataclass(eq=False)
class Total:
    """Times, sums, diagnostics, and identities of stored paths of the shards that were added, in the order of their numbers.

    Parameters
    ----------
    limits : as in `runs.worst`, that diagnostics are compared with; None where nobody asks for them
    """

    limits: RunArray | None = None
    entries: list[ShardEntry] = field(default_factory=list)
    worst: Worst = field(default_factory=Worst)
    _sums: Arrays = field(default_factory=dict)
    _paths: list[NDArray[Any]] = field(default_factory=list)

    def add(self, entry: ShardEntry, content: Mapping[str, NDArray[Any]]) -> None:
        """Add the arrays of the next shard, those of `layout.SUMS`, diagnostics, ``time`` and ``path``, and no others.

        Without ``path`` all its paths are stored, or none.
        """
        part = {name: content[name] for name in ("time", *SUMS) if name in content}
        total = self._sums
        shapes = {name: values.shape for name, values in part.items()}
        alike = not total or shapes == {name: values.shape for name, values in total.items()}
        if not alike or (total and not np.array_equal(part["time"], total["time"])):
            raise InputError(f"shard {entry.name}: has other times or sums than the first shard")
        for name, values in part.items():
            total[name] = total[name] + values if name in total and name != "time" else values
        self.entries.append(entry)
        if self.limits is not None:
            self.worst.add(content, self.limits)
        if entry.paths:
            self._paths.append(content["path"] if "path" in content else content["trajectory"])

    def content(self) -> Arrays:
        """What `run.h5` itself holds of the layout: time, scales, sums, ``path`` where some are stored."""
        arrays = dict(self._sums)
        if 0 < sum(entry.paths for entry in self.entries) < sum(entry.count for entry in self.entries):
            arrays["path"] = np.concatenate(self._paths)
        return {
            **arrays,
            **scales_of(measure({name: values.shape for name, values in arrays.items()}, False)),
        }


def finish_run(
    folder: str | PathLike[str],
    *,
    arrays: Mapping[str, RunArray] | None = None,
    quarantined: Collection[int] = (),
    total: Total | None = None,
) -> Path:
    """Write `run.h5` from the shards of a folder and return its path; sums are added in shard order.

    Parameters
    ----------
    folder : of a run whose shards are all written
    arrays : of the run as a whole, by names in lower case; with the limits of `runs.worst` diagnostics are summed up, too
    quarantined : numbers of shards that are absent because they could not be computed
    total : what was added up while the shards were written, so that they need not be read; it counts only if it is of
        all shards in the folder, in order

    Raises
    ------
    InputError : a shard is missing or damaged, or the file could not be written
    """
    path = Path(folder)
    with hold_run(path):
        description = read_description(path)
        texts = read_texts(path, description)
        entries = _complete(path, finished_shards(path), quarantined)
        arrays = dict(arrays or {})
        limits = arrays.get(LIMITS)
        if total is None or total.entries != entries or not _equal(total.limits, limits):
            total = _summed(path, entries, description, limits)
        arrays |= total.worst.arrays() if limits is not None else {}
        content = total.content()

        def fill(form: Form) -> None:
            set_identity(form.file, "run", description)
            put_fields(form, content, description)
            _put_virtual(form.file, entries, content, description)
            _put_table(form, entries, quarantined)
            for name, text in zip(TEXTS, (*texts, description.to_json()), strict=True):
                hdf5.put_text(form.file, name, text)
            _put_arrays(form, arrays)

        write_sealed(path / INDEX, Form(fill).pieces())
        clean(path / SHARDS, path)  # what workers left that died
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


def _equal(one: RunArray | None, other: RunArray | None) -> bool:
    return one is other or (
        one is not None and other is not None and np.array_equal(one.values, other.values)
    )


def _summed(
    folder: Path, entries: Sequence[ShardEntry], description: RunDescription, limits: RunArray | None
) -> Total:
    """Add up the shards as they are on the disk."""
    total = Total(limits)
    wanted = ("time", "path", *SUMS, *(DIAGNOSTICS if limits is not None else ()))
    for entry in entries:
        total.add(entry, read_shard(folder, entry, description, wanted))
    return total


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


def _put_table(form: Form, entries: Sequence[ShardEntry], quarantined: Collection[int]) -> None:
    """Write the table of shards, one column each."""
    for column, dtype in COLUMNS.items():
        values = np.array([getattr(entry, column) for entry in entries], dtype=dtype)
        form.put(f"shards/{column}", values, ("shards/index",))
    if quarantined:
        form.put(QUARANTINED, np.array(sorted(quarantined), dtype="<i8"), (QUARANTINED,))


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
