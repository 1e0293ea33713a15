"""Diagonalisation in kernels starts no threads of its own."""

import ctypes
from pathlib import Path

import pytest
import scipy

from wavepacket.bands.direct import single_threaded_blas


def test_scipy_runs_on_one_thread():
    if not single_threaded_blas():
        pytest.skip("this scipy does not bring its own OpenBLAS")
    (file,) = (Path(scipy.__file__).parents[1] / "scipy.libs").glob("*scipy_openblas*")
    assert ctypes.CDLL(str(file)).scipy_openblas_get_num_threads() == 1
