"""Currents of charge and heat that gradients drive, from moments of sums over the Fermi surface: pure functions of totals.

    j = σE + α(−∇T),   j_Q = βE + λ(−∇T),   j_Q = Σ (𝓔 − μ) ṙ,   E the gradient of the electrochemical potential over −q,

with Lⁿ_ab = Σ W (𝓔 − μ)ⁿ ṙ_b(k0) ∫ e^{-s} ṙ_a dt, W = D (−∂f/∂𝓔): σ = q² L⁰, α = q L¹/T, β = q L¹, λ = L²/T, since a packet
keeps 𝓔 along its flight. Filled states add what magnetization currents leave of theirs (D. Xiao, Y. Yao, Z. Fang and
Q. Niu, Phys. Rev. Lett. 97, 026603 (2006) for α): Lⁿ_ab −= (1/ħ) ε_abc ∫[dk] Ω_c ∫_𝓔^∞ (ε − μ)ⁿ (−∂f/∂ε) dε.

Totals have the rows of ``runs/transport.py`` by valley: flow (V + 1, WEIGHTS × ROWS, 3); sea (V + 1, SEA_HEAT_COLUMNS).
"""

from dataclasses import dataclass

import numpy as np

from wavepacket.analysis.refill import Refill
from wavepacket.analysis.response_tensors import conductivity_by_part
from wavepacket.arrays import Float
from wavepacket.formulas import hall_tensor
from wavepacket.runs import transport as quantity
from wavepacket.units import BOLTZMANN

__all__ = ["Gradients"]


@dataclass(frozen=True)
class Gradients:
    """What currents are made of, in internal units: e, eV, fs, Å^(2−d), K.

    Attributes
    ----------
    charge : of the packets, e
    temperature : K
    refill : collisions that conserve the number in each valley, None without

    """

    charge: float
    temperature: float
    refill: Refill | None

    def conductivity(self, flow: Float, sea: Float) -> Float:
        """σ by contribution and valley (5, V + 1, 3, 3)."""
        return np.real(conductivity_by_part(flow, sea, self.charge, self.refill))

    def thermoelectric(self, flow: Float, sea: Float) -> Float:
        """α, a charge current per −∇T, likewise."""
        parts = self._flown(flow, 1) * self.charge / self.temperature
        parts[3] = self._filled(sea[:, quantity.SEA_HEAT], 1) / (self.charge * self.temperature)
        return self._with_imbalance(parts, flow, (0, 1), self.charge / self.temperature)

    def peltier(self, flow: Float, sea: Float) -> Float:
        """β, a current of heat per E, likewise."""
        parts = self._flown(flow, 1) * self.charge
        parts[3] = self._filled(sea[:, quantity.SEA_HEAT], 1) / self.charge
        return self._with_imbalance(parts, flow, (1, 0), self.charge)

    def heat(self, flow: Float, sea: Float) -> Float:
        """λ, a current of heat per −∇T at E = 0, likewise."""
        parts = self._flown(flow, 2) / self.temperature
        parts[3] = self._filled(sea[:, quantity.SEA_HEAT], 2) / (self.charge**2 * self.temperature)
        return self._with_imbalance(parts, flow, (1, 1), 1.0 / self.temperature)

    def mott(self, flow: Float, sea: Float) -> Float:
        """Mott's α: (π²k_B²T/3q) ∂σ/∂μ, by contribution and valley; without the shift of numbers in valleys."""
        slope = self.charge**2 * self._flown(flow, 3)
        slope[3] = self._filled(sea[:, quantity.SEA_HEAT], 3)
        return np.pi**2 / 3.0 * BOLTZMANN**2 * self.temperature / self.charge * slope

    def at_rest(self, sea: Float) -> Float:
        """The anomalous part of α at the same μ without B (3, 3)."""
        curvature = sea[:, quantity.SEA_HEAT_AT_REST].sum(axis=0)
        return hall_tensor(curvature, self.charge) / (self.charge * self.temperature)

    def _flown(self, flow: Float, order: int) -> Float:
        """Lⁿ of flights in the first three contributions (5, V + 1, 3, 3), the others zero."""
        rows = flow[:, quantity.weighted(order)][:, quantity.RESPONSE].reshape(-1, 2, 4, 3, 3)
        parts = np.zeros((5, len(flow), 3, 3))
        parts[:3] = np.moveaxis(rows[:, 0, :3], 1, 0).swapaxes(2, 3)
        return parts

    def _filled(self, columns: Float, order: int) -> Float:
        """q² Lⁿ of filled states by valley (V + 1, 3, 3)."""
        return hall_tensor(columns[:, 3 * (order - 1) : 3 * order], self.charge)

    def _with_imbalance(self, parts: Float, flow: Float, orders: tuple[int, int], factor: float) -> Float:
        """Add what flows where collisions give each valley its number back: orders of the current and of its cause.

        Σ W (𝓔 − μ)ⁿ ṙ ∫e^{-s} dt of the cause shifts the chemical potential of the valley.
        """
        if self.refill is None:
            return parts
        current, cause = orders
        parts[4, :-1] = factor * np.real(self.refill.carried(flow, current=current, cause=cause))
        return parts
