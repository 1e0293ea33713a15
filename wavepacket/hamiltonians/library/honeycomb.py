"""Geometry shared by the honeycomb models: B lies above A, one of the three bonds points along +y."""

import math
from typing import Final

import numpy as np

from wavepacket.arrays import Complex, Float

POSITIONS: Final = ((0.0, 0.0), (-1 / 3, 2 / 3))
"""Sites A and B in units of a₁ = a(1, 0), a₂ = a(1/2, √3/2): B lies at a/√3 above A."""
BOND_CELLS: Final = ((0, 0, 0), (1, -1, 0), (0, -1, 0))
"""Cells of the three B neighbours of A."""
SECOND_NEIGHBOURS: Final = {(1, 0, 0): 1, (1, -1, 0): -1, (0, -1, 0): 1}
"""One of each pair of second neighbours → +1 for b₁ = a₁, b₂ = a₂ − a₁, b₃ = −a₂, −1 for −b_i."""
VALLEYS: Final = {"K": (2 / 3, 1 / 3), "K'": (1 / 3, 2 / 3)}
"""K lies at (+4π/3a, 0), where H ≈ ħv(k_xσ_x + k_yσ_y) up to a rotation of σ: valley index +1; K' is −K."""
SPECIAL_POINTS: Final = {"G": (0.0, 0.0), "M": (1 / 2, 1 / 2)} | VALLEYS
PATH: Final = "G K M G"


def lattice_vectors(lattice_constant: float) -> Float:
    """Return a₁, a₂ as rows, Å."""
    return lattice_constant * np.array([[1.0, 0.0], [0.5, math.sqrt(3) / 2]])


def neighbour_hoppings(hopping: float, staggered: float) -> dict[tuple[int, ...], Complex]:
    """Return cells → matrices of nearest neighbours and of ±staggered on A and B, eV."""
    bond = np.array([[0.0, hopping], [0.0, 0.0]], dtype=np.complex128)
    table: dict[tuple[int, ...], Complex] = {cell: bond.copy() for cell in BOND_CELLS}
    table[0, 0, 0] = bond + bond.T + np.diag([staggered, -staggered])
    return table
