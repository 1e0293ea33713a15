"""A simple cubic Weyl semimetal with two nodes, the fewest that a crystal can have."""

import math

import numpy as np

from wavepacket.errors import InputError
from wavepacket.hamiltonians.catalogue import model
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.library.pauli import IDENTITY, SIGMA_X, SIGMA_Y, SIGMA_Z
from wavepacket.units import Angle, Energy, Length, Number


@model
def weyl_lattice(
    hopping: Energy = 1.0, node: Angle = math.pi / 2, lattice_constant: Length = 4.0, tilt: Number = 0.0
) -> LatticeHamiltonian:
    """H = t [sin(k_x a) σ_x + sin(k_y a) σ_y + (2 + cos θ − Σ cos(k_i a)) σ_z + γ (cos θ − cos(k_z a))].

    Parameters
    ----------
    hopping : t, eV
    node : θ, rad, between 0 and π: the nodes lie at k_z a = ±θ on the k_z axis
    lattice_constant : a, Å
    tilt : γ, slope of the middle of the cones over that of their sides along z: type I below 1, type II above

    Notes
    -----
    Symmetry: C₄ about z with σ_z, inversion σ_z; no time reversal.
    Exact: chirality +1 at +θ, −1 at −θ (H ≈ χ ħv k·σ; the lower band's Ω flows out of +1), with ħv = t a,
    along z t a sin θ. Planes of fixed k_z have C = −1 in the lower band for |k_z a| < θ and 0 beyond: the
    charge χ = (1/2π)∮Ω·dS of a node is the step of C from below to above it. A tilt changes energies and velocities
    alone; Ω and m stay. Both bands are isolated but for the nodes.

    References
    ----------
    N. P. Armitage, E. J. Mele, A. Vishwanath, "Weyl and Dirac semimetals in three-dimensional solids" (2018),
    Rev. Mod. Phys. 90, 015001. Tilt: T. M. McCormick, I. Kimchi, N. Trivedi, "Minimal models for topological Weyl
    semimetals" (2017), Phys. Rev. B 95, 075133.
    """
    if not 0 < node < math.pi:
        raise InputError(f"node must be between 0 and pi, not {node}")
    return LatticeHamiltonian.from_hoppings(
        lattice_constant * np.eye(3),
        {
            (0, 0, 0): hopping * ((2 + math.cos(node)) * SIGMA_Z + tilt * math.cos(node) * IDENTITY),
            (1, 0, 0): -hopping * (SIGMA_Z + 1j * SIGMA_X) / 2,
            (0, 1, 0): -hopping * (SIGMA_Z + 1j * SIGMA_Y) / 2,
            (0, 0, 1): -hopping * (SIGMA_Z + tilt * IDENTITY) / 2,
        },
        positions=np.zeros((2, 3)),
        valleys={"W+": (0, 0, node / (2 * math.pi)), "W-": (0, 0, -node / (2 * math.pi))},
        special_points={"G": (0, 0, 0), "X": (0.5, 0, 0), "M": (0.5, 0.5, 0), "Z": (0, 0, 0.5)},
        path="G X M G Z",
        name="weyl_lattice",
        parameters={"hopping": hopping, "node": node, "lattice_constant": lattice_constant, "tilt": tilt},
        reference="Armitage, Mele, Vishwanath, Rev. Mod. Phys. 90, 015001 (2018)",
    )
