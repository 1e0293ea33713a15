"""Holes of a zincblende or diamond crystal at Γ: heavy and light pairs of spin 3/2."""

from typing import Annotated

import numpy as np

from wavepacket.hamiltonians.catalogue import model
from wavepacket.hamiltonians.kp import KPHamiltonian
from wavepacket.hamiltonians.library.spin import spin_matrices
from wavepacket.units import ELECTRON_MASS, HBAR, Quantity


@model
def luttinger(
    gamma1: float = 6.98,
    gamma2: float = 2.06,
    gamma3: float = 2.93,
    cutoff: Annotated[float | None, Quantity("wavevector")] = None,
) -> KPHamiltonian:
    """H = −(ħ²/2m)[(γ₁ + 5γ₂/2) k² − 2γ₂ Σ_a k_a²J_a² − 2γ₃ Σ_{a≠b} k_a k_b J_a J_b], J of spin 3/2, J_z = 3/2 … −3/2.

    Parameters
    ----------
    gamma1, gamma2, gamma3 : Luttinger's parameters, those of GaAs by default; γ₂ = γ₃ makes a sphere
    cutoff : |k| up to which the model is meant, 1/Å

    Notes
    -----
    Symmetry: that of the cube with inversion and time reversal, so that every band is twofold: 0, 1 light, 2, 3 heavy holes.
    The spin of the electron is J/3 within these states.
    Exact, γ₂ = γ₃: −(ħ²k²/2m)(γ₁ ∓ 2γ₂), upper sign for heavy holes of helicity ±3/2, monopoles of flux ∓3.

    References
    ----------
    J. M. Luttinger, "Quantum Theory of Cyclotron Resonance in Semiconductors: General Theory" (1956), Phys. Rev. 102, 1030.
    """
    spin = spin_matrices(4)
    scale, terms = HBAR**2 / (2 * ELECTRON_MASS), {}
    for a in range(3):
        for b in range(a, 3):
            powers = tuple(int(a == c) + int(b == c) for c in range(3))
            product = spin[a] @ spin[b]
            if a == b:
                terms[powers] = -scale * ((gamma1 + 2.5 * gamma2) * np.eye(4) - 2 * gamma2 * product)
            else:
                terms[powers] = 2 * scale * gamma3 * (product + spin[b] @ spin[a])
    return KPHamiltonian.from_terms(
        terms,
        length_scale=5.0,
        spin=spin / 3,
        cutoff=cutoff,
        special_points={"G": (0, 0, 0)},
        name="luttinger",
        parameters={"gamma1": gamma1, "gamma2": gamma2, "gamma3": gamma3},
        reference="Luttinger, Phys. Rev. 102, 1030 (1956)",
    )
