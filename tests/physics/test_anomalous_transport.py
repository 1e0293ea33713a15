"""Anomalous and nonlinear Hall currents of metals from packets with collisions, against sums over k."""

import numpy as np
import pytest
from scipy.integrate import quad

from tests.physics.scattered import observe
from wavepacket.units import BOLTZMANN, HBAR, PLANCK

pytestmark = pytest.mark.physics

# H = A k² + λ (k_y σ_x − k_x σ_y) + M σ_z
KINETIC, RASHBA, EXCHANGE, TEMPERATURE = 4.0, 1.0, 0.05, 150.0
FERROMAGNET = {
    "kp": [
        {"powers": [2, 0], "matrix": [[KINETIC, 0], [0, KINETIC]]},
        {"powers": [0, 2], "matrix": [[KINETIC, 0], [0, KINETIC]]},
        {"powers": [0, 1], "matrix": [[0, RASHBA], [RASHBA, 0]]},
        {"powers": [1, 0], "matrix": [[0, [0, RASHBA]], [[0, -RASHBA], 0]]},
        {"powers": [0, 0], "matrix": [[EXCHANGE, 0], [0, -EXCHANGE]]},
    ],
    "dimension": 2,
    "length_scale": 10.0,
    "cutoff": 0.55,
}


def hall_of_lower_band(level):
    """σ_xy = −(e²/ħ) ∫[dk] f Ω in e²/h: Ω of the lower band is +λ²M/2(λ²k² + M²)^{3/2}, like that of a Dirac cone."""

    def integrand(k):
        split = np.hypot(RASHBA * k, EXCHANGE)
        x = (KINETIC * k**2 - split - level) / (BOLTZMANN * TEMPERATURE)
        return k * RASHBA**2 * EXCHANGE / (2 * split**3) / (1 + np.exp(min(x, 700.0)))

    return -quad(integrand, 0, 0.55, epsrel=1e-10, limit=400)[0]


def test_ferromagnet_within_honest_uncertainties():
    """20 values of μ: residuals in units of the stated uncertainty have variance near 1 (31 degrees of freedom each)."""
    levels = np.linspace(-0.06, 0.2, 20)
    residuals = []
    for seed, level in enumerate(levels):
        ensemble = {
            "kind": "fermi_dirac", "chemical_potential": float(level), "temperature": TEMPERATURE, "number": 2048,
            "replicas": 32,
        }  # fmt: skip
        found = observe(
            FERROMAGNET, ensemble, {"relaxation_time": 10.0}, electric=[0, 1e-5, 0], tolerance=1e-7, seed=seed
        )["hall_conductivity"]
        assert found.uncertainty < 0.05
        residuals.append((found.value - hall_of_lower_band(level)) / found.uncertainty)
    # χ² with 20 degrees of freedom: 1 in 1000 lies outside, on either side.
    assert 5.9 < np.sum(np.square(residuals)) < 46 * 31 / 29
    assert max(hall_of_lower_band(level) for level in levels) < -0.05


# H = v(k_x σ_x + k_y σ_y) + m σ_z + α k_x
SPEED, MASS, TILT = 3.0, 0.05, 0.1


def tilted(tilt=TILT):
    return {
        "kp": [
            {"powers": [1, 0], "matrix": [[tilt, SPEED], [SPEED, tilt]]},
            {"powers": [0, 1], "matrix": [[0, [0, -SPEED]], [[0, SPEED], 0]]},
            {"powers": [0, 0], "matrix": [[MASS, 0], [0, -MASS]]},
        ],
        "dimension": 2,
        "length_scale": 10.0,
        "cutoff": 0.08,
    }


def dipole(level, temperature):
    """(3ħα/8π) m(μ² − m²)/μ⁴ to first order in the tilt, averaged over −∂f/∂ε."""
    x = np.linspace(-12, 12, 4001)
    weight = 1 / np.cosh(x / 2) ** 2
    energy = level + BOLTZMANN * temperature * x
    inside = np.where(energy > MASS, 3 * TILT / (8 * np.pi) * MASS * (energy**2 - MASS**2) / energy**4, 0.0)
    return np.sum(weight * inside) / weight.sum()


def test_nonlinear_hall_current_of_a_tilted_dirac_cone():
    """Berry curvature dipole, the current at twice the frequency, and the even part at finite field: 1 %."""
    level, temperature, tau = 0.11, 40.0, 50.0
    surface = {"kind": "fermi_surface", "chemical_potential": level, "temperature": temperature}
    found = observe(
        tilted(), surface | {"grid": [300, 300]}, {"relaxation_time": tau}, band={"index": 1}, tolerance=1e-7
    )
    value = found["berry_curvature_dipole"].value[0, 2]
    found = found["nonlinear_hall_conductivity"]
    assert abs(value) == pytest.approx(dipole(level, temperature), rel=0.01)
    # j_y = (q³τ/ħ²) D_xz E_x².
    expected = -PLANCK * tau / HBAR**2 * value
    assert found.value[1, 0, 0] == pytest.approx(expected, rel=1e-6)
    assert abs(found.value[0, 0, 0]) < 1e-9 * abs(expected)

    # Relaxed at a frequency ω: 1/(1 − iωτ).
    wave = {"relaxation_time": tau, "frequency": 0.8 / tau}
    slow = observe(tilted(), surface | {"grid": [300, 300]}, wave, band={"index": 1}, tolerance=1e-7)
    chi = slow["nonlinear_hall_conductivity"].value
    assert chi["real"][1, 0, 0] + 1j * chi["imaginary"][1, 0, 0] == pytest.approx(
        expected / (1 - 0.8j), rel=1e-5
    )

    occupied = surface | {"kind": "fermi_dirac", "grid": [300, 300]}
    state = observe(
        tilted(), occupied, {"relaxation_time": tau}, electric=[2e-6, 0, 0], band={"index": 1}, tolerance=1e-7
    )["nonlinear_conductivity"]
    assert state.value[1] == pytest.approx(expected, rel=0.01)
