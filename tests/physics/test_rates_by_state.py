"""Rates of collisions that depend on the state: tables over energy, maps over the zone, and causes that add."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import ive

from tests.physics.scattered import observe, tensor
from wavepacket.errors import ConfigError
from wavepacket.units import BOLTZMANN, E_OVER_HBAR, ELECTRON_MASS, HBAR, PLANCK

pytestmark = pytest.mark.physics

MASS, TAU, TEMPERATURE = 0.1 * ELECTRON_MASS, 1000.0, 100.0
HEAT = BOLTZMANN * TEMPERATURE
CUTOFF = 0.08
FREE = {"name": "parabolic_band", "mass_x": 0.1, "mass_y": 0.1, "cutoff": CUTOFF}
TURNS = E_OVER_HBAR * HBAR / MASS * TAU  # ω_cτ of one tesla


def surface(eta=0.0, grid=(40, 40), **more):
    return {
        "kind": "fermi_surface", "chemical_potential": eta * HEAT, "temperature": TEMPERATURE, "grid": list(grid),
        "field_reversal": False,
    } | more  # fmt: skip


def drude(time, eta=0.0):
    """e²/h: ∫ x τ(x) (−df/dx) dx kT/ħ of a time over x = ε/kT."""
    weight = lambda x: 0.25 / np.cosh(0.5 * (x - eta)) ** 2  # noqa: E731
    points = [1.0, 2.0, 3.0, 5.0, 10.0]
    whole = quad(lambda x: x * time(x) * weight(x), 0, 40, points=points, epsrel=1e-11, limit=400)[0]
    return PLANCK / (2 * np.pi * HBAR**2) * HEAT * whole


def test_causes_add():
    """1/τ = 1/1 ps + (T/300)/2 ps + (T/200)²/4 ps is one time, in a linear response and in a steady state."""
    more = [
        {"relaxation_time": 2000.0, "power": 1},
        {"relaxation_time": 4000.0, "power": 2, "reference_temperature": 200.0},
    ]
    one = 1 / (1 / TAU + (TEMPERATURE / 300) / 2000 + (TEMPERATURE / 200) ** 2 / 4000)
    for kind, electric in (("fermi_surface", 0.0), ("fermi_dirac", 1e-6)):
        start = surface(grid=(12, 12), kind=kind)
        fields = {"electric": [electric, 0, 0], "magnetic": [0, 0, 0.3]}
        added = observe(FREE, start, {"relaxation_time": TAU, "matthiessen": more}, **fields)
        single = observe(FREE, start, {"relaxation_time": one}, **fields)
        name = "conductivity" if electric == 0 else "current_density"
        np.testing.assert_allclose(added[name].value, single[name].value, rtol=1e-9, atol=1e-12)


def test_causes_by_energy():
    """1/τ of a constant, of a law and of a table, at B = 0 and where B turns packets at their own rate."""
    law = {"exponent": 1, "unit": HEAT, "floor": 1e-9}
    edges, factors = (0.0, 4.0, 8.0), (1.0, 3.0, 0.5)
    table = {"energy": [x * HEAT for x in edges], "factor": list(factors)}
    scattering = {
        "relaxation_time": TAU,
        "table": table,
        "matthiessen": [{"relaxation_time": 2 * TAU, "energy": law}, {"relaxation_time": 5 * TAU}],
    }

    def rate(x):
        slow = np.exp(np.interp(x, edges, np.log(factors)))
        return 1 / slow + 1 / (2 * max(x, 1e-9 / HEAT)) + 0.2

    turns = 0.3
    found = observe(FREE, surface(grid=(300, 300)), scattering, tolerance=1e-6)
    expected = [drude(lambda x: TAU / rate(x))]
    assert found["conductivity"].value[0, 0] == pytest.approx(expected[0], rel=1e-4)
    assert "berry_curvature_dipole" not in found
    found = observe(FREE, surface(grid=(60, 60)), scattering, magnetic=[0, 0, turns / TURNS], tolerance=1e-6)
    sigma = tensor(found["conductivity"])
    along, across = (
        drude(lambda x, part=part: TAU * part(1 / (rate(x) - 1j * turns))) for part in (np.real, np.imag)
    )
    # The kinks of the table leave a power of the step.
    assert sigma[0, 0] == pytest.approx(along, rel=2e-3)
    assert sigma[1, 0] == pytest.approx(across, rel=2e-3)


ANISOTROPY, POINTS = 0.05, 41


def times():
    """ln of the factor of τ is c (k_x² − k_y²)ħ²/2mkT, which cubic splines have exactly but for the edge of the map."""
    k = np.linspace(-CUTOFF, CUTOFF, POINTS)
    x = HBAR**2 / (2 * MASS * HEAT) * k**2
    return np.exp(ANISOTROPY * (x[:, None] - x[None, :])).tolist()


def test_map_of_times_at_rest():
    """On a circle of energy x: ⟨cos² e^{cx cos 2φ}⟩ = ½(I₀ + I₁)(cx)."""
    found = observe(FREE, surface(2.0), {"relaxation_time": TAU, "map": {"factor": times()}})
    sigma = tensor(found["conductivity"])
    c = ANISOTROPY
    for axis, sign in ((0, 1), (1, -1)):
        expected = drude(
            lambda x, sign=sign: TAU * np.exp(c * x) * (ive(0, c * x) + sign * ive(1, c * x)), 2.0
        )
        assert sigma[axis, axis] == pytest.approx(expected, rel=1e-6)
    assert sigma[0, 0] > 1.1 * sigma[1, 1]


def on_circle(x, turns, nodes=48):
    """Σ of one energy: h/τ(φ) − ω_c dh/dφ = v_a on a circle, by collocation; mean of v_b h_a over v²τ/2."""
    angle = 2 * np.pi * np.arange(nodes) / nodes
    order = np.fft.fftfreq(nodes, 1 / nodes)
    derivative = np.real(np.fft.ifft(1j * order[:, None] * np.fft.fft(np.eye(nodes), axis=0), axis=0))
    rate = np.exp(-ANISOTROPY * x * np.cos(2 * angle))
    directions = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    flown = np.linalg.solve(np.diag(rate) - turns * derivative, directions)
    return 2 * flown.T @ directions / nodes


def test_map_of_times_where_packets_turn():
    """Against the linear system of Boltzmann's equation on circles of energy, which knows of no flight."""
    turns = 0.8
    found = observe(
        FREE, surface(2.0, (28, 28)), {"relaxation_time": TAU, "map": {"factor": times()}},
        magnetic=[0, 0, turns / TURNS], tolerance=1e-7,
    )  # fmt: skip
    sigma = tensor(found["conductivity"])[:2, :2]
    expected = np.array(
        [
            [drude(lambda x, a=a, b=b: TAU * on_circle(x, turns)[a, b], 2.0) for b in range(2)]
            for a in range(2)
        ]
    )
    np.testing.assert_allclose(sigma, expected, rtol=0, atol=2e-5 * np.abs(expected).max())
    assert sigma[0, 0] > 1.03 * sigma[1, 1]


def test_map_of_times_of_a_lattice():
    """σ = q² Σ (−f′) v² τ of a chain, ln τ of two harmonics on 64 points of the zone; it is the same a zone away."""
    a, hopping, points = 4.0, 0.05, 64
    at = 2 * np.pi * np.arange(points) / points
    factor = np.exp(0.5 * np.cos(at) + 0.3 * np.sin(at))
    start = {"kind": "fermi_surface", "chemical_potential": -0.05, "temperature": 600.0, "grid": [256]}
    found = observe(
        {"name": "cosine_band", "hopping": hopping, "lattice_constant": a}, start,
        {"relaxation_time": TAU, "map": {"factor": factor.tolist()}},
    )  # fmt: skip
    heat = BOLTZMANN * 600.0

    def summed(x):
        slope = 0.25 / heat / np.cosh((-2 * hopping * np.cos(x) + 0.05) / (2 * heat)) ** 2
        return (
            slope
            * (2 * hopping * a / HBAR * np.sin(x)) ** 2
            * TAU
            * np.exp(0.5 * np.cos(x) + 0.3 * np.sin(x))
        )

    expected = quad(summed, 0, 2 * np.pi, epsrel=1e-11)[0] / (2 * np.pi * a)
    assert found["conductivity"].value[0, 0] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("ensemble", "scattering", "where"),
    [
        (
            {"kind": "fermi_dirac"},
            {"table": {"energy": [0, 1], "factor": [1, 2]}, "energy": {"exponent": 1, "unit": 1}},
            "scattering.energy",
        ),
        ({}, {"table": {"energy": [1, 0], "factor": [1, 2]}}, "ascend"),
        ({}, {"table": {"energy": [0, 1], "factor": [1]}}, "one for each energy"),
        ({}, {"map": {"factor": [1, 2, 3, 4]}}, "nest lists once for each axis"),
        ({}, {"map": {"factor": [[1, 2], [3]]}}, "nested lists"),
        ({}, {"map": {"factor": times()}, "monte_carlo": {"flights": 1}}, "scattering.map"),
        ({"kind": "zone"}, {"matthiessen": [{"relaxation_time": 1.0, "power": 1}]}, "scattering.matthiessen"),
    ],
)
def test_rates_that_are_not_known_are_refused(ensemble, scattering, where):
    start = surface(grid=(8, 8)) | ensemble
    if ensemble.get("kind") == "zone":
        start = {"kind": "zone", "grid": [8, 8]}
    with pytest.raises(ConfigError, match=where):
        observe(FREE, start, {"relaxation_time": TAU} | scattering)


def test_rates_in_a_field_that_oscillates_are_refused():
    scattering = {"relaxation_time": TAU, "table": {"energy": [0, 1], "factor": [1, 2]}}
    electric = {"kind": "sinusoid", "amplitude": [1e-5, 0, 0], "frequency": "1 THz"}
    with pytest.raises(ConfigError, match="known in a static field"):
        observe(FREE, surface(grid=(8, 8), kind="fermi_dirac"), scattering, electric=electric)


def test_rates_that_a_field_changes():
    """Steady state of a chain in E: (qE/ħ) ∂f/∂k = −(f − f0)/τ(k), by collocation over the zone."""
    a, hopping, points, electric, temperature = 4.0, 0.05, 64, 6e-4, 600.0
    at = 2 * np.pi * np.arange(points) / points
    law = {"exponent": 1, "unit": 0.05, "origin": -0.4}
    found = observe(
        {"name": "cosine_band", "hopping": hopping, "lattice_constant": a, "dimension": 1},
        {"kind": "fermi_dirac", "chemical_potential": -0.05, "temperature": temperature, "grid": [64]},
        {
            "relaxation_time": 100.0,
            "map": {"factor": np.exp(0.5 * np.cos(at) + 0.3 * np.sin(at)).tolist()},
            "matthiessen": [{"relaxation_time": 50.0, "energy": law}],
        },
        electric=[electric, 0, 0], tolerance=1e-7,
    )  # fmt: skip
    order = np.fft.fftfreq(points, 1 / points)
    derivative = np.real(np.fft.ifft(1j * order[:, None] * np.fft.fft(np.eye(points), axis=0), axis=0)) * a
    energy = -2 * hopping * np.cos(at)
    rate = np.exp(-0.5 * np.cos(at) - 0.3 * np.sin(at)) / 100.0 + 0.05 / (50.0 * (energy + 0.4))
    f0 = 1 / (1 + np.exp((energy + 0.05) / (BOLTZMANN * temperature)))
    f = np.linalg.solve(np.diag(rate) - electric / HBAR * derivative, rate * f0)
    current = -np.mean(f * 2 * hopping * a / HBAR * np.sin(at)) / a  # e/fs
    assert found["current_density"].value[0] == pytest.approx(current * 1.602176634e-4, rel=1e-5)
    assert abs(f - f0).max() > 0.1  # far from a linear response


def test_a_map_that_is_flat_changes_nothing():
    """All terms of the velocity, in E and B and with E reversed, of a steady state."""
    start = {"kind": "fermi_dirac", "chemical_potential": 1.0, "temperature": 2000.0, "grid": [4, 4]}
    fields = {"electric": [1e-3, 5e-4, 0], "magnetic": [0, 0, 20.0], "tolerance": 1e-8, "band": {"index": 1}}
    model = {"name": "haldane", "staggered": 0.3}
    plain = observe(model, start, {"relaxation_time": 10.0}, **fields)
    flat = observe(model, start, {"relaxation_time": 20.0, "map": {"factor": [[0.5] * 4] * 4}}, **fields)
    for name in ("current_density", "longitudinal_conductivity", "hall_conductivity"):
        for part, each in plain[name].contributions.items():
            size = np.abs(plain[name].value).max()
            np.testing.assert_allclose(
                flat[name].contributions[part].value, each.value, rtol=0, atol=1e-6 * size
            )
