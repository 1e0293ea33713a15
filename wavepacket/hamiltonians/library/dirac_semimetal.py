"""A simple cubic Dirac semimetal, as Na₃Bi: two Weyl points of opposite chirality at one wavevector, twice."""

import math

import numpy as np

from wavepacket.errors import InputError
from wavepacket.hamiltonians.catalogue import model
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.library.pauli import IDENTITY, SIGMA_X, SIGMA_Y, SIGMA_Z, spin_of_blocks
from wavepacket.units import Angle, Energy, Length


@model
def dirac_semimetal(
    hopping: Energy = 1.0, node: Angle = math.pi / 2, exchange: Energy = 0.1, lattice_constant: Length = 4.0
) -> LatticeHamiltonian:
    """H = t [sin k_xa s_zτ_x + sin k_ya τ_y + (2 + cos θ − cos k_xa − cos k_ya − cos k_za) τ_z] + h s_z, basis ↑, ↓ ⊗ τ.

    Parameters
    ----------
    hopping : t, eV
    node : θ, rad, between 0 and π: the Dirac points lie at k_z a = ±θ on the k_z axis
    exchange : h, eV, a Zeeman field along z; 0 for the Dirac semimetal proper
    lattice_constant : a, Å

    Notes
    -----
    Symmetry: time reversal (h = 0), inversion τ_z, C₄ about z. Isolated bands: for h = 0 every band is twofold; for h ≠ 0
    the lowest and the highest band touch their neighbours at the nodes only, the middle ones cross where the energy of one
    spin is |h|.
    Exact: bands ±ε ± h with the ε of `weyl_lattice`. Spin ↑ has Weyl points of chirality ±1 at k_z a = ±θ, ε = h; spin ↓
    has them at ε = −h with the chirality turned around.

    References
    ----------
    N. P. Armitage, E. J. Mele, A. Vishwanath, "Weyl and Dirac semimetals in three-dimensional solids" (2018),
    Rev. Mod. Phys. 90, 015001.
    """
    if not 0 < node < math.pi:
        raise InputError(f"node must be between 0 and pi, not {node}")
    mass = np.kron(IDENTITY, SIGMA_Z)
    return LatticeHamiltonian.from_hoppings(
        lattice_constant * np.eye(3),
        {
            (0, 0, 0): hopping * (2 + math.cos(node)) * mass + exchange * np.kron(SIGMA_Z, IDENTITY),
            (1, 0, 0): -hopping * (mass + 1j * np.kron(SIGMA_Z, SIGMA_X)) / 2,
            (0, 1, 0): -hopping * (mass + 1j * np.kron(IDENTITY, SIGMA_Y)) / 2,
            (0, 0, 1): -hopping * mass / 2,
        },
        positions=np.zeros((4, 3)),
        spin=spin_of_blocks(0, 2),
        valleys={"D+": (0, 0, node / (2 * math.pi)), "D-": (0, 0, -node / (2 * math.pi))},
        special_points={"G": (0, 0, 0), "X": (0.5, 0, 0), "M": (0.5, 0.5, 0), "Z": (0, 0, 0.5)},
        path="G X M G Z",
        name="dirac_semimetal",
        parameters={
            "hopping": hopping,
            "node": node,
            "exchange": exchange,
            "lattice_constant": lattice_constant,
        },
        reference="Armitage, Mele, Vishwanath, Rev. Mod. Phys. 90, 015001 (2018)",
    )
