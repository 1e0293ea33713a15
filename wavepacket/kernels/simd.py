"""Eight doubles side by side as one value: what spline tables and saves need, and loops over arrays do not give.

LLVM unrolls a loop of eight before it vectorises, and then does not vectorise. A value of this type is one wide
register, or several narrow ones where the CPU has no wider; every element is rounded as a scalar would be, so the bits
are the same on every CPU. Without compilation the same functions work on numpy arrays of eight.
"""

import operator
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils, config, typing
from numba.core.typing.templates import ConcreteTemplate, infer_global
from numba.extending import intrinsic, lower_builtin, models, register_model

from wavepacket.kernels.jit.decorators import REAL

WIDTH = 8

if config.DISABLE_JIT:

    def load(array: Any, start: int) -> Any:
        return array[start : start + WIDTH].copy()

    def store(array: Any, start: int, value: Any) -> None:
        array[start : start + WIDTH] = value

    def store_triples(array: Any, start: int, x: Any, y: Any, z: Any) -> None:
        array[start : start + 3 * WIDTH] = np.stack([x, y, z], axis=1).reshape(-1)

    def load_triples(array: Any, start: int) -> Any:
        return tuple(array[start : start + 3 * WIDTH].reshape(WIDTH, 3).T.copy())

    def every(value: float) -> Any:
        return np.full(WIDTH, value)

    def fused(a: Any, b: Any, c: Any) -> Any:
        return a * b + c

    def root(value: Any) -> Any:
        return np.sqrt(value)

    def size(value: Any) -> Any:
        return np.abs(value)

    def choose(a: Any, b: Any, x: Any, y: Any) -> Any:
        return np.where(a < b, x, y)

    def count_below(value: Any, limit: float) -> int:
        return int((value < limit).sum())

    def transposed(rows: Any) -> Any:
        return tuple(np.stack(rows).T.copy())

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

    def _operator(function: Callable[..., Any], instruction: str, operands: int) -> None:
        """Teach numba an operator between values of this type: one rounding, as between two doubles."""
        kinds = (EIGHT,) * operands

        @infer_global(function)
        class _Typing(ConcreteTemplate):  # type: ignore[misc]
            cases: ClassVar = [typing.signature(EIGHT, *kinds)]

        @lower_builtin(function, *kinds)
        def _build(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:
            return getattr(builder, instruction)(*values)

    for _function, _instruction in {"add": "fadd", "sub": "fsub", "mul": "fmul", "truediv": "fdiv"}.items():
        for _prefix in ("", "i"):
            _operator(getattr(operator, _prefix + _function), _instruction, 2)
    _operator(operator.neg, "fneg", 1)

    def _called(builder: Any, name: str, *values: Any) -> Any:
        kind = ir.FunctionType(_VECTOR, [_VECTOR] * len(values))
        return builder.call(
            cgutils.get_or_insert_function(builder.module, kind, f"llvm.{name}.v8f64"), values
        )

    def _places(numbers: Iterable[int]) -> Any:
        chosen = list(numbers)
        return ir.Constant(ir.VectorType(ir.IntType(32), len(chosen)), chosen)

    def _pointer(context: Any, builder: Any, array: Any, start: Any) -> Any:
        data = cgutils.create_struct_proxy(REAL)(context, builder, array).data
        return builder.bitcast(builder.gep(data, [start]), _VECTOR.as_pointer())

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
    def store_triples(_context: Any, array: Any, start: Any, x: Any, y: Any, z: Any) -> Any:
        """Write x₀, y₀, z₀, x₁, y₁, z₁, ... (24 elements) from start on."""

        def build(context: Any, builder: Any, _signature: Any, values: Any) -> Any:
            for part in range(3):
                # Places that belong to z are filled by the second of two permutations; there the first one has 0.
                axis = [divmod(part * WIDTH + i, 3) for i in range(WIDTH)]
                pairs = [number + c * WIDTH if c < 2 else 0 for number, c in axis]
                final = [i if c < 2 else WIDTH + number for i, (number, c) in enumerate(axis)]
                some = builder.shuffle_vector(values[2], values[3], _places(pairs))
                whole = builder.shuffle_vector(some, values[4], _places(final))
                start = builder.add(values[1], ir.IntType(64)(part * WIDTH))
                builder.store(whole, _pointer(context, builder, values[0], start), align=8)

        return types.void(REAL, types.int64, EIGHT, EIGHT, EIGHT), build

    @intrinsic
    def load_triples(_context: Any, array: Any, start: Any) -> Any:
        """The other way round: x, y and z of the eight triples (24 elements) from start on."""

        def build(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            pointers = [
                _pointer(context, builder, values[0], builder.add(values[1], ir.IntType(64)(part * WIDTH)))
                for part in range(3)
            ]
            first, second, third = (builder.load(pointer, align=8) for pointer in pointers)
            found = []
            for axis in range(3):
                places = [3 * i + axis for i in range(WIDTH)]
                # What the third register holds is filled in by the second of two permutations; there the first one has 0.
                some = [place if place < 2 * WIDTH else 0 for place in places]
                final = [i if place < 2 * WIDTH else place - WIDTH for i, place in enumerate(places)]
                pair = builder.shuffle_vector(first, second, _places(some))
                found.append(builder.shuffle_vector(pair, third, _places(final)))
            return context.make_tuple(builder, signature.return_type, found)

        return types.UniTuple(EIGHT, 3)(REAL, types.int64), build

    @intrinsic
    def transposed(_context: Any, rows: Any) -> Any:
        """Columns of eight rows: element i of column j is element j of row i."""

        def build(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            lines = [builder.extract_value(values[0], i) for i in range(WIDTH)]
            for step in (1, 2, 4):  # blocks beside the diagonal change places
                for i in (i for i in range(WIDTH) if not i & step):
                    upper = [p + WIDTH - step if p & step else p for p in range(WIDTH)]
                    lower = [p + WIDTH if p & step else p + step for p in range(WIDTH)]
                    pair = lines[i], lines[i + step]
                    lines[i] = builder.shuffle_vector(*pair, _places(upper))
                    lines[i + step] = builder.shuffle_vector(*pair, _places(lower))
            return context.make_tuple(builder, signature.return_type, lines)

        kind = types.UniTuple(EIGHT, WIDTH)
        return kind(kind), build

    @intrinsic
    def every(_context: Any, value: Any) -> Any:
        """Eight times one value."""

        def build(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:
            lane = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), values[0], ir.IntType(32)(0))
            return builder.shuffle_vector(lane, lane, _places([0] * WIDTH))

        return EIGHT(types.float64), build

    @intrinsic
    def fused(_context: Any, a: Any, b: Any, c: Any) -> Any:
        """Eight times a*b + c with one rounding."""

        def build(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:
            return _called(builder, "fma", *values)

        return EIGHT(EIGHT, EIGHT, EIGHT), build

    @intrinsic
    def root(_context: Any, value: Any) -> Any:
        """Square roots."""

        def build(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:
            return _called(builder, "sqrt", *values)

        return EIGHT(EIGHT), build

    @intrinsic
    def size(_context: Any, value: Any) -> Any:
        """Absolute values."""

        def build(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:
            return _called(builder, "fabs", *values)

        return EIGHT(EIGHT), build

    @intrinsic
    def choose(_context: Any, a: Any, b: Any, x: Any, y: Any) -> Any:
        """Where a < b those of x, elsewhere those of y, also where a or b is not a number."""

        def build(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:
            return builder.select(builder.fcmp_ordered("<", *values[:2]), *values[2:])

        return EIGHT(EIGHT, EIGHT, EIGHT, EIGHT), build

    @intrinsic
    def count_below(_context: Any, value: Any, limit: Any) -> Any:
        """How many of the eight are smaller than a limit."""

        def build(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:
            lane = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), values[1], ir.IntType(32)(0))
            limits = builder.shuffle_vector(lane, lane, _places([0] * WIDTH))
            byte = ir.IntType(WIDTH)
            bits = builder.bitcast(builder.fcmp_ordered("<", values[0], limits), byte)
            function = cgutils.get_or_insert_function(
                builder.module, ir.FunctionType(byte, [byte]), "llvm.ctpop.i8"
            )
            return builder.zext(builder.call(function, [bits]), ir.IntType(64))

        return types.int64(EIGHT, types.float64), build

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
