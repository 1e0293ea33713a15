"""Known exact facts of the model library."""

import inspect
import subprocess
import sys

import numpy as np
import pytest

from tests.reference.kubo import band_quantities
from wavepacket.errors import InputError
from wavepacket.hamiltonians import (
    CATALOGUE,
    KPHamiltonian,
    LatticeHamiltonian,
    cosine_band,
    gapped_graphene,
    haldane,
    massive_dirac,
    parabolic_band,
    parameter_dimensions,
    qi_wu_zhang,
    weyl_lattice,
    weyl_node,
)
from wavepacket.hamiltonians.catalogue import is_shipped
from wavepacket.units import BOHR_MAGNETON, DIMENSIONS, E_OVER_HBAR, ELECTRON_MASS, HBAR

SOME_K = np.random.default_rng(5).uniform(-1, 1, (20, 3))
SIGMA = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])


def cartesian(crystal, point):
    return np.array(crystal.special_points[point]) @ crystal.reciprocal


def gap_at(model, k):
    energy = np.linalg.eigvalsh(model.hamiltonian(k))
    return energy[0, 1] - energy[0, 0]


class TestCatalogue:
    def test_names_are_those_of_the_builders(self):
        # A model is one file that names itself: the order is that of the files.
        assert [name for name in CATALOGUE if is_shipped(name)] == sorted([
            "parabolic_band", "cosine_band", "ssh", "rice_mele", "massive_dirac", "gapped_graphene",
            "bilayer_graphene", "tmd", "haldane", "kane_mele", "luttinger", "qi_wu_zhang", "bernevig_hughes_zhang",
            "rashba_ferromagnet", "kagome", "lieb", "weyl_node", "weyl_lattice", "dirac_semimetal", "hopf_insulator",
            "fu_kane_mele", "zincblende", "altermagnet",
        ])  # fmt: skip
        assert all(builder().name == name for name, builder in CATALOGUE.items())

    @pytest.mark.parametrize("name", CATALOGUE)
    def test_every_parameter_has_a_dimension_and_is_recorded(self, name):
        builder = CATALOGUE[name]
        dimensions = parameter_dimensions(builder)
        assert set(dimensions) == set(inspect.signature(builder).parameters)
        assert set(dimensions.values()) <= set(DIMENSIONS) | {"integer", "text"}
        assert set(dimensions) - {"cutoff"} == set(builder().parameters)

    @pytest.mark.parametrize("name", CATALOGUE)
    def test_every_model_tells_its_path_symmetry_and_source(self, name):
        builder = CATALOGUE[name]
        model = builder()
        assert set(model.path.split()) <= set(model.special_points)
        assert model.reference
        for section in ("Symmetry:", "Exact", "References", "Parameters"):
            assert section in builder.__doc__

    def test_dimensions_of_the_shape_in_the_design(self):
        assert parameter_dimensions(haldane) == {
            "t1": "energy",
            "t2": "energy",
            "phi": "angle",
            "staggered": "energy",
            "lattice_constant": "length",
        }
        assert parameter_dimensions(massive_dirac)["velocity"] == "energy_length"
        assert parameter_dimensions(weyl_node)["cutoff"] == "wavevector"

    def test_importing_the_models_needs_nothing_heavy(self):
        code = (
            "import sys, wavepacket.hamiltonians as h; "
            "print(sorted({'numba', 'scipy', 'h5py', 'matplotlib'} & set(sys.modules)))"
        )
        result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert result.stdout.strip() == "[]"


class TestParabolicBand:
    def test_energy_is_that_of_free_masses(self):
        model = parabolic_band(mass_x=0.5, mass_y=2.0, mass_z=-1.0, dimension=3)
        energy = model.hamiltonian(SOME_K)[:, 0, 0].real
        expected = HBAR**2 / (2 * ELECTRON_MASS) * (SOME_K**2 @ [2.0, 0.5, -1.0])
        np.testing.assert_allclose(energy, expected, rtol=1e-13)

    def test_one_free_electron_at_one_inverse_angstrom(self):
        assert parabolic_band().hamiltonian([1, 0, 0])[0, 0, 0].real == pytest.approx(3.80998211, rel=1e-8)

    @pytest.mark.parametrize("keywords", [{"dimension": 0}, {"mass_x": 0.0}, {"mass_x": float("nan")}])
    def test_refusals(self, keywords):
        with pytest.raises(InputError):
            parabolic_band(**keywords)


class TestCosineBand:
    @pytest.mark.parametrize("dimension", [1, 2, 3])
    def test_energy_and_bandwidth(self, dimension):
        model = cosine_band(hopping=0.3, lattice_constant=5.0, dimension=dimension)
        energy = model.hamiltonian(SOME_K)[:, 0, 0].real
        np.testing.assert_allclose(
            energy, -0.6 * np.sum(np.cos(5 * SOME_K[:, :dimension]), axis=1), atol=1e-14
        )
        corner = np.full(3, np.pi / 5) * model.periodic
        width = model.hamiltonian(corner)[0, 0, 0] - model.hamiltonian([0, 0, 0])[0, 0, 0]
        assert width.real == pytest.approx(4 * 0.3 * dimension, rel=1e-14)

    def test_refusal(self):
        with pytest.raises(InputError, match="1, 2 or 3"):
            cosine_band(dimension=4)


class TestDirac:
    @pytest.mark.parametrize("valley", [1, -1])
    @pytest.mark.parametrize("mass", [0.1, -0.1])
    def test_curvature_and_moment_at_the_origin(self, valley, mass):
        bands = band_quantities(massive_dirac(velocity=6.0, mass=mass, valley=valley), np.zeros((1, 3)))
        omega = -valley * 36.0 / (2 * mass * abs(mass))
        np.testing.assert_allclose(bands.berry_curvature[0, :, 2], [-omega, omega], rtol=1e-13)
        np.testing.assert_allclose(bands.orbital_moment[0, :, 2], E_OVER_HBAR * abs(mass) * omega, rtol=1e-13)

    def test_graphene_at_its_valleys_is_this_model(self):
        """Same spectrum, Ω and m up to the warping of first order in ka."""
        crystal = gapped_graphene()
        q = np.array([[1e-4, 2e-4, 0], [-2e-4, 1e-4, 0]])
        for name, valley in (("K", 1), ("K'", -1)):
            dirac = massive_dirac(velocity=np.sqrt(3) / 2 * 2.46 * 2.82, mass=0.14, valley=valley)
            lattice_bands = band_quantities(crystal, cartesian(crystal, name) + q)
            dirac_bands = band_quantities(dirac, q)
            np.testing.assert_allclose(lattice_bands.energy, dirac_bands.energy, atol=1e-8)
            np.testing.assert_allclose(
                lattice_bands.berry_curvature, dirac_bands.berry_curvature, rtol=1e-5, atol=1e-8
            )
            np.testing.assert_allclose(
                lattice_bands.orbital_moment, dirac_bands.orbital_moment, rtol=1e-5, atol=1e-12
            )

    def test_valley_must_be_a_sign(self):
        with pytest.raises(InputError, match="valley must be 1 or -1"):
            massive_dirac(valley=0)


class TestGappedGraphene:
    def test_numbers_to_hit(self):
        """Lattice constant 2.46 Å, t = 2.82 eV, full gap 0.28 eV."""
        crystal = gapped_graphene(hopping=2.82, gap=0.28, lattice_constant=2.46)
        bands = band_quantities(crystal, np.array([cartesian(crystal, "K"), cartesian(crystal, "K'")]))
        np.testing.assert_allclose(np.diff(bands.energy), 0.28, rtol=1e-12)
        assert np.round(np.abs(bands.berry_curvature[..., 2]), 2).tolist() == [[920.75] * 2] * 2
        assert np.round(np.abs(bands.orbital_moment[..., 2]) / BOHR_MAGNETON, 2).tolist() == [[33.83] * 2] * 2
        assert np.sign(bands.berry_curvature[:, 1, 2]).tolist() == [-1, 1]
        assert np.sign(bands.orbital_moment[:, 1, 2]).tolist() == [-1, 1]

    def test_k_lies_where_its_name_says(self):
        crystal = gapped_graphene(lattice_constant=2.46)
        np.testing.assert_allclose(cartesian(crystal, "K"), [4 * np.pi / (3 * 2.46), 0, 0], atol=1e-14)
        assert gap_at(gapped_graphene(gap=0.0), cartesian(crystal, "K'")) < 1e-14

    def test_time_reversal_makes_curvature_and_moment_odd(self):
        crystal = gapped_graphene(gap=1.0)
        here, there = band_quantities(crystal, SOME_K), band_quantities(crystal, -SOME_K)
        np.testing.assert_allclose(there.berry_curvature, -here.berry_curvature, atol=1e-11)
        np.testing.assert_allclose(there.orbital_moment, -here.orbital_moment, atol=1e-15)

    def test_turning_the_potential_around_turns_the_curvature(self):
        one, other = (
            band_quantities(gapped_graphene(gap=gap), SOME_K).berry_curvature for gap in (0.7, -0.7)
        )
        np.testing.assert_allclose(one, -other, atol=1e-11)


class TestHaldane:
    def test_hamiltonian_is_the_one_of_the_table(self):
        """Bond length 1: written out from the bonds and second-neighbour vectors."""
        t1, t2, phi, delta = 1.0, 0.3, 0.7, 0.4
        crystal = haldane(t1, t2, phi, delta, lattice_constant=np.sqrt(3))
        a1, a2 = np.array([np.sqrt(3), 0]), np.array([np.sqrt(3) / 2, 1.5])
        k = SOME_K[:, :2]
        loops = k @ np.array([a1, a2 - a1, -a2]).T
        bonds = k @ np.array([[0, 1], [np.sqrt(3) / 2, -0.5], [-np.sqrt(3) / 2, -0.5]]).T
        h = crystal.hamiltonian(SOME_K * [1, 1, 0])
        np.testing.assert_allclose(h[:, 0, 0], delta + 2 * t2 * np.cos(loops + phi).sum(1), atol=1e-14)
        np.testing.assert_allclose(h[:, 1, 1], -delta + 2 * t2 * np.cos(loops - phi).sum(1), atol=1e-14)
        np.testing.assert_allclose(h[:, 0, 1], t1 * np.exp(1j * bonds).sum(1), atol=1e-14)

    @pytest.mark.parametrize(("staggered", "phi"), [(0.2, 0.4), (-0.3, 1.1), (0.0, -2.0)])
    def test_gaps_at_the_valleys(self, staggered, phi):
        crystal = haldane(t2=0.1, phi=phi, staggered=staggered)
        mass = 3 * np.sqrt(3) * 0.1 * np.sin(phi)
        assert gap_at(crystal, cartesian(crystal, "K")) == pytest.approx(2 * abs(staggered + mass), rel=1e-12)
        assert gap_at(crystal, cartesian(crystal, "K'")) == pytest.approx(
            2 * abs(staggered - mass), rel=1e-12
        )

    def test_inversion_without_the_staggered_potential(self):
        crystal = haldane()
        here, there = band_quantities(crystal, SOME_K), band_quantities(crystal, -SOME_K)
        np.testing.assert_allclose(there.berry_curvature, here.berry_curvature, atol=1e-11)
        np.testing.assert_allclose(there.orbital_moment, here.orbital_moment, atol=1e-15)

    def test_both_symmetries_leave_nothing(self):
        bands = band_quantities(haldane(t2=0.1, phi=0.0), SOME_K)
        assert np.max(np.abs(bands.berry_curvature)) < 1e-11
        assert np.max(np.abs(bands.orbital_moment)) < 1e-15


class TestQiWuZhang:
    def test_hamiltonian_is_the_one_of_the_docstring(self):
        t, m, a = 0.8, 1.3, 4.0
        x, y = SOME_K[:, 0] * a, SOME_K[:, 1] * a
        d = t * np.stack([np.sin(x), np.sin(y), m + np.cos(x) + np.cos(y)], axis=1)
        np.testing.assert_allclose(
            qi_wu_zhang(t, m, a).hamiltonian(SOME_K), np.tensordot(d, SIGMA, 1), atol=1e-14
        )

    def test_gaps_at_special_points(self):
        crystal = qi_wu_zhang(t=1.0, m=1.5)
        gaps = [gap_at(crystal, cartesian(crystal, point)) for point in "GXM"]
        np.testing.assert_allclose(gaps, [7.0, 3.0, 1.0], rtol=1e-13)


class TestWeyl:
    def test_hamiltonian_is_the_one_of_the_docstring(self):
        t, theta, a = 0.8, 1.2, 4.0
        c, s = np.cos(SOME_K * a), np.sin(SOME_K * a)
        d = t * np.stack([s[:, 0], s[:, 1], 2 + np.cos(theta) - c.sum(1)], axis=1)
        np.testing.assert_allclose(
            weyl_lattice(t, theta, a).hamiltonian(SOME_K), np.tensordot(d, SIGMA, 1), atol=1e-14
        )

    def test_nodes_are_where_they_are_said_to_be(self):
        crystal = weyl_lattice(node=1.0)
        for point in crystal.valleys.values():
            assert gap_at(crystal, np.array(point) @ crystal.reciprocal) < 1e-14

    @pytest.mark.parametrize("chirality", [1, -1])
    def test_node_curvature_is_a_monopole(self, chirality):
        bands = band_quantities(weyl_node(velocity=3.0, chirality=chirality), SOME_K)
        length = np.linalg.norm(SOME_K, axis=1, keepdims=True)
        omega = chirality * SOME_K / (2 * length**3)
        moment = -chirality * E_OVER_HBAR * 3.0 * SOME_K / (2 * length**2)
        np.testing.assert_allclose(bands.berry_curvature[:, 0], omega, rtol=1e-10)
        np.testing.assert_allclose(bands.berry_curvature[:, 1], -omega, rtol=1e-10)
        for band in (0, 1):
            np.testing.assert_allclose(bands.orbital_moment[:, band], moment, rtol=1e-10)

    @pytest.mark.parametrize("build", [lambda: weyl_lattice(node=0.0), lambda: weyl_node(chirality=2)])
    def test_refusals(self, build):
        with pytest.raises(InputError):
            build()


def test_kinds():
    assert isinstance(haldane(), LatticeHamiltonian)
    assert isinstance(weyl_node(), KPHamiltonian)
    assert massive_dirac().cutoff == 0.5
    assert parabolic_band().cutoff is None
