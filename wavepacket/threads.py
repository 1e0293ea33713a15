"""How many threads a computation may use, and numpy's own kept out of their way."""

import ctypes
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final, Protocol, TypeVar

__all__ = ["ONE_THREAD", "InOrder", "available_threads", "in_order", "on_threads", "single_threaded_numpy"]

_In = TypeVar("_In")
_Out = TypeVar("_Out")


def available_threads() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_order(work: Callable[[_In], _Out], items: Iterable[_In], threads: int) -> Iterator[_Out]:
    """Yield work(item) in order, computed on threads, with few results waiting."""
    if threads == 1:
        yield from map(work, items)
        return
    with single_threaded_numpy(), ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[_Out]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) > threads + 1:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


class InOrder(Protocol):
    """Yields work(item) in the order of the items, wherever that is computed: `on_threads`, or by workers of a cluster."""

    def __call__(self, work: Callable[[_In], _Out], items: Iterable[_In], /) -> Iterator[_Out]:
        """Begin."""


def on_threads(number: int) -> InOrder:
    """Return what computes on so many threads of this process."""

    def here(work: Callable[[_In], _Out], items: Iterable[_In], /) -> Iterator[_Out]:
        return in_order(work, items, number)

    return here


ONE_THREAD: Final = on_threads(1)


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
