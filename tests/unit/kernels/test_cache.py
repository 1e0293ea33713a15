"""The disk cache of compiled kernels: keyed by the sources, safe to fill from several processes."""

import importlib
import os
import pkgutil
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numba.core import config
from numba.core.dispatcher import Dispatcher

import wavepacket.kernels
from wavepacket.bands import frozen, two_band, worth_freezing
from wavepacket.hamiltonians import gapped_graphene, haldane, weyl_lattice
from wavepacket.kernels.integrate.runge_kutta import make_stage
from wavepacket.kernels.jit import compile_ahead
from wavepacket.kernels.jit import decorators as _jit
from wavepacket.kernels.jit.pointer import Kernel

compiled = pytest.mark.skipif(bool(config.DISABLE_JIT), reason="compilation is switched off")


def run_python(code, cache):
    environment = os.environ | {"WAVEPACKET_CACHE_DIR": str(cache)}
    root = Path(__file__).resolve().parents[3]
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=root, capture_output=True, text=True, check=True
    ).stdout


def closures():
    """Compiled functions that a factory made, from all modules of kernels."""
    for module in pkgutil.walk_packages(wavepacket.kernels.__path__, "wavepacket.kernels."):
        for value in vars(importlib.import_module(module.name)).values():
            yield from made_by_factories(value)


def made_by_factories(value):
    """A compiled function that a factory made, and those that it calls."""
    if isinstance(value, Dispatcher) and value.py_func.__closure__:
        yield value
        for cell in value.py_func.__closure__:
            yield from made_by_factories(cell.cell_contents)


@compiled
def test_every_closure_has_a_name_of_its_own():
    """numba tells closures of one factory apart by a count within a process. Kernels of different processes in one cache
    then have symbols in common, and one silently runs the code of the other: RK4 came out of first order that way.
    """
    contents = {}
    for value in closures():
        cells = tuple(_jit._content(cell.cell_contents) for cell in value.py_func.__closure__)
        contents.setdefault((value.py_func.__module__, value.py_func.__qualname__), set()).add(cells)
    assert len(contents) > 10
    assert all(len(different) == 1 for different in contents.values())


@compiled
def test_no_kernel_is_called_by_compiled_code():
    """One that comes from the disk is machine code alone: what calls it would compile in one process and not in the next."""
    functions = 0
    for module in pkgutil.walk_packages(wavepacket.kernels.__path__, "wavepacket.kernels."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, Dispatcher):
                functions += 1
                called = [value.py_func.__globals__.get(name) for name in value.py_func.__code__.co_names]
                called += [cell.cell_contents for cell in value.py_func.__closure__ or ()]
                assert not [one for one in called if isinstance(one, Kernel)], (module.name, value)
    assert functions > 100


@compiled
def test_names_follow_the_content():
    half, same, other = (make_stage({0: c, 3: 0.25}) for c in (0.5, 0.5, 0.75))
    assert half.py_func.__qualname__ == same.py_func.__qualname__
    assert half.py_func.__qualname__ != other.py_func.__qualname__


@compiled
@pytest.mark.full
def test_frozen_bands_of_different_crystals_have_different_kernels():
    """Two crystals at once: both loaded before either is used, each still has its own band."""
    crystals = [gapped_graphene(gap=1.5), haldane(t2=0.15, phi=1.1, staggered=0.3)]
    closed = [two_band(crystal, 0) for crystal in crystals]
    kernels = [frozen(source, moment=True) for source in closed]
    assert len({source.kernel.py_func.__qualname__ for source in kernels}) == 2
    k = np.random.default_rng(0).uniform(-1, 1, (9, 3))
    for source, own in zip(closed, kernels, strict=True):
        np.testing.assert_allclose(own.geometry(k).energy, source.geometry(k).energy, atol=1e-14)


def test_a_kernel_of_its_own_has_to_repay_its_compilation():
    """A million evaluations save milliseconds, a thousand million seconds; space takes longer to compile than a plane."""
    plane, space = two_band(haldane(), 0), two_band(weyl_lattice(), 0)
    assert not worth_freezing(plane, 1e6)
    assert worth_freezing(plane, 1e9)
    worth = [[worth_freezing(source, n) for n in np.geomspace(1e6, 1e9, 40)] for source in (plane, space)]
    assert sum(worth[0]) > sum(worth[1])


def test_folder_is_named_after_the_sources(tmp_path, monkeypatch):
    monkeypatch.setenv("WAVEPACKET_CACHE_DIR", str(tmp_path))
    assert _jit.STORE.usual == tmp_path / f"kernels-{_jit._source_hash()}"


CHECKSUM = """
import sys
from wavepacket.kernels.jit.notice import when_compiling
when_compiling(lambda: print("compiling"), each=print)
import wavepacket.kernels.reduce.checksum
import wavepacket.kernels.motion.field_block
import numpy
print(wavepacket.kernels.reduce.checksum.fletcher_sums(numpy.arange(3, dtype="u2")), "numba.np.arraymath" in sys.modules)
"""


@compiled
def test_compilation_is_announced_once_and_only_where_it_happens(tmp_path):
    """Each kernel is named; and a process that finds all in the cache does not import what numba compiles with."""
    named = ["reduce.checksum", "motion.field_block"]
    assert run_python(CHECKSUM, tmp_path).splitlines() == ["compiling", *named, "(3, 4) True"]
    assert run_python(CHECKSUM, tmp_path).splitlines() == ["(3, 4) False"]


COUNT = """
from numba.core import event
with event.install_recorder("numba:compile") as recorder:
    import wavepacket.kernels.motion.field_block
print(len(recorder.buffer))
"""


@compiled
@pytest.mark.full
def test_two_processes_share_the_work(tmp_path):
    with ThreadPoolExecutor(2) as pool:
        events = [int(text) for text in pool.map(lambda _: run_python(COUNT, tmp_path), range(2))]
    assert min(events) == 0 < max(events)


@compiled
def test_a_second_process_fills_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("WAVEPACKET_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(compile_ahead, "available_threads", lambda: 2)
    compile_ahead.compile_ahead("reduce.checksum")
    assert compile_ahead._started.pop().wait(60) == 0
    assert list(tmp_path.rglob("fletcher_sums-*.kernel"))


def test_the_list_of_all_kernels_names_every_module_that_makes_one():
    folder = Path(wavepacket.kernels.__path__[0])
    makes = re.compile(r"@kernel\(|kernel\(\w+_SIGNATURE\)|make_method\(")
    modules = {
        ".".join(file.relative_to(folder).with_suffix("").parts)
        for file in folder.rglob("*.py")
        if "jit" not in file.parts and makes.search(file.read_text())
    }
    for_one_crystal, factories = {"bands.frozen", "bands.frozen_spatial"}, {"integrate.runge_kutta"}
    assert {name.split(":")[0] for name in compile_ahead.ALL} == modules - for_one_crystal - factories


ORDERS = """
from tests.contracts.test_integrators import TestDop853, TestRK4
for contract in (TestRK4(), TestDop853()):
    contract.test_a_step_has_the_declared_order()
print("right")
"""
FROZEN = """
import numpy
from wavepacket.bands import frozen, two_band, worth_freezing
from wavepacket.hamiltonians import haldane
closed = [two_band(haldane(staggered=float(x)), 0) for x in {masses}]
kernels = [frozen(source, moment=False) for source in closed]
k = numpy.random.default_rng(0).uniform(-1, 1, (9, 3))
for source, own in zip(closed, kernels):
    numpy.testing.assert_allclose(own.geometry(k).energy, source.geometry(k).energy, atol=1e-14)
print("right")
"""


@compiled
@pytest.mark.full
def test_kernels_compiled_by_different_processes_work_together(tmp_path):
    """Methods and frozen bands compiled alone, each in a process of its own, then loaded side by side."""
    run_python("import wavepacket.kernels.integrate.rk4", tmp_path)
    run_python("import wavepacket.kernels.integrate.dop853", tmp_path)
    assert run_python(ORDERS, tmp_path).strip() == "right"
    for masses in ([0.1], [0.2], [0.1, 0.2]):
        assert run_python(FROZEN.replace("{masses}", repr(masses)), tmp_path).strip() == "right"
