"""Collisions with a relaxation time against closed forms: Drude, Hall, Esaki and Tsu."""

import numpy as np
import pytest
from scipy.integrate import quad

from tests.physics.scattered import observe, tensor
from wavepacket.errors import ConfigError
from wavepacket.units import BOLTZMANN, E_OVER_HBAR, ELECTRON_MASS, HBAR, PLANCK

pytestmark = pytest.mark.physics

MASS = 0.1 * ELECTRON_MASS
ELECTRONS = {"name": "parabolic_band", "mass_x": 0.1, "mass_y": 0.1, "cutoff": 0.08}
# Sums over a grid converge exponentially where the Fermi function is smooth; the cut-off is 28 kT away.
SURFACE = {"kind": "fermi_surface", "chemical_potential": 0.0, "temperature": 100.0, "grid": [24, 24],
           "field_reversal": False}  # fmt: skip
TAU = 1000.0


def turns(tesla):
    return E_OVER_HBAR * tesla * HBAR / MASS * TAU


@pytest.mark.parametrize(
    "product",
    [
        0.01,
        0.1,
        1.0,
        10.0,
        pytest.param(30.0, marks=pytest.mark.full),
        pytest.param(100.0, marks=pytest.mark.full),
    ],
)
def test_drude_and_hall(product):
    """σ_xx = (n e²τ/m)/(1 + (ω_cτ)²), σ_xy = −ω_cτ σ_xx, R = −1/ne: to 1e-6 of each component."""
    tesla = product / turns(1.0)
    found = observe(ELECTRONS, SURFACE, {"relaxation_time": TAU}, magnetic=[0, 0, tesla])
    density = found["carrier_density"].value
    expected = PLANCK * density * TAU / MASS / (1 + product**2)
    sigma = tensor(found["conductivity"])
    np.testing.assert_allclose(np.diag(sigma)[:2], expected, rtol=1e-6)
    np.testing.assert_allclose([sigma[0, 1], -sigma[1, 0]], -product * expected, rtol=1e-6)
    assert found["hall_angle"].value == pytest.approx(-product, rel=1e-6)
    # Å² in m² and e in C.
    assert found["hall_coefficient"].value == pytest.approx(-1e-20 / (density * 1.602176634e-19), rel=1e-6)
    # The drift along E falls as packets turn; −eτ/m is what resistivity and Hall effect give in any field.
    assert found["drift_mobility"].value == pytest.approx(-0.1 * TAU / MASS / (1 + product**2), rel=1e-6)
    assert found["mobility"].value == found["drift_mobility"].value
    assert found["hall_mobility"].value == pytest.approx(-0.1 * TAU / MASS, rel=1e-6)
    resistive = found["resistive_mobility"].value
    assert resistive == pytest.approx(-0.1 * TAU / MASS, rel=1e-6)


@pytest.mark.parametrize("product", [0.3, 3.0])
@pytest.mark.parametrize("cycles", [0.0, 0.7])
def test_drude_at_a_frequency(product, cycles):
    """σ_± = σ0/(1 − i(ω ∓ ω_c)τ) of circular fields; exp(−iωt)."""
    tesla = cycles / turns(1.0)
    found = observe(
        ELECTRONS, SURFACE, {"relaxation_time": TAU, "frequency": product / TAU}, magnetic=[0, 0, tesla]
    )
    sigma = tensor(found["conductivity"])
    drude = PLANCK * found["carrier_density"].value * TAU / MASS
    # Electrons turn counterclockwise about B: (x + iy) rotates with exp(iω_c t).
    plus = drude / (1 - 1j * (product + cycles))
    minus = drude / (1 - 1j * (product - cycles))
    assert sigma[0, 0] == pytest.approx((plus + minus) / 2, rel=1e-6)
    assert sigma[1, 0] == pytest.approx((plus - minus) / 2j, rel=1e-6, abs=1e-9 * abs(drude))


@pytest.mark.parametrize("strength", [0.02, 0.3, 1.0, 3.0, 20.0])
def test_esaki_and_tsu(strength):
    """v = v₀ (eEaτ/ħ)/(1 + (eEaτ/ħ)²), through the maximum at 1 and far into Bloch oscillations."""
    a, hopping, tau, temperature = 4.0, 0.05, 100.0, 600.0
    field = strength * HBAR / (a * tau)
    found = observe(
        {"name": "cosine_band", "hopping": hopping, "lattice_constant": a},
        {"kind": "fermi_dirac", "chemical_potential": -0.05, "temperature": temperature, "grid": [64]},
        {"relaxation_time": tau},
        electric=[field, 0, 0],
    )

    def occupied(x, weight):
        return weight / (1 + np.exp((-2 * hopping * np.cos(x) + 0.05) / (BOLTZMANN * temperature)))

    cosine = quad(lambda x: occupied(x, np.cos(x)), 0, np.pi, epsrel=1e-12)[0]
    mean = cosine / quad(lambda x: occupied(x, 1.0), 0, np.pi, epsrel=1e-12)[0]
    largest = 2 * hopping * a / HBAR * mean
    assert found["drift_velocity"].value[0] == pytest.approx(
        -largest * strength / (1 + strength**2), rel=1e-6
    )


def test_energy_dependent_time():
    """τ ∝ ε^p of free electrons in 2D: ⟨τ⟩ = Σ(−f′)ε τ/Σ(−f′)ε."""
    law = {"exponent": 0.5, "unit": BOLTZMANN * 100, "floor": 1e-9}
    found = observe(
        ELECTRONS, SURFACE | {"grid": [200, 200]}, {"relaxation_time": TAU, "energy": law}, tolerance=1e-8
    )
    slope = lambda x: np.exp(x) / (1 + np.exp(x)) ** 2  # noqa: E731
    mean = quad(lambda x: slope(x) * x**1.5, 0, 60)[0] / quad(lambda x: slope(x) * x, 0, 60)[0]
    sigma = tensor(found["conductivity"])
    # √ε has a kink at the centre, so that the sum over the grid converges only as a power of its step.
    assert sigma[0, 0] == pytest.approx(PLANCK * found["carrier_density"].value * TAU * mean / MASS, rel=2e-5)


def test_contributions_add_up():
    """Band, moment, chiral and anomalous parts make the total, and each valley its share."""
    found = observe(
        {"name": "weyl_lattice"},
        {"kind": "fermi_surface", "chemical_potential": 0.3, "temperature": 400.0, "grid": [24, 24, 24]},
        {"relaxation_time": 50.0, "intervalley_time": 500.0},
        magnetic=[1.0, 2.0, 10.0],
        band={"index": 1},
        tolerance=1e-7,
    )
    parts = found["conductivity"].contributions
    total = sum(part.value for part in parts.values())
    np.testing.assert_allclose(total, found["conductivity"].value, rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(
        np.sum(found["valley_conductivity"].value, axis=0), found["conductivity"].value, rtol=1e-12, atol=1e-9
    )
    assert all(np.any(part.value) for part in parts.values())


@pytest.mark.parametrize(
    ("scattering", "more", "where"),
    [
        ({"relaxation_time": "1 ps"}, {"electric": [1e-5, 0, 0]}, "fields.electric"),
        ({"relaxation_time": {"X": 1.0}}, {}, "scattering.relaxation_time"),
        ({"relaxation_time": 1.0, "intervalley_time": 5.0}, {}, "scattering.intervalley_time"),
        ({"relaxation_time": -1.0}, {}, "scattering.relaxation_time"),
        ({}, {}, "scattering"),
    ],
)
def test_impossible_collisions_are_named(scattering, more, where):
    with pytest.raises(ConfigError, match=where):
        observe(ELECTRONS, SURFACE, scattering, **more)
