"""Which valley a wavevector belongs to."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.hamiltonians.arrays import combined

Float = npt.NDArray[np.float64]
Integer = npt.NDArray[np.int64]


def valley_centres(
    hamiltonian: Hamiltonian, chosen: Mapping[str, Sequence[float]] | None = None
) -> tuple[tuple[str, ...], Float]:
    """Names and Cartesian centres (V, 3) in 1/Å of the chosen valleys, or else of the Hamiltonian's own."""
    points = dict(chosen) if chosen else dict(hamiltonian.valleys)
    centres = np.array(list(points.values()), dtype=np.float64).reshape(-1, 3)
    if isinstance(hamiltonian, LatticeHamiltonian):
        centres = combined(centres, hamiltonian.reciprocal)
    return tuple(points), centres


def nearest_valley(hamiltonian: Hamiltonian, k: Float, centres: Float) -> Integer:
    """Index (n,) of the nearest centre, over all reciprocal lattice vectors; −1 where there are no valleys."""
    if len(centres) == 0:
        return np.full(len(k), -1, dtype=np.int64)
    shifts = np.zeros((1, 3))
    offset = k[:, None, :] - centres[None, :, :]
    if isinstance(hamiltonian, LatticeHamiltonian):
        reduced = offset @ hamiltonian.lattice.T / (2 * np.pi)
        periodic = np.array(hamiltonian.periodic)
        offset = offset - np.where(periodic, np.round(reduced), 0.0) @ hamiltonian.reciprocal
        steps = [(-1, 0, 1) if p else (0,) for p in hamiltonian.periodic]
        shifts = np.array(np.meshgrid(*steps)).reshape(3, -1).T @ hamiltonian.reciprocal
    nearest = np.full(offset.shape[:2], np.inf)
    for shift in shifts:
        nearest = np.minimum(nearest, np.sum((offset + shift) ** 2, axis=2))
    return np.asarray(np.argmin(nearest, axis=1), dtype=np.int64)
