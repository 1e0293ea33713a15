"""How this package compiles: one decorator for scalar functions, one for kernels, one cache folder per source state.

numba's own disk cache does not see edits in *other* files and would then return results of the old code without a word,
and it believes damaged files. Ours (`_store`) is named after a hash of every file in this package, and its files carry
digests. Old folders can be deleted at any time; they are only ever read by the version of the code that wrote them.

No fast-math flag that changes a rounding is used: with explicit fused multiply-adds the same bits come out on every CPU.
"""

import hashlib
import pickle
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import CodeType
from typing import Any

import llvmlite
import llvmlite.binding as llvm
import numba
import numpy as np
from numba import types
from numba.core import config
from numba.core.compiler import CompileResult
from numba.core.errors import NumbaExperimentalFeatureWarning
from numba.core.runtime import rtsys
from numba.core.serialize import dumps

from wavepacket.kernels.jit.notice import compilation_begins, damage_found, undisturbed
from wavepacket.kernels.jit.parts import KernelCompiler, PartCompiler, uncollected
from wavepacket.kernels.jit.pointer import as_kernel
from wavepacket.kernels.jit.store import Store

REAL = types.float64[::1]
INTEGER = types.int64[::1]

_OPTIONS = {"error_model": "numpy", "nogil": True}


def _source_hash() -> str:
    """Of the files of this package, and of the constants and formulas that kernels take from the ground floor."""
    digest, package = hashlib.sha256(numba.__version__.encode()), Path(__file__).parents[2]
    below = [package / "formulas.py", package / "units.py"]
    for file in [*below, *sorted((package / "kernels").rglob("*.py"))]:
        digest.update(file.relative_to(package).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


SOURCE_HASH = _source_hash()


STORE = Store(f"kernels-{SOURCE_HASH}")


def _options(allocates: bool) -> dict[str, Any]:
    """Without allocation there are no reference counts: those of arrays that threads share cost more than the physics.

    Only a function that allocates may call a function that returns a new array; views are never returned to it.
    """
    return {**_OPTIONS, "_nrt": allocates, "no_cfunc_wrapper": True}


def kernel(signature: Any, *, allocates: bool = False) -> Callable[[Callable[..., Any]], Any]:
    """Compile for one signature, or load from the disk cache, when the module is imported."""

    def decorate(function: Callable[..., Any]) -> Any:
        compiled = numba.njit(pipeline_class=KernelCompiler, **_options(allocates))(
            _named_by_content(function)
        )
        if config.DISABLE_JIT:
            return compiled
        with warnings.catch_warnings(), undisturbed():
            # Typed function pointers have been in numba since 2020 and are still marked as experimental.
            warnings.simplefilter("ignore", NumbaExperimentalFeatureWarning)
            if not _loaded(compiled, signature):
                _compile(compiled, signature)
            compiled.disable_compile()
        return as_kernel(compiled)

    return decorate


def _identity(compiled: Any, signature: Any) -> str:
    """Digest of all that the code of a kernel depends on: sources, compilers, CPU, signature, and its own function."""
    function = compiled.py_func
    file = Path(function.__code__.co_filename)
    parts = [
        SOURCE_HASH,
        sys.version,
        llvmlite.__version__,
        function.__module__,
        function.__qualname__,
        str(signature),
        repr(sorted(map(str, compiled.targetoptions.items()))),
        *compiled.targetctx.codegen().magic_tuple(),
        *_code(function.__code__),
    ]
    if (
        Path(__file__).parents[1] not in file.parents
    ):  # such as a kernel of a test: its file may define what it calls
        with suppress(OSError):
            parts.append(hashlib.sha256(file.read_bytes()).hexdigest())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _code(code: CodeType) -> Iterator[str]:
    """Instructions, names and constants of a function and of those within."""
    yield code.co_code.hex()
    yield repr((code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars))
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code(constant)
        else:
            yield repr(constant)


def _loaded(compiled: Any, signature: Any) -> bool:
    """Take a kernel from the disk, if it is there and is what was written.

    numba's own way imports all that it could compile first, linear algebra and random numbers included: 0.3 s. It also
    believes what it reads, and needs a folder that it can write.
    """
    context = compiled.targetctx
    rtsys.initialize(context)
    content, damaged = STORE.load(compiled.py_func.__qualname__, _identity(compiled, signature))
    if content is None:
        for path in damaged:
            damage_found(path)
        return False
    try:
        result = CompileResult._rebuild(context, *pickle.loads(content))
    except Exception:  # whole, but from a numba of the same version that was built otherwise
        return False
    compiled.add_overload(result)
    return True


def _compile(compiled: Any, signature: Any) -> None:
    """Compile a kernel that is not on the disk, unless another process is at it: then wait and load what it made."""
    compilation_begins(compiled.py_func.__module__.removeprefix("wavepacket.kernels."))
    name = compiled.py_func.__qualname__
    with STORE.claim(name), uncollected():
        if not _loaded(compiled, signature):
            compiled.compile(signature)
            (result,) = compiled.overloads.values()
            if not result.library.has_dynamic_globals:  # addresses of this process
                STORE.save(name, _identity(compiled, signature), dumps(_reduced(result)))


def _reduced(result: Any) -> tuple[Any, ...]:
    """What `CompileResult._rebuild` makes a kernel of, without what nobody asks for and what takes half of its loading.

    With the machine code numba keeps all of it in LLVM's language, for kernels that would take it into theirs; the names of
    the functions are enough. And it would import modules of its own for the environments of their functions, which serve
    code that calls Python.
    """
    (name, kind, (machine_code, code)), *rest, environments = result._reduce()
    defined = [each.name for each in llvm.parse_bitcode(code).functions if not each.is_declaration]
    names = "\n".join(f'define void @"{each}"() {{ ret void }}' for each in defined)
    library = (name, kind, (machine_code, llvm.parse_assembly(names).as_bitcode()))
    return library, *rest, tuple(each for each in environments if _is_ours(each))


def _is_ours(environment: Any) -> bool:
    return not str(environment.globals.get("__name__")).startswith("numba.")


def _inner(allocates: bool = False) -> dict[str, Any]:
    """Python calls kernels and, in tests, scalar functions; without that door the others compile in a third of the time."""
    return {**_options(allocates), "no_cpython_wrapper": True, "pipeline_class": PartCompiler}


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
    return numba.njit(forceinline=True, pipeline_class=KernelCompiler, **_options(False))(
        _named_by_content(function)
    )


def inner(function: Callable[..., Any]) -> Any:
    """The same for a function that Python never calls: it compiles in half the time."""
    return numba.njit(forceinline=True, **_inner())(_named_by_content(function))


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
