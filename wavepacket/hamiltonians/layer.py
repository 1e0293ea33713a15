"""Whether a crystal is a layer."""

import numpy as np

from wavepacket.hamiltonians.kp import KPHamiltonian
from wavepacket.hamiltonians.lattice import LatticeHamiltonian

__all__ = ["is_layer"]


def is_layer(hamiltonian: LatticeHamiltonian | KPHamiltonian) -> bool:
    """Whether the crystal lies in the xy plane, so that Ω and m point along z."""
    if hamiltonian.dimension == 3:
        return False
    if isinstance(hamiltonian, LatticeHamiltonian):
        flat = bool(np.ptp(hamiltonian.positions[:, 2]) == 0.0)
        return flat and hamiltonian.position_matrices is None
    return True
