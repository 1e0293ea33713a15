"""Monolayer transition-metal dichalcogenides: three d orbitals with hopping to third neighbours and spin-orbit coupling."""

import math
from typing import Annotated, Final

import numpy as np

from wavepacket.arrays import Complex, Float
from wavepacket.errors import InputError
from wavepacket.hamiltonians.catalogue import model
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.library import honeycomb
from wavepacket.hamiltonians.library.pauli import check_spin, spin_blocks, spin_of_blocks
from wavepacket.units import Quantity

# eV: fits of the third-neighbour model to first-principles bands, and the spin-orbit parameter. G.-B. Liu, W.-Y. Shan,
# Y. Yao, W. Yao, D. Xiao, Phys. Rev. B 88, 085433 (2013).
_NAMES = (
    *("e1", "e2", "t0", "t1", "t2", "t11", "t12", "t22", "r0", "r1", "r2", "r11", "r12"),
    *("u0", "u1", "u2", "u11", "u12", "u22"),
)

_GGA = {
    "MoS2": "0.683 1.707 -0.146 -0.114 0.506 0.085 0.162 0.073 0.060 -0.236 0.067 0.016 0.087 -0.038 0.046 0.001 0.266"
    " -0.176 -0.150",
    "WS2": "0.717 1.916 -0.152 -0.097 0.590 0.047 0.178 0.016 0.069 -0.261 0.107 -0.003 0.109 -0.054 0.045 0.002 0.325"
    " -0.206 -0.163",
    "MoSe2": "0.684 1.546 -0.146 -0.130 0.432 0.144 0.117 0.075 0.039 -0.209 0.069 0.052 0.060 -0.042 0.036 0.008 0.272"
    " -0.172 -0.150",
    "WSe2": "0.728 1.655 -0.146 -0.124 0.507 0.117 0.127 0.015 0.036 -0.234 0.107 0.044 0.075 -0.061 0.032 0.007 0.329"
    " -0.202 -0.164",
    "MoTe2": "0.588 1.303 -0.226 -0.234 0.036 0.400 0.098 0.017 0.003 -0.025 -0.169 0.082 0.051 0.057 0.103 0.187 -0.045"
    " -0.141 0.087",
    "WTe2": "0.697 1.380 -0.109 -0.164 0.368 0.204 0.093 0.038 -0.015 -0.209 0.107 0.115 0.009 -0.066 0.011 -0.013 0.312"
    " -0.177 -0.132",
}
_LDA = {
    "MoS2": "0.820 1.931 -0.176 -0.101 0.531 0.084 0.169 0.070 0.070 -0.252 0.084 0.019 0.093 -0.043 0.047 0.005 0.304"
    " -0.192 -0.162",
    "WS2": "0.905 2.167 -0.175 -0.090 0.611 0.043 0.181 0.008 0.075 -0.282 0.127 0.001 0.114 -0.063 0.047 0.004 0.374"
    " -0.224 -0.177",
    "MoSe2": "0.715 1.687 -0.154 -0.134 0.437 0.124 0.119 0.072 0.048 -0.248 0.090 0.066 0.045 -0.067 0.041 0.005 0.327"
    " -0.194 -0.151",
    "WSe2": "0.860 1.892 -0.152 -0.125 0.508 0.094 0.129 0.009 0.044 -0.278 0.129 0.059 0.058 -0.090 0.039 0.001 0.392"
    " -0.224 -0.165",
    "MoTe2": "0.574 1.410 -0.148 -0.173 0.333 0.203 0.186 0.127 0.007 -0.280 0.067 0.073 0.081 -0.054 0.008 0.037 0.145"
    " -0.078 0.035",
    "WTe2": "0.675 1.489 -0.124 -0.159 0.362 0.196 0.101 0.044 -0.009 -0.250 0.129 0.131 -0.007 -0.086 0.012 -0.020 0.361"
    " -0.193 -0.129",
}


def _read(table: dict[str, str]) -> dict[str, dict[str, float]]:
    return {name: dict(zip(_NAMES, map(float, row.split()), strict=True)) for name, row in table.items()}


PARAMETERS: Final = {"GGA": _read(_GGA), "LDA": _read(_LDA)}
"""Functional → material → parameter → eV."""
LATTICE_CONSTANTS: Final = {
    "GGA": {"MoS2": 3.190, "WS2": 3.191, "MoSe2": 3.326, "WSe2": 3.325, "MoTe2": 3.557, "WTe2": 3.560},
    "LDA": {"MoS2": 3.129, "WS2": 3.132, "MoSe2": 3.254, "WSe2": 3.253, "MoTe2": 3.472, "WTe2": 3.476},
}
SPIN_ORBIT: Final = {
    "MoS2": 0.073, "WS2": 0.211, "MoSe2": 0.091, "WSe2": 0.228, "MoTe2": 0.107, "WTe2": 0.237,
}  # fmt: skip
"""λ, half of the splitting of the valence band at K."""


_L_Z: Final[Complex] = np.array([[0, 0, 0], [0, 0, 2j], [0, -2j, 0]])
"""L_z/ħ in the basis d_z², d_xy, d_x²−y²."""


@model
def tmd(
    material: str = "MoS2",
    functional: str = "GGA",
    spin: int = 1,
    spin_orbit: Annotated[float | None, Quantity("energy")] = None,
) -> LatticeHamiltonian:
    """H = H_TNN(k) + s (λ/2) L_z in d_z², d_xy, d_x²−y² of the metal, on a triangular lattice.

    Parameters
    ----------
    material : MoS2, WS2, MoSe2, WSe2, MoTe2 or WTe2
    functional : GGA or LDA, which the parameters were fitted to
    spin : 1 or −1 for one spin alone (three bands), 0 for both (six bands, spin up first)
    spin_orbit : λ, eV; default: that of the material

    Notes
    -----
    Symmetry: time reversal (exchanges the spins), C₃, mirror z → −z; no inversion. The valence band is 0, the conduction
    band 1. Isolated bands: all three of one spin; with both spins, bands meet in pairs on the lines Γ–M, the conduction
    bands also at K.
    Exact at K: d_z² has ε₁ − 3t₀ + 6r₀ − 3u₀, the others ε₂ − (3/2)(t₁₁+t₂₂+u₁₁+u₂₂) + 6r₁₁ + 2√3 r₁₂ ∓ 3√3(t₁₂ − u₁₂)
    ± sλ; so the valence band is split by 2λ between the spins, with opposite sign at K', and Ω and m of a spin at K are
    opposite to those of the other spin at K'. Ω_z > 0 in the valence band of K.

    References
    ----------
    G.-B. Liu, W.-Y. Shan, Y. Yao, W. Yao, D. Xiao, "Three-band tight-binding model for monolayers of group-VIB transition
    metal dichalcogenides" (2013), Phys. Rev. B 88, 085433.
    """
    check_spin(spin)
    if functional not in PARAMETERS:
        raise InputError(f"functional must be {' or '.join(PARAMETERS)}, not {functional!r}")
    if material not in SPIN_ORBIT:
        raise InputError(f"unknown material {material!r}; known: {', '.join(SPIN_ORBIT)}")
    coupling = SPIN_ORBIT[material] if spin_orbit is None else spin_orbit
    constant = LATTICE_CONSTANTS[functional][material]
    onsite, *shells = _matrices(PARAMETERS[functional][material])
    home = {s: onsite + s * coupling / 2 * _L_Z for s in (1, -1)}
    table = {(0, 0): spin_blocks(home, spin)}
    for (step, matrix), turn in (
        (pair, turn) for pair in zip(_STEPS, shells, strict=True) for turn in range(3)
    ):
        cell, rotation = step, np.linalg.matrix_power(_TURN, turn)
        for _ in range(turn):
            cell = (-cell[0] - cell[1], cell[0])
        turned = rotation @ matrix @ rotation.T
        table[cell] = spin_blocks({1: turned, -1: turned}, spin)
    return LatticeHamiltonian.from_hoppings(
        honeycomb.lattice_vectors(constant),
        table,
        positions=np.zeros((3 if spin else 6, 2)),
        spin=spin_of_blocks(spin, 3),
        valleys=honeycomb.VALLEYS,
        special_points=honeycomb.SPECIAL_POINTS,
        path=honeycomb.PATH,
        name="tmd",
        parameters={
            "material": material,
            "functional": functional,
            "spin": float(spin),
            "spin_orbit": coupling,
        },
        reference="Liu, Shan, Yao, Yao, Xiao, Phys. Rev. B 88, 085433 (2013)",
    )


_STEPS: Final = ((1, 0), (-1, 2), (2, 0))
"""One neighbour of each of the three shells: along x, along y, and along x again; the others by C₃ and adjoints."""
_COS, _SIN = math.cos(4 * math.pi / 3), math.sin(4 * math.pi / 3)
_TURN: Final[Float] = np.array([[1, 0, 0], [0, _COS, _SIN], [0, -_SIN, _COS]])
"""C₃ on the orbitals: (d_x²−y², d_xy) turn by twice the angle."""


def _matrices(p: dict[str, float]) -> tuple[Complex, Complex, Complex, Complex]:
    """Return the on-site matrix and those of the steps; the mirror x → −x leaves just these elements."""

    def along_x(letter: str) -> Complex:
        h0, h1, h2, h11, h12, h22 = (p[letter + index] for index in ("0", "1", "2", "11", "12", "22"))
        return np.array([[h0, h1, h2], [-h1, h11, h12], [h2, -h12, h22]], dtype=np.complex128)

    root = math.sqrt(3)
    along_y = np.array(
        [
            [p["r0"], 0, 2 * p["r1"] / root],
            [0, p["r11"] + root * p["r12"], 0],
            [2 * p["r2"] / root, 0, p["r11"] - p["r12"] / root],
        ],
        dtype=np.complex128,
    )
    onsite = np.diag([p["e1"], p["e2"], p["e2"]]).astype(np.complex128)
    return onsite, along_x("t"), along_y, along_x("u")
