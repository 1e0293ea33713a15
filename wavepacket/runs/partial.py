"""Sums that a run under way has left in `sums/`, so that nobody has to read their shards again for them.

A file holds nodes of the tree of `runs.total` with the table of the shards below them, sealed like a shard. Like the journal
it is a cache: one that is damaged, or whose shards are not those that are there, is not believed, and the shards are read.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wavepacket.errors import InputError, Interrupted, Stop
from wavepacket.runs import hdf5
from wavepacket.runs.description import RunDescription, check_version, read_description
from wavepacket.runs.domain import check_domains
from wavepacket.runs.durable import check_seal, clean, file_errors, refuse_link, write_sealed
from wavepacket.runs.form import Form
from wavepacket.runs.journal import ShardEntry
from wavepacket.runs.layout import PARTIAL, SUMS
from wavepacket.runs.reader import RunArray
from wavepacket.runs.shard import examine_shard, read_shard, set_identity
from wavepacket.runs.table import COLUMNS, put_table, read_table
from wavepacket.runs.total import Key, Node, Total, below
from wavepacket.runs.worst import DIAGNOSTICS, Worst
from wavepacket.threads import in_order

_LIMIT = 1 << 34  # bytes; a larger file is refused before it is read
_KEY, _MONITORS, _LIMITS, _TIME, _PATH = "nodes/key", "nodes/monitors", "limits", "time", "path"
_TYPES = {_KEY: "<i8", _MONITORS: "<f8", _LIMITS: "<f8", _TIME: "<f8", _PATH: "<i8"}


def kept_total(folder: Path, limits: RunArray | None) -> Total:
    """Return a total that leaves sums of every `BLOCK` of shards in the folder of a run as it gets them."""

    def keep(total: Total, key: Key) -> None:
        if not has_left(folder, key):
            leave(folder, _name(key), total, [key])

    return Total(limits, keep)


def _name(key: Key) -> str:
    """Name of the file of a node."""
    shards = below(key)
    return f"{shards[0]:06d}-{shards[-1]:06d}.h5"


def has_left(folder: Path, key: Key) -> bool:
    """Whether sums of a node lie in the folder of a run, sound or not."""
    return (folder / PARTIAL / _name(key)).exists()


def add_up(folder: Path, key: Key, limits: RunArray, stop: Stop) -> None:
    """Leave the sums of the shards below a node, each of which is compared with its seal.

    Raises
    ------
    InputError : a shard is missing or damaged
    Interrupted : ``stop`` was true
    """
    total, description = Total(limits), read_description(folder)
    for index in below(key):
        if stop():
            raise Interrupted("stopped")
        add_shards(total, folder, [examine_shard(folder, index, description)])
    leave(folder, _name(key), total, [key])


def leave(folder: Path, name: str, total: Total, keys: Sequence[Key] | None = None) -> None:
    """Write nodes of a total, all of them if not told which, into a file of that name, which is replaced in one step."""
    keys = sorted(total.nodes, key=lambda key: below(key)[0]) if keys is None else keys
    if not keys:
        return
    entries = [total.entries[index] for key in keys for index in below(key)]
    nodes, paths = (
        [total.nodes[key] for key in keys],
        [total.paths[e.index] for e in entries if e.index in total.paths],
    )
    arrays: dict[str, NDArray[Any]] = {_KEY: np.array(keys, "<i8")}
    arrays |= {f"nodes/{sums}": np.stack([node.sums[sums] for node in nodes]) for sums in nodes[0].sums}
    arrays |= {_TIME: total.time} if total.time is not None else {}
    if total.limits is not None:
        arrays[_LIMITS] = np.asarray(total.limits.values, "<f8")
        arrays[_MONITORS] = np.array([node.worst.numbers() for node in nodes])
    if paths:
        arrays[_PATH] = np.concatenate(paths)
    description = read_description(folder)

    def fill(form: Form) -> None:
        set_identity(form.file, "sums", description)
        for array, values in arrays.items():
            form.put(array, values)
        put_table(form, entries)

    place = folder / PARTIAL
    refuse_link(place)
    with file_errors("make", place):
        place.mkdir(exist_ok=True)
    write_sealed(place / name, Form(fill, sum(values.nbytes for values in arrays.values())).pieces())


@dataclass(frozen=True, eq=False)
class Left:
    """One file of `sums/`; its sums are read one node after the other.

    Attributes
    ----------
    keys : of its nodes
    entries : of the shards below each of them
    limits : that diagnostics were compared with, None where they were not

    """

    path: Path
    description: RunDescription
    keys: tuple[Key, ...]
    entries: tuple[tuple[ShardEntry, ...], ...]
    limits: NDArray[Any] | None
    time: NDArray[Any]
    paths: Mapping[int, NDArray[Any]]

    def node(self, place: int) -> Node:
        """Read one of its nodes."""
        with hdf5.opened(self.path) as file:
            names = [name for name in SUMS if f"nodes/{name}" in file]
            sums = {name: file[f"nodes/{name}"][place] for name in names}
            worst = Worst.of_numbers(file[_MONITORS][place].tolist()) if self.limits is not None else Worst()
            check_domains(sums, self.description)
            if worst is None:
                raise ValueError("its diagnostics are of another version")
        return Node(sums, worst)


def left_files(folder: Path) -> list[Path]:
    """Return the files of `sums/` in the order of their names."""
    place = folder / PARTIAL
    with file_errors("read", place):
        return sorted(place.glob("[!.]*.h5")) if place.is_dir() else []


def read_left(path: Path, description: RunDescription) -> Left:
    """Read what a file of `sums/` says of itself, after comparing all of it with its seal; InputError if it is not sound."""
    check_seal(path, _LIMIT)
    with hdf5.opened(path) as file:
        check_version(hdf5.get_integer(file, "format_version"))
        datasets = hdf5.inspect(file, _allowed)
        if hdf5.get_text(file, "resolved_sha256") != description.resolved_sha256:
            raise ValueError("it belongs to another run")
        keys = [(level, number) for level, number in datasets[_KEY][...].tolist()]
        table = read_table(datasets, description.dimension, len(datasets[_TIME]))
        entries = tuple(_of_nodes(keys, table))
        if any(len(datasets[name]) != len(keys) for name in datasets if name.startswith("nodes/")):
            raise ValueError("it holds another number of sums than of nodes")
        limits = datasets[_LIMITS][...] if _LIMITS in datasets else None
        some = [entry for each in entries for entry in each if 0 < entry.paths < entry.count]
        paths, place = (
            datasets[_PATH][...] if some else np.empty(0, "<i8"),
            np.cumsum([e.paths for e in some]),
        )
        parts = np.split(paths, place[:-1]) if some else []
        return Left(
            path, description, tuple(keys), entries, limits, datasets[_TIME][...],
            {entry.index: part for entry, part in zip(some, parts, strict=True)},
        )  # fmt: skip


def _of_nodes(keys: Sequence[Key], table: Sequence[ShardEntry]) -> Iterator[tuple[ShardEntry, ...]]:
    """Yield the entries below each node, every one of which must be there."""
    place = 0
    for level, number in keys:
        if not (0 <= level < 40 and number >= 0 and place + (1 << level) <= len(table)):
            raise ValueError("it holds nodes that there are not")
        each = tuple(table[place : place + (1 << level)])
        if [entry.index for entry in each] != list(below((level, number))):
            raise ValueError("its nodes are not those of its table")
        place += len(each)
        yield each


def _allowed(path: str) -> list[str]:
    """Return what may be at a path of a file of `sums/`."""
    if path in ("nodes", "nodes/sums", "shards"):
        return [hdf5.GROUP]
    if path.removeprefix("nodes/") in SUMS:
        return ["<f8"]
    group, _, name = path.partition("/")
    return (
        [COLUMNS[name]] if group == "shards" and name in COLUMNS else [_TYPES[path]] if path in _TYPES else []
    )


def sound(folder: Path, description: RunDescription, only: str | None = None) -> Iterator[Left]:
    """Yield the files of `sums/` that can be believed, or ``only`` one of them."""
    files = left_files(folder) if only is None else [folder / PARTIAL / only]
    for path in files:
        with suppress(InputError):
            yield read_left(path, description)


def noted_in_sums(folder: Path, description: RunDescription) -> dict[int, ShardEntry]:
    """Return the entries of all shards whose sums were left."""
    return {
        entry.index: entry for left in sound(folder, description) for each in left.entries for entry in each
    }


def take_left(total: Total, folder: Path, entries: Mapping[int, ShardEntry], only: str | None = None) -> None:
    """Add to a total what was left of these shards and it has not; in the order of shards, so that little is kept.

    Parameters
    ----------
    only : name of the file of `sums/` to look at; None for all
    """
    limits = None if total.limits is None else total.limits.values
    found = [
        (each, left, place)
        for left in sound(folder, read_description(folder), only)
        if limits is None or (left.limits is not None and np.array_equal(left.limits, limits))
        for place, each in enumerate(left.entries)
    ]
    for each, left, place in sorted(found, key=lambda item: (item[0][0].index, -len(item[0]))):
        if all(entries.get(entry.index) == entry and entry.index not in total.entries for entry in each):
            with suppress(InputError):
                node = left.node(place)
                if total.alike(left.time, node.sums):
                    total.paths |= {e.index: left.paths[e.index] for e in each if e.index in left.paths}
                    total.take(left.keys[place], node, list(each), left.time)


def add_shards(total: Total, folder: Path, entries: Iterable[ShardEntry], threads: int = 1) -> None:
    """Add to a total those of some shards that it has not, as they are on the disk."""
    description = read_description(folder)
    wanted = (_TIME, _PATH, *SUMS, *(DIAGNOSTICS if total.limits is not None else ()))

    def read(entry: ShardEntry) -> tuple[ShardEntry, Mapping[str, NDArray[Any]]]:
        return entry, read_shard(folder, entry, description, wanted)

    lacking = [entry for entry in entries if entry.index not in total.entries]
    for entry, content in in_order(read, lacking, threads):
        total.add(entry, content)


def discard(folder: Path) -> None:
    """Delete `sums/`: `run.h5` holds what it held."""
    place = folder / PARTIAL
    if place.is_dir() and not place.is_symlink():
        clean(place)
        with file_errors("delete", place):
            for path in left_files(folder):
                path.unlink(missing_ok=True)
            with suppress(OSError):
                place.rmdir()
