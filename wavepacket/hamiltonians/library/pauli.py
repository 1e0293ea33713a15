"""Pauli matrices, and the blocks of two spins that do not mix."""

from typing import Final

import numpy as np

from wavepacket.arrays import Complex
from wavepacket.errors import InputError

SIGMA_X: Final[Complex] = np.array([[0, 1], [1, 0]], dtype=np.complex128)
SIGMA_Y: Final[Complex] = np.array([[0, -1j], [1j, 0]], dtype=np.complex128)
SIGMA_Z: Final[Complex] = np.array([[1, 0], [0, -1]], dtype=np.complex128)
IDENTITY: Final[Complex] = np.eye(2, dtype=np.complex128)


def spin_blocks(blocks: dict[int, Complex], spin: int) -> Complex:
    """Return the matrix of spin +1 or −1 alone, or for 0 both, spin up first."""
    return (
        blocks[spin]
        if spin
        else np.block([[blocks[1], np.zeros_like(blocks[1])], [np.zeros_like(blocks[1]), blocks[-1]]])
    )


def check_spin(spin: int) -> None:
    """Refuse anything but 1, −1 and 0."""
    if spin not in (-1, 0, 1):
        raise InputError(f"spin must be 1, -1 or 0 (both), not {spin}")
