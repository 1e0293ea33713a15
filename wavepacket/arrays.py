"""Types of arrays, and files of named ones (``.npz`` or HDF5), read without trust: nothing in them is ever executed."""

import io
import zipfile
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from wavepacket.errors import InputError

__all__ = ["Complex", "Flags", "Float", "Integer", "load_array", "load_arrays", "packed"]

Float = npt.NDArray[np.float64]
Integer = npt.NDArray[np.int64]
Complex = npt.NDArray[np.complex128]
Flags = npt.NDArray[np.bool_]

_LARGEST = 2**33  # bytes; a file of a few kB may claim terabytes


def packed(arrays: Mapping[str, npt.ArrayLike]) -> bytes:
    """Return the content of a ``.npz`` file."""
    stream = io.BytesIO()
    named: dict[str, Any] = {name: np.asarray(array) for name, array in arrays.items()}
    np.savez(stream, **named)
    return stream.getvalue()


def load_arrays(path: str | PathLike[str], content: bytes | None = None) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of a ``.npz`` file by name, or of its content if that is given.

    A file whose name ends in ``.h5`` or ``.hdf5`` is an HDF5 file with a dataset for each.

    Raises
    ------
    InputError
        for a file that cannot be read, that holds Python objects, or that unpacks to more than 8 GiB
    """
    file = Path(path)
    source = file if content is None else io.BytesIO(content)
    hierarchical = content is None and file.suffix in (".h5", ".hdf5")
    try:
        return _datasets(file) if hierarchical else _members(file, source)
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror or error}") from None
    except (ValueError, KeyError, RuntimeError, EOFError, MemoryError, zipfile.BadZipFile) as error:
        kind = "HDF5 file" if hierarchical else ".npz file"
        raise InputError(f"{file}: cannot be read as a {kind} of arrays: {error}") from None


def load_array(path: str | PathLike[str], name: str) -> npt.NDArray[Any]:
    """Return the array of a ``.npy`` file, or the one of this name in a file as of `load_arrays`.

    Raises
    ------
    InputError
        as `load_arrays`, and for a file without such an array
    """
    file = Path(path)
    if file.suffix != ".npy":
        arrays = load_arrays(file)
        if name not in arrays:
            raise InputError(f"{file}: has no array {name!r}, but {', '.join(arrays) or 'none'}")
        return arrays[name]
    try:
        _refuse_large(file, file.stat().st_size)
        return np.asarray(np.load(file, allow_pickle=False))
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror or error}") from None
    except (ValueError, EOFError, MemoryError) as error:
        raise InputError(f"{file}: cannot be read as a .npy file: {error}") from None


def _members(file: Path, source: Path | io.BytesIO) -> dict[str, npt.NDArray[Any]]:
    with zipfile.ZipFile(source) as archive:
        _refuse_large(file, sum(member.file_size for member in archive.infolist()))
    with np.load(source, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def _datasets(file: Path) -> dict[str, npt.NDArray[Any]]:
    """Datasets at the top of the file; groups are left out, and nothing is read that lies in another file."""
    import h5py  # takes a while to load

    with h5py.File(file, "r") as content:
        own = [name for name in content if isinstance(content.get(name, getlink=True), h5py.HardLink)]
        found = {name: content[name] for name in own if isinstance(content[name], h5py.Dataset)}
        for name, each in found.items():
            if each.shape is None or each.dtype.kind not in "biuf":
                raise ValueError(f"{name} must hold plain numbers")
            if each.external or each.is_virtual:
                raise ValueError(f"the numbers of {name} lie in another file")
        _refuse_large(file, sum(each.size * each.dtype.itemsize for each in found.values()))
        return {name: np.asarray(each[()]) for name, each in found.items()}


def _refuse_large(file: Path, size: int) -> None:
    if size > _LARGEST:
        raise InputError(f"{file}: unpacks to {size:.2g} bytes, more than 8 GiB")
