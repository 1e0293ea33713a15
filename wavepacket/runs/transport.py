"""Rows of ``sums/transport``: what is summed over free flights, each a Cartesian vector.

W is the weight of a packet, s the exponent of its chance to have survived, k0 its start, and a wave is cos ωt or sin ωt
with the frequency of the probe. A part is one term of the velocity. In a linear response (an ensemble at the Fermi
surface, E = 0) W contains −∂f/∂𝓔, and the part "anomalous" holds Ω/D; where heat is asked for, all rows follow with other
weights. In a steady state W contains 1/τ(k0); where its collisions conserve the number in each valley, W contains −∂f/∂𝓔
instead, and the rows of transits follow.
"""

from typing import Final

__all__ = [
    "AT_ENERGIES", "EXCHANGE", "EXCHANGE_PANEL", "FLIGHT", "NUMBERS", "ORDERS", "PARTS", "RESPONSE", "ROWS", "SEA",
    "SEA_COLUMNS", "SEA_CURVATURE", "SEA_CURVATURE_AT_REST", "SEA_EMPTY", "SEA_HEAT", "SEA_HEAT_AT_REST", "SEA_HEAT_COLUMNS",
    "SEA_OCCUPIED", "SOURCE", "SPIN_CURRENT", "SPIN_DRIVEN", "SPIN_MOMENT", "SPIN_ORBITAL", "SPIN_ROWS", "SPIN_STATES",
    "WEIGHTS", "transits", "weighted",
]  # fmt: skip

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
"""Of those above; with V valleys 2 V more may follow, by `transits`."""


WEIGHTS: Final = 4
"""Times that these rows are there where heat is asked for: as they are, and with W times 𝓔 − μ, (𝓔 − μ)² and ∂ ln W/∂μ."""


def weighted(which: int) -> slice:
    """All rows with one of these weights."""
    return slice(which * ROWS, (which + 1) * ROWS)


AT_ENERGIES: Final = 5
"""Rows of each energy by which populations that exchange packets are told apart, behind those of heat: SOURCE, FLIGHT summed
over the parts but the anomalous one [wave], NUMBERS."""
ORDERS: Final = 3
"""Times that these rows are there where heat is asked for: with W as it is, and times 𝓔 − μ and its square."""
EXCHANGE: Final = "exchange_rates"
"""Array of the run: rates of collisions (energy, from, to), 1/fs, of runs whose populations exchange packets at energies."""

EXCHANGE_PANEL: Final = "exchange_panel"
"""Array of the run: number of the panel of each of these energies; packets count for energies of one panel alone."""

SPIN_ROWS: Final = 15
"""Behind all others where a linear response has `spin`; of what a packet carries, [b]: Σ W ṙ_b(k0) ∫ e^{-s} ... dt."""
SPIN_DRIVEN: Final = {
    "current": slice(0, 9),
    "moment": slice(9, 12),
    "orbital": slice(12, 15),
    "mixed": slice(15, 42),
}
"""Numbers of the same rows in a steady state, means over f: ⟨½{S, V_a}⟩/ħ [spin, a], ⟨S⟩, m and Ωˢ [spin, a, b], Å²."""
SPIN_CURRENT: Final = slice(-15, -6)
"""[spin, a]: of ⟨½{S, V_a}⟩/ħ, ħ Å/fs."""
SPIN_MOMENT: Final = slice(-6, -3)
"""[spin]: of ⟨S⟩, ħ."""
SPIN_ORBITAL: Final = slice(-3, None)
"""[axis]: of the orbital moment m, eV/T."""


def transits(valleys: int) -> tuple[slice, slice]:
    """[valley]: Σ W ṙ_a(k0) ∫ e^{-s} dt over the time in each valley, and (Σ W ∫ e^{-s} dt over it, 0, 0)."""
    return slice(ROWS, ROWS + valleys), slice(ROWS + valleys, ROWS + 2 * valleys)


SEA: Final = "fermi_sea"
"""Array of the run: (replica, valley, column), of runs whose packets start at the Fermi surface; columns are below."""
SPIN_STATES: Final = "spin_states"
"""Array of the run: (replica, valley, 30), of runs with `spin`: Σ f Ωˢ, [spin, a, b], and Σ f ⟨S⟩ of states that count."""
SEA_CURVATURE: Final = slice(0, 3)
"""∫[dk] f Ω, Å²⁻ᵈ."""
SEA_OCCUPIED: Final = 3
"""∫[dk] D f, Å⁻ᵈ."""
SEA_EMPTY: Final = 4
"""∫[dk] D (1 − f), Å⁻ᵈ; runs of earlier versions end before this column."""
SEA_CURVATURE_AT_REST: Final = slice(5, 8)
"""∫[dk] f Ω at the same μ without B, Å²⁻ᵈ."""
SEA_COLUMNS: Final = 8
SEA_HEAT: Final = slice(8, 17)
"""∫[dk] g Ω, with g the integral of (−∂f/∂ε) times ε − μ and (ε − μ)² from 𝓔 on, and g = −∂f/∂𝓔."""
SEA_HEAT_AT_REST: Final = slice(17, 20)
"""∫[dk] g Ω with the first g at the same μ without B."""
SEA_HEAT_COLUMNS: Final = 20
"""Where heat is asked for."""
