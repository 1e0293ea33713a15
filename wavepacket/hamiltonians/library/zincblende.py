"""Diamond and zincblende semiconductors with s, p and an excited s* orbital on each atom."""

from typing import Annotated, Final

import numpy as np

from wavepacket.arrays import Complex
from wavepacket.errors import InputError
from wavepacket.hamiltonians.catalogue import model
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.units import Quantity

# eV: P. Vogl, H. P. Hjalmarson, J. D. Dow, J. Phys. Chem. Solids 44, 365 (1983); a is the anion, c the cation, t is s*.
_NAMES = ["Esa", "Epa", "Esc", "Epc", "Eta", "Etc", "Vss", "Vxx", "Vxy", "Vsapc", "Vscpa", "Vtapc", "Vpatc"]

_TABLE = """
C     -4.5450 3.8400 -4.5450 3.8400 11.3700 11.3700 -22.7250 3.8400 11.6700 15.2206 15.2206 8.2109 8.2109
Si    -4.2000 1.7150 -4.2000 1.7150  6.6850  6.6850  -8.3000 1.7150  4.5750  5.7292  5.7292 5.3749 5.3749
Ge    -5.8800 1.6100 -5.8800 1.6100  6.3900  6.3900  -6.7800 1.6100  4.9000  5.4649  5.4649 5.2191 5.2191
Sn    -5.6700 1.3300 -5.6700 1.3300  5.9000  5.9000  -5.6700 1.3300  4.0800  4.5116  4.5116 5.8939 5.8939
SiC   -8.4537 2.1234 -4.8463 4.3466  9.6534  9.3166 -12.4197 3.0380  5.9216  9.4900  9.2007 8.7138 4.4051
AlP   -7.8466 1.3169 -1.2534 4.2831  8.7069  7.4231  -7.4535 2.3749  4.8378  5.2451  5.2775 5.2508 4.6388
AlAs  -7.5273 0.9833 -1.1627 3.5867  7.4833  6.7267  -6.6642 1.8780  4.2919  5.1106  5.4965 4.5216 4.9950
AlSb  -6.1714 0.9807 -2.0716 3.0163  6.7607  6.1543  -5.6448 1.7199  3.6648  4.9121  4.2137 4.3662 3.0739
GaP   -8.1124 1.1250 -2.1976 4.1150  8.5150  7.1850  -7.4709 2.1516  5.1369  4.2771  6.3190 4.6541 5.0950
GaAs  -8.3431 1.0414 -2.6569 3.6686  8.5914  6.7386  -6.4513 1.9546  5.0779  4.4800  5.7839 4.8422 4.8077
GaSb  -7.3207 0.8554 -3.8993 2.9146  6.6354  5.9846  -6.1567 1.5789  4.1285  4.9601  4.6675 4.9895 4.2180
InP   -8.5274 0.8735 -1.4826 4.0465  8.2635  7.0665  -5.3614 1.8801  4.2324  2.2265  5.5825 3.4623 4.4814
InAs  -9.5381 0.9099 -2.7219 3.7201  7.4099  6.7401  -5.6052 1.8398  4.4693  3.0354  5.4389 3.3744 3.9097
InSb  -8.0157 0.6738 -3.4643 2.9162  6.4530  5.9362  -5.5193 1.4018  3.8761  3.7880  4.5900 3.5666 3.4048
ZnSe -11.8383 1.5072  0.0183 5.9928  7.5872  8.9928  -6.2163 3.0054  5.9942  3.4980  6.3191 2.5891 3.9533
ZnTe  -9.8150 1.4834  0.9350 5.2666  7.0834  8.2666  -6.5765 2.7951  5.4670  5.9827  5.8199 1.3196 0.0000
"""

PARAMETERS: Final = {
    name: dict(zip(_NAMES, map(float, row), strict=True))
    for name, *row in (line.split() for line in _TABLE.strip().splitlines())
}
"""Material → parameter → eV."""
LATTICE_CONSTANTS: Final = {
    "C": 3.567, "Si": 5.431, "Ge": 5.658, "Sn": 6.489, "SiC": 4.360, "AlP": 5.467, "AlAs": 5.661, "AlSb": 6.136,
    "GaP": 5.451, "GaAs": 5.653, "GaSb": 6.096, "InP": 5.870, "InAs": 6.058, "InSb": 6.479, "ZnSe": 5.668, "ZnTe": 6.103,
}  # fmt: skip
"""Cube edges at room temperature: energies at a given reduced wavevector do not depend on them."""


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
