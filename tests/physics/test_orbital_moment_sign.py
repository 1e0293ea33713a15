"""The sign of the orbital moment m = −i(e/2ħ)⟨∂u|×(H−ε)|∂u⟩ (charge −e) against exact spectra in a field."""

import numpy as np
import pytest

from tests.reference.kubo import (
    band_quantities,
    orbital_magnetization,
    orbital_magnetization_pairs,
    zone_grid,
)
from tests.reference.landau import dirac_landau_levels, grand_potential_slope, kp_landau_levels
from wavepacket.hamiltonians import LatticeHamiltonian, haldane, massive_dirac
from wavepacket.units import E_OVER_HBAR, HBAR

VELOCITY, MASS, FIELD = 6.0, 0.1, 1e-3


class TestLandauLevels:
    """The lowest level of a band bottom lies at ħω_c/2 − m·B, and the highest of a top at −ħω_c/2 − m·B."""

    @pytest.mark.parametrize("valley", [1, -1])
    @pytest.mark.parametrize("mass", [MASS, -MASS])
    @pytest.mark.parametrize("sign", [1, -1])
    def test_massive_dirac(self, valley, mass, sign):
        model = massive_dirac(VELOCITY, mass, valley, cutoff=None)
        bands = band_quantities(model, np.zeros((1, 3)))
        moment = bands.orbital_moment[0, :, 2]
        h = 1e-4
        speed = band_quantities(model, np.array([[h, 0, 0]])).velocity[0, :, 0]
        # ħω_c/2 = ħeB/2m* with ħ/m* = dv/dk; positive at the bottom, negative at the top.
        half_cyclotron = E_OVER_HBAR * HBAR * speed / (2 * h) * FIELD
        expected = bands.energy[0] + half_cyclotron - moment * FIELD * sign
        levels = dirac_landau_levels(VELOCITY, mass, sign * FIELD, 2, valley)
        found = np.array([np.max(levels[levels < 0]), np.min(levels[levels > 0])])
        # Next order in the field: (ħω_c)²/2Δ.
        np.testing.assert_allclose(
            found, expected, atol=2 * half_cyclotron[1] ** 2 / MASS + 1e-7 * half_cyclotron[1]
        )
        assert abs(moment[1] * FIELD) == pytest.approx(half_cyclotron[1], rel=1e-4)

    def test_the_exact_levels_are_those_of_the_same_data(self):
        levels = dirac_landau_levels(VELOCITY, MASS, FIELD, 1)
        found = kp_landau_levels(massive_dirac(VELOCITY, MASS), FIELD, 40)
        assert np.min(np.abs(found - levels[-1])) < 1e-13

    def test_the_value_of_physics(self):
        """M_z = −eħv²/2Δ at the bottom of valley +1."""
        moment = band_quantities(massive_dirac(VELOCITY, MASS), np.zeros((1, 3))).orbital_moment[0, 1, 2]
        assert moment == pytest.approx(-E_OVER_HBAR * VELOCITY**2 / (2 * MASS), rel=1e-12)


def table_model(staggered, phi):
    """Return Haldane's model with bond length 1, t₁ = 1, t₂ = 1/3."""
    return haldane(t1=1.0, t2=1 / 3, phi=phi * np.pi, staggered=staggered, lattice_constant=np.sqrt(3))


def middle_of_gap(model):
    energy = np.linalg.eigvalsh(model.hamiltonian(zone_grid(model, 120, 0.0)))
    return (energy[:, 0].max() + energy[:, 1].min()) / 2


class TestNumbersToHit:
    def test_trivial_phase(self):
        model = table_model(2.0, 0.25)
        assert round(orbital_magnetization(model, middle_of_gap(model), 60), 8) == -0.00511647

    def test_chern_phase(self):
        """The table's μ has four digits, whose rounding alone moves M by 5e-5/2π."""
        model = table_model(1.0, 0.3)
        assert orbital_magnetization(model, -0.5878, 60) == pytest.approx(-0.025747, abs=5e-5 / (2 * np.pi))

    def test_slope_in_the_gap(self):
        """dM/dμ = C/2π with C = 1."""
        model = table_model(1.0, 0.3)
        rise = orbital_magnetization(model, -0.57, 60) - orbital_magnetization(model, -0.60, 60)
        assert rise / 0.03 * 2 * np.pi == pytest.approx(1.0, rel=1e-10)

    @pytest.mark.parametrize(("staggered", "phi"), [(2.0, 0.25), (1.0, 0.3)])
    def test_pairs_give_the_same(self, staggered, phi):
        model = table_model(staggered, phi)
        mu = middle_of_gap(model)
        assert orbital_magnetization_pairs(model, mu, 60) == pytest.approx(
            orbital_magnetization(model, mu, 60)
        )


class TestFiniteFlux:
    """−∂Ω/∂B from the exact spectrum at flux ±1/Q per cell; the error falls as 1/Q², two are extrapolated."""

    @staticmethod
    def extrapolated(model, mu, small, large):
        coarse, fine = (grand_potential_slope(model, mu, q, 3) for q in (small, large))
        return (large**2 * fine - small**2 * coarse) / (large**2 - small**2), fine

    @pytest.mark.parametrize(("staggered", "phi"), [(2.0, 0.25), (1.0, 0.3)])
    def test_haldane(self, staggered, phi):
        model = table_model(staggered, phi)
        mu = middle_of_gap(model)
        exact, plain = self.extrapolated(model, mu, 40, 60)
        expected = orbital_magnetization(model, mu, 60)
        assert plain == pytest.approx(expected, rel=0.01)
        assert exact == pytest.approx(expected, rel=1e-3)

    def test_without_particle_hole_symmetry_and_the_other_sign_fails(self):
        """A second-neighbour hopping ∝ identity moves ε but not Ω or m, which tells the parts of M apart."""
        plain = table_model(0.5, 0.4)
        cells = [(cell, matrix) for cell, matrix in zip(plain.cells, plain.hoppings, strict=True)]
        loops = {(1, 0, 0), (-1, 1, 0), (0, -1, 0)}
        tilted = [
            (
                cell,
                matrix
                + 0.15 * np.eye(2) * (tuple(cell.tolist()) in loops or tuple((-cell).tolist()) in loops),
            )
            for cell, matrix in cells
        ]
        model = LatticeHamiltonian.from_hoppings(plain.lattice[:2], tilted, positions=plain.positions)
        mu = middle_of_gap(model)
        exact, plain_slope = self.extrapolated(model, mu, 30, 40)
        expected = orbital_magnetization(model, mu, 60)
        assert plain_slope == pytest.approx(expected, rel=0.01)
        assert exact == pytest.approx(expected, rel=2e-3)
        bands = band_quantities(model, zone_grid(model, 60))
        local = np.mean(bands.orbital_moment[:, 0, 2]) / E_OVER_HBAR / model.cell_volume
        wrong = expected - 2 * local
        assert abs(exact - wrong) > 10 * abs(exact - expected)
