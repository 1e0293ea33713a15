"""One shard: a fixed range of trajectories as one sealed HDF5 file, written at once, never changed.

What a simulation hands over becomes exactly the arrays of the file here.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wavepacket.errors import InputError
from wavepacket.runs import hdf5
from wavepacket.runs.across import COMMENT, components_of, fill_across, has_across
from wavepacket.runs.description import RunDescription, check_version, read_description
from wavepacket.runs.domain import DOMAINS, check_domains
from wavepacket.runs.durable import SEAL_BYTES, check_seal, read_seal, shown, write_sealed
from wavepacket.runs.form import Form, Piece
from wavepacket.runs.hdf5 import GROUP, inspect
from wavepacket.runs.journal import ShardEntry, append_entry
from wavepacket.runs.layout import (
    FIELDS,
    GROUPS,
    MADE,
    PATH_FIELDS,
    VECTORS,
    dims_of,
    measure,
    shard_name,
    shard_path,
)

Arrays = dict[str, NDArray[Any]]


def prepare(arrays: Mapping[str, ArrayLike]) -> Arrays:
    """Return everything that a shard will hold, in the types of the layout, or raise ValueError."""
    unknown = sorted(name for name in arrays if name not in FIELDS or name in MADE)
    missing = sorted(
        name for name, field in FIELDS.items() if field.required and name not in (*arrays, *MADE)
    )
    if unknown or missing:
        raise ValueError(f"unknown arrays {unknown}, missing arrays {missing}")
    content = {name: _converted(name, values) for name, values in arrays.items()}
    _place_paths(content)
    sizes = measure({name: values.shape for name, values in content.items()}, "path" not in content)
    identities = content["trajectory"]
    if not np.array_equal(identities, identities[0] + np.arange(identities.size)):
        raise ValueError("the trajectories of a shard must have consecutive identities")
    return {**content, **scales_of(sizes)}


def _converted(name: str, values: ArrayLike) -> NDArray[Any]:
    """Return an array in the type of its field; a type that could lose digits is refused."""
    given, dtype = np.asarray(values), np.dtype(FIELDS[name].dtype)
    if not np.can_cast(given.dtype, dtype, "safe"):
        raise ValueError(f"{name} is {given.dtype} instead of {dtype}")
    return given.astype(dtype, copy=False)


def _place_paths(content: Arrays) -> None:
    """Drop redundant arrays: empty paths, and ``path`` if every path is stored."""
    given = [name for name in PATH_FIELDS if name in content]
    if all(len(content[name]) == 0 for name in given):
        for name in given:
            del content[name]
    elif "position" not in content or "wavevector" not in content:
        raise ValueError("positions and wavevectors are stored together")
    elif "path" in content:
        path, identities = content["path"], content["trajectory"]
        if np.array_equal(path, identities):
            del content["path"]
        elif not np.all(np.diff(path) > 0) or not np.all(np.isin(path, identities)):
            raise ValueError("path must hold ascending identities out of trajectory")


def scales_of(sizes: Mapping[str, int]) -> Arrays:
    """Return the scales that follow from the sizes of the dimensions."""
    scales: Arrays = {"axis": np.array([b"x", b"y", b"z"])}
    if "sums/valley" in sizes:
        valleys = np.arange(sizes["sums/valley"], dtype="<i4")
        valleys[-1] = -1
        scales["sums/sign"] = np.array([1, -1], dtype="|i1")
        scales["sums/replica"] = np.arange(sizes["sums/replica"], dtype="<i4")
        scales["sums/valley"] = valleys
    if "sums/emitter" in sizes:
        scales["sums/emitter"] = np.arange(sizes["sums/emitter"], dtype="<i4")
        scales["sums/contact"] = np.arange(sizes["sums/contact"], dtype="<i4")
        scales["sums/contact"][-1] = -1
    if "sums/quantity" in sizes:
        scales["sums/quantity"] = np.arange(sizes["sums/quantity"], dtype="<i4")
    counted = (
        "diagnostics/component", "sums/value", "sums/cell_x", "sums/cell_y", "sums/corner_x", "sums/corner_y",
    )  # fmt: skip
    scales |= {name: np.arange(sizes[name], dtype="<i4") for name in counted if name in sizes}
    return scales


Shapes = dict[str, tuple[tuple[int, ...], np.dtype[Any], int | None]]

SHARD_LIMIT = 1 << 30  # bytes; a larger file is refused before it is read


@dataclass(frozen=True, eq=False)
class ShardImage:
    """A shard in memory, as the bytes of its file in order, which are taken once."""

    folder: Path
    index: int
    content: Arrays
    size: int
    pieces: Iterable[Piece]

    def write(self) -> ShardEntry:
        """Write the file so that it is on the disk as a whole, and return its entry, which the journal lacks yet.

        Until it returns the arrays must stay as they are. No HDF5 in here: other threads may make and write other images
        at the same time.
        """
        digest = write_sealed(shard_path(self.folder, self.index), self.pieces)
        return _entry_of(self.index, self.content, self.size, digest)


class ShardBuilder:
    """Makes images of shards of one run; what HDF5 makes of arrays of the same shapes serves all of them.

    Parameters
    ----------
    folder : of a run that `create_run` made
    """

    def __init__(self, folder: str | PathLike[str]) -> None:
        self._folder = Path(folder)
        self._description = read_description(self._folder)
        self._shapes: Shapes = {}
        self._form: Form

    def image(self, index: int, arrays: Mapping[str, ArrayLike]) -> ShardImage:
        """Return a shard, which holds on to the arrays without copying them; parameters as for `write_shard`."""
        content = prepare(arrays)
        stored = components_of(content, self._description)
        shapes = {name: (each.shape, each.dtype, stored.get(name)) for name, each in content.items()}
        if shapes != self._shapes:
            expected = sum(values.nbytes for values in content.values())
            self._form = Form(lambda form: _fill(form, content, self._description, stored), expected)
            self._shapes = shapes
        size = self._form.size + SEAL_BYTES
        if size > SHARD_LIMIT:
            raise ValueError(f"a shard of {size} bytes is too large; put fewer trajectories into one")
        self._form.set_integer("index", index)
        return ShardImage(self._folder, index, content, size, self._form.pieces(content))


def write_shard(folder: str | PathLike[str], index: int, arrays: Mapping[str, ArrayLike]) -> ShardEntry:
    """Write one shard so that it is on the disk as a whole, note it in the journal, and return its entry.

    Equal arrays give equal bytes. A shard of the same number is replaced.

    Parameters
    ----------
    folder : of a run that `create_run` made
    index : number of the shard, from 0
    arrays : by the names of `layout.FIELDS`, without the scales that follow from shapes. Paths of all
        trajectories have one row per trajectory; paths of some have one row per identity in the extra array
        ``path``; where none is stored the three are left out or empty.

    Raises
    ------
    ValueError : the arrays do not fit the layout
    InputError : the file could not be written
    """
    entry = ShardBuilder(folder).image(index, arrays).write()
    append_entry(Path(folder), entry)
    return entry


def _fill(form: Form, content: Arrays, description: RunDescription, stored: Mapping[str, int]) -> None:
    """Put a shard together."""
    hdf5.set_integer(form.file, "index", 0)
    set_identity(form.file, "shard", description)
    put_fields(form, content, description, stored)


def set_identity(file: Any, kind: str, description: RunDescription) -> None:
    """Attach to a file what it is and which run it belongs to."""
    hdf5.set_integer(file, "format_version", description.format_version)
    hdf5.set_integer(file, "dimension", description.dimension)
    hdf5.set_text(file, "kind", kind)
    hdf5.set_text(file, "run", description.name)
    hdf5.set_text(file, "valley_names", description.valley_names)
    hdf5.set_text(file, "resolved_sha256", description.resolved_sha256)


def put_fields(
    form: Form, content: Arrays, description: RunDescription, stored: Mapping[str, int] = MappingProxyType({})
) -> None:
    """Write arrays of the layout with their units and names; scales first, since the rest refers to them."""
    for name in sorted(content, key=lambda each: (FIELDS[each].dims != (each,), each)):
        dims = dims_of(FIELDS[name], "path" not in content)
        describe(form.put(name, content[name], dims, stored.get(name)), name, description)


def describe(dataset: Any, name: str, description: RunDescription) -> None:
    """Attach units, long name, and what a tool that opens the file should know."""
    per = description.weight_unit.removeprefix("1")
    hdf5.set_text(dataset, "units", FIELDS[name].units.replace("{per}", per))
    hdf5.set_text(dataset, "long_name", FIELDS[name].long_name)
    if name in VECTORS and has_across(description):
        hdf5.set_text(dataset, "comment", COMMENT)


def _entry_of(index: int, content: Mapping[str, Any], size: int, sha256: str) -> ShardEntry:
    """Return the row of the table for a shard with this content."""
    paths = len(content["position"]) if "position" in content else 0
    first, count = int(content["trajectory"][0]), len(content["trajectory"])
    return ShardEntry(index, shard_name(index), sha256, first, count, size, paths)


def check_entry(folder: Path, entry: ShardEntry) -> None:
    """Raise InputError unless the file of a shard is there and states the size and digest of its entry."""
    path = shard_path(folder, entry.index)
    if read_seal(path) != (entry.size, entry.sha256):
        raise InputError(f"{shown(path)}: damaged: not the file that the run wrote (size or SHA-256 differ)")


def read_shard(
    folder: Path, entry: ShardEntry, description: RunDescription, fields: Collection[str] | None = None
) -> Arrays:
    """Read arrays of a shard that is known from the table, after comparing its bytes with its seal and that with the table.

    What was found sound is not read again for that by this process, unless the file has changed.

    Parameters
    ----------
    fields : names out of `layout.FIELDS`; None for all that the shard has

    Returns
    -------
    Arrays by name. ``path``, ``position``, ``wavevector`` are always there when asked for, with one row for
    each stored path.
    """
    check_entry(folder, entry)
    check_seal(shard_path(folder, entry.index), SHARD_LIMIT)
    with _checked(shard_path(folder, entry.index), entry.index, description) as datasets:
        if _entry_of(entry.index, datasets, entry.size, entry.sha256) != entry:
            raise ValueError("it holds other trajectories than the run says")
        wanted = [name for name in FIELDS if name not in MADE] if fields is None else fields
        content = {name: np.asarray(datasets[name][...]) for name in wanted if name in datasets}
        check_domains(content, description)
        if "path" in wanted and "path" not in datasets:
            content["path"] = (
                np.asarray(datasets["trajectory"][...]) if "position" in datasets else np.empty(0, "<i8")
            )
        for name in set(VECTORS) & set(wanted) - set(datasets):
            content[name] = np.empty((0, datasets["time"].shape[0], 3))
        for name in set(VECTORS) & set(content) & set(datasets):
            fill_across(content[name], hdf5.stored_components(datasets[name]))
        return content


def examine_shard(folder: Path, index: int, description: RunDescription) -> ShardEntry:
    """Check the whole file of a shard against its own seal, the layout and what may be in it, and return its entry."""
    path = shard_path(folder, index)
    size, sha256 = check_seal(path, SHARD_LIMIT, again=True)
    with _checked(path, index, description) as datasets:
        check_domains({name: datasets[name][...] for name in DOMAINS if name in datasets}, description)
        return _entry_of(index, datasets, size, sha256)


def _allowed(path: str) -> list[str]:
    """Return what may be at a path of a shard."""
    return [FIELDS[path].dtype] if path in FIELDS else [GROUP] if path in GROUPS else []


@contextmanager
def _checked(path: Path, index: int, description: RunDescription) -> Iterator[dict[str, Any]]:
    """Open a shard and yield its datasets after checking layout and ownership."""
    with hdf5.opened(path) as file:
        check_version(hdf5.get_integer(file, "format_version"))
        fewest = dict.fromkeys(VECTORS, description.dimension) if has_across(description) else {}
        datasets = inspect(file, _allowed, fewest)
        needed = {name for name, field in FIELDS.items() if field.required}
        if not datasets.keys().isdisjoint(PATH_FIELDS):
            needed |= set(VECTORS)
        if missing := sorted(needed - set(datasets)):
            raise ValueError(f"{missing[0]} is missing")
        measure({name: node.shape for name, node in datasets.items()}, "path" not in datasets)
        if hdf5.get_integer(file, "index") != index:
            raise ValueError("it is another shard under this name")
        if hdf5.get_text(file, "resolved_sha256") != description.resolved_sha256:
            raise ValueError("it belongs to another run")
        yield datasets
