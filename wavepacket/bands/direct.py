"""Band source that diagonalises at every k: any number of bands, with or without position elements."""

import ctypes
from functools import cache
from pathlib import Path

import numpy as np

from wavepacket.arrays import Complex, Float
from wavepacket.bands.source import Band
from wavepacket.hamiltonians import Hamiltonian, KPHamiltonian


@cache
def single_threaded_blas() -> bool:
    """Set scipy's own OpenBLAS to one thread; False where it has none of the kind that its wheels bring.

    numba takes eigenvalue routines from scipy. Where scipy brings its own OpenBLAS, that one starts a thread for every core
    in every call, which made the diagonalisation of 18 × 18 matrices thirty times slower on two cores. numpy has another
    copy, which is left alone.
    """
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


def direct(hamiltonian: Hamiltonian, index: int, *, position_elements: bool = True) -> Band:
    """Band ``index`` by diagonalisation at each k.

    With ``position_elements`` the elements r(R) of the Hamiltonian, where it has any, enter Ω in full and m within the
    space of the basis states; without, only the orbital positions do.
    """
    from wavepacket.kernels.bands import direct as kernels  # compiled when first needed

    single_threaded_blas()

    if isinstance(hamiltonian, KPHamiltonian):
        header = [0, hamiltonian.size, index, len(hamiltonian.powers), 0]
        return Band(
            hamiltonian,
            index,
            "direct",
            kernels.direct_polynomial_geometry,
            np.concatenate([header, hamiltonian.powers.ravel()]).astype(np.int64),
            _pairs(hamiltonian.matrices),
            1,
        )
    matrices = hamiltonian.hoppings[:, None]
    positions = position_elements and hamiltonian.position_matrices is not None
    if positions:
        matrices = np.concatenate([matrices, hamiltonian.position_matrices], axis=1)
    header = [0, hamiltonian.size, index, len(hamiltonian.cells), int(positions)]
    return Band(
        hamiltonian,
        index,
        "direct",
        kernels.direct_lattice_geometry,
        np.array(header, dtype=np.int64),
        np.concatenate([hamiltonian.translations.ravel(), hamiltonian.sites.ravel(), _pairs(matrices)]),
        1,
    )


def _pairs(matrices: Complex) -> Float:
    """Complex numbers as (re, im) pairs in one flat array."""
    return np.ascontiguousarray(matrices).ravel().view(np.float64).copy()
