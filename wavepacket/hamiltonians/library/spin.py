"""Matrices of a spin of any size."""

import numpy as np

from wavepacket.arrays import Complex


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
