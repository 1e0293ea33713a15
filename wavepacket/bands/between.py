"""All bands at many wavevectors from one diagonalisation of each: energies, and velocities between all states.

With V_a = ∂_aH + i[H, A_a] and F_ab = ∂_aA_b − ∂_bA_a − i[A_a, A_b] of the orbitals' connection A (zero without position
elements).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from wavepacket.arrays import Complex, Float, Integer
from wavepacket.bands.direct import direct_arrays
from wavepacket.bands.group_geometry import PLANES
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian

__all__ = ["DEGENERATE", "BetweenStates", "EveryBand"]

DEGENERATE = 1e-6
"""eV; bands closer than this are one group: what its members exchange cancels in every sum over the group."""


class BetweenStates(NamedTuple):
    """What `EveryBand` finds.

    Attributes
    ----------
    energy : (n, N), eV, rising
    velocity : V_a between states (n, 3, N, N), eV Å, above and on the diagonal
    own : ⟨n|F|n⟩ (n, N, 3), Å²; None without position elements
    """

    energy: Float
    velocity: Complex
    own: Float | None

    def curvature_of(self, occupied: Float) -> Float:
        """Σ f Ω (n, 3), Å², of occupations (n, N): of a pair of states the difference of both counts."""
        first, second = np.triu_indices(self.energy.shape[1], 1)
        gap = self.energy[:, first] - self.energy[:, second]
        level = np.abs(gap) < DEGENERATE
        share = np.where(level, 0.0, occupied[:, first] - occupied[:, second])
        share /= np.where(level, 1.0, gap) ** 2
        along = self.velocity[:, :, first, second]
        pairs = [-2.0 * np.sum(share * (along[:, a] * along[:, b].conj()).imag, axis=1) for a, b in PLANES]
        found = np.stack(pairs, axis=1)
        return found if self.own is None else found + np.einsum("ni,nic->nc", occupied, self.own)


@dataclass(frozen=True, eq=False)
class EveryBand:
    """All bands of a Hamiltonian, with the arrays that kernels read.

    Threads may share one that was asked once: numba loads what it needs to know types by on the first call.
    """

    hamiltonian: Hamiltonian
    position_elements: bool = True

    @cached_property
    def _arrays(self) -> tuple[Integer, Float]:
        return direct_arrays(self.hamiltonian, position_elements=self.position_elements)

    def at(self, k: Float) -> BetweenStates:
        """Diagonalise H at wavevectors (n, 3), 1/Å."""
        from wavepacket.kernels.bands.every_band import every_band  # compiled when first needed

        integers, reals = self._arrays
        count, size = len(k), self.hamiltonian.size
        energy, own = np.empty((count, size)), np.zeros((count, size, 3))
        velocity = np.zeros((count, 3, size, size), dtype=np.complex128)
        parts = velocity.view(np.float64).reshape(count, 3, size, size, 2)
        lattice = int(isinstance(self.hamiltonian, LatticeHamiltonian))
        every_band(lattice, np.ascontiguousarray(k), integers, reals, energy, parts, own)
        return BetweenStates(energy, velocity, own if integers[4] else None)
