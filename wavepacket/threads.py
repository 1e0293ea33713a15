"""How many threads a computation may use, and numpy's own kept out of their way."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

__all__ = ["available_threads", "single_threaded_numpy"]


def available_threads() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def single_threaded_numpy() -> Iterator[None]:
    """Limit numpy to one thread while our own threads run; does nothing without OpenBLAS."""
    library = _openblas()
    if library is None:
        yield
        return
    counts = library.scipy_openblas_get_num_threads64_()
    library.scipy_openblas_set_num_threads64_(1)
    try:
        yield
    finally:
        library.scipy_openblas_set_num_threads64_(counts)


@cache
def _openblas() -> ctypes.CDLL | None:
    """The OpenBLAS that numpy's wheels bring."""
    import numpy

    package = Path(numpy.__file__).parent
    folders = (package.parent / "numpy.libs", package / ".dylibs")
    for file in (file for folder in folders for file in folder.glob("*scipy_openblas64_*")):
        library = ctypes.CDLL(str(file))
        if hasattr(library, "scipy_openblas_set_num_threads64_"):
            return library
    return None
