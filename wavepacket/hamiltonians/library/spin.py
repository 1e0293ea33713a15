"""Matrices of a spin of any size."""

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Complex
from wavepacket.errors import InputError


def spin_matrices(size: int) -> Complex:
    """S_x, S_y, S_z (3, size, size) in units of ħ; the largest S_z comes first.

    >>> spin_matrices(2)[2].real.tolist()
    [[0.5, 0.0], [0.0, -0.5]]
    """
    j = (size - 1) / 2
    m = j - np.arange(size)
    up = np.diag(np.sqrt(j * (j + 1) - m[1:] * (m[1:] + 1)), 1).astype(complex)
    down = up.conj().T
    return np.stack([(up + down) / 2, (up - down) / 2j, np.diag(m).astype(complex)])


def spin_operators(spin: str | npt.ArrayLike, size: int) -> Complex:
    """S_x, S_y, S_z (3, size, size) in units of ħ of a crystal's orbitals.

    Parameters
    ----------
    spin : such as ``1/2``, the outer index of the orbitals, or three matrices
    size : number of orbitals

    Raises
    ------
    InputError : the orbitals are no multiple of the spin's states, or the matrices are of another size
    """
    if isinstance(spin, str):
        number = int(spin[0]) + 1
        if size % number:
            raise InputError(f"{size} orbitals are no multiple of {number}: give three matrices")
        return np.stack([np.kron(each, np.eye(size // number)) for each in spin_matrices(number)])
    found = np.array(spin)
    if found.shape != (3, size, size):
        raise InputError(f"needs {size}x{size} matrices, not {found.shape[1]}x{found.shape[2]}")
    return found
