"""Kernels as arguments of kernels.

With numba's own means each of the five functions that an integration is given would take 15 µs, together as much as the
integration of a packet: it makes the type of the function anew and unpickles its signature, twice. Here a kernel keeps its
type and its address, and to be handed over is to be asked for both.
"""

from typing import Any

from numba import types
from numba.core import cgutils
from numba.core.registry import CPUDispatcher
from numba.experimental.function_type import FunctionModel
from numba.extending import NativeValue, register_model, unbox


class Pointer(types.FunctionType):
    """The type of an argument that is a kernel of a given signature."""


class Kernel(CPUDispatcher):
    """A compiled function of one signature that knows its type and its address."""

    address: int
    _numba_type_ = property(lambda self: self._type)


def as_kernel(compiled: Any) -> Kernel:
    """Make a kernel of what numba has compiled."""
    (result,) = compiled.overloads.values()
    compiled.__class__ = Kernel
    compiled.address = result.library.get_pointer_to_function(result.fndesc.llvm_func_name)
    kernel: Kernel = compiled
    return kernel


register_model(Pointer)(FunctionModel)


@unbox(Pointer)
def _take_address(kind: Any, function: Any, c: Any) -> Any:
    number = c.pyapi.object_getattr_string(function, "address")
    with c.builder.if_then(cgutils.is_null(c.builder, number), likely=False):
        c.builder.ret(c.pyapi.get_null_object())
    pointer = cgutils.create_struct_proxy(kind)(c.context, c.builder)
    pointer.jit_addr = c.pyapi.long_as_voidptr(number)
    pointer.c_addr = pointer.jit_addr  # has to be there; numba calls the other one
    pointer.py_addr = c.builder.bitcast(function, pointer.py_addr.type)
    c.pyapi.decref(number)
    return NativeValue(pointer._getvalue())
