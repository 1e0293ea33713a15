"""Kernels that are handed to kernels."""

import numba
import numpy as np
import pytest
from numba import types
from numba.core import config

from wavepacket.kernels.jit.decorators import REAL, kernel
from wavepacket.kernels.jit.pointer import Pointer

pytestmark = pytest.mark.skipif(bool(config.DISABLE_JIT), reason="compilation is switched off")

SIGNATURE = types.void(REAL)


@kernel(SIGNATURE)
def add_one(x):
    x[0] += 1.0


@kernel(SIGNATURE)
def double(x):
    x[0] *= 2.0


@kernel(types.void(REAL, REAL))
def of_two(x, y):
    x[0] = y[0]


@kernel(types.void(Pointer(SIGNATURE), Pointer(SIGNATURE), REAL))
def call(first, second, x):
    first(x)
    second(x)


def test_each_argument_is_called():
    x = np.array([3.0])
    call(add_one, double, x)
    assert x[0] == 8.0
    call(double, add_one, x)
    assert x[0] == 17.0


def test_a_kernel_of_another_signature_is_refused():
    with pytest.raises(TypeError):
        call(of_two, double, np.zeros(1))


def test_what_is_no_kernel_is_refused():
    """A function without an address, compiled elsewhere, or not compiled at all."""
    with pytest.raises(AttributeError, match="address"):
        call(numba.njit(SIGNATURE)(add_one.py_func), double, np.zeros(1))
    with pytest.raises(TypeError):
        call(add_one.py_func, double, np.zeros(1))
