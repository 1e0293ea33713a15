"""Facts of band geometry that hold for whole crystals: sum rules, topology, closed forms, symmetries of models."""

import numpy as np
import pytest

from tests.reference.kubo import zone_grid
from tests.reference.plaquette import chern_number
from tests.reference.random_crystal import random_crystal
from wavepacket.bands import band, direct, two_band
from wavepacket.hamiltonians import (
    gapped_graphene,
    haldane,
    massive_dirac,
    qi_wu_zhang,
    weyl_lattice,
    weyl_node,
)
from wavepacket.units import BOHR_MAGNETON, E_OVER_HBAR

SOMEWHERE = np.random.default_rng(5).uniform(-1, 1, (30, 3))


def in_plane(model):
    return SOMEWHERE * (np.arange(3) < model.dimension)


def integrated_chern_number(model, index, mesh=64):
    """C = (1/2π)∫Ω d²k over a uniform grid, which converges exponentially."""
    omega = band(model, index).geometry(zone_grid(model, mesh)).berry_curvature[:, 2]
    return omega.mean() * abs(np.linalg.det(model.reciprocal[:2, :2])) / (2 * np.pi)


class TestSumOverBands:
    @pytest.mark.parametrize("size", [2, 3, 5])
    def test_curvature_of_all_bands_is_zero(self, size):
        """Scale of the terms: the largest |Ω| of any band, whose rounding is what is left of the sum."""
        crystal = random_crystal(size, size=size, with_positions=False)
        terms = np.array([direct(crystal, n).geometry(SOMEWHERE).berry_curvature for n in range(size)])
        worst = np.abs(terms).max(axis=(0, 2))
        assert np.all(np.abs(terms.sum(axis=0)).max(axis=1) < 1e-11 * (1 + worst) ** 1.5)

    def test_with_position_elements_it_is_the_trace_of_the_orbitals(self):
        """Σ_n Ω_n = Tr ∇×A: the commutator and the sum over pairs drop out of the trace."""
        crystal = random_crystal(4, size=3)
        total = sum(direct(crystal, n).geometry(SOMEWHERE).berry_curvature for n in range(3))
        slopes = np.trace(crystal.connection_gradient(SOMEWHERE), axis1=3, axis2=4).real
        curl = np.stack([slopes[:, a, b] - slopes[:, b, a] for a, b in ((1, 2), (2, 0), (0, 1))], axis=1)
        np.testing.assert_allclose(total, curl, atol=1e-8)
        assert np.abs(curl).max() > 1


class TestTopology:
    @pytest.mark.parametrize(
        ("model", "expected"),
        [
            (haldane(t2=0.2, phi=1.0), 1),
            (haldane(t2=0.2, phi=-1.0), -1),
            (haldane(t2=-0.2, phi=1.0, staggered=0.3), -1),
            (haldane(t2=0.1, staggered=1.0), 0),
            (qi_wu_zhang(m=1.0), -1),
            (qi_wu_zhang(m=-1.0), 1),
            (qi_wu_zhang(m=2.6), 0),
            (gapped_graphene(gap=2.0), 0),
        ],
    )
    def test_integral_of_the_curvature_is_the_chern_number(self, model, expected):
        assert integrated_chern_number(model, 0) == pytest.approx(expected, abs=1e-9)
        assert integrated_chern_number(model, 1) == pytest.approx(-expected, abs=1e-9)
        assert chern_number(model, [0]) == pytest.approx(expected, abs=1e-9)

    def test_n_band_crystal(self):
        """Random hoppings: whatever the numbers are, each band's integral is the integer of the plaquettes."""
        crystal = random_crystal(11, size=3, dimension=2, with_positions=False)
        mesh = 200
        for index in range(3):
            plaquettes = chern_number(crystal, [index], mesh=48)
            assert plaquettes == pytest.approx(round(plaquettes), abs=1e-9)
            assert integrated_chern_number(crystal, index, mesh) == pytest.approx(plaquettes, abs=1e-6)

    @pytest.mark.parametrize("chirality", [1, -1])
    def test_flux_out_of_a_weyl_node(self, chirality):
        """(1/2π)∮Ω·dS of the lower band is χ; Gauss points in cos θ and a uniform grid in φ are exact for a monopole."""
        x, weights = np.polynomial.legendre.leggauss(8)
        angle = 2 * np.pi * np.arange(16) / 16
        sine = np.sqrt(1 - x**2)[:, None]
        normal = np.stack(
            [sine * np.cos(angle), sine * np.sin(angle), x[:, None] + 0 * angle], axis=-1
        ).reshape(-1, 3)
        omega = two_band(weyl_node(chirality=chirality), 0).geometry(0.2 * normal).berry_curvature
        flux = np.sum(omega * normal, axis=1) @ np.repeat(weights, 16) * 0.2**2 / 16
        assert flux == pytest.approx(chirality, abs=1e-13)


class TestClosedForms:
    @pytest.mark.parametrize("valley", [1, -1])
    @pytest.mark.parametrize("mass", [0.1, -0.3])
    def test_massive_dirac(self, valley, mass):
        """Upper band: Ω = −τ v²Δ/2ε³, m = (e/ħ) ε Ω for charge −e, the same m in both bands; v here is ħv."""
        v, k = 6.0, SOMEWHERE * [0.1, 0.1, 0]
        energy = np.sqrt(mass**2 + v**2 * np.sum(k**2, axis=1))
        omega = -valley * v**2 * mass / (2 * energy**3)
        model = massive_dirac(velocity=v, mass=mass, valley=valley)
        upper, lower = two_band(model, 1).geometry(k), two_band(model, 0).geometry(k)
        np.testing.assert_allclose(upper.energy, energy, rtol=1e-14)
        np.testing.assert_allclose(upper.berry_curvature[:, 2], omega, rtol=1e-13)
        np.testing.assert_allclose(lower.berry_curvature[:, 2], -omega, rtol=1e-13)
        for geometry in (upper, lower):
            np.testing.assert_allclose(
                geometry.orbital_moment[:, 2], E_OVER_HBAR * energy * omega, rtol=1e-13
            )
        slope = -2 * v**2 * k * (E_OVER_HBAR * energy * omega / energy**2)[:, None]
        np.testing.assert_allclose(upper.moment_gradient[:, 2], slope, rtol=1e-12, atol=1e-20)

    @pytest.mark.parametrize("source", ["two_band", "direct"])
    def test_numbers_of_gapped_graphene(self, source):
        """physics.md: |Ω(K)| = 920.75 Å² and |m(K)| = 33.83 μ_B; the conduction band at K has both negative."""
        model = gapped_graphene(hopping=2.82, gap=0.28, lattice_constant=2.46)
        valleys = np.array([model.valleys["K"], model.valleys["K'"]]) @ model.reciprocal
        geometry = band(model, 1, source=source).geometry(valleys)
        np.testing.assert_allclose(geometry.berry_curvature[:, 2], [-920.75, 920.75], rtol=1e-5)
        np.testing.assert_allclose(geometry.orbital_moment[:, 2] / BOHR_MAGNETON, [-33.83, 33.83], rtol=2e-4)
        np.testing.assert_allclose(geometry.gap, 0.28, rtol=1e-12)

    def test_quantum_metric_of_a_dirac_point(self):
        """At k = 0 the mixing tensor is (ħv)²/(2Δ)⁴ times the unit matrix of the plane."""
        mixing = two_band(massive_dirac(velocity=6.0, mass=0.2), 0).geometry([[0, 0, 0]]).mixing[0]
        np.testing.assert_allclose(mixing, 36 / 0.4**4 * np.diag([1, 1, 0]), rtol=1e-13)


class TestSymmetriesOfModels:
    def test_time_reversal_of_gapped_graphene(self):
        model = gapped_graphene(gap=1.0)
        here, there = (band(model, 0).geometry(s * in_plane(model)) for s in (1, -1))
        np.testing.assert_allclose(there.energy, here.energy, atol=1e-14)
        np.testing.assert_allclose(there.group_velocity, -here.group_velocity, atol=1e-13)
        np.testing.assert_allclose(there.berry_curvature, -here.berry_curvature, atol=1e-12)
        np.testing.assert_allclose(there.orbital_moment, -here.orbital_moment, atol=1e-16)
        np.testing.assert_allclose(there.moment_gradient, here.moment_gradient, atol=1e-16)

    @pytest.mark.parametrize("model", [haldane(staggered=0.0), weyl_lattice()], ids=lambda model: model.name)
    def test_inversion(self, model):
        here, there = (band(model, 0).geometry(s * in_plane(model)) for s in (1, -1))
        scale = np.abs(here.berry_curvature).max()
        np.testing.assert_allclose(there.berry_curvature, here.berry_curvature, atol=1e-12 * scale)
        np.testing.assert_allclose(there.orbital_moment, here.orbital_moment, atol=1e-16 * scale)
        np.testing.assert_allclose(there.moment_gradient, -here.moment_gradient, atol=1e-15 * scale)

    def test_both_leave_nothing(self):
        """Haldane at φ = 0 without a staggered potential: ordinary graphene, away from its Dirac points."""
        model = haldane(t2=0.1, phi=0.0)
        geometry = band(model, 0).geometry(in_plane(model))
        assert np.abs(geometry.berry_curvature).max() < 1e-13
        assert np.abs(geometry.orbital_moment).max() < 1e-18
