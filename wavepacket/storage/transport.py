"""Rows of ``sums/transport``: what is summed over free flights, each a Cartesian vector.

W is the weight of a packet, s the exponent of its chance to have survived, k0 its start, and a wave is cos ωt or sin ωt
with the frequency of the probe. A part is one term of the velocity. In a linear response (an ensemble at the Fermi
surface, E = 0) W contains −∂f/∂𝓔, and the part "anomalous" holds Ω/D. In a steady state W contains 1/τ(k0).
"""

from typing import Final

__all__ = ["FLIGHT", "NUMBERS", "PARTS", "RESPONSE", "ROWS", "SEA", "SOURCE"]

PARTS: Final = ("band", "moment", "chiral", "anomalous")

RESPONSE: Final = slice(0, 24)
"""[wave, part, b]: Σ W ṙ_b(k0) ∫ e^{-s} part_a dt, in a linear response."""
FLIGHT: Final = slice(24, 32)
"""[wave, part]: Σ W ∫ e^{-s} part_a dt."""
SOURCE: Final = slice(32, 34)
"""[wave]: Σ W ṙ_a(k0) ∫ e^{-s} dt."""
NUMBERS: Final = 34
"""(Σ W ∫ e^{-s} cos ωt dt, the same with sin ωt, Σ W without 1/τ)."""
ROWS: Final = 35

SEA: Final = "fermi_sea"
"""Array of the run: (replica, valley, 4) with ∫[dk] f Ω in Å²⁻ᵈ and ∫[dk] D f in Å⁻ᵈ, of a linear response."""
