"""Linear response of collisions that conserve numbers: what populations, valleys of bands, get back from collisions.

Collisions within population i, at the rate 1/τ_i, lead to f0 + δμ_i (−∂f0/∂𝓔) with its own number of packets. Those between
populations, at the rates 1/τ_ij, lead from i to j at the same energy and forget the velocity, so that i gets back

    y_i = δμ_i/τ_i + Σ_j δμ_j/τ_ij,   N_i/τ_ij = N_j/τ_ji   (detailed balance),

with N = Σ W its states per energy. With Γ_i = 1/τ_i + Σ_j 1/τ_ij the deviation is h = ∫ e^{-Γt} (source + y) dt over
flights, and the numbers in it, N δμ = Σ W h, obey

    Σ_j (N_i/τ_ij) (δμ_i − δμ_j) − iω N_i δμ_i = N_i S_i/L_i,

with S and L the integrals of the source and of 1 over flights: rate equations that conserve the number of all together.
"""

from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Complex, Float

__all__ = ["Refill"]


@dataclass(frozen=True, eq=False)
class Refill:
    """Collisions of a run that conserve numbers.

    Attributes
    ----------
    within : (B,) τ of collisions within each population, fs
    between : (B, B) rates 1/τ_ij from i to j, 1/fs, none with itself; None where collisions lead out of all populations
    frequency : ω of the probe, rad/fs

    """

    within: Float
    between: Float | None = None
    frequency: float = 0.0

    def shift(self, states: Float, lifetime: Float | Complex, source: Float | Complex) -> Complex:
        """δμ (B, 3) for sources S (B, 3), with states per energy N (B,) and L (B,); populations without states have none."""
        empty = states == 0.0
        if self.between is None:
            left = states - lifetime / self.within
            return np.where(empty[:, None], 0.0, source / np.where(empty, 1.0, left)[:, None])
        exchanged = self._exchanged(states)
        driven = source * np.where(empty, 0.0, states / np.where(empty, 1.0, lifetime))[:, None]
        matrix = np.diag(exchanged.sum(axis=1) - 1j * self.frequency * states + empty) - exchanged
        fast = float(np.max(1.0 / self.within))
        for some in self._together(exchanged):
            # A number that nothing can change: its total drive is an error of the sum over packets.
            held = np.where(some, states, 0.0)
            if held.any():
                share = held / held.sum()
                driven -= share[:, None] * driven[some].sum(axis=0)
                matrix += fast * np.outer(held, share)
        return np.asarray(np.linalg.solve(matrix, driven))

    def back(self, states: Float, shift: Float | Complex) -> Complex:
        """Y (B, 3), eV/fs for δμ in eV."""
        found = shift / self.within[:, None]
        if self.between is None:
            return np.asarray(found)
        rates = self._exchanged(states) / np.where(states == 0.0, 1.0, states)[:, None]
        return np.asarray(found + rates @ shift)

    def _exchanged(self, states: Float) -> Float:
        """N_i/τ_ij, symmetric also where sums over some of the packets are not quite."""
        assert self.between is not None
        one_way = states[:, None] * self.between
        return np.where(np.outer(states, states) > 0, 0.5 * (one_way + one_way.T), 0.0)

    @staticmethod
    def _together(exchanged: Float) -> list[Float]:
        """Which populations (B,) exchange packets, directly or by others."""
        from scipy.sparse.csgraph import connected_components  # takes a while to load

        number, label = connected_components(exchanged, directed=False)
        return [label == each for each in range(number)]
