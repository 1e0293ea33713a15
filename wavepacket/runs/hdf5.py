"""The one door to h5py: files are made in memory, and those on the disk are opened so that errors are sentences.

h5py carries no types, so what comes from it is `Any` here and typed arrays outside. A file from a stranger can name any
other file: before it is read it is asked for names, types, layouts and sizes only, and what is not exactly as expected is
refused.
"""

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from wavepacket.errors import InputError
from wavepacket.runs.durable import regular_file, shown

h5py: Any = importlib.import_module("h5py")

_MALFORMED = (
    ArithmeticError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SystemError,
    TypeError,
    ValueError,
)
_TEXT_ATTRIBUTE_BYTES = 1 << 15
# No lock is needed, and some file systems have none; but HDF5 opens a file that this process has open already, such as by
# xarray, only with the flags that it has.
_LOCKING = (False, None, True, "best-effort")


@contextmanager
def made(memory: Any, *, again: bool = False) -> Iterator[Any]:
    """Open a file-like object for writing an HDF5 file into it, or for changing the one in it.

    Memory of our own instead of the core driver: no second copy, and gaps are zero instead of whatever the memory held.
    """
    with h5py.File(memory, "r+" if again else "w", libver=("v110", "v110")) as file:
        yield file


def put_chunked(file: Any, name: str, shape: tuple[int, ...], dtype: Any, chunks: tuple[int, ...]) -> Any:
    """Make a dataset in checksummed chunks, none of which is written; the same bytes as by h5py, in half the time."""
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk(chunks)
    plist.set_fletcher32()
    plist.set_obj_track_times(False)
    space, type_ = h5py.h5s.create_simple(shape), h5py.h5t.py_create(np.dtype(dtype), logical=True)
    group, _, last = name.rpartition("/")
    parent = file.require_group(group) if group else file
    return h5py.Dataset(h5py.h5d.create(parent.id, last.encode(), type_, space, plist))


def put_virtual(
    file: Any, name: str, dtype: str, sources: Sequence[tuple[str, tuple[int, ...]]], dims: Sequence[str]
) -> Any:
    """Join the datasets of one name in several files, given by file name and shape, along the first axis.

    Where a file is missing, HDF5 shows NaN or the most negative integer.
    """
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_obj_track_times(False)
    numpy_type = np.dtype(dtype)
    plist.set_fill_value(np.array(np.nan if numpy_type.kind == "f" else np.iinfo(numpy_type).min, numpy_type))
    total, start = (sum(shape[0] for _, shape in sources), *sources[0][1][1:]), 0
    for source, shape in sources:
        part = h5py.h5s.create_simple(total)
        part.select_hyperslab((start, *[0] * (len(shape) - 1)), shape)
        plist.set_virtual(part, source.encode(), name.encode(), h5py.h5s.create_simple(shape))
        start += shape[0]
    group = file.require_group(name.rpartition("/")[0] or "/")
    space, type_ = h5py.h5s.create_simple(total), h5py.h5t.py_create(numpy_type)
    dataset = h5py.Dataset(h5py.h5d.create(group.id, name.rpartition("/")[2].encode(), type_, space, plist))
    attach(file, dataset, name, dims)
    return dataset


def attach(file: Any, dataset: Any, name: str, dims: Sequence[str]) -> None:
    """Name the axes of a dataset by their scales, which must be in the file already."""
    if tuple(dims) == (name,):
        dataset.make_scale(name.rsplit("/", 1)[-1])
        return
    for axis, dim in enumerate(dims):  # as h5py does it, whose own way takes four times as long
        h5py.h5ds.attach_scale(dataset.id, h5py.h5o.open(file.id, dim.encode()), axis)


def put_text(file: Any, name: str, text: str) -> None:
    """Write one text as a string of fixed length, which unlike the variable kind lies inside the dataset."""
    content = text.encode()
    dtype = h5py.string_dtype("utf-8", max(1, len(content)))
    file.create_dataset(name, data=np.array(content, dtype=dtype))


def set_text(node: Any, name: str, text: str | Sequence[str]) -> None:
    """Write a text or a list of texts as an attribute of fixed length; nothing where there is no text."""
    if not text:
        return
    content = np.array(
        text.encode() if isinstance(text, str) else [each.encode() for each in text], dtype=bytes
    )
    kind, space = _text_type(content.itemsize), h5py.h5s.create_simple(content.shape)
    h5py.h5a.create(node.id, name.encode(), kind, space).write(content, mtype=kind)


@lru_cache(maxsize=256)
def _text_type(length: int) -> Any:
    """Type of texts of so many bytes."""
    return h5py.h5t.py_create(h5py.string_dtype("utf-8", length), logical=True)


def set_integer(node: Any, name: str, value: int) -> None:
    """Write an integer attribute; one that is there already keeps its place."""
    if name in node.attrs:
        node.attrs.get_id(name).write(np.array(value, "<i8"))
    else:
        node.attrs.create(name, np.int64(value))


def get_text(node: Any, name: str) -> str:
    """Read a text attribute of fixed length, or raise ValueError."""
    identifier = node.attrs.get_id(name)
    if (
        identifier.shape != ()
        or identifier.dtype.kind != "S"
        or identifier.dtype.itemsize > _TEXT_ATTRIBUTE_BYTES
    ):
        raise ValueError(f"attribute {name} is not a text")
    return bytes(node.attrs[name]).decode() if isinstance(node.attrs[name], bytes) else str(node.attrs[name])


def get_integer(node: Any, name: str) -> int:
    """Read an integer attribute, or raise ValueError."""
    identifier = node.attrs.get_id(name)
    if identifier.shape != () or identifier.dtype.kind != "i":
        raise ValueError(f"attribute {name} is not an integer")
    return int(node.attrs[name])


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open an HDF5 file for reading; whatever goes wrong inside becomes an InputError of one line.

    h5py raises nearly every kind of exception on a malformed file, hence the wide net.
    """
    with regular_file(path):
        pass
    try:
        with _opened(path) as file:
            yield file
    except InputError:
        raise
    except _MALFORMED as error:
        # A KeyError would print its message in quotes.
        reason = str(error.args[0] if isinstance(error, KeyError) else error) or type(error).__name__
        raise InputError(f"{shown(path)}: refused: {shown(reason[:200])}") from error


def _opened(path: Path) -> Any:
    """Open a file, whoever else in this process has it open."""
    for locking in _LOCKING[:-1]:
        try:
            return h5py.File(path, "r", locking=locking)
        except OSError as error:
            if "file locking" not in str(error):
                raise
    return h5py.File(path, "r", locking=_LOCKING[-1])


TEXT = "text"
"""A single string of fixed length."""
GROUP = "group"
"""A group, whose content is asked for in turn."""
CLOSED = "closed"
"""Left alone: HDF5 was seen to crash while opening a virtual dataset with a damaged mapping."""

_CHECKSUM_BYTES = 4
_NAMES = 1000


def inspect(
    file: Any, allowed: Callable[[str], Sequence[str]], fewest: Mapping[str, int] = MappingProxyType({})
) -> dict[str, Any]:
    """Return the datasets of a file by path after checking that reading them does just what it seems to do.

    Refused are names and types that are not allowed, links other than plain ones, shared objects, external,
    virtual or missing storage, filters other than fletcher32, and sizes beyond what the file holds.

    Parameters
    ----------
    allowed : gives the numpy types that the dataset at a path may have, or one of `TEXT`, `GROUP`, `CLOSED`;
        nothing for an unknown path
    fewest : of datasets by path, how many components are there at least; each has chunks of its own, or none may lack
    """
    datasets, stored, size = {}, 0, file.id.get_filesize()
    for path, node, dtypes in _walk(file, "", allowed):
        plist = node.id.get_create_plist()
        if plist.get_external_count():
            raise ValueError(f"{path} is stored in another file")
        _check_type(path, node, dtypes)
        stored += _check_storage(path, node, plist, size, fewest.get(path))
        datasets[path] = node
    if stored > size:
        raise ValueError("claims more content than it holds")
    return datasets


def _walk(
    group: Any, prefix: str, allowed: Callable[[str], Sequence[str]]
) -> Iterator[tuple[str, Any, Sequence[str]]]:
    """Yield path, dataset and permitted types; nothing unknown, linked or closed is opened."""
    if group.id.get_num_objs() > _NAMES:
        raise ValueError("holds too many names")
    for name in group:
        path = f"{prefix}{name}"
        dtypes = allowed(path)
        if not dtypes:
            raise ValueError(f"holds an unknown name, {path}"[:120])
        if group.id.links.get_info(name.encode()).type != h5py.h5l.TYPE_HARD:
            raise ValueError(f"{path} is a link to somewhere else")
        if CLOSED in dtypes:
            continue
        node = group[name]
        if h5py.h5o.get_info(node.id).rc != 1:
            raise ValueError(f"{path} has two names")
        if not isinstance(node, h5py.Group if GROUP in dtypes else h5py.Dataset):
            raise ValueError(f"{path} is another kind of object")
        if GROUP in dtypes:
            yield from _walk(node, f"{path}/", allowed)
        else:
            yield path, node, dtypes


def _check_type(path: str, node: Any, dtypes: Sequence[str]) -> None:
    """Raise ValueError unless the type in the file is one of those allowed."""
    stored = node.id.get_type()
    if TEXT in dtypes:
        if node.shape != () or stored.get_class() != h5py.h5t.STRING or stored.is_variable_str():
            raise ValueError(f"{path} is not a single text")
    elif not any(stored.equal(h5py.h5t.py_create(np.dtype(dtype))) for dtype in dtypes):
        raise ValueError(f"{path} has another type than {' or '.join(dtypes)}")


def stored_components(dataset: Any) -> int:
    """Return how many components of the last axis are in the file: all, unless each has chunks of its own."""
    if dataset.chunks[-1] > 1:
        return int(dataset.shape[-1])
    chunks = range(dataset.id.get_num_chunks())
    return 1 + max((dataset.id.get_chunk_info(i).chunk_offset[-1] for i in chunks), default=-1)


def _check_storage(path: str, node: Any, plist: Any, size: int, fewest: int | None) -> int:
    """Return the bytes that a dataset occupies, or raise ValueError where its shape and type need others.

    Chunks that were never written would be read as zeros in silence; a shape can claim what no file holds.
    """
    space = node.id.get_space()
    if space.get_simple_extent_type() == h5py.h5s.NULL:
        raise ValueError(f"{path} is empty")
    shape, itemsize = space.get_simple_extent_dims(), node.id.get_type().get_size()
    needed = itemsize
    if not shape:
        if plist.get_layout() not in (h5py.h5d.COMPACT, h5py.h5d.CONTIGUOUS):
            raise ValueError(f"{path} is stored in an unexpected way")
    else:
        filters = [plist.get_filter(position)[0] for position in range(plist.get_nfilters())]
        if plist.get_layout() != h5py.h5d.CHUNKED or filters != [h5py.h5z.FILTER_FLETCHER32]:
            raise ValueError(f"{path} is not stored in checksummed chunks")
        count = 1
        for extent, length in zip(shape, plist.get_chunk(), strict=True):
            count *= -(-extent // length)
            needed *= length
        if fewest is not None and plist.get_chunk()[-1] == 1 and count <= size:
            count = count // shape[-1] * max(fewest, stored_components(node))
        needed = count * (needed + _CHECKSUM_BYTES)
    if needed > size or node.id.get_storage_size() != needed:
        raise ValueError(f"{path} claims another size than it holds")
    return int(needed)
