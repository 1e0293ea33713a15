"""Qi–Wu–Zhang model: the square-lattice Chern insulator."""

import numpy as np

from wavepacket.hamiltonians.catalogue import model
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.library.pauli import SIGMA_X, SIGMA_Y, SIGMA_Z
from wavepacket.units import Energy, Length, Number


@model
def qi_wu_zhang(t: Energy = 1.0, m: Number = 1.5, lattice_constant: Length = 4.0) -> LatticeHamiltonian:
    """H = t [sin(k_x a) σ_x + sin(k_y a) σ_y + (m + cos(k_x a) + cos(k_y a)) σ_z].

    Parameters
    ----------
    t : energy scale, eV
    m : mass in units of t
    lattice_constant : a, Å

    Notes
    -----
    Symmetry: C₄ with σ_z, particle–hole; no time reversal. Both orbitals sit at the origin of the cell.
    Exact: gaps 2|t||m+2|, 2|t||m|, 2|t||m−2| at Γ, X, M; lower band C = (1/2π)∫Ω d²k = −sign(t³m) for
    0 < |m| < 2, else 0.

    References
    ----------
    X.-L. Qi, Y.-S. Wu, S.-C. Zhang, "Topological quantization of the spin Hall effect in two-dimensional
    paramagnetic semiconductors" (2006), Phys. Rev. B 74, 085308.
    """
    return LatticeHamiltonian.from_hoppings(
        lattice_constant * np.eye(2),
        {
            (0, 0): t * m * SIGMA_Z,
            (1, 0): t * (SIGMA_Z - 1j * SIGMA_X) / 2,
            (0, 1): t * (SIGMA_Z - 1j * SIGMA_Y) / 2,
        },
        positions=np.zeros((2, 2)),
        special_points={"G": (0, 0), "X": (0.5, 0), "M": (0.5, 0.5)},
        path="G X M G",
        name="qi_wu_zhang",
        parameters={"t": t, "m": m, "lattice_constant": lattice_constant},
        reference="Qi, Wu, Zhang, Phys. Rev. B 74, 085308 (2006)",
    )
