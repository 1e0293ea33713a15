"""How this package compiles: one decorator for scalar functions, one for kernels, one cache folder per source state.

numba's disk cache does not see edits in *other* files and would then return results of the old code without
a word. The cache folder is therefore named after a hash of every file in this package. Old folders can be
deleted at any time; they are only ever read by the version of the code that wrote them.

No fast-math flag that changes a rounding is used: with explicit fused multiply-adds the same bits come out on every CPU.
"""

import fcntl
import hashlib
import os
import tempfile
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numba import types
from numba.core import config
from numba.core.errors import NumbaExperimentalFeatureWarning
from numba.core.runtime import rtsys

from wavepacket.kernels.notice import compilation_begins
from wavepacket.kernels.pointer import as_kernel

REAL = types.float64[::1]
INTEGER = types.int64[::1]

_OPTIONS = {"error_model": "numpy", "nogil": True}


def _source_hash() -> str:
    digest = hashlib.sha256(numba.__version__.encode())
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(file.relative_to(Path(__file__).parent).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


SOURCE_HASH = _source_hash()


def cache_root() -> Path:
    """The folder of everything that can be made again."""
    chosen = os.environ.get("WAVEPACKET_CACHE_DIR") or os.environ.get("NUMBA_CACHE_DIR")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "wavepacket"


def _cache_folder() -> Path:
    """The folder of compiled kernels; a private temporary one where the usual place cannot be written."""
    folder = cache_root() / f"kernels-{SOURCE_HASH}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="wavepacket-kernels-"))


CACHE_FOLDER = _cache_folder()


def _options(allocates: bool) -> dict[str, Any]:
    """Without allocation there are no reference counts: those of arrays that threads share cost more than the physics.

    Only a function that allocates may call a function that returns a new array; views are never returned to it.
    """
    return {**_OPTIONS, "_nrt": allocates, "no_cfunc_wrapper": True}


def kernel(signature: Any, *, allocates: bool = False) -> Callable[[Callable[..., Any]], Any]:
    """Compile for one signature, or load from the disk cache, when the module is imported."""

    def decorate(function: Callable[..., Any]) -> Any:
        before = config.CACHE_DIR
        config.CACHE_DIR = str(CACHE_FOLDER)
        try:
            with warnings.catch_warnings():
                # Typed function pointers have been in numba since 2020 and are still marked as experimental.
                warnings.simplefilter("ignore", NumbaExperimentalFeatureWarning)
                compiled = numba.njit(cache=True, **_options(allocates))(_named_by_content(function))
                if config.DISABLE_JIT:
                    return compiled
                if not _loaded(compiled, signature):
                    _compile(compiled, signature)
                compiled.disable_compile()
        finally:
            config.CACHE_DIR = before
        return as_kernel(compiled)

    return decorate


def _loaded(compiled: Any, signature: Any) -> bool:
    """Take a kernel from the disk cache, if it is there.

    numba's own way imports all that it could compile first, linear algebra and random numbers included: 0.3 s.
    """
    context = compiled.targetctx
    rtsys.initialize(context)
    result = compiled._cache._load_overload(signature, context)
    if result is None:
        return False
    compiled.add_overload(result)
    return True


def _compile(compiled: Any, signature: Any) -> None:
    """Compile a kernel that is not in the cache, unless another process is at it: then wait and load what it made."""
    compilation_begins()
    with open(CACHE_FOLDER / f"{compiled.py_func.__qualname__}.lock", "wb") as claim:
        with suppress(OSError):  # where files cannot be locked, both compile, which does no harm
            fcntl.flock(claim, fcntl.LOCK_EX)
        if not _loaded(compiled, signature):
            compiled.compile(signature)


def _inner(allocates: bool = False) -> dict[str, Any]:
    """Python calls kernels and, in tests, scalar functions; without that door the others compile in half the time."""
    return {**_options(allocates), "no_cpython_wrapper": True}


def _content(value: Any) -> bytes:
    """What tells one value in a closure from another: numbers, arrays, or compiled functions by their names."""
    if isinstance(value, np.ndarray):
        return value.dtype.str.encode() + repr(value.shape).encode() + value.tobytes()
    function = getattr(value, "py_func", value)
    return getattr(function, "__qualname__", repr(value)).encode()


def _named_by_content(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give every closure of one factory a name of its own.

    numba tells them apart by a number that counts the functions compiled in this process. Kernels that different
    processes have put into the cache would then share a symbol, and one would silently run the code of the other.
    """
    if function.__closure__:
        digest = hashlib.sha256(b"|".join(_content(cell.cell_contents) for cell in function.__closure__))
        function.__qualname__ += "_" + digest.hexdigest()[:16]
    return function


def scalar(function: Callable[..., Any]) -> Any:
    """A function of numbers that is merged into its caller, so that loops over lanes around it vectorise."""
    return numba.njit(forceinline=True, **_options(False))(_named_by_content(function))


def formula(function: Callable[..., Any]) -> Any:
    """A scalar function from which terms with a constant 0 vanish, where the caller knows such constants as it is compiled.

    For that the compiler may take all numbers as finite and both zeros as one; no rounding is affected, and so no bit of a
    finite result.
    """
    return numba.njit(forceinline=True, fastmath={"nnan", "nsz"}, **_options(False))(
        _named_by_content(function)
    )


def view(function: Callable[..., Any]) -> Any:
    """A function that returns one view of an argument: its text is put into the caller before anything is compiled."""
    return numba.njit(inline="always", **_options(False))(_named_by_content(function))


def routine(function: Callable[..., Any]) -> Any:
    """A function that kernels call: loops over lanes, or work on one packet. Python must not call it once compiled."""
    return numba.njit(**_inner())(_named_by_content(function))


def allocating_routine(function: Callable[..., Any]) -> Any:
    """The same for a function that makes arrays of its own."""
    return numba.njit(**_inner(allocates=True))(_named_by_content(function))
