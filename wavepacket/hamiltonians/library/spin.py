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


_ALIKE = 1e-6  # ħ
_DIRECTIONS = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.6, 0.0, 0.8), (0.48, 0.64, -0.6))


def spin_values(spin: str | npt.ArrayLike, axis: npt.ArrayLike | None) -> tuple[float, ...]:
    """Values that the spin along an axis can have, each once, rising; ħ.

    Parameters
    ----------
    spin : such as ``1/2``, or three matrices
    axis : (3,); None for a direction that changes, such as that of k

    Raises
    ------
    InputError : for a direction that changes, matrices whose values depend on it

    >>> spin_values("3/2", None)
    (-1.5, -0.5, 0.5, 1.5)
    """
    matrices = spin_matrices(int(spin[0]) + 1) if isinstance(spin, str) else np.array(spin, dtype=complex)
    directions = np.array(_DIRECTIONS if axis is None else [axis], dtype=np.float64)
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    every = np.linalg.eigvalsh(np.tensordot(directions, matrices, axes=1))
    if np.abs(every - every[0]).max() > _ALIKE:
        raise InputError("values of these matrices along k depend on its direction: they are no spin")
    first = np.append(True, np.diff(every[0]) > _ALIKE)
    return tuple(round(value, 9) + 0.0 for value in every[0][first].tolist())
