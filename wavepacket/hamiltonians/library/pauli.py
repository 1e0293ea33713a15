"""Pauli matrices."""

from typing import Final

import numpy as np

from wavepacket.hamiltonians.arrays import Complex

SIGMA_X: Final[Complex] = np.array([[0, 1], [1, 0]], dtype=np.complex128)
SIGMA_Y: Final[Complex] = np.array([[0, -1j], [1j, 0]], dtype=np.complex128)
SIGMA_Z: Final[Complex] = np.array([[1, 0], [0, -1]], dtype=np.complex128)
