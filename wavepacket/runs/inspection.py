"""Looking at an HDF5 file before anything is read from it: one from a stranger can name any other file.

The file is asked for names, types, layouts and sizes only; what is not exactly as expected is refused.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from wavepacket.runs.hdf5 import h5py

TEXT = "text"
"""A single string of fixed length."""
GROUP = "group"
"""A group, whose content is asked for in turn."""
CLOSED = "closed"
"""Left alone: HDF5 was seen to crash while opening a virtual dataset with a damaged mapping."""

_CHECKSUM_BYTES = 4
_NAMES = 1000


def inspect(file: Any, allowed: Callable[[str], Sequence[str]]) -> dict[str, Any]:
    """Return the datasets of a file by path after checking that reading them does just what it seems to do.

    Refused are names and types that are not allowed, links other than plain ones, shared objects, external,
    virtual or missing storage, filters other than fletcher32, and sizes beyond what the file holds.

    Parameters
    ----------
    allowed : gives the numpy types that the dataset at a path may have, or one of `TEXT`, `GROUP`, `CLOSED`;
        nothing for an unknown path
    """
    datasets, stored, size = {}, 0, file.id.get_filesize()
    for path, node, dtypes in _walk(file, "", allowed):
        plist = node.id.get_create_plist()
        if plist.get_external_count():
            raise ValueError(f"{path} is stored in another file")
        _check_type(path, node, dtypes)
        stored += _check_storage(path, node, plist, size)
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
    found = node.id.get_type()
    if TEXT in dtypes:
        if node.shape != () or found.get_class() != h5py.h5t.STRING or found.is_variable_str():
            raise ValueError(f"{path} is not a single text")
    elif not any(found.equal(h5py.h5t.py_create(np.dtype(dtype))) for dtype in dtypes):
        raise ValueError(f"{path} has another type than {' or '.join(dtypes)}")


def _check_storage(path: str, node: Any, plist: Any, size: int) -> int:
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
        needed = count * (needed + _CHECKSUM_BYTES)
    if needed > size or node.id.get_storage_size() != needed:
        raise ValueError(f"{path} claims another size than it holds")
    return int(needed)
