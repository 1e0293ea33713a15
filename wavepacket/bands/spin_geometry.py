"""Matrices of velocity and spin between the bands at wavevectors, and what the states that occupy them carry of spin.

With V_a the matrix of ∂_aH (and of the position elements), S the spin (ħ) and F_c the curvature of what lies outside the
Wannier functions, the conventional current of a spin is that of ½{S, V}, and what an E along b mixes into a state n of it

    Ωˢ_ab = −2 Im Σ_l ⟨n|½{S_s, V_a}|l⟩⟨l|V_b|n⟩/(ε_n−ε_l)² + ε_abc Re⟨n|S_s F_c|n⟩.
"""

from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Complex, Float
from wavepacket.bands.between import DEGENERATE
from wavepacket.bands.group_geometry import PLANES
from wavepacket.formulas import LEVI_CIVITA
from wavepacket.hamiltonians import Hamiltonian

__all__ = ["SpinGeometry", "spin_geometry_at"]


@dataclass(frozen=True, eq=False)
class SpinGeometry:
    """Between the N states at n wavevectors.

    Attributes
    ----------
    energy : (n, N), eV
    velocity : V_a, (n, 3, N, N), eV Å
    field : F_c, (n, 3, N, N), Å²; None without position elements
    spin : S_s, (n, 3, N, N), ħ
    """

    energy: Float
    velocity: Complex
    field: Complex | None
    spin: Complex

    def carried(self, dimension: int = 3) -> Complex:
        """½{S_s, V_a} along the first axes, (n, 3, d, N, N), ħ eV Å."""
        product = self.spin[:, :, None] @ self.velocity[:, None, :dimension]
        return np.asarray(0.5 * (product + np.conj(np.swapaxes(product, -1, -2))))

    def values(self) -> Float:
        """⟨S_s⟩ of each state, (n, N, 3)."""
        return np.diagonal(self.spin, axis1=2, axis2=3).real.swapaxes(1, 2)

    def flows(self) -> Float:
        """⟨½{S_s, V_a}⟩ of each state, (n, N, 3, 3)."""
        return np.moveaxis(np.diagonal(self.carried(), axis1=3, axis2=4).real, 3, 1)

    def beyond(self) -> Float:
        """ε_abc Re⟨S_s F_c⟩ of each state, (n, N, 3, 3, 3): zero without position elements."""
        if self.field is None:
            return np.zeros((*self.energy.shape, 3, 3, 3))
        own = np.einsum("nsij,ncji->nisc", self.spin, self.field).real
        return np.asarray(np.einsum("nisc,abc->nisab", own, LEVI_CIVITA))

    def curvature_of(self, occupied: Float) -> Float:
        """Σ f Ωˢ of occupations (n, N), (n, 3, 3, 3), Å²: of a pair of states the difference of both counts."""
        gap = self.energy[:, :, None] - self.energy[:, None, :]
        level = np.abs(gap) < DEGENERATE
        share = np.where(level, 0.0, occupied[:, :, None] - occupied[:, None, :])
        share = share / np.where(level, 1.0, gap) ** 2
        pairs = np.einsum("nsaij,nbji,nij->nsab", self.carried(), self.velocity, share, optimize=True)
        return np.asarray(-pairs.imag + np.einsum("ni,nisab->nsab", occupied, self.beyond()))

    def sums(self, occupied: Float) -> Float:
        """Σ f Ωˢ, [spin, a, b], and Σ f ⟨S⟩ of occupations (n, N): (n, 30)."""
        curvature = self.curvature_of(occupied).reshape(len(occupied), 27)
        spin = np.einsum("ni,nis->ns", occupied, self.values())
        return np.concatenate([curvature, spin], axis=1)


def spin_geometry_at(hamiltonian: Hamiltonian, k: Float, position_elements: bool = True) -> SpinGeometry:
    """Diagonalise a crystal that knows its spin at wavevectors (n, 3), 1/Å."""
    energy, states = np.linalg.eigh(hamiltonian.hamiltonian(k))
    left, right = np.conj(np.swapaxes(states, 1, 2))[:, None], states[:, None]
    velocity = left @ hamiltonian.hamiltonian_gradient(k) @ right
    spin = left @ hamiltonian.spin_at(k) @ right
    if not position_elements or getattr(hamiltonian, "position_matrices", None) is None:
        return SpinGeometry(energy, velocity, None, spin)
    connection = left @ hamiltonian.connection(k) @ right
    gap = energy[:, :, None] - energy[:, None, :]
    velocity = velocity + 1j * gap[:, None] * connection
    slope = hamiltonian.connection_gradient(k)
    field = []
    for a, b in PLANES:
        turn = connection[:, a] @ connection[:, b] - connection[:, b] @ connection[:, a]
        field.append(left[:, 0] @ (slope[:, a, b] - slope[:, b, a]) @ right[:, 0] - 1j * turn)
    return SpinGeometry(energy, velocity, np.stack(field, axis=1), spin)
