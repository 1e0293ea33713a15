"""The compiled kernels work on wide registers: an edit that loses them costs a factor of ten and shows nowhere else."""

import re
import warnings

import llvmlite.binding as llvm
import numba
import numpy as np
import pytest
from numba.core import config

from wavepacket.bands import band, frozen
from wavepacket.hamiltonians import LatticeHamiltonian, qi_wu_zhang, weyl_lattice
from wavepacket.kernels import vectors
from wavepacket.kernels.bands import lattice, polynomial, spline
from wavepacket.kernels.integrate import dop853
from wavepacket.kernels.jit.parts import KernelCompiler
from wavepacket.kernels.layout import GEOMETRY_SIGNATURE, METHOD_SIGNATURE, RATES_SIGNATURE
from wavepacket.kernels.motion import rates_planar, rates_spatial

pytestmark = [
    pytest.mark.skipif(bool(config.DISABLE_JIT), reason="compilation is switched off"),
    pytest.mark.skipif(
        not llvm.get_host_cpu_features().get("fma"), reason="this CPU has no fused multiply-add"
    ),
]

# The widest registers that this CPU has: left to itself LLVM takes half of one of 512 bits.
_WIDEST = "zmm" if llvm.get_host_cpu_features().get("avx512f") else "ymm"
_WIDE = re.compile(rf"\bvfn?m(?:add|sub)\w*pd\b.*%{_WIDEST}")
_VECTOR = re.compile(r"\bvfn?m(?:add|sub)\w*pd\b.*%[yz]mm")
_ANY = re.compile(r"\bvfn?m(?:add|sub)\w*[ps]d\b")

# The least number of wide instructions; what was measured when the kernels were written is 1.3 to 3 times as large.
KERNELS = {"planar_rates": (rates_planar.planar_rates, RATES_SIGNATURE, 30)}
SLOW_TO_COMPILE = {
    "lattice": (lattice.lattice_kernel(2), GEOMETRY_SIGNATURE, 200),
    "spatial_rates": (rates_spatial.spatial_rates, RATES_SIGNATURE, 28),
    "polynomial": (polynomial.polynomial_kernel(2), GEOMETRY_SIGNATURE, 40),
    "spline": (spline.table_geometry, GEOMETRY_SIGNATURE, 95),
}

SLOWEST = {
    "spatial lattice": (lattice.lattice_kernel(3), GEOMETRY_SIGNATURE, 200),
    "dop853": (dop853.dop853, METHOD_SIGNATURE, 200),
}

FROZEN = {"planar": (qi_wu_zhang, 30), "spatial": (weyl_lattice, 60)}


def fused_instructions(kernel, signature):
    """Compile anew: a kernel from the disk cache brings no assembly along."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # typed function pointers are still called experimental
        compiler = numba.njit(signature, error_model="numpy", nogil=True, pipeline_class=KernelCompiler)
        fresh = compiler(kernel.py_func)
    (assembly,) = fresh.inspect_asm().values()
    lines = assembly.splitlines()
    return tuple(sum(bool(form.search(line)) for line in lines) for form in (_WIDE, _VECTOR, _ANY))


@pytest.mark.parametrize(
    "name",
    [
        *KERNELS,
        *(pytest.param(name, marks=pytest.mark.full) for name in SLOW_TO_COMPILE),
        *(pytest.param(name, marks=pytest.mark.full) for name in SLOWEST),
    ],
)
def test_wide_fused_multiply_adds(name):
    kernel, signature, least = (KERNELS | SLOW_TO_COMPILE | SLOWEST)[name]
    widest, wide, every = fused_instructions(kernel, signature)
    assert widest >= least
    assert wide >= 0.3 * every, f"only {wide} of {every} fused multiply-adds are wide"


@pytest.mark.parametrize("name", ["planar", pytest.param("spatial", marks=pytest.mark.full)])
def test_frozen_bands(name):
    model, least = FROZEN[name]
    kernel = frozen(band(model(), 0, source="two_band"), moment=True).kernel
    widest, wide, every = fused_instructions(kernel, GEOMETRY_SIGNATURE)
    assert widest >= least
    assert wide >= 0.3 * every


def test_terms_with_a_constant_zero_vanish():
    """What makes frozen kernels of simple models cheap: of the three products here only one is left."""

    def component(a, b):
        return vectors.dot((a, 0.0, 0.0), (b, a, b))

    flags = {"error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    compiled = numba.njit("float64(float64, float64)", **flags)(component)
    (assembly,) = compiled.inspect_asm().values()
    products = re.findall(r"\bv?(?:mul|fn?m(?:add|sub)\w*)[ps]d\b", assembly)
    assert products == ["vmulsd"]


@pytest.mark.full
def test_what_is_zero_by_structure_is_not_computed():
    """Of the 27 derivatives of d in a Weyl lattice 10 are there; the same cells with all entries filled have all."""
    sparse = weyl_lattice()
    noise = np.random.default_rng(0).normal(size=(2, *sparse.hoppings.shape))
    filled = sparse.hoppings + noise[0] + 1j * noise[1]
    dense = LatticeHamiltonian.from_hoppings(
        sparse.lattice,
        {
            tuple(cell): matrix + opposite.conj().T
            for cell, matrix, opposite in zip(sparse.cells.tolist(), filled, filled[::-1], strict=True)
        },
        positions=sparse.positions,
    )
    few, many = (
        fused_instructions(frozen(band(crystal, 0), moment=True).kernel, GEOMETRY_SIGNATURE)[0]
        for crystal in (sparse, dense)
    )
    assert few < 0.5 * many
