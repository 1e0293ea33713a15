"""Monolayer transition-metal dichalcogenides: three d orbitals with hopping to third neighbours and spin-orbit coupling."""

import math
from typing import Annotated, Final

import numpy as np

from wavepacket.arrays import Complex, Float
from wavepacket.errors import InputError
from wavepacket.hamiltonians.catalogue import model
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.library import honeycomb
from wavepacket.hamiltonians.library.pauli import check_spin, spin_blocks
from wavepacket.hamiltonians.library.tmd_parameters import LATTICE_CONSTANTS, PARAMETERS, SPIN_ORBIT
from wavepacket.units import Quantity

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
