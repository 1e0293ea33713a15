"""Graphene with a staggered sublattice potential: the smallest model of two opposite valleys."""

from wavepacket.hamiltonians.catalogue import model
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.library import honeycomb
from wavepacket.units import Energy, Length


@model
def gapped_graphene(
    hopping: Energy = 2.82, gap: Energy = 0.28, lattice_constant: Length = 2.46
) -> LatticeHamiltonian:
    """H_AB = t Σ e^{ik·δ} over the three bonds, H_AA = −H_BB = gap/2.

    Parameters
    ----------
    hopping : t, eV
    gap : full gap at K, eV; negative turns the staggered potential, and with it Ω and m, around
    lattice_constant : a = √3 × bond length, Å

    Notes
    -----
    Symmetry: time reversal, C₃; inversion is broken by the gap, so Ω(−k) = −Ω(k) and m(−k) = −m(k).
    Exact: with ħv = √3 a t/2 and δ = gap/2, |Ω(K)| = (ħv)²/2δ² and |m(K)| = (e/ħ) δ |Ω(K)|, the same in both
    bands; with the defaults 920.75 Å² and 33.83 μ_B. Conduction band at K: Ω_z < 0 and m_z < 0 for gap > 0.

    References
    ----------
    D. Xiao, W. Yao, Q. Niu, "Valley-contrasting physics in graphene: magnetic moment and topological
    transport" (2007), Phys. Rev. Lett. 99, 236809.
    """
    return LatticeHamiltonian.from_hoppings(
        honeycomb.lattice_vectors(lattice_constant),
        honeycomb.neighbour_hoppings(hopping, gap / 2),
        positions=honeycomb.POSITIONS,
        valleys=honeycomb.VALLEYS,
        special_points=honeycomb.SPECIAL_POINTS,
        path=honeycomb.PATH,
        name="gapped_graphene",
        parameters={"hopping": hopping, "gap": gap, "lattice_constant": lattice_constant},
        reference="Xiao, Yao, Niu, Phys. Rev. Lett. 99, 236809 (2007)",
    )
