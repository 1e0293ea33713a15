"""Bernal-stacked bilayer graphene with a bias between the layers: a gap and two valleys that a gate tunes."""

import numpy as np

from wavepacket.hamiltonians.catalogue import model
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.library import honeycomb
from wavepacket.units import Energy, Length


@model
def bilayer_graphene(
    hopping: Energy = 3.16,
    dimer: Energy = 0.381,
    skew: Energy = 0.38,
    cross: Energy = 0.14,
    bias: Energy = 0.1,
    lattice_constant: Length = 2.46,
    layer_distance: Length = 3.35,
) -> LatticeHamiltonian:
    """Four p_z orbitals A1, B1, A2, B2 with γ₀ in the layers and γ₁ (B1–A2), γ₃ (A1–B2), γ₄ (A1–A2, B1–B2) between.

    Parameters
    ----------
    hopping : γ₀, eV; in the matrix −γ₀
    dimer : γ₁, eV, between the atoms on top of each other
    skew, cross : γ₃ and γ₄, eV; in the matrix −γ₃ (trigonal warping) and +γ₄ (electron–hole asymmetry)
    bias : U, energy of layer 1 less that of layer 2, eV
    lattice_constant, layer_distance : Å; layer 2 lies above layer 1

    Notes
    -----
    Symmetry: time reversal, C₃; inversion (which exchanges the layers) only for U = 0. Isolated bands: all four for
    U ≠ 0; for U = 0 the middle ones touch at K and K'. The layers differ in height, so the vectors Ω and m also have
    components in the plane: they follow from ⟨z⟩, and a magnetic field or a force in the plane feels them.
    Exact: energies ±U/2 and ±√(γ₁² + U²/4) at K and K'. For small U, γ₃ = γ₄ = 0, the lower two bands together carry a
    Berry flux ∮Ω d²k/2π → ±1 about K, twice that of one layer, and the opposite about K'.

    References
    ----------
    E. McCann, M. Koshino, "The electronic properties of bilayer graphene" (2013), Rep. Prog. Phys. 76, 056503.
    """
    a1, b1, a2, b2 = 0, 1, 2, 3
    table = {cell: np.zeros((4, 4), dtype=np.complex128) for cell in _CELLS}
    for cell in honeycomb.BOND_CELLS:
        for lower, upper in ((a1, b1), (a2, b2)):
            # B1 and A2 coincide in the plane, so that the bonds of layer 2 are those of layer 1.
            table[cell][lower, upper] -= hopping
        table[cell][a1, a2] += cross
        table[cell][b1, b2] += cross
    for cell in _SKEW_CELLS:
        table[cell][a1, b2] -= skew
    table[0, 0, 0][b1, a2] += dimer
    home = table[0, 0, 0]
    table[0, 0, 0] = home + home.conj().T + np.diag([bias, bias, -bias, -bias]) / 2
    flat = np.array(honeycomb.POSITIONS[1])
    positions = np.zeros((4, 3))
    positions[[b1, a2], :2], positions[b2, :2] = flat, 2 * flat
    positions[[a2, b2], 2] = layer_distance
    return LatticeHamiltonian.from_hoppings(
        honeycomb.lattice_vectors(lattice_constant),
        table,
        positions=positions,
        valleys=honeycomb.VALLEYS,
        special_points=honeycomb.SPECIAL_POINTS,
        path=honeycomb.PATH,
        name="bilayer_graphene",
        parameters={
            "hopping": hopping,
            "dimer": dimer,
            "skew": skew,
            "cross": cross,
            "bias": bias,
            "lattice_constant": lattice_constant,
            "layer_distance": layer_distance,
        },
        reference="McCann, Koshino, Rep. Prog. Phys. 76, 056503 (2013)",
    )


_SKEW_CELLS = ((1, -1, 0), (0, -1, 0), (1, -2, 0))
"""B2 sites nearest to A1 in the plane: at 2τ + R, one bond length away."""
_CELLS = {*honeycomb.BOND_CELLS, *_SKEW_CELLS}
