"""A single isotropic Weyl node: a monopole of Berry curvature."""

from typing import Annotated

from wavepacket.errors import InputError
from wavepacket.hamiltonians.catalogue import model
from wavepacket.hamiltonians.kp import KPHamiltonian
from wavepacket.hamiltonians.library.pauli import SIGMA_X, SIGMA_Y, SIGMA_Z
from wavepacket.units import EnergyLength, Quantity


@model
def weyl_node(
    velocity: EnergyLength = 5.0,
    chirality: int = 1,
    cutoff: Annotated[float | None, Quantity("wavevector")] = 0.5,
) -> KPHamiltonian:
    """H = χ ħv k·σ.

    Parameters
    ----------
    velocity : ħv, eV Å
    chirality : χ = ±1
    cutoff : |k| up to which the node is meant, 1/Å

    Notes
    -----
    Symmetry: all rotations; no inversion; time reversal k → −k with σ → −σ keeps the node.
    Exact: Ω = ∓χ k/2k³ and m = −χ (e/ħ) ħv k/2k² in the upper (−) and lower (+) band: m is the same in both.
    The lower band's flux (1/2π)∮Ω·dS is χ.

    References
    ----------
    N. P. Armitage, E. J. Mele, A. Vishwanath, "Weyl and Dirac semimetals in three-dimensional solids" (2018),
    Rev. Mod. Phys. 90, 015001.
    """
    if chirality not in (-1, 1):
        raise InputError(f"chirality must be 1 or -1, not {chirality}")
    speed = chirality * velocity
    return KPHamiltonian.from_terms(
        {(1, 0, 0): speed * SIGMA_X, (0, 1, 0): speed * SIGMA_Y, (0, 0, 1): speed * SIGMA_Z},
        length_scale=10.0,
        cutoff=cutoff,
        special_points={"G": (0, 0, 0)},
        name="weyl_node",
        parameters={"velocity": velocity, "chirality": float(chirality)},
        reference="Armitage, Mele, Vishwanath, Rev. Mod. Phys. 90, 015001 (2018)",
    )
