"""One thread for the linear algebra that kernels call: their matrices are small, and threads of ours run beside each other.

numba takes eigenvalue routines from scipy. Where scipy brings its own OpenBLAS, that one starts a thread for every core in
every call, which made the diagonalisation of 18 × 18 matrices thirty times slower on two cores. numpy has another copy,
which is left alone.
"""

import ctypes
from functools import cache
from pathlib import Path


@cache
def calm_blas() -> bool:
    """Set scipy's own OpenBLAS to one thread; False where it has none of the kind that its wheels bring."""
    import scipy

    package = Path(scipy.__file__).parent
    folders = (package.parent / "scipy.libs", package / ".dylibs")
    for file in (file for folder in folders for file in folder.glob("*scipy_openblas*")):
        library = ctypes.CDLL(str(file))
        for name in ("scipy_openblas_set_num_threads", "scipy_openblas_set_num_threads64_"):
            if hasattr(library, name):
                getattr(library, name)(1)
                return True
    return False
