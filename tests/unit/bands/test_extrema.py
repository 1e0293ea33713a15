"""Extrema, gaps, masses, valleys and Weyl points: found where exact facts say that they are."""

from pathlib import Path

import numpy as np
import pytest

from tests.reference.random_crystal import random_crystal
from wavepacket.bands import effective_mass, find_extrema, find_gap_minima, find_valleys, find_weyl_points
from wavepacket.bands.levels import energy_level, squared_gap
from wavepacket.errors import InputError
from wavepacket.hamiltonians import (
    KPHamiltonian,
    LatticeHamiltonian,
    cosine_band,
    gapped_graphene,
    haldane,
    massive_dirac,
    parabolic_band,
    qi_wu_zhang,
    read_tb,
    weyl_lattice,
    weyl_node,
)
from wavepacket.hamiltonians.zone import lattice_point_group
from wavepacket.units import ELECTRON_MASS, HBAR

GAAS = Path(__file__).resolve().parents[3] / ".." / "shared" / "data" / "gaas" / "GaAs_tb.dat"
FCC = [[0, 2, 2], [2, 0, 2], [2, 2, 0]]


def found(extrema):
    return [(one.kind, tuple(np.round(one.reduced, 9).tolist())) for one in extrema]


class TestDerivatives:
    @pytest.mark.parametrize("band", [0, 2])
    def test_gradient_and_hessian_are_differences_of_the_value(self, band):
        """Central differences of second order: h = 1e-4 of a length of some Å leaves 1e-8 of the third derivative."""
        crystal = random_crystal(21, size=4, dimension=3, with_positions=False)
        k, h = np.random.default_rng(1).uniform(-1, 1, (5, 3)), 1e-4

        def shifted(function, axis):
            return function(k + h * np.eye(3)[axis]), function(k - h * np.eye(3)[axis])

        for function in (lambda p: energy_level(crystal, p, band), lambda p: squared_gap(crystal, p, band)):
            here = function(k)
            for axis in range(3):
                up, down = shifted(function, axis)
                scale = np.abs(here.hessian).max() * 100
                np.testing.assert_allclose(
                    (up.value - down.value) / (2 * h), here.gradient[:, axis], atol=scale * h**2 * 100
                )
                np.testing.assert_allclose(
                    (up.gradient - down.gradient) / (2 * h), here.hessian[:, axis], atol=scale * h**2 * 1e4
                )


class TestExtrema:
    def test_cosine_band_has_its_bottom_at_gamma_and_its_top_at_the_corner(self):
        extrema = find_extrema(cosine_band(dimension=3, hopping=0.25), 0)
        assert found(extrema) == [("minimum", (0.0, 0.0, 0.0)), ("maximum", (0.5, 0.5, 0.5))]
        assert [one.energy for one in extrema] == pytest.approx([-1.5, 1.5], rel=1e-14)
        assert all(np.isinf(one.gap) for one in extrema)

    @pytest.mark.parametrize("gap", [0.28, 0.0])
    def test_graphene_has_both_valleys_gapped_or_not(self, gap):
        extrema = find_extrema(gapped_graphene(gap=gap), 1, "minimum")
        places = {tuple(np.round(one.reduced, 9).tolist()) for one in extrema}
        assert places == {(0.666666667, 0.333333333, 0.0), (0.333333333, 0.666666667, 0.0)}
        assert [one.energy for one in extrema] == pytest.approx([gap / 2] * 2, abs=1e-13)

    def test_extrema_off_every_symmetric_point(self):
        """ε = −2t cos ka + 2t' cos 2ka has minima at cos ka = t/4t'."""
        chain = LatticeHamiltonian.from_hoppings([[3.0]], {(1,): [[-1.0]], (2,): [[0.7]]})
        minima = find_extrema(chain, 0, "minimum")
        angles = sorted(float(one.wavevector[0]) * 3.0 for one in minima)
        assert angles == pytest.approx([-np.arccos(1 / 2.8), np.arccos(1 / 2.8)], abs=1e-9)

    def test_partners_of_a_minimum_narrower_than_the_grid(self):
        """One of six equal minima is named and found; the others follow by the symmetries of the lattice."""
        crystal = gapped_graphene(gap=1e-3)
        assert len(find_extrema(crystal, 1, "minimum", grid=7)) == 2

    def test_a_saddle_is_no_extremum(self):
        extrema = find_extrema(qi_wu_zhang(m=1.5), 0)
        assert found(extrema) == [("minimum", (0.0, 0.0, 0.0)), ("maximum", (0.5, 0.5, 0.0))]

    def test_a_flat_band_has_none(self):
        assert find_extrema(LatticeHamiltonian.from_hoppings([[1.0]], {(0,): [[2.0]]}), 0) == ()

    def test_only_inside_the_domain_of_a_kp_model(self):
        (minimum,) = find_extrema(massive_dirac(mass=0.1), 1)
        assert minimum.kind == "minimum"
        assert minimum.reduced is None
        np.testing.assert_allclose(minimum.wavevector, 0, atol=1e-12)

    def test_random_crystals_against_a_dense_grid(self):
        """No grid point may lie beyond the deepest extremum, which is within the grid's own bound |Hessian| h²/2 of it."""
        for seed in range(2):
            crystal = random_crystal(seed, size=3, dimension=2, with_positions=False)
            x = (np.stack(np.meshgrid(*[np.arange(90) / 90] * 2, indexing="ij"), axis=-1)).reshape(-1, 2)
            k = np.pad(x, ((0, 0), (0, 1))) @ crystal.reciprocal
            energy = np.linalg.eigvalsh(crystal.hamiltonian(k))
            for band in range(3):
                lowest = find_extrema(crystal, band, "minimum")[0].energy
                highest = find_extrema(crystal, band, "maximum")[0].energy
                assert lowest <= energy[:, band].min() + 1e-12
                assert highest >= energy[:, band].max() - 1e-12

    def test_a_band_that_is_not_there(self):
        with pytest.raises(InputError, match="band 2 does not exist"):
            find_extrema(haldane(), 2)


class TestGaps:
    def test_gaps_of_haldane(self):
        crystal = haldane(t2=0.1, phi=np.pi / 2, staggered=0.2)
        mass = 3 * np.sqrt(3) * 0.1
        gaps = [one.gap for one in find_gap_minima(crystal, 0)][:2]
        assert gaps == pytest.approx([2 * (mass - 0.2), 2 * (mass + 0.2)], rel=1e-12)

    def test_touching_points_are_found_to_rounding(self):
        """Off every grid point: |q|·ħv is below 1e-12 eV."""
        nodes = find_gap_minima(weyl_lattice(node=1.0), 0)
        assert [round(float(one.wavevector[2]) * 4.0, 12) for one in nodes] == [1.0, -1.0]
        assert max(one.gap for one in nodes) < 1e-12

    def test_one_band_has_no_gap(self):
        with pytest.raises(InputError, match="gap above band 0 does not exist"):
            find_gap_minima(cosine_band(), 0)


class TestMasses:
    def test_cosine_band(self):
        mass = effective_mass(cosine_band(hopping=0.25, lattice_constant=4.0, dimension=2), 0, [0, 0, 0])
        expected = HBAR**2 / (2 * 0.25 * 16.0) / ELECTRON_MASS
        np.testing.assert_allclose(mass.principal, expected, rtol=1e-13)
        assert mass.density_of_states == pytest.approx(expected, rel=1e-13)

    def test_parabolic_band_has_the_masses_it_was_given(self):
        mass = effective_mass(parabolic_band(0.3, -0.7, 1.2, dimension=3), 0, [0.1, 0.2, -0.3])
        np.testing.assert_allclose(np.sort(mass.principal), [-0.7, 0.3, 1.2], rtol=1e-12)
        np.testing.assert_allclose(
            mass.inverse, np.diag([1 / 0.3, -1 / 0.7, 1 / 1.2]), rtol=1e-12, atol=1e-12
        )

    def test_massive_dirac(self):
        """m = Δ/v²: ε = √(Δ² + (ħvk)²)."""
        mass = effective_mass(massive_dirac(velocity=6.0, mass=0.1), 1, [0, 0, 0])
        np.testing.assert_allclose(mass.principal, 0.1 * HBAR**2 / 36.0 / ELECTRON_MASS, rtol=1e-12)

    def test_a_spin_pair_has_one_mass_and_touching_bands_have_none(self):
        pair = KPHamiltonian.from_terms({(2, 0): 3.0 * np.eye(2), (0, 2): 5.0 * np.eye(2)})
        mass = effective_mass(pair, 0, [0, 0, 0])
        assert mass.degeneracy == 2
        np.testing.assert_allclose(
            mass.principal, HBAR**2 / (2 * ELECTRON_MASS) / np.array([3.0, 5.0]), rtol=1e-12
        )
        warped = KPHamiltonian.from_terms({(2, 0): np.diag([1.0, 2.0]), (0, 2): np.diag([2.0, 1.0])})
        assert np.isnan(effective_mass(warped, 0, [0, 0, 0]).inverse).all()
        assert np.isnan(effective_mass(weyl_node(), 0, [0, 0, 0]).principal).all()


class TestValleys:
    @pytest.mark.parametrize("band", [0, 1])
    def test_models_that_name_valleys_keep_their_names(self, band):
        for crystal in (gapped_graphene(), haldane()):
            assert [valley.name for valley in find_valleys(crystal, band)] == ["K", "K'"]

    def test_the_edge_that_faces_the_gap(self):
        kinds = [find_valleys(gapped_graphene(), band)[0].extremum.kind for band in (0, 1)]
        assert kinds == ["maximum", "minimum"]
        assert find_valleys(cosine_band(), 0)[0].extremum.kind == "minimum"

    def test_partners_of_a_special_point_are_numbered(self):
        """ε = 2t Σ cos k_a a on an fcc lattice of cube edge a has its bottom at the four L points."""
        steps = {cell: [[0.5]] for cell in ((1, 1, -1), (1, -1, 1), (-1, 1, 1))}
        crystal = LatticeHamiltonian.from_hoppings(FCC, steps, special_points={"L": (0.5, 0.5, 0.5)})
        valleys = find_valleys(crystal, 0)
        assert sorted(valley.name for valley in valleys) == ["L", "L_2", "L_3", "L_4"]
        assert [valley.extremum.energy for valley in valleys] == pytest.approx([-3.0] * 4, abs=1e-12)

    def test_unnamed_ones_are_numbered_by_depth(self):
        chain = LatticeHamiltonian.from_hoppings([[3.0]], {(1,): [[-1.0]], (2,): [[0.7]]})
        assert [valley.name for valley in find_valleys(chain, 0)] == ["V1", "V2"]


class TestWeylPoints:
    @pytest.mark.parametrize("node", [0.3, 1.0, 2.2])
    def test_weyl_lattice(self, node):
        """H ≈ χ ħv k·σ with ħv = ta, ta, ta sin θ, upright."""
        result = find_weyl_points(weyl_lattice(node=node), 0)
        assert result.complete
        assert [(one.chirality, round(float(one.wavevector[2]) * 4, 9)) for one in result.points] == [
            (1, round(node, 9)),
            (-1, round(-node, 9)),
        ]
        for one in result.points:
            np.testing.assert_allclose(
                np.sort(one.velocities), np.sort([4.0, 4.0, 4.0 * np.sin(node)]), rtol=1e-9
            )
            assert one.tilt == pytest.approx(0.0, abs=1e-12)
            assert one.type == "I"

    @pytest.mark.parametrize("chirality", [1, -1])
    def test_weyl_node(self, chirality):
        result = find_weyl_points(weyl_node(chirality=chirality), 0)
        assert [one.chirality for one in result.points] == [chirality]
        assert result.complete

    def test_a_double_weyl_point_counts_twice(self):
        """H = (k_x² − k_y²)σ_x + 2k_xk_yσ_y + k_zσ_z."""
        x, y, z = np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]]), np.diag([1, -1])
        double = KPHamiltonian.from_terms(
            {(2, 0, 0): x, (0, 2, 0): -x, (1, 1, 0): 2 * y, (0, 0, 1): z}, length_scale=2.0, cutoff=1.0
        )
        (point,) = find_weyl_points(double, 0).points
        assert point.chirality == 2
        assert point.type == "multi"

    def test_two_dimensions_are_refused(self):
        with pytest.raises(InputError, match="three dimensions"):
            find_weyl_points(haldane(), 0)


@pytest.mark.parametrize(
    ("lattice", "order"),
    [([[2.0]], 2), ([[2.0, 0], [0, 2.0]], 8), ([[2.0, 0], [0, 3.0]], 4), ([[2.0, 0], [1.0, 3**0.5]], 12),
     ([[2.0, 0], [9.0, 3**0.5]], 12), ([[2.0, 0], [0.3, 1.7]], 2), (FCC, 48), (2 * np.eye(3), 48)],
)  # fmt: skip
def test_order_of_the_point_group_of_a_lattice(lattice, order):
    """Whatever basis it is given in; every operation maps the reciprocal lattice onto itself."""
    crystal = LatticeHamiltonian.from_hoppings(lattice, {(0,): [[1.0]]})
    operations = lattice_point_group(crystal)
    assert len(operations) == order
    images = operations @ crystal.reciprocal[: crystal.dimension].T
    coordinates = np.linalg.solve(crystal.reciprocal.T, images)
    np.testing.assert_allclose(coordinates, np.rint(coordinates), atol=1e-9)


@pytest.mark.skipif(not GAAS.exists(), reason="needs ../shared/data/gaas/GaAs_tb.dat beside the repository")
def test_valleys_of_a_wannier_file_come_in_pairs():
    """Time reversal takes each minimum of a GaAs band with spin to its opposite; none of a grid's energies lies below."""
    crystal = read_tb(GAAS)
    valleys = find_valleys(crystal, 8, "minimum", grid=12)
    places = np.array([valley.extremum.reduced for valley in valleys])
    energy = np.array([valley.extremum.energy for valley in valleys])
    for place, own in zip(places, energy, strict=True):
        offset = places + place
        opposite = np.abs(offset - np.rint(offset)).max(axis=1) < 1e-4
        assert np.any(opposite & (np.abs(energy - own) < 1e-6))
    x = np.random.default_rng(8).uniform(0, 1, (2000, 3))
    assert energy[0] <= np.linalg.eigvalsh(crystal.hamiltonian(x @ crystal.reciprocal))[:, 8].min()
    assert [valley.name for valley in valleys][:2] == ["V1", "V2"]
