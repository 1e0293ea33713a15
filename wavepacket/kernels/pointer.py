"""Kernels as arguments of kernels.

numba's own way of handing over a function unpickles its signature twice each time: 15 µs for each of five functions, as much
as the integration of a packet. Here it takes the address that a kernel carries (``_jit.py``).
"""

from typing import Any

from numba import types
from numba.core import cgutils
from numba.experimental.function_type import FunctionModel
from numba.extending import NativeValue, register_model, unbox


class Pointer(types.FunctionType):
    """The type of a kernel of a given signature."""


register_model(Pointer)(FunctionModel)


@unbox(Pointer)
def _take_address(kind: Any, function: Any, c: Any) -> Any:
    number = c.pyapi.object_getattr_string(function, "address")
    with c.builder.if_then(cgutils.is_null(c.builder, number), likely=False):
        c.builder.ret(c.pyapi.get_null_object())
    pointer = cgutils.create_struct_proxy(kind)(c.context, c.builder)
    pointer.jit_addr = c.pyapi.long_as_voidptr(number)
    pointer.c_addr = pointer.jit_addr  # has to be there; of the two numba calls the other one
    pointer.py_addr = c.builder.bitcast(function, pointer.py_addr.type)
    c.pyapi.decref(number)
    return NativeValue(pointer._getvalue())
