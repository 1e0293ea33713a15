"""Bands of a lattice in a uniform field: period, amplitude, and the transverse shift that Berry curvature makes."""

import numpy as np
import pytest

from tests.cases import problem, run, velocities
from tests.reference.kubo import band_quantities, zone_grid
from wavepacket.hamiltonians import cosine_band, haldane, qi_wu_zhang
from wavepacket.units import HBAR

pytestmark = pytest.mark.physics

HOPPING, A = 0.3, 4.0
CHAIN = {"name": "cosine_band", "hopping": HOPPING, "lattice_constant": A}


def curvature_along(crystal, band, start, step, count=400):
    """∫Ω_z ds along the closed line start + s·step, s from 0 to 1, times |step|: a periodic trapezoid sum."""
    k = start + np.arange(count)[:, None] / count * step
    return band_quantities(crystal, k).berry_curvature[:, band, 2].mean() * np.linalg.norm(step)


class TestChain:
    @pytest.mark.parametrize("charge", [-1.0, 1.0])
    def test_path_in_closed_form(self, charge):
        """ε − qEx is conserved, so x = [ε(k) − ε(k₀)]/qE with k = k₀ + qEt/ħ."""
        field, k0 = 5e-4, 0.1
        period = 2 * np.pi * HBAR / (field * A)
        made = problem(
            CHAIN,
            wavevectors=[[k0, 0, 0]],
            electric=[field, 0, 0],
            charge=charge,
            end=2.5 * period,
            saves=101,
        )
        block, t = run(made), made.times
        k = k0 + charge * field * t / HBAR
        expected = -2 * HOPPING * (np.cos(k * A) - np.cos(k0 * A)) / (charge * field)
        amplitude = 4 * HOPPING / field
        np.testing.assert_allclose(block.wavevector[0, :, 0], k, rtol=0, atol=1e-12)
        np.testing.assert_allclose(block.position[0, :, 0], expected, rtol=0, atol=1e-9 * amplitude)

    def test_period_and_amplitude(self):
        """T = 2πħ/eEa to 1e-8, swing 4t/eE; started at the bottom, the packet turns at T/2 exactly."""
        field = 5e-4
        period, amplitude = 2 * np.pi * HBAR / (field * A), 4 * HOPPING / field
        made = problem(CHAIN, wavevectors=[[0, 0, 0]], electric=[field, 0, 0], end=period, saves=3)
        block = run(made)
        start, turn, back = block.position[0, :, 0]
        assert start == 0
        assert abs(turn) == pytest.approx(amplitude, rel=1e-9)
        assert abs(back) < 1e-9 * amplitude
        # At the quarter the speed is largest: an error of 1e-8 in the period would move the packet there by 1e-8 of 2πx.
        made = problem(CHAIN, wavevectors=[[0, 0, 0]], electric=[field, 0, 0], end=10.25 * period, saves=2)
        assert abs(run(made).position[0, -1, 0]) == pytest.approx(amplitude / 2, rel=1e-9)


class TestTransverseShift:
    FIELD = 1e-3

    def over_one_period(self, model, crystal, reduced, direction, band=0, charge=-1.0):
        """Shifts of packets over one period in E along b_direction, for both signs of E: (2, n, 3)."""
        b = crystal.reciprocal[direction]
        electric = self.FIELD * b / np.linalg.norm(b)
        period = HBAR * np.linalg.norm(b) / self.FIELD
        made = problem(
            model, band=band, electric=electric, end=period, saves=2, charge=charge,
            ensemble={"kind": "packets", "coordinates": "reduced", "wavevectors": reduced, "field_reversal": True},
        )  # fmt: skip
        block = run(made)
        np.testing.assert_allclose(
            block.wavevector[::2, 1] - block.wavevector[::2, 0],
            charge * b + 0 * block.wavevector[::2, 0],
            atol=1e-12,
        )
        assert block.electric_sign.tolist() == [1, -1] * len(reduced)
        return (block.position[:, 1] - block.position[:, 0]).reshape(-1, 2, 3).swapaxes(0, 1), b

    @pytest.mark.parametrize(
        ("model", "crystal"),
        [
            ({"name": "qi_wu_zhang", "m": 1.3}, qi_wu_zhang(m=1.3)),
            (
                {"name": "haldane", "t2": 0.2, "phi": 1.2, "staggered": 0.3},
                haldane(t2=0.2, phi=1.2, staggered=0.3),
            ),
        ],
        ids=["qi_wu_zhang", "haldane"],
    )
    @pytest.mark.parametrize("band", [0, 1])
    @pytest.mark.parametrize("direction", [0, 1])
    def test_odd_part_is_the_integral_of_the_curvature(self, model, crystal, band, direction):
        """With ê along k̇ the anomalous velocity is k̇ Ω (ẑ×ê) and its shift ∫Ω dk, reversed with E: half of the difference.

        −k̇×Ω = Ω ẑ×k̇. Electrons: k̇ ∥ −E, so that the shift of +E is −∫Ω dk along ẑ×b̂.
        """
        reduced = np.random.default_rng(band).uniform(0, 1, (5, 2))
        (forward, backward), b = self.over_one_period(model, crystal, reduced, direction, band)
        across = np.cross([0, 0, 1], b / np.linalg.norm(b))
        found = (forward - backward) @ across / 2
        starts = np.pad(reduced, ((0, 0), (0, 1))) @ crystal.reciprocal
        expected = [-curvature_along(crystal, band, start, b) for start in starts]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-8 * np.abs(expected).max())
        # Along E a packet comes back to where it was.
        assert np.abs(forward @ b).max() / np.linalg.norm(b) < 1e-9 * np.abs(forward).max()

    def test_positive_charges_shift_the_other_way(self):
        crystal, model = qi_wu_zhang(m=1.3), {"name": "qi_wu_zhang", "m": 1.3}
        reduced = [[0.1, 0.37]]
        (forward, backward), b = self.over_one_period(model, crystal, reduced, 0, charge=1.0)
        expected = curvature_along(crystal, 0, np.array([0.1, 0.37, 0]) @ crystal.reciprocal, b)
        assert (forward - backward)[0, 1] / 2 == pytest.approx(expected, rel=1e-8)

    @pytest.mark.parametrize(
        ("model", "crystal", "chern"),
        [
            ({"name": "qi_wu_zhang", "m": 1.3}, qi_wu_zhang(m=1.3), -1),
            ({"name": "qi_wu_zhang", "m": -1.3}, qi_wu_zhang(m=-1.3), 1),
            ({"name": "qi_wu_zhang", "m": 2.5}, qi_wu_zhang(m=2.5), 0),
        ],
    )
    def test_mean_over_all_lines_is_the_chern_number(self, model, crystal, chern):
        """Mean transverse shift over k_⊥ is C·a_⊥ for k̇ ∥ +b; electrons move along −b and shift by −C·a. Longitudinal: 0."""
        reduced = np.stack([np.zeros(48), (np.arange(48) + 0.5) / 48], axis=1)
        (forward, _), _ = self.over_one_period(model, crystal, reduced, 0)
        assert forward[:, 1].mean() == pytest.approx(-chern * crystal.length_scale, abs=1e-7)
        assert forward[:, 0].mean() == pytest.approx(0.0, abs=1e-7)


class TestPriceCooper:
    @pytest.mark.parametrize("charge", [-1.0, 1.0])
    def test_velocities_of_opposite_forces(self, charge):
        """ħ[v(k, +F) − v(k, −F)]_⊥ = 2FΩ exactly, at every k; F along x, ⊥ along y."""
        crystal = haldane(t2=0.15, phi=0.8, staggered=0.1)
        k = zone_grid(crystal, 6)
        made = problem(
            {"name": "haldane", "t2": 0.15, "phi": 0.8, "staggered": 0.1},
            electric=[2e-4, 0, 0], charge=charge, end=1.0, saves=2,
            ensemble={"kind": "packets", "wavevectors": k.tolist(), "field_reversal": True},
        )  # fmt: skip
        start = velocities(made)[:, 0].reshape(-1, 2, 3)
        difference = HBAR * (start[:, 0] - start[:, 1])
        force = charge * 2e-4
        omega = band_quantities(crystal, k).berry_curvature[:, 0, 2]
        np.testing.assert_allclose(difference[:, 1], 2 * force * omega, rtol=0, atol=1e-14)
        assert np.abs(difference[:, [0, 2]]).max() < 1e-14


def test_square_lattice_oscillates_along_both_axes():
    """E along (1, 2): k_x completes one zone while k_y completes two; the path closes after the longer period."""
    crystal = cosine_band(dimension=2)
    electric = np.array([2e-4, 4e-4, 0])
    period = 2 * np.pi * HBAR / (2e-4 * crystal.length_scale)
    made = problem(
        {"name": "cosine_band", "dimension": 2},
        wavevectors=[[0.13, -0.4, 0]],
        electric=electric,
        end=period,
        saves=41,
    )
    r = run(made).position[0]
    assert np.linalg.norm(r[-1]) < 1e-9 * np.abs(r).max()
