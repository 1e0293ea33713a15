"""Kane–Mele model of graphene with spin-orbit coupling: the quantum spin Hall insulator."""

import math

import numpy as np

from wavepacket.arrays import Complex
from wavepacket.errors import InputError
from wavepacket.hamiltonians.catalogue import model
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.library import honeycomb
from wavepacket.hamiltonians.library.pauli import (
    IDENTITY,
    SIGMA_X,
    SIGMA_Y,
    SIGMA_Z,
    check_spin,
    spin_of_blocks,
)
from wavepacket.units import Energy, Length


@model
def kane_mele(
    hopping: Energy = 1.0,
    spin_orbit: Energy = 0.06,
    rashba: Energy = 0.05,
    staggered: Energy = 0.1,
    spin: int = 0,
    lattice_constant: Length = 2.46,
) -> LatticeHamiltonian:
    """H = t Σ c†c + iλ Σ ν c†s_z c (second neighbours) + iλ_R Σ c†(s×d)_z c + λ_v Σ ±c†c; basis A↑, B↑, A↓, B↓.

    Parameters
    ----------
    hopping : t, eV
    spin_orbit : λ, eV: for spin ↑ Haldane's t₂ with φ = π/2, for spin ↓ with φ = −π/2
    rashba : λ_R, eV, from a field across the layer; d points along the bond from A to B
    staggered : λ_v, eV, + on A
    spin : 0 for both spins (four bands); 1 or −1 for one alone (two bands), which needs λ_R = 0
    lattice_constant : a = √3 × bond length, Å

    Notes
    -----
    Symmetry: time reversal, C₃; inversion only for λ_v = λ_R = 0. Isolated bands: with both spins, bands meet in pairs at
    Γ and M always, on lines through them for λ_R = 0, and everywhere for λ_v = λ_R = 0; one spin alone has a gap for
    |λ_v| ≠ 3√3|λ|.
    Exact for λ_R = 0: gaps 2|λ_v ± 3√3λ| at K for spin ↑ (+) and ↓ (−), exchanged at K'; the lower band of spin s has
    C = s sign λ where |λ_v| < 3√3|λ|, else 0: the spin Hall insulator and the ordinary one.

    References
    ----------
    C. L. Kane, E. J. Mele, "Z₂ Topological Order and the Quantum Spin Hall Effect" (2005), Phys. Rev. Lett. 95,
    146802.
    """
    check_spin(spin)
    if spin and rashba:
        raise InputError("one spin alone needs rashba: 0, which mixes the two")
    lattice = honeycomb.lattice_vectors(lattice_constant)
    table = {
        cell: _spinful(matrix, spin)
        for cell, matrix in honeycomb.neighbour_hoppings(hopping, staggered).items()
    }
    for cell, sense in honeycomb.SECOND_NEIGHBOURS.items():
        loop = 1j * sense * spin_orbit * SIGMA_Z
        matrix = spin * loop if spin else np.kron(SIGMA_Z, loop)
        table[cell] = table.get(cell, np.zeros_like(matrix)) + matrix
    for cell in honeycomb.BOND_CELLS if rashba else ():
        x, y = (np.array(honeycomb.POSITIONS[1]) + cell[:2]) @ lattice * math.sqrt(3) / lattice_constant
        bond = np.kron(1j * rashba * (SIGMA_X * y - SIGMA_Y * x), [[0, 1], [0, 0]])
        table[cell] = table[cell] + bond + (bond.conj().T if cell == (0, 0, 0) else 0)
    return LatticeHamiltonian.from_hoppings(
        lattice,
        table,
        positions=honeycomb.POSITIONS if spin else honeycomb.POSITIONS * 2,
        spin=spin_of_blocks(spin, 2),
        valleys=honeycomb.VALLEYS,
        special_points=honeycomb.SPECIAL_POINTS,
        path=honeycomb.PATH,
        name="kane_mele",
        parameters={
            "hopping": hopping,
            "spin_orbit": spin_orbit,
            "rashba": rashba,
            "staggered": staggered,
            "spin": float(spin),
            "lattice_constant": lattice_constant,
        },
        reference="Kane, Mele, Phys. Rev. Lett. 95, 146802 (2005)",
    )


def _spinful(matrix: Complex, spin: int) -> Complex:
    return matrix if spin else np.kron(IDENTITY, matrix).astype(np.complex128)
