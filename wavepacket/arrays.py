"""Files of named arrays (numpy's ``.npz``), read without trust: nothing in them is ever executed."""

import zipfile
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from wavepacket.errors import InputError

__all__ = ["CRYSTAL", "load_arrays"]

CRYSTAL = "crystal.npz"
"""In the folder of a run or a sweep, a crystal that a script made and that is too large to be written out."""

_LARGEST = 2**33  # bytes; a file of a few kB may claim terabytes


def load_arrays(path: str | PathLike[str]) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of a ``.npz`` file by name.

    Raises
    ------
    InputError
        for a file that cannot be read, that holds Python objects, or that unpacks to more than 8 GiB
    """
    file = Path(path)
    try:
        with zipfile.ZipFile(file) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > _LARGEST:
            raise InputError(f"{file}: unpacks to {size:.2g} bytes, more than 8 GiB")
        with np.load(file, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror or error}") from None
    except (ValueError, KeyError, EOFError, MemoryError, zipfile.BadZipFile, NotImplementedError) as error:
        raise InputError(f"{file}: cannot be read as a .npz file of arrays: {error}") from None
