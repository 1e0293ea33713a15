"""What the machine can do: arithmetic, one core at a time, threads, and what there is to know about it."""

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
import numba
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from benchmarks.measure import processor_time, repeated

_PACKAGES = ("berry-wavepacket", "numpy", "numba", "scipy", "heyoka", "numbalsoda", "diffrax", "jax", "h5py")
_WIDTH = 8 if llvm.get_host_cpu_features().get("avx512f") else 4
_CHAINS = 12  # independent chains hide the latency of one operation


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this process, and threads that it starts, on one core: no contender gets two."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@intrinsic
def _chains(_context, count):
    """Run _CHAINS chains of ``count`` vector operations x = fma(x, a, b) and return the sum of all results."""

    def build(_context, builder, _signature, arguments):
        vector = ir.VectorType(ir.DoubleType(), _WIDTH)
        factor, term = (ir.Constant(vector, [value] * _WIDTH) for value in (0.999999, 1e-6))
        signature = ir.FunctionType(vector, [vector] * 3)
        fma = cgutils.get_or_insert_function(builder.module, signature, f"llvm.fma.v{_WIDTH}f64")
        places = [cgutils.alloca_once(builder, vector) for _ in range(_CHAINS)]
        for i, place in enumerate(places):
            builder.store(ir.Constant(vector, [1.0 + i] * _WIDTH), place)
        with cgutils.for_range(builder, arguments[0]):
            for place in places:
                builder.store(builder.call(fma, [builder.load(place), factor, term]), place)
        total = builder.load(places[0])
        for place in places[1:]:
            total = builder.fadd(total, builder.load(place))
        return builder.extract_element(total, ir.Constant(ir.IntType(32), 0))

    return types.float64(types.int64), build


@numba.njit(types.float64(types.int64))
def _fused_multiply_adds(count):
    return _chains(count)


def fused_multiply_add_peak(rounds: int = 9) -> float:
    """Largest rate of fused multiply-adds in registers, in 10⁹ operations a second (two each), one core."""
    count = 200_000
    again, times = repeated(lambda: _fused_multiply_adds(count), 0.01)
    seconds = min(processor_time(again) for _ in range(rounds))
    return 2.0 * _WIDTH * _CHAINS * count * times / seconds / 1e9


def description() -> dict[str, Any]:
    """Processor, cores, load and versions."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load_at_start": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in _PACKAGES},
    }


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return f"{line.partition(':')[2].strip()} ({llvm.get_host_cpu_name()})"
    return f"{platform.processor()} ({llvm.get_host_cpu_name()})"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
