"""A d-wave altermagnet: two sublattices of opposite spin that a rotation, and no translation, takes to each other."""

import numpy as np

from wavepacket.hamiltonians.catalogue import model
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.library.pauli import IDENTITY, SIGMA_X, SIGMA_Z, spin_of_blocks
from wavepacket.units import Energy, Length


@model
def altermagnet(
    hopping: Energy = 0.25, anisotropy: Energy = 0.4, exchange: Energy = 0.5, lattice_constant: Length = 4.5
) -> LatticeHamiltonian:
    """H = −4t cos(k_xa/2) cos(k_ya/2) τ_x + δ sin k_xa sin k_ya τ_z + J s_zτ_z, basis A↑, B↑, A↓, B↓.

    Parameters
    ----------
    hopping : t, eV, between neighbours A at the corners and B in the middle of the squares
    anisotropy : δ, eV: second neighbours along one diagonal and the other differ, the other way round on B
    exchange : J, eV, of the two sublattices; collinear along z
    lattice_constant : a, Å

    Notes
    -----
    Symmetry: inversion; C₄ with the exchange of A and B and time reversal; s_z is conserved. Isolated bands: none, pairs
    of opposite spin meet where k_xa or k_ya is a multiple of π; the pairs 0, 1 and 2, 3 have a gap for J ≠ 0.
    Exact: ε = ±√(16t² cos²(k_xa/2) cos²(k_ya/2) + (δ sin k_xa sin k_ya + sJ)²) with s = ±1 for spin ↑, ↓. H is real:
    Ω = 0 and m = 0 for each spin.

    References
    ----------
    M. Roig, A. Kreisel, Y. Yu, B. M. Andersen, D. F. Agterberg, "Minimal models for altermagnetism" (2024), Phys. Rev. B
    110, 144412.
    """
    diagonal = np.kron(IDENTITY, SIGMA_Z) * anisotropy / 4
    bond = np.kron(IDENTITY, [[0, 0], [1, 0]]) * -hopping  # from A in a cell to B at home
    table = {
        (0, 0): np.kron(SIGMA_Z, SIGMA_Z) * exchange - hopping * np.kron(IDENTITY, SIGMA_X),
        **{cell: bond for cell in ((1, 0), (0, 1))},
        (1, 1): bond - diagonal,
        (1, -1): diagonal,
    }
    return LatticeHamiltonian.from_hoppings(
        lattice_constant * np.eye(2),
        table,
        positions=[[0.0, 0.0], [0.5, 0.5]] * 2,
        spin=spin_of_blocks(0, 2),
        special_points={"G": (0, 0), "X": (0.5, 0), "M": (0.5, 0.5), "S": (0.25, 0.25), "S'": (0.25, -0.25)},
        path="S' G S M X G",
        name="altermagnet",
        parameters={
            "hopping": hopping,
            "anisotropy": anisotropy,
            "exchange": exchange,
            "lattice_constant": lattice_constant,
        },
        reference="Roig, Kreisel, Yu, Andersen, Agterberg, Phys. Rev. B 110, 144412 (2024)",
    )
