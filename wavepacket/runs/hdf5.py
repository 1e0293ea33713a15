"""The one door to h5py: files are made in memory, and those on the disk are opened so that errors are sentences.

h5py carries no types, so what comes from it is `Any` here and typed arrays outside.
"""

import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
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
    dtype = h5py.string_dtype("utf-8", content.itemsize)
    kind, space = h5py.h5t.py_create(dtype, logical=True), h5py.h5s.create_simple(content.shape)
    h5py.h5a.create(node.id, name.encode(), kind, space).write(content.astype(dtype))


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
