"""Eight doubles side by side as one value: what a spline table needs, and loops over arrays do not give.

LLVM unrolls a loop of eight before it vectorises, and then does not vectorise. A value of this type is one wide
register, or several narrow ones where the CPU has no wider; every element is rounded as a scalar would be, so the bits
are the same on every CPU. Without compilation the same functions work on numpy arrays of eight.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils, config
from numba.extending import intrinsic, models, register_model

from wavepacket.kernels._jit import REAL

WIDTH = 8

if config.DISABLE_JIT:

    def zeros() -> Any:
        return np.zeros(WIDTH)

    def load(array: Any, start: int) -> Any:
        return array[start : start + WIDTH].copy()

    def store(array: Any, start: int, value: Any) -> None:
        array[start : start + WIDTH] = value

    def add_multiple(factor: float, value: Any, total: Any) -> Any:
        return factor * value + total

    def fetch(array: Any, start: int) -> None:
        pass

else:
    _VECTOR = ir.VectorType(ir.DoubleType(), WIDTH)

    class Eight(types.Type):
        """The type of eight doubles."""

        def __init__(self) -> None:
            super().__init__(name="Eight")

    EIGHT = Eight()

    @register_model(Eight)
    class _EightModel(models.PrimitiveModel):
        def __init__(self, manager: Any, kind: Any) -> None:
            super().__init__(manager, kind, _VECTOR)

    def _pointer(context: Any, builder: Any, array: Any, start: Any) -> Any:
        data = cgutils.create_struct_proxy(REAL)(context, builder, array).data
        return builder.bitcast(builder.gep(data, [start]), _VECTOR.as_pointer())

    @intrinsic
    def zeros(_context: Any) -> Any:
        """Eight times 0."""

        def build(_context: Any, _builder: Any, _signature: Any, _values: Any) -> Any:
            return ir.Constant(_VECTOR, [0.0] * WIDTH)

        return EIGHT(), build

    @intrinsic
    def load(_context: Any, array: Any, start: Any) -> Any:
        """Elements start, ..., start + 7 of a flat array; nobody checks that it has them."""

        def build(context: Any, builder: Any, _signature: Any, values: Any) -> Any:
            return builder.load(_pointer(context, builder, *values), align=8)

        return EIGHT(REAL, types.int64), build

    @intrinsic
    def store(_context: Any, array: Any, start: Any, value: Any) -> Any:
        """Write eight elements from start on."""

        def build(context: Any, builder: Any, _signature: Any, values: Any) -> Any:
            builder.store(values[2], _pointer(context, builder, *values[:2]), align=8)

        return types.void(REAL, types.int64, EIGHT), build

    @intrinsic
    def add_multiple(_context: Any, factor: Any, value: Any, total: Any) -> Any:
        """Sum of factor * value and total for each of the eight, with one rounding."""

        def build(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:
            lane = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), values[0], ir.IntType(32)(0))
            mask = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
            factors = builder.shuffle_vector(lane, lane, mask)
            kind = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
            fused = cgutils.get_or_insert_function(builder.module, kind, "llvm.fma.v8f64")
            return builder.call(fused, [factors, *values[1:]])

        return EIGHT(types.float64, EIGHT, EIGHT), build

    @intrinsic
    def fetch(_context: Any, array: Any, start: Any) -> Any:
        """Ask the CPU for the cache line of element start, which will be read soon."""

        def build(context: Any, builder: Any, _signature: Any, values: Any) -> Any:
            address = builder.bitcast(_pointer(context, builder, *values), ir.IntType(8).as_pointer())
            number = ir.IntType(32)
            kind = ir.FunctionType(ir.VoidType(), [address.type, number, number, number])
            function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
            builder.call(function, [address, number(0), number(3), number(1)])
            return context.get_dummy_value()

        return types.void(REAL, types.int64), build
