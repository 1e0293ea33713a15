"""An HDF5 file as the library lays it out, and its bytes with the contents of arrays put in from where they are.

The library is slow for each dataset and each chunk, but lays out files of equal shapes in the same way. So it makes one,
in which arrays are only given their places; what lies there is handed over in pieces, which are nowhere copied together.
Each chunk ends with HDF5's fletcher32 of it.
"""

import io
import math
import mmap
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wavepacket.runs import hdf5
from wavepacket.runs.layout import chunk_shape

CHECKSUM_BYTES = 4
_MODULUS = 0xFFFF


def fletcher32(content: NDArray[np.uint8]) -> bytes:
    """Return the four bytes that HDF5 appends to a chunk.

    HDF5 (H5checksum.c) adds up big-endian words with end-around carry, where an odd last byte counts as a whole word.
    Modulo 2^16 - 1 swapping the bytes of a word is multiplying it by 2^8, so native little-endian words do as well.

    Parameters
    ----------
    content : (n,) contiguous, n < 2^25
    """
    from wavepacket.kernels.reduce.checksum import fletcher_sums  # compiled when first needed

    if content.size % 2:
        content = np.append(content, np.uint8(0))
    plain, weighted = fletcher_sums(content.view("<u2"))
    return (_folded(int(weighted)) << 16 | _folded(int(plain))).to_bytes(CHECKSUM_BYTES, "little")


def _folded(total: int) -> int:
    """Sum with end-around carry: 0 stands for no words but zeros, any other multiple of the modulus for the modulus."""
    return (total * 256 - 1) % _MODULUS + 1 if total else 0


Piece = bytes | memoryview


class _Chunk(NamedTuple):
    """A chunk: offset in the file, first index, shape, and size in bytes."""

    offset: int
    size: int
    name: str
    first: tuple[int, ...]
    shape: tuple[int, ...]


class Form:
    """A file without the contents of its arrays.

    Equal calls give equal bytes.

    Parameters
    ----------
    fill : puts the file together, with `put` for arrays and functions of `hdf5` on ``file`` for the rest
    expected : bytes of the arrays, so that the memory need not be moved; what is never written takes none
    """

    def __init__(self, fill: Callable[["Form"], None], expected: int = 0) -> None:
        self._chunks: list[_Chunk] = []
        self._arrays: dict[str, NDArray[Any]] = {}
        self._memory = _Memory(expected + expected // 16 + (1 << 18))
        with hdf5.made(self._memory) as self.file:
            fill(self)
        self._chunks.sort()

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return len(self._memory.content())

    def put(
        self, name: str, values: NDArray[Any], dims: Sequence[str] = (), components: int | None = None
    ) -> Any:
        """Make a dataset in checksummed chunks; one that is its own dimension becomes a scale.

        Parameters
        ----------
        components : only so many places of the last axis are in the file, each in chunks of its own; the others read as 0
        """
        if values.ndim:
            chunks = chunk_shape(values.shape, values.itemsize, apart=components is not None)
            dataset = hdf5.put_chunked(self.file, name, values.shape, values.dtype, chunks)
            self._reserve(dataset, name, values[..., :components], chunks)
            self._arrays[name] = values
        else:
            dataset = self.file.create_dataset(name, data=values)
        hdf5.attach(self.file, dataset, name, dims)
        return dataset

    def _reserve(self, dataset: Any, name: str, values: NDArray[Any], chunks: tuple[int, ...]) -> None:
        """Have room set aside for every chunk and its checksum, and note where."""
        size = math.prod(chunks) * values.itemsize
        blank = bytes(size + CHECKSUM_BYTES)
        counts = (-(-length // step) for length, step in zip(values.shape, chunks, strict=True))
        for chunk in np.ndindex(*counts):
            first = tuple(i * step for i, step in zip(chunk, chunks, strict=True))
            dataset.id.write_direct_chunk(first, blank)
            offset = dataset.id.get_chunk_info_by_coord(first).byte_offset
            self._chunks.append(_Chunk(offset, size, name, first, chunks))

    def set_integer(self, name: str, value: int) -> None:
        """Change an integer attribute of the file."""
        with hdf5.made(self._memory, again=True) as file:
            hdf5.set_integer(file, name, value)

    def pieces(self, arrays: Mapping[str, NDArray[Any]] | None = None) -> Iterator[Piece]:
        """Return the bytes of the file in order, as the form is now.

        The arrays are looked at while the pieces are taken. No HDF5 in there: other threads may go on with the form.

        Parameters
        ----------
        arrays : contents in place of those that were put, of the same shapes and types
        """
        content, end, between = self._memory.content(), 0, []
        for chunk in self._chunks:
            between.append(bytes(content[end : chunk.offset]))
            end = chunk.offset + chunk.size + CHECKSUM_BYTES
        between.append(bytes(content[end:]))
        return self._filled(between, self._arrays if arrays is None else arrays)

    def _filled(self, between: list[bytes], arrays: Mapping[str, NDArray[Any]]) -> Iterator[Piece]:
        """Put the chunks of arrays between what the library wrote."""
        yield between[0]
        for chunk, following in zip(self._chunks, between[1:], strict=True):
            content = _content(arrays[chunk.name], chunk)
            yield content.data
            yield fletcher32(content) + following


def _content(values: NDArray[Any], chunk: _Chunk) -> NDArray[np.uint8]:
    """Return the bytes of one chunk: those of the array itself, where it holds them side by side."""
    piece = values[tuple(slice(i, i + step) for i, step in zip(chunk.first, chunk.shape, strict=True))]
    if piece.shape != chunk.shape:
        whole = np.zeros(chunk.shape, values.dtype)  # what lies beyond the array is stored as zeros
        whole[tuple(slice(length) for length in piece.shape)] = piece
        piece = whole
    return np.ascontiguousarray(piece).reshape(-1).view(np.uint8)


def _zeros(size: int) -> NDArray[np.uint8]:
    """Return zeros that take no memory before they are changed, unlike numpy's own, which may be old memory."""
    return np.frombuffer(mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS), np.uint8)


def _has_content(data: Any) -> bool:
    """Whether any byte is not zero, looked at eight at a time."""
    whole = len(data) // 8
    words, rest = np.frombuffer(data, np.uint64, whole), np.frombuffer(data, np.uint8, offset=8 * whole)
    return bool(words.any() or rest.any())


class _Memory(io.RawIOBase):
    """A file in memory that is set aside at once, and takes none where only zeros are written.

    Parameters
    ----------
    size : bytes to set aside; more are found when needed
    """

    def __init__(self, size: int) -> None:
        self._bytes, self._end, self._place = _zeros(size), 0, 0

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
            self._bytes = np.concatenate([self._bytes, _zeros(2 * size - len(self._bytes))])
        self._bytes[size : self._end] = 0
        self._end = size
        return size

    def write(self, data: Any) -> int:
        """Put bytes at the place and move behind them."""
        begin, size = self._place, len(data)
        beyond = begin >= self._end
        if begin + size > self._end:
            self.truncate(begin + size)
        if not beyond or _has_content(data):  # zeros are there already
            self._bytes[begin : begin + size] = np.frombuffer(data, np.uint8)
        self._place += size
        return size

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer from the place on, as far as there are bytes."""
        piece = self._bytes[self._place : min(self._place + len(buffer), self._end)]
        buffer[: len(piece)] = piece.data
        self._place += len(piece)
        return len(piece)
