"""The one door to h5py: images are built in memory, and files are opened so that errors are sentences.

h5py carries no types, so what comes from it is `Any` here and typed arrays outside.
"""

import importlib
import io
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wavepacket.errors import InputError
from wavepacket.storage.checksum import CHECKSUM_BYTES, fletcher32
from wavepacket.storage.durable import regular_file, shown
from wavepacket.storage.layout import chunk_shape

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


def build_image(fill: Callable[[Any], None], expected: int = 0) -> memoryview:
    """Return the bytes of an HDF5 file that `fill(file)` puts together.

    Memory of our own instead of the core driver: no second copy, and gaps are zero instead of whatever the memory held,
    so equal content gives equal bytes.

    Parameters
    ----------
    expected : bytes of the arrays that will be put into it, so that it need not be moved as it grows
    """
    memory = _Memory(expected + expected // 16 + (1 << 18))
    with h5py.File(memory, "w", libver=("v110", "v110")) as file:
        fill(file)
    return memory.content()


class _Memory(io.RawIOBase):
    """A file in memory that is made at once: a `BytesIO` that grows to 30 MB takes six times as long as copying them.

    Parameters
    ----------
    size : bytes to set aside; those that are never written take no memory, and more are found when needed
    """

    def __init__(self, size: int) -> None:
        self._bytes, self._end, self._place = np.zeros(size, np.uint8), 0, 0

    def content(self) -> memoryview:
        """All bytes up to the end of the file."""
        return self._bytes.data[: self._end]

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a place counted from the begin, the place, or the end."""
        self._place = offset + (0, self._place, self._end)[whence]
        return self._place

    def truncate(self, size: int | None = None) -> int:
        """Move the end; bytes beyond what was written are zero."""
        size = self._place if size is None else size
        if size > len(self._bytes):
            self._bytes = np.concatenate([self._bytes, np.zeros(2 * size - len(self._bytes), np.uint8)])
        self._bytes[size : self._end] = 0
        self._end = size
        return size

    def write(self, data: Any) -> int:
        """Put bytes at the place and move behind them."""
        begin, size = self._place, len(data)
        if begin + size > self._end:
            self.truncate(begin + size)
        self._bytes[begin : begin + size] = np.frombuffer(data, np.uint8)
        self._place += size
        return size

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer from the place on, as far as there are bytes."""
        piece = self._bytes[self._place : min(self._place + len(buffer), self._end)]
        buffer[: len(piece)] = piece.data
        self._place += len(piece)
        return len(piece)


def put(file: Any, name: str, values: NDArray[Any], dims: Sequence[str] = ()) -> Any:
    """Write an array in checksummed chunks; a dataset that is its own dimension becomes a scale."""
    if values.ndim:
        chunks = chunk_shape(values.shape, values.itemsize)
        dataset = file.create_dataset(
            name, shape=values.shape, dtype=values.dtype, chunks=chunks, fletcher32=True
        )
        _put_chunks(dataset, values, chunks)
    else:
        dataset = file.create_dataset(name, data=values)
    attach(file, dataset, name, dims)
    return dataset


def _put_chunks(dataset: Any, values: NDArray[Any], chunks: tuple[int, ...]) -> None:
    """Write every chunk with its checksum, the same bytes as the library's own filter would: most of its time is saved."""
    size = math.prod(chunks) * values.itemsize
    stored = np.zeros(size + CHECKSUM_BYTES, np.uint8)
    chunk = stored[:size].view(values.dtype).reshape(chunks)
    for place in np.ndindex(*(-(-length // step) for length, step in zip(values.shape, chunks, strict=True))):
        first = tuple(i * step for i, step in zip(place, chunks, strict=True))
        piece = values[tuple(slice(begin, begin + step) for begin, step in zip(first, chunks, strict=True))]
        if piece.shape != chunks:
            stored[:] = 0  # what lies beyond the array is stored as zeros
        chunk[tuple(slice(length) for length in piece.shape)] = piece
        stored[size:] = np.frombuffer(fletcher32(stored[:size]), np.uint8)
        dataset.id.write_direct_chunk(first, stored)


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
        with h5py.File(path, "r", locking=False) as file:
            yield file
    except InputError:
        raise
    except _MALFORMED as error:
        # A KeyError would print its message in quotes.
        reason = str(error.args[0] if isinstance(error, KeyError) else error) or type(error).__name__
        raise InputError(f"{shown(path)}: refused: {shown(reason[:200])}") from error
