"""Kagome lattice with flux: a Chern insulator from chiral hopping around triangles."""

import cmath
import math

import numpy as np

from wavepacket.hamiltonians.catalogue import model
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.library import honeycomb
from wavepacket.units import Angle, Energy, Length


@model
def kagome(
    hopping: Energy = -1.0, flux: Angle = math.pi / 4, lattice_constant: Length = 5.0
) -> LatticeHamiltonian:
    """H = t Σ e^{iφ/3} c†_i c_j over bonds, the phase with the sense A → B → C → A of every triangle.

    Parameters
    ----------
    hopping : t, eV
    flux : φ through each triangle, rad; the hexagons carry −2φ
    lattice_constant : a, Å; bonds have length a/2

    Notes
    -----
    Symmetry: C₆; time reversal only for sin φ = 0. Isolated bands: all three unless φ is a multiple of π; for φ = 0 one
    band is flat (ε = −2t) and touches the next at Γ.
    Exact: energies 4t cos(φ/3 + 2πn/3) at Γ, n = 0, ±1. For t < 0 and 0 < φ < π the bands have, from the lowest,
    C = −1, 0, 1; all change sign with φ.

    References
    ----------
    K. Ohgushi, S. Murakami, N. Nagaosa, "Spin anisotropy and quantum Hall effect in the kagomé lattice: Chiral spin
    state based on a ferromagnet" (2000), Phys. Rev. B 62, R6065.
    """
    bond = hopping * cmath.exp(1j * flux / 3)
    table = {cell: np.zeros((3, 3), dtype=np.complex128) for cell in ((0, 0), (1, 0), (-1, 1), (0, -1))}
    for start, end, back in ((0, 1, (1, 0)), (1, 2, (-1, 1)), (2, 0, (0, -1))):
        # Each site sees the next one twice: in its own cell and across the corner, where the step is opposite.
        table[0, 0][end, start] = bond
        table[0, 0][start, end] = bond.conjugate()
        table[back][end, start] = bond
    return LatticeHamiltonian.from_hoppings(
        honeycomb.lattice_vectors(lattice_constant),
        table,
        positions=[[0.0, 0.0], [0.5, 0.0], [0.0, 0.5]],
        valleys=honeycomb.VALLEYS,
        special_points=honeycomb.SPECIAL_POINTS,
        path=honeycomb.PATH,
        name="kagome",
        parameters={"hopping": hopping, "flux": flux, "lattice_constant": lattice_constant},
        reference="Ohgushi, Murakami, Nagaosa, Phys. Rev. B 62, R6065 (2000)",
    )
