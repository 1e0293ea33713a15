"""The band contract for every model of the library, every source, and crystals with numbers at random."""

import numpy as np

from tests.contracts.band import BandContract
from tests.reference.random_crystal import random_crystal
from wavepacket.hamiltonians import (
    KPHamiltonian,
    LatticeHamiltonian,
    bernevig_hughes_zhang,
    bilayer_graphene,
    cosine_band,
    dirac_semimetal,
    gapped_graphene,
    haldane,
    hopf_insulator,
    kagome,
    kane_mele,
    lieb,
    massive_dirac,
    parabolic_band,
    qi_wu_zhang,
    rashba_ferromagnet,
    rice_mele,
    ssh,
    tmd,
    weyl_lattice,
    weyl_node,
    zincblende,
)

CLOSED = (("two_band", 0), ("two_band", 1), ("direct", 0), ("direct", 1))
SINGLE = (("two_band", 0), ("direct", 0))
TABLE = (("table", 0), ("table", 1))
FROZEN = (("frozen", 0), ("frozen", 1))


def table_of(*grid):
    return {"table": {"grid": grid}}


def random_matrices(seed, count, size):
    rng = np.random.default_rng(seed)
    matrices = rng.normal(size=(count, size, size)) + 1j * rng.normal(size=(count, size, size))
    return (matrices + matrices.conj().swapaxes(1, 2)) / 2


def random_kp(seed, size, dimension):
    """A k·p model of all monomials up to third order, each with a random matrix."""
    powers = [p for p in np.ndindex(4, 4, 4) if sum(p) <= 3 and not any(p[dimension:])]
    matrices = random_matrices(seed, len(powers), size)
    return KPHamiltonian.from_terms(
        list(zip(powers, matrices, strict=True)), dimension=dimension, length_scale=2.0
    )


def layered_insulator():
    """Two bands in three dimensions with a gap everywhere and all components of Ω, on an oblique lattice."""
    sx, sy, sz = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
    return LatticeHamiltonian.from_hoppings(
        [[3.0, 0, 0], [0.7, 2.6, 0], [0.3, -0.4, 3.4]],
        {
            (0, 0, 0): 1.7 * sz,
            (1, 0, 0): (sz - 1j * sx) / 2,
            (0, 1, 0): (sz - 1j * sy) / 2 + 0.1 * np.eye(2),
            (0, 0, 1): 0.1 * sz + 0.15 * sx,
        },
        positions=[[0.1, 0.0, 0.2], [0.4, 0.3, -0.1]],
        name="layered",
    )


def buckled_plane():
    """Haldane's crystal with B half an ångström above A, as in silicene: Ω and m have components in the plane."""
    flat = haldane(t2=0.2, phi=0.7, staggered=0.3)
    return LatticeHamiltonian.from_hoppings(
        flat.lattice[:2],
        list(zip(flat.cells.tolist(), flat.hoppings, strict=True)),
        positions=np.add(flat.positions, [[0, 0, 0], [0, 0, 0.5]]),
        name="buckled",
    )


class TestParabolicBand(BandContract):
    hamiltonian = parabolic_band(mass_x=0.3, mass_y=-0.7, mass_z=1.2, dimension=3)
    sources = SINGLE


class TestParabolicBandOneDimension(BandContract):
    hamiltonian = parabolic_band(dimension=1)
    sources = SINGLE


class TestCosineBand(BandContract):
    hamiltonian = cosine_band(dimension=1)
    sources = (*SINGLE, ("table", 0), ("frozen", 0))


class TestCosineBandTwoDimensions(BandContract):
    hamiltonian = cosine_band(dimension=2, hopping=-0.4)
    sources = (*SINGLE, ("table", 0))


class TestCosineBandThreeDimensions(BandContract):
    hamiltonian = cosine_band(dimension=3)
    sources = (*SINGLE, ("table", 0), ("frozen", 0))
    full = (("frozen", 0),)  # its kernel compiles for ten seconds, as that of the layered insulator
    options = table_of(16, 16, 16)


class TestMassiveDirac(BandContract):
    hamiltonian = massive_dirac(mass=0.2)
    sources = CLOSED
    extent = 0.3


class TestMassiveDiracOppositeValleyAndMass(BandContract):
    hamiltonian = massive_dirac(mass=-0.1, valley=-1)
    sources = CLOSED
    extent = 0.2


class TestGappedGraphene(BandContract):
    hamiltonian = gapped_graphene(gap=1.5)
    sources = (*CLOSED, *TABLE, *FROZEN)
    options = table_of(128, 128)


class TestGrapheneNearItsSmallGap(BandContract):
    """Half of the error bounds come from the gap here: 0.05 eV in a band of 8 eV."""

    hamiltonian = gapped_graphene(gap=0.05)
    sources = CLOSED
    least_gap = 0.0

    @classmethod
    def wavevectors(cls, index):
        centre = np.array(cls.hamiltonian.valleys["K"]) @ cls.hamiltonian.reciprocal
        return centre + np.random.default_rng(4).uniform(-0.01, 0.01, (cls.points, 3)) * [1, 1, 0]


class TestHaldane(BandContract):
    hamiltonian = haldane(t2=0.15, phi=1.1, staggered=0.3)
    sources = (*CLOSED, *TABLE, *FROZEN)


class TestBuckledPlane(BandContract):
    hamiltonian = buckled_plane()
    sources = (*CLOSED, ("table", 1), ("frozen", 0))
    full = (("frozen", 0),)
    options = table_of(96, 96)


class TestQiWuZhang(BandContract):
    hamiltonian = qi_wu_zhang(m=1.2)
    sources = (*CLOSED, *TABLE, *FROZEN)
    options = table_of(64, 48)


class TestWeylLattice(BandContract):
    hamiltonian = weyl_lattice(node=1.2)
    sources = CLOSED


class TestWeylNode(BandContract):
    hamiltonian = weyl_node(chirality=-1)
    sources = CLOSED
    extent = 0.3


class TestTiltedWeylLattice(BandContract):
    hamiltonian = weyl_lattice(node=1.0, tilt=1.4)
    sources = (*CLOSED, *FROZEN)


class TestSSH(BandContract):
    hamiltonian = ssh()
    sources = (*CLOSED, *TABLE)


class TestRiceMele(BandContract):
    hamiltonian = rice_mele()
    sources = (*CLOSED, *TABLE, *FROZEN)


class TestKaneMele(BandContract):
    """Inversion broken twice, so that bands meet at Γ and M alone."""

    hamiltonian = kane_mele(spin_orbit=0.1, rashba=0.15, staggered=0.4)
    sources = (("direct", 0), ("direct", 1), ("direct", 2), ("direct", 3))


class TestKaneMeleOneSpin(BandContract):
    hamiltonian = kane_mele(spin=-1, rashba=0.0)
    sources = (*CLOSED, *TABLE, *FROZEN)


class TestBernevigHughesZhang(BandContract):
    hamiltonian = bernevig_hughes_zhang(mass=-0.15, spin=-1)
    sources = (*CLOSED, *FROZEN)
    extent = 0.15


class TestRashbaFerromagnet(BandContract):
    hamiltonian = rashba_ferromagnet()
    sources = (*CLOSED, *TABLE, *FROZEN)


class TestBilayerGraphene(BandContract):
    """Layers at different heights: all components of Ω and m."""

    hamiltonian = bilayer_graphene(bias=0.6)
    sources = (("direct", 0), ("direct", 1), ("direct", 2), ("direct", 3))


class TestDichalcogenide(BandContract):
    hamiltonian = tmd()
    sources = (("direct", 0), ("direct", 1), ("direct", 2), ("table", 0))
    options = table_of(48, 48)


class TestDichalcogenideBothSpins(BandContract):
    hamiltonian = tmd("WSe2", "LDA", spin=0)
    sources = (("direct", 1),)


class TestKagome(BandContract):
    hamiltonian = kagome()
    sources = (("direct", 0), ("direct", 1), ("direct", 2), ("table", 0))
    options = table_of(48, 48)


class TestLieb(BandContract):
    hamiltonian = lieb(chiral=0.4)
    sources = (("direct", 0), ("direct", 1), ("direct", 2))


class TestDiracSemimetal(BandContract):
    hamiltonian = dirac_semimetal(exchange=0.3)
    sources = (("direct", 0), ("direct", 3))


class TestHopfInsulator(BandContract):
    hamiltonian = hopf_insulator()
    sources = CLOSED


class TestZincblende(BandContract):
    hamiltonian = zincblende("GaAs")
    sources = (("direct", 0), ("direct", 4))


class TestLayeredInsulator(BandContract):
    hamiltonian = layered_insulator()
    sources = (*CLOSED, *TABLE, *FROZEN)
    full = FROZEN
    options = table_of(24, 24, 16)


class TestRandomTwoBandLattice(BandContract):
    hamiltonian = random_crystal(8, size=2, dimension=3, with_positions=False)
    sources = CLOSED


class TestRandomTwoBandPlane(BandContract):
    """Positions at random, hoppings as far as two cells."""

    hamiltonian = random_crystal(14, size=2, dimension=2, with_positions=False)
    sources = (*CLOSED, *FROZEN)


class TestRandomTwoBandPolynomial(BandContract):
    hamiltonian = random_kp(3, 2, 3)
    sources = CLOSED
    extent = 1.0


class TestRandomThreeBandPolynomial(BandContract):
    hamiltonian = random_kp(5, 3, 2)
    sources = (("direct", 0), ("direct", 1), ("direct", 2))
    extent = 1.0


class TestRandomFourBandLattice(BandContract):
    hamiltonian = random_crystal(21, size=4, dimension=2, with_positions=False)
    sources = (("direct", 0), ("direct", 2))


class TestRandomLatticeWithPositionElements(BandContract):
    hamiltonian = random_crystal(22, size=3, dimension=3)
    sources = (("direct", 0), ("direct", 1), ("direct", 2))


class TestRandomPlaneWithPositionElements(BandContract):
    """In a plane r has a third component too, and with it Ω and m."""

    hamiltonian = random_crystal(23, size=3, dimension=2)
    sources = (("direct", 0), ("direct", 1))


class TestTwoBandsWithPositionElements(BandContract):
    hamiltonian = random_crystal(25, size=2, dimension=3)
    sources = (("direct", 0), ("direct", 1))
