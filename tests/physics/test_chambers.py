"""Conductivity tensor against Chambers' integral in plain numpy and scipy: an anisotropic lattice band in a tilted field."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from tests.physics.scattered import observe, tensor
from wavepacket.units import BOLTZMANN, E_OVER_HBAR, HBAR, SIEMENS_PER_CENTIMETRE

pytestmark = pytest.mark.physics

SIZE, TAU, LEVEL, TEMPERATURE = np.array([3.0, 4.0, 5.0]), 60.0, -0.1, 2500.0
FIELD = np.array([60.0, -40.0, 90.0])
# ε = 2 Σ t cos(k·R): cells and t in eV.
HOPPINGS = [((1, 0, 0), -0.12), ((0, 1, 0), -0.09), ((0, 0, 1), -0.05), ((1, 1, 0), 0.03), ((0, 1, 1), 0.02)]
TRANSLATIONS = np.array([cell for cell, _ in HOPPINGS]) * SIZE
AMPLITUDES = np.array([t for _, t in HOPPINGS])


def energy(k):
    return 2 * np.cos(k @ TRANSLATIONS.T) @ AMPLITUDES


def velocity(k):
    return -2 / HBAR * (np.sin(k @ TRANSLATIONS.T) * AMPLITUDES) @ TRANSLATIONS


def chambers(n):
    """σ_ab = e² Σ (−f') v_a(k) ∫ e^{-t/τ} v_b(k(−t)) dt in S/cm on a grid of n³ points, backwards along k̇ = −(e/ħ) v×B."""
    x = (np.arange(n) + 0.5) / n
    k = 2 * np.pi * np.stack(np.meshgrid(x, x, x, indexing="ij"), axis=-1).reshape(-1, 3) / SIZE

    def rates(t, state):
        paths = state.reshape(-1, 6)
        v = velocity(paths[:, :3])
        back = E_OVER_HBAR * np.cross(v, FIELD)
        return np.concatenate([back, np.exp(-t / TAU) * v], axis=1).ravel()

    start = np.concatenate([k, np.zeros_like(k)], axis=1).ravel()
    end = (
        solve_ivp(rates, (0, 26 * TAU), start, method="DOP853", rtol=1e-8, atol=1e-8).y[:, -1].reshape(-1, 6)
    )
    thermal = BOLTZMANN * TEMPERATURE
    slope = 0.25 / thermal / np.cosh((energy(k) - LEVEL) / (2 * thermal)) ** 2 / len(k) / np.prod(SIZE)
    return SIEMENS_PER_CENTIMETRE * np.einsum("n,na,nb->ab", slope, velocity(k), end[:, 3:])


def test_anisotropic_band_in_a_tilted_field():
    """Nine components to 1e-5 of the largest; ω_cτ is of order one, and both sums over the zone have converged."""
    hoppings = [{"cell": list(cell), "matrix": [[t]]} for cell, t in HOPPINGS]
    found = observe(
        {"lattice": np.diag(SIZE), "positions": [[0, 0, 0]], "hoppings": hoppings},
        {
            "kind": "fermi_surface",
            "chemical_potential": LEVEL,
            "temperature": TEMPERATURE,
            "grid": [18, 18, 18],
        },
        {"relaxation_time": TAU},
        magnetic=FIELD,
        tolerance=1e-9,
    )
    sigma, expected = tensor(found["conductivity"]), chambers(16)
    np.testing.assert_allclose(sigma, expected, rtol=0, atol=1e-5 * np.abs(expected).max())
    odd = np.abs(expected - expected.T).max() / np.abs(expected).max()
    assert odd > 0.1
