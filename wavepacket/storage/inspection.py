"""Looking at an HDF5 file before anything is read from it: one from a stranger can name any other file.

The file is asked for names, types, layouts and sizes only; what is not exactly as expected is refused.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from wavepacket.storage.hdf5 import h5py

TEXT = "text"
_CHECKSUM_BYTES = 4


def inspect(
    file: Any,
    allowed: Callable[[str], Sequence[str]],
    source: Callable[[str, str], bool] = lambda path, name: False,
) -> dict[str, Any]:
    """Return the datasets of a file by path after checking that reading them does just what it seems to do.

    Refused are names and types that are not allowed, links other than plain ones, shared objects, groups in
    groups, external or missing storage, filters other than fletcher32, and sizes beyond what the file holds.

    Parameters
    ----------
    allowed : gives the numpy types that a path may have, `TEXT` for a single string, none for an unknown one
    source : says whether the virtual dataset at a path may refer to the file of that name; virtual datasets
        are checked but not returned
    """
    datasets, stored = {}, 0
    for path, node in _walk(file, ""):
        dtypes = allowed(path)
        if not dtypes:
            raise ValueError(f"holds an unknown dataset {path}"[:120])
        plist = node.id.get_create_plist()
        if plist.get_external_count():
            raise ValueError(f"{path} is stored in another file")
        if plist.get_layout() == h5py.h5d.VIRTUAL:
            _check_sources(path, plist, source)
            continue
        _check_type(path, node, dtypes)
        stored += _check_storage(path, node, plist)
        datasets[path] = node
    if stored > file.id.get_filesize():
        raise ValueError("claims more content than it holds")
    return datasets


def _walk(group: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    """Yield the datasets of the root and of its groups, following plain links only."""
    if group.id.get_num_objs() > 1000:
        raise ValueError("holds too many names")
    for name in group:
        path = f"{prefix}{name}"
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise ValueError(f"{path} is a link to somewhere else"[:120])
        node = group[name]
        if h5py.h5o.get_info(node.id).rc != 1:
            raise ValueError(f"{path} has two names"[:120])
        if isinstance(node, h5py.Dataset):
            yield path, node
        elif isinstance(node, h5py.Group) and not prefix:
            yield from _walk(node, f"{name}/")
        else:
            raise ValueError(f"{path} is not a dataset"[:120])


def _check_type(path: str, node: Any, dtypes: Sequence[str]) -> None:
    """Raise ValueError unless the type in the file is one of those allowed."""
    found = node.id.get_type()
    if TEXT in dtypes:
        if node.shape != () or found.get_class() != h5py.h5t.STRING or found.is_variable_str():
            raise ValueError(f"{path} is not a single text")
    elif not any(found.equal(h5py.h5t.py_create(np.dtype(dtype))) for dtype in dtypes):
        raise ValueError(f"{path} has another type than {' or '.join(dtypes)}")


def _check_storage(path: str, node: Any, plist: Any) -> int:
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
        for size, length in zip(shape, plist.get_chunk(), strict=True):
            count *= -(-size // length)
            needed *= length
        needed = count * (needed + _CHECKSUM_BYTES)
    if needed > node.file.id.get_filesize() or node.id.get_storage_size() != needed:
        raise ValueError(f"{path} claims another size than it holds")
    return int(needed)


def _check_sources(path: str, plist: Any, source: Callable[[str, str], bool]) -> None:
    """Raise ValueError where a virtual dataset refers to anything but its like in a permitted file."""
    for position in range(plist.get_virtual_count()):
        name = plist.get_virtual_filename(position)
        if not source(path, name) or plist.get_virtual_dsetname(position) != path:
            raise ValueError(f"{path} refers to another file")
