"""Su–Schrieffer–Heeger chain: alternating bonds, the simplest polarisation that is quantised by symmetry."""

from wavepacket.hamiltonians.catalogue import model
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.library.rice_mele import rice_mele
from wavepacket.units import Energy, Length


@model
def ssh(inside: Energy = 0.8, between: Energy = 1.2, lattice_constant: Length = 4.0) -> LatticeHamiltonian:
    """H_AB = v e^{ika/2} + w e^{−ika/2}: bonds v within a cell and w between cells, equally long.

    Parameters
    ----------
    inside, between : v and w, eV
    lattice_constant : a, Å

    Notes
    -----
    Symmetry: time reversal, inversion about bond centres, chiral σ_z.
    Exact: ε = ±√(v² + w² + 2vw cos ka), gap 2|v−w| at X; the Zak phase of either band, with the sites at the origin of
    the cell, is π for |w| > |v| and 0 for |w| < |v|. The bands touch for |v| = |w|.

    References
    ----------
    W. P. Su, J. R. Schrieffer, A. J. Heeger, "Solitons in Polyacetylene" (1979), Phys. Rev. Lett. 42, 1698.
    """
    chain = rice_mele((inside + between) / 2, (inside - between) / 2, 0.0, lattice_constant)
    return LatticeHamiltonian(
        lattice=chain.lattice,
        periodic=chain.periodic,
        cells=chain.cells,
        hoppings=chain.hoppings,
        positions=chain.positions,
        special_points=chain.special_points,
        path=chain.path,
        name="ssh",
        parameters={"inside": inside, "between": between, "lattice_constant": lattice_constant},
        reference="Su, Schrieffer, Heeger, Phys. Rev. Lett. 42, 1698 (1979)",
    )
