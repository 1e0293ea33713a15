"""Rice–Mele chain: alternating bonds and sites, the smallest charge pump."""

import numpy as np

from wavepacket.hamiltonians.catalogue import model
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.library.pauli import SIGMA_X, SIGMA_Z
from wavepacket.units import Energy, Length


@model
def rice_mele(
    hopping: Energy = 1.0, dimerization: Energy = 0.2, staggered: Energy = 0.3, lattice_constant: Length = 4.0
) -> LatticeHamiltonian:
    """H_AB = (t+δ) e^{ika/2} + (t−δ) e^{−ika/2}, H_AA = −H_BB = Δ.

    Parameters
    ----------
    hopping : t, eV
    dimerization : δ, eV: bonds t + δ within a cell, t − δ between cells
    staggered : Δ, eV
    lattice_constant : a, Å; B lies at a/2

    Notes
    -----
    Symmetry: time reversal; inversion only for δ = 0 or Δ = 0.
    Exact: ε = ±√(Δ² + 4t²cos²(ka/2) + 4δ²sin²(ka/2)), smallest gap 2√(Δ² + δ²) at X for |δ| < |t|. On a closed path
    around (δ, Δ) = 0 the polarisation of the lower band changes by one charge: the Chern number of (k, path) is ±1.

    References
    ----------
    M. J. Rice, E. J. Mele, "Elementary Excitations of a Linearly Conjugated Diatomic Polymer" (1982),
    Phys. Rev. Lett. 49, 1455.
    """
    raising = np.array([[0, 1], [0, 0]])
    return LatticeHamiltonian.from_hoppings(
        [[lattice_constant]],
        {
            (0,): (hopping + dimerization) * SIGMA_X + staggered * SIGMA_Z,
            (-1,): (hopping - dimerization) * raising,
        },
        positions=[[0.0], [0.5]],
        special_points={"G": (0,), "X": (0.5,)},
        path="G X",
        name="rice_mele",
        parameters={
            "hopping": hopping,
            "dimerization": dimerization,
            "staggered": staggered,
            "lattice_constant": lattice_constant,
        },
        reference="Rice, Mele, Phys. Rev. Lett. 49, 1455 (1982)",
    )
