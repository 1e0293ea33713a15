"""Steady states in fields of any strength that oscillate, and times that depend on energy or valley, against quadratures."""

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp
from scipy.special import jv

from tests.cases import problem, run
from tests.physics.scattered import observe, tensor
from wavepacket.units import BOLTZMANN, E_OVER_HBAR, ELECTRON_MASS, HBAR, PLANCK

pytestmark = pytest.mark.physics

MASS, TAU = 0.1 * ELECTRON_MASS, 100.0
ELECTRONS = {"name": "parabolic_band", "mass_x": 0.1, "mass_y": 0.1, "cutoff": 0.2}
SIZE, HOPPING, LEVEL, TEMPERATURE = 4.0, 0.05, -0.05, 600.0
CHAIN = {"name": "cosine_band", "hopping": HOPPING, "lattice_constant": SIZE}
OCCUPIED = {"kind": "fermi_dirac", "chemical_potential": LEVEL, "temperature": TEMPERATURE}
UNIT = HBAR / (SIZE * TAU)  # field in which eEaτ/ħ = 1


def wave(amplitude, frequency, phase=0.0):
    return {
        "kind": "sinusoid", "amplitude": [amplitude, 0, 0], "frequency": f"{frequency} rad/fs", "phase": f"{phase} rad",
    }  # fmt: skip


def occupation(x):
    return 1 / (1 + np.exp((-2 * HOPPING * np.cos(x) - LEVEL) / (BOLTZMANN * TEMPERATURE)))


def peak_velocity():
    """2Ja/ħ times the mean of cos(ka) over the occupied states, Å/fs."""
    above = quad(lambda x: occupation(x) * np.cos(x), 0, np.pi, epsrel=1e-12)[0]
    return 2 * HOPPING * SIZE / HBAR * above / quad(occupation, 0, np.pi, epsrel=1e-12)[0]


def amplitude(found):
    value = found["drift_velocity"].value
    return value["real"] + 1j * value["imaginary"]


@pytest.mark.parametrize("product", [0.0, 0.7])
def test_free_carriers_in_a_strong_wave(product):
    """m dv/dt = −e(E + v×B) − mv/τ is linear: Drude's amplitude at any strength of E, 1e-6 of it."""
    omega, phase, strength = 1.3 / TAU, 0.4, 1e-4
    found = observe(
        ELECTRONS,
        {"kind": "fermi_dirac", "chemical_potential": 0.02, "temperature": 300.0, "grid": [100, 100]},
        {"relaxation_time": TAU, "frequency": f"{omega} rad/fs"},
        electric=[wave(strength, omega, phase)],
        magnetic=[0, 0, product / (E_OVER_HBAR * HBAR / MASS * TAU)],
    )
    field = -strength * TAU / MASS * np.exp(-1j * phase)
    plus, minus = (field / (1 - 1j * (1.3 + sign * product)) for sign in (1, -1))
    expected = np.array([(plus + minus) / 2, (plus - minus) / 2j, 0])
    np.testing.assert_allclose(amplitude(found), expected, rtol=0, atol=1e-6 * abs(expected[0]))
    # Far from a weak field: a third of the Fermi velocity and more.
    assert abs(expected[0]) > np.sqrt(2 * 0.02 / MASS) / 3


def test_rectified_current_of_a_lattice_band():
    """Static and oscillating field: Σ_n J_n²(eaE₁/ħω) of Esaki and Tsu's drift at eaE₀ + nħω, exact for constant τ."""
    omega, static, turns = 1.7 / TAU, 0.6, 2.1
    found = observe(
        CHAIN,
        OCCUPIED | {"grid": [256]},
        {"relaxation_time": TAU},
        electric=[{"kind": "uniform", "amplitude": [static * UNIT, 0, 0]}, wave(turns * 1.7 * UNIT, omega)],
    )["drift_velocity"]
    n = np.arange(-40, 41)
    shifted = static + 1.7 * n
    expected = -peak_velocity() * np.sum(jv(n, turns) ** 2 * shifted / (1 + shifted**2))
    assert found.value[0] == pytest.approx(expected, rel=1e-6)
    assert abs(found.value[0] - expected) < found.uncertainty[0] + 1e-8 * abs(expected)


@pytest.mark.parametrize("harmonic", [1, 3])
def test_harmonics_of_a_lattice_band(harmonic):
    """v(t) = −v₀ ∫ (ds/τ) e^{-s/τ} sin(a[P(t) − P(t − s)]/ħ), P = ∫eE dt, by scipy's quadrature at 64 times of a period."""
    omega, strength, phase = 0.9 / TAU, 2.0, 0.3
    found = observe(
        CHAIN,
        OCCUPIED | {"grid": [256]},
        {"relaxation_time": TAU, "frequency": f"{harmonic * omega} rad/fs"},
        electric=[wave(strength * UNIT, omega, phase)],
    )

    def drift(t):
        def rate(s):
            swing = strength / 0.9 * (np.sin(omega * t + phase) - np.sin(omega * (t - s * TAU) + phase))
            return np.exp(-s) * np.sin(swing)

        return -peak_velocity() * quad(rate, 0, 40, epsabs=1e-11, limit=400)[0]

    times = 2 * np.pi / omega * np.arange(64) / 64
    expected = 2 * np.mean([drift(t) * np.exp(1j * harmonic * omega * t) for t in times])
    assert amplitude(found)[0] == pytest.approx(expected, abs=1e-6 * peak_velocity())
    assert abs(expected) > 0.01 * peak_velocity()


def test_steady_state_with_a_time_that_depends_on_energy():
    """j = Σ f₀/τ(k₀) ∫ e^{-s} v dt with ds/dt = 1/τ(ε(k(t))), by scipy's integrator on 256 points of the zone."""
    law = {"exponent": 1.5, "unit": 0.1, "origin": -0.2}
    strength = 1.4
    found = observe(
        CHAIN, OCCUPIED | {"grid": [256]}, {"relaxation_time": TAU, "energy": law}, electric=[strength * UNIT, 0, 0]
    )  # fmt: skip
    start = 2 * np.pi * (np.arange(256) + 0.5) / 256

    def rate(x):
        return ((0.2 - 2 * HOPPING * np.cos(x)) / 0.1) ** -1.5 / TAU

    def rates(t, state):
        s = state[:256]
        x = start - strength / TAU * t
        return np.concatenate([rate(x), np.exp(-s) * 2 * HOPPING * SIZE / HBAR * np.sin(x)])

    # The slowest collisions take (3)^1.5 τ: after 60 of these 1e-12 is left of every flight.
    path = solve_ivp(rates, (0, 150 * TAU), np.zeros(512), method="DOP853", rtol=1e-10, atol=1e-10).y[
        256:, -1
    ]
    weight = occupation(start)
    expected = np.sum(weight * rate(start) * path) / weight.sum()
    assert found["drift_velocity"].value[0] == pytest.approx(expected, rel=1e-7)
    constant = -peak_velocity() * strength / (1 + strength**2)
    assert abs(expected / constant - 1) > 0.05


def test_each_valley_has_its_time(midpoints):
    """Two halves of one circle: over each, v_a v_b averages as over the whole, so σ is the mean of two Drude tensors."""
    times, tesla = {"left": 50.0, "right": 200.0}, 30.0
    found = observe(
        ELECTRONS,
        {"kind": "fermi_surface", "chemical_potential": 0.0, "temperature": 300.0, "grid": [100, 100]},
        {"relaxation_time": times},
        magnetic=[0, 0, tesla],
        valleys={"left": [-0.05, 0, 0], "right": [0.05, 0, 0]},
    )
    share = 0.5 * PLANCK * found["carrier_density"].value / MASS
    shares, across = found["valley_conductivity"].value, found["valley_hall_conductivity"].value
    for name, part in zip(("left", "right"), shares, strict=True):
        product = E_OVER_HBAR * tesla * HBAR / MASS * times[name]
        along = share * times[name] / (1 + product**2)
        np.testing.assert_allclose(
            part[:2, :2], [[along, -product * along], [product * along, along]], rtol=1e-6
        )
        assert across[name] == pytest.approx(-product * along, rel=1e-6)
    np.testing.assert_allclose(tensor(found["conductivity"]), np.sum(shares, axis=0), rtol=1e-12, atol=1e-12)


def test_mixing_is_watched_along_flights(tmp_path):
    """Packets that start away from the gap of a Dirac cone are driven across: eEv/4m² at the gap, more than at any start."""
    speed, mass, field = 3.0, 0.05, 5e-5
    x = 0.15 * (2 * (np.arange(41) + 0.3) / 41 - 1)
    k = np.stack([*np.meshgrid(x, x), np.zeros((41, 41))], axis=-1).reshape(-1, 3)
    apart = np.linalg.norm(k, axis=1)
    starts = k[(apart > 0.0816) & (apart < 0.15)]
    np.savez(tmp_path / "starts.npz", wavevector=starts, weight=np.ones(len(starts)))
    made = problem(
        {
            "kp": [
                {"powers": [1, 0], "matrix": [[0, speed], [speed, 0]]},
                {"powers": [0, 1], "matrix": [[0, [0, -speed]], [[0, speed], 0]]},
                {"powers": [0, 0], "matrix": [[mass, 0], [0, -mass]]},
            ],
            "dimension": 2, "length_scale": 10.0, "cutoff": 0.15,
        },
        electric=[field, 0, 0], output={"trajectories": 0}, scattering={"relaxation_time": 40.0},
        ensemble={"kind": "arrays", "file": str(tmp_path / "starts.npz")},
    )  # fmt: skip
    seen = run(made).diagnostics["interband_mixing"].max()
    at_the_gap = field * speed / (4 * mass**2)
    # The starts have 2ε > 0.5 eV: (gap/2ε)² of it and less. A step is a fraction of the width of the crossing.
    assert 0.9 * at_the_gap < seen <= at_the_gap * (1 + 1e-9)
