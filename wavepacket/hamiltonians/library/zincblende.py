"""Diamond and zincblende semiconductors with s, p and an excited s* orbital on each atom."""

from typing import Annotated, Final

import numpy as np

from wavepacket.arrays import Complex
from wavepacket.errors import InputError
from wavepacket.hamiltonians.catalogue import model
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.library.zincblende_parameters import LATTICE_CONSTANTS, PARAMETERS
from wavepacket.units import Quantity

_BONDS: Final = {
    (0, 0, 0): (1, 1, 1),
    (-1, 0, 0): (1, -1, -1),
    (0, -1, 0): (-1, 1, -1),
    (0, 0, -1): (-1, -1, 1),
}
"""Cells of the four cations around an anion → the direction of the bond, in quarters of the cube edge."""
_VALLEYS: Final = {"G": (0.0, 0.0, 0.0), "X": (0.5, 0.0, 0.5), "L": (0.5, 0.5, 0.5)}
_POINTS: Final = _VALLEYS | {"W": (0.5, 0.25, 0.75), "K": (0.375, 0.375, 0.75), "U": (0.625, 0.25, 0.625)}


@model
def zincblende(
    material: str = "GaAs", lattice_constant: Annotated[float | None, Quantity("length")] = None
) -> LatticeHamiltonian:
    """sp³s* model: s, p_x, p_y, p_z, s* of the anion at 0 and of the cation at (¼, ¼, ¼), first neighbours, no spin.

    Parameters
    ----------
    material : C, Si, Ge, Sn, SiC, AlP, AlAs, AlSb, GaP, GaAs, GaSb, InP, InAs, InSb, ZnSe or ZnTe
    lattice_constant : cube edge, Å; default: that of the material at room temperature

    Notes
    -----
    Symmetry: T_d (O_h for C, Si, Ge, Sn), time reversal without spin: Ω(−k) = −Ω(k), and Ω = 0 with inversion. Bands 0 to
    3 are the valence bands, 4 is the lowest conduction band. Isolated bands: 0 in compounds (in elements it meets 1 on
    X–W), 4 near its minima; the top of the valence bands is threefold at Γ and twofold along Γ–X and Γ–L.
    Exact at Γ: p states at (E_pa+E_pc)/2 ± √((E_pa−E_pc)²/4 + V_xx²), s states at the same with V_ss, s* states at their own
    energies; the zero of energy is the top of the valence band, to the digits of the parameters.

    References
    ----------
    P. Vogl, H. P. Hjalmarson, J. D. Dow, "A semi-empirical tight-binding theory of the electronic structure of
    semiconductors" (1983), J. Phys. Chem. Solids 44, 365.
    """
    if material not in PARAMETERS:
        raise InputError(f"unknown material {material!r}; known: {', '.join(PARAMETERS)}")
    p = PARAMETERS[material]
    constant = LATTICE_CONSTANTS[material] if lattice_constant is None else lattice_constant
    table = {cell: np.zeros((10, 10), dtype=np.complex128) for cell in _BONDS}
    for cell, bond in _BONDS.items():
        table[cell][:5, 5:] = _bond_matrix(p, bond)
    home = table[0, 0, 0]
    sites = [[p[atom] for atom in (f"Es{ion}", *[f"Ep{ion}"] * 3, f"Et{ion}")] for ion in "ac"]
    table[0, 0, 0] = home + home.T + np.diag(np.concatenate(sites))
    return LatticeHamiltonian.from_hoppings(
        constant / 2 * np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]]),
        table,
        positions=[[0.0] * 3] * 5 + [[0.25] * 3] * 5,
        special_points=_POINTS,
        path="L G X W K G",
        name="zincblende",
        parameters={"material": material, "lattice_constant": constant},
        reference="Vogl, Hjalmarson, Dow, J. Phys. Chem. Solids 44, 365 (1983)",
    )


def _bond_matrix(p: dict[str, float], bond: tuple[int, int, int]) -> Complex:
    """⟨anion|H|cation⟩ along one bond, (5, 5); the parameters of the article are four times the integrals."""
    d = np.array(bond, dtype=np.complex128)
    matrix = np.zeros((5, 5), dtype=np.complex128)
    matrix[0, 0] = p["Vss"]
    matrix[0, 1:4], matrix[1:4, 0] = p["Vsapc"] * d, -p["Vscpa"] * d
    matrix[4, 1:4], matrix[1:4, 4] = p["Vtapc"] * d, -p["Vpatc"] * d
    matrix[1:4, 1:4] = p["Vxy"] * np.outer(d, d) + (p["Vxx"] - p["Vxy"]) * np.eye(3)
    return matrix / 4
