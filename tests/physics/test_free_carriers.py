"""Parabolic bands in uniform fields: every path is known in closed form."""

import numpy as np
import pytest

from tests.cases import problem, run, velocities
from wavepacket.units import ELECTRON_MASS, HBAR

pytestmark = pytest.mark.physics

MASS = 0.3 * ELECTRON_MASS
MODEL = {"name": "parabolic_band", "mass_x": 0.3, "mass_y": 0.3, "mass_z": 0.3, "dimension": 3}
K0 = np.array([0.05, -0.02, 0.03])
TESLA = 1e-5  # V fs/Å²


@pytest.mark.parametrize("charge", [-1.0, 1.0])
def test_electric_field_alone(charge):
    """k = k₀ + qEt/ħ and r = v₀t + qEt²/2m: polynomials, exact to rounding."""
    field = np.array([1e-4, -2e-4, 5e-5])
    made = problem(MODEL, wavevectors=[K0], electric=field, charge=charge, end=500.0, saves=51)
    block, t = run(made), made.times[:, None]
    np.testing.assert_allclose(block.wavevector[0], K0 + charge * field * t / HBAR, rtol=0, atol=1e-14)
    expected = HBAR * K0 / MASS * t + charge * field * t**2 / (2 * MASS)
    np.testing.assert_allclose(block.position[0], expected, rtol=0, atol=1e-12 * np.abs(expected).max())


@pytest.mark.parametrize("charge", [-1.0, 1.0])
@pytest.mark.parametrize("field", [8.0, -8.0])
def test_magnetic_field_alone(charge, field):
    """A circle (helix along B) of angular velocity −qB/m: electrons turn counterclockwise about B."""
    omega = -charge * TESLA * field / MASS
    period = 2 * np.pi / abs(omega)
    made = problem(
        MODEL,
        wavevectors=[K0],
        magnetic=[0, 0, field],
        charge=charge,
        end=20 * period,
        saves=201,
        tolerance=1e-13,
    )
    block, t = run(made), made.times
    rotated = (K0[0] + 1j * K0[1]) * np.exp(1j * omega * t)
    expected = np.stack([rotated.real, rotated.imag, np.full_like(t, K0[2])], axis=1)
    size = np.hypot(K0[0], K0[1])
    np.testing.assert_allclose(block.wavevector[0], expected, rtol=0, atol=1e-9 * size)
    # The period, from the phase gained over twenty turns.
    k = block.wavevector[0, -1, 0] + 1j * block.wavevector[0, -1, 1]
    late = np.angle(k / (K0[0] + 1j * K0[1])) / omega
    assert abs(late) / (20 * period) < 1e-9
    assert np.linalg.norm(block.position[0, -1, :2]) < 1e-8 * HBAR * size / (MASS * abs(omega))
    assert block.position[0, -1, 2] == pytest.approx(HBAR * K0[2] / MASS * t[-1], rel=1e-12)


def test_cyclotron_frequency_of_an_anisotropic_mass():
    """ω_c = eB/√(m_x m_y): the orbit is an ellipse in k with axes as √m."""
    model = MODEL | {"mass_x": 0.1, "mass_y": 0.9}
    omega = TESLA * 12.0 / (ELECTRON_MASS * 0.3)
    made = problem(
        model,
        wavevectors=[[0.02, 0, 0]],
        magnetic=[0, 0, 12.0],
        end=2 * np.pi / omega,
        saves=5,
        tolerance=1e-13,
    )
    k = run(made).wavevector[0]
    np.testing.assert_allclose(k[:, 0], 0.02 * np.array([1, 0, -1, 0, 1]), rtol=0, atol=2e-11)
    np.testing.assert_allclose(k[:, 1], 0.06 * np.array([0, 1, 0, -1, 0]), rtol=0, atol=6e-11)


@pytest.mark.parametrize("charge", [-1.0, 1.0])
def test_crossed_fields_drift(charge):
    """The mean velocity over turns is E×B/B² whatever the charge and the start; the whole path is a trochoid."""
    electric, field = np.array([3e-5, 4e-5, 0.0]), 10.0
    drift = np.cross(electric, [0, 0, 1]) / (TESLA * field)
    omega = -charge * TESLA * field / MASS
    period = 2 * np.pi / abs(omega)
    made = problem(
        MODEL, wavevectors=[K0, -K0, [0.0, 0.1, 0.0]], electric=electric, magnetic=[0, 0, field], charge=charge,
        end=5 * period, saves=51, tolerance=1e-13,
    )  # fmt: skip
    block, t = run(made), made.times
    for n, start in enumerate(block.wavevector[:, 0]):
        np.testing.assert_allclose(
            block.position[n, -1, :2] / t[-1], drift[:2], rtol=0, atol=1e-9 * np.abs(drift).max()
        )
        seen = HBAR * start / MASS - drift  # velocity in the frame that drifts
        swing = (seen[0] + 1j * seen[1]) * (np.exp(1j * omega * t) - 1) / (1j * omega)
        expected = drift[:2] * t[:, None] + np.stack([swing.real, swing.imag], axis=1)
        np.testing.assert_allclose(
            block.position[n, :, :2], expected, rtol=0, atol=1e-9 * np.abs(expected).max()
        )


def test_parallel_fields_accelerate_along_the_helix():
    """E ∥ B: uniform acceleration along them, an undisturbed circle across."""
    made = problem(
        MODEL, wavevectors=[K0], electric=[0, 0, 1e-4], magnetic=[0, 0, 10.0], end=3000.0, tolerance=1e-13
    )
    block, t = run(made), made.times
    expected = HBAR * K0[2] / MASS * t - 1e-4 * t**2 / (2 * MASS)
    np.testing.assert_allclose(block.position[0, :, 2], expected, rtol=0, atol=1e-10 * np.abs(expected).max())
    np.testing.assert_allclose(np.hypot(*block.wavevector[0, :, :2].T), np.hypot(*K0[:2]), rtol=1e-10)


def test_velocities_along_the_path_are_those_of_the_path():
    """The velocities that enter currents: ħk/m here."""
    made = problem(MODEL, wavevectors=[K0], electric=[1e-4, 0, 0], magnetic=[0, 5.0, 3.0])
    block = run(made)
    np.testing.assert_allclose(velocities(made), HBAR * block.wavevector / MASS, rtol=1e-13, atol=1e-16)


def test_diamagnetic_freedom():
    """No magnetic moment, no Berry curvature: D = 1 and ε is conserved in B alone, to the tolerance."""
    block = run(problem(MODEL, wavevectors=[K0], magnetic=[3.0, -5.0, 8.0], end=5000.0))
    assert block.diagnostics["minimum_density_of_states_factor"][0] == 1.0
    assert block.diagnostics["maximum_density_of_states_factor"][0] == 1.0
    assert block.diagnostics["energy_drift"][0] < 1e-12
    assert block.diagnostics["minimum_gap"][0] == np.inf
