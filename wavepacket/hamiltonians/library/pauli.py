"""Pauli matrices, and two spins: blocks that do not mix, and S of them."""

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


def spin_of_blocks(spin: int, size: int) -> Complex:
    """Return S_x, S_y, S_z, ħ, of `size` orbitals of spin +1 or −1 alone, which has S_z only, or for 0 of both."""
    if spin:
        return np.stack([np.zeros((size, size)), np.zeros((size, size)), spin / 2 * np.eye(size)]).astype(
            np.complex128
        )
    return np.stack([np.kron(each / 2, np.eye(size)) for each in (SIGMA_X, SIGMA_Y, SIGMA_Z)])


def check_spin(spin: int) -> None:
    """Refuse anything but 1, −1 and 0."""
    if spin not in (-1, 0, 1):
        raise InputError(f"spin must be 1, -1 or 0 (both), not {spin}")
