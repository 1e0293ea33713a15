"""Rashba electrons with exchange splitting on a square lattice: the smallest metal with an anomalous Hall effect."""

import numpy as np

from wavepacket.hamiltonians.catalogue import model
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.library.pauli import IDENTITY, SIGMA_X, SIGMA_Y, SIGMA_Z, spin_of_blocks
from wavepacket.units import ELECTRON_MASS, HBAR, Energy, EnergyLength, Length, Mass


@model
def rashba_ferromagnet(
    mass: Mass = 0.3, rashba: EnergyLength = 1.0, exchange: Energy = 0.1, lattice_constant: Length = 5.0
) -> LatticeHamiltonian:
    """H = 2t(2 − cos k_xa − cos k_ya) + (α/a)(sin k_ya σ_x − sin k_xa σ_y) + Mσ_z with t = ħ²/2m*a².

    Parameters
    ----------
    mass : m*, in electron masses
    rashba : α, eV Å
    exchange : M, half of the splitting at Γ, eV
    lattice_constant : a, Å; below k ≈ 1/a the lattice does not show

    Notes
    -----
    Symmetry: C₄ with spin; no time reversal. Both bands are isolated for M ≠ 0: a metal for any filling but the full one.
    Exact: gap 2√(M² + (α/a)²(sin²k_xa + sin²k_ya)), smallest 2|M|; in the upper (−) and lower (+) band
    Ω_z = ∓ α² M cos k_xa cos k_ya/2d³ and, the same in both, m_z = −(e/ħ) α² M cos k_xa cos k_ya/2d², with 2d the gap.
    Both Chern numbers are 0.

    References
    ----------
    N. Nagaosa, J. Sinova, S. Onoda, A. H. MacDonald, N. P. Ong, "Anomalous Hall effect" (2010), Rev. Mod. Phys. 82,
    1539.
    """
    hopping = HBAR**2 / (2 * mass * ELECTRON_MASS * lattice_constant**2)
    turn = rashba / (2 * lattice_constant)
    return LatticeHamiltonian.from_hoppings(
        lattice_constant * np.eye(2),
        {
            (0, 0): 4 * hopping * IDENTITY + exchange * SIGMA_Z,
            (1, 0): -hopping * IDENTITY + 1j * turn * SIGMA_Y,
            (0, 1): -hopping * IDENTITY - 1j * turn * SIGMA_X,
        },
        positions=np.zeros((2, 2)),
        spin=spin_of_blocks(0, 1),
        special_points={"G": (0, 0), "X": (0.5, 0), "M": (0.5, 0.5)},
        path="G X M G",
        name="rashba_ferromagnet",
        parameters={
            "mass": mass,
            "rashba": rashba,
            "exchange": exchange,
            "lattice_constant": lattice_constant,
        },
        reference="Nagaosa et al., Rev. Mod. Phys. 82, 1539 (2010)",
    )
