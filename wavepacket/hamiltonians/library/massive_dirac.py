"""A massive Dirac fermion in two dimensions: one valley of a gapped honeycomb crystal."""

from typing import Annotated

from wavepacket.errors import InputError
from wavepacket.hamiltonians.catalogue import model
from wavepacket.hamiltonians.kp import KPHamiltonian
from wavepacket.hamiltonians.library.pauli import SIGMA_X, SIGMA_Y, SIGMA_Z
from wavepacket.units import Energy, EnergyLength, Quantity


@model
def massive_dirac(
    velocity: EnergyLength = 6.0,
    mass: Energy = 0.1,
    valley: int = 1,
    cutoff: Annotated[float | None, Quantity("wavevector")] = 0.5,
) -> KPHamiltonian:
    """H = ħv (τ k_x σ_x + k_y σ_y) + Δ σ_z.

    Parameters
    ----------
    velocity : ħv, eV Å
    mass : Δ, half of the gap, eV; either sign
    valley : τ = ±1
    cutoff : |k| up to which the valley is meant, 1/Å

    Notes
    -----
    Symmetry: rotations about z; time reversal and inversion exchange τ = ±1.
    Exact, upper band at k = 0: Ω_z = −τ (ħv)²/2Δ|Δ|, m_z = −τ (e/ħ)(ħv)²/2Δ; m is the same in the lower band.
    In a field B ∥ +z, charge −e, the levels are ±√(Δ² + 2(ħv)² n eB/ħ), n ≥ 1, and one at −τΔ.

    References
    ----------
    D. Xiao, M.-C. Chang, Q. Niu, "Berry phase effects on electronic properties" (2010), Rev. Mod. Phys. 82,
    1959.
    """
    if valley not in (-1, 1):
        raise InputError(f"valley must be 1 or -1, not {valley}")
    return KPHamiltonian.from_terms(
        {(1, 0): velocity * valley * SIGMA_X, (0, 1): velocity * SIGMA_Y, (0, 0): mass * SIGMA_Z},
        length_scale=10.0,
        cutoff=cutoff,
        valleys={"K" if valley == 1 else "K'": (0, 0)},
        special_points={"G": (0, 0)},
        name="massive_dirac",
        parameters={"velocity": velocity, "mass": mass, "valley": float(valley)},
        reference="Xiao, Chang, Niu, Rev. Mod. Phys. 82, 1959 (2010)",
    )
