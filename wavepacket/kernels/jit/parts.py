"""Compile functions that only compiled functions call no further than their callers need, and without detours.

numba makes machine code of every function, each with all that it calls, though only that of kernels is ever run. Together
with what else is left out here that is a quarter of the time that a kernel takes to compile; its code is the same.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler, Flags

_WIDEST = '"prefer-vector-width"="512"'


class _NoEngine:
    """Stands for numba's engine, which holds what can be run."""

    def set_env(self, name: str, environment: Any) -> None:
        """Code that is not loaded has no place for its environment."""


class _Library(JITCodeLibrary):  # type: ignore[misc]
    """Code that uses the widest registers that a CPU has.

    Left to itself LLVM takes half of a register of 512 bits on most CPUs that have them. It does what a function asks for;
    its numbers are the same.
    """

    def add_ir_module(self, module: Any) -> None:
        """Take what numba has made of a function."""
        for function in module.functions:
            set.add(function.attributes, _WIDEST)  # its own ``add`` knows no attribute of this kind
        super().add_ir_module(module)


class _Part(_Library):
    """The optimised code of a function, in LLVM's language, that its callers take into theirs."""

    codegen = _NoEngine()

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """Return no address."""
        self._ensure_finalized()
        return 0


class _Flags(Flags):  # type: ignore[misc]
    """numba's options of a function, which it compares in every look-up of what is called, all of them one by one."""

    __slots__ = ()

    def __hash__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        return self._values == other._values if isinstance(other, _Flags) else NotImplemented

    def copy(self) -> "_Flags":
        """Return the same once more, to be changed."""
        return _Flags(self)


class KernelCompiler(Compiler):  # type: ignore[misc]
    """numba's compiler, for kernels."""

    def compile_extra(self, function: Any) -> Any:
        """Compile a function."""
        self.state.flags = _Flags(self.state.flags)
        if self.state.library is None:
            self.state.library = _Library(self.state.targetctx.codegen(), function.__qualname__)
            self.state.library.enable_object_caching()
        return super().compile_extra(function)


class PartCompiler(KernelCompiler):
    """The same for what kernels call."""

    def compile_extra(self, function: Any) -> Any:
        """Compile a function."""
        self.state.library = _Part(self.state.targetctx.codegen(), function.__qualname__)
        return super().compile_extra(function)


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep garbage meanwhile: what a compiler makes is used to its end, and looking through it takes a tenth of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
