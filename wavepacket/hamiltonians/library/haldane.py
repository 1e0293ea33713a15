"""Haldane's model: a quantised Hall conductivity without a magnetic field."""

import cmath
import math

import numpy as np

from wavepacket.hamiltonians.catalogue import model
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.library import honeycomb
from wavepacket.units import Angle, Energy, Length


@model
def haldane(
    t1: Energy = 1.0,
    t2: Energy = 0.1,
    phi: Angle = math.pi / 2,
    staggered: Energy = 0.0,
    lattice_constant: Length = 2.46,
) -> LatticeHamiltonian:
    """H_AA = Δ + 2t₂Σcos(k·b_i+φ), H_BB = −Δ + 2t₂Σcos(k·b_i−φ), H_AB = t₁Σe^{ik·δ_i}.

    Parameters
    ----------
    t1, t2 : hopping to first and second neighbours, eV
    phi : phase φ of the second-neighbour hopping, rad
    staggered : Δ, eV
    lattice_constant : a = √3 × bond length, Å

    Notes
    -----
    Symmetry: C₃; inversion only for Δ = 0; time reversal only for t₂ sin φ = 0.
    Exact: gaps 2|Δ + 3√3 t₂ sin φ| at K and 2|Δ − 3√3 t₂ sin φ| at K'; the lower band has
    C = (1/2π)∫Ω d²k = sign(t₂ sin φ) where |Δ| < 3√3 |t₂ sin φ|, else 0.

    References
    ----------
    F. D. M. Haldane, "Model for a Quantum Hall Effect without Landau Levels: Condensed-Matter Realization of
    the 'Parity Anomaly'" (1988), Phys. Rev. Lett. 61, 2015.
    """
    table = honeycomb.neighbour_hoppings(t1, staggered)
    for cell, sense in honeycomb.SECOND_NEIGHBOURS.items():
        loop = t2 * cmath.exp(1j * sense * phi)
        table[cell] = table.get(cell, np.zeros((2, 2), dtype=np.complex128)) + np.diag(
            [loop, loop.conjugate()]
        )
    return LatticeHamiltonian.from_hoppings(
        honeycomb.lattice_vectors(lattice_constant),
        table,
        positions=honeycomb.POSITIONS,
        valleys=honeycomb.VALLEYS,
        special_points=honeycomb.SPECIAL_POINTS,
        path=honeycomb.PATH,
        name="haldane",
        parameters={
            "t1": t1,
            "t2": t2,
            "phi": phi,
            "staggered": staggered,
            "lattice_constant": lattice_constant,
        },
        reference="Haldane, Phys. Rev. Lett. 61, 2015 (1988)",
    )
