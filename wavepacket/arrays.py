"""Types of arrays, and files of named ones (numpy's ``.npz``), read without trust: nothing in them is ever executed."""

import io
import zipfile
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from wavepacket.errors import InputError

__all__ = ["Complex", "Flags", "Float", "Integer", "load_arrays", "packed"]

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

    Raises
    ------
    InputError
        for a file that cannot be read, that holds Python objects, or that unpacks to more than 8 GiB
    """
    file = Path(path)
    source = file if content is None else io.BytesIO(content)
    try:
        with zipfile.ZipFile(source) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > _LARGEST:
            raise InputError(f"{file}: unpacks to {size:.2g} bytes, more than 8 GiB")
        with np.load(source, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror or error}") from None
    except (ValueError, KeyError, EOFError, MemoryError, zipfile.BadZipFile, NotImplementedError) as error:
        raise InputError(f"{file}: cannot be read as a .npz file of arrays: {error}") from None
