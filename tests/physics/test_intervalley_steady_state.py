"""Collisions that conserve the number in each valley, at any strength of E, against a spectral solution and known limits."""

import numpy as np
import pytest

from tests.physics.scattered import observe, tensor
from wavepacket.errors import ConfigError, InputError
from wavepacket.plots import series_of_run
from wavepacket.units import BOLTZMANN, E_OVER_HBAR, HBAR

pytestmark = pytest.mark.physics

SIZE, TAU, LEVEL, TEMPERATURE = 4.0, 100.0, -0.07, 120.0
# ε = 2 Re Σ t e^{ink a}: two valleys at ka = ±π/2, one deeper than the other, and 0.2 eV between them.
HOPPINGS = {1: 0.012j, 2: 0.05}
CHAIN = {
    "lattice": [[SIZE]], "positions": [[0]],
    "hoppings": [{"cell": [n], "matrix": [[[t.real, t.imag]]]} for n, t in ((1, 0.012j), (2, 0.05 + 0j))],
}  # fmt: skip
VALLEYS = {"left": [0.25], "right": [0.75]}
OCCUPIED = {"kind": "fermi_dirac", "chemical_potential": LEVEL, "temperature": TEMPERATURE, "grid": [512]}
UNIT = HBAR / (SIZE * TAU)  # field in which eEaτ/ħ = 1


def spectral(field, times, between, n=4096):
    """Boltzmann's equation of the chain on a grid in k: f_u = Σ S_m e^{imka}/(Γ_u + im k̇ a) for packets of each valley u.

    Valley v emits f0/τ_v + y_v (−f0') and f0/τ_inter; y_v from the numbers, of which the total is that of f0. Returns
    drift velocity, populations and shifts y_v τ_v.
    """
    x = 2 * np.pi * (np.arange(n) + 0.5) / n
    m = np.fft.fftfreq(n, 1 / n)
    energy = sum(2 * (t * np.exp(1j * c * x)).real for c, t in HOPPINGS.items())
    velocity = sum(2 * (1j * c * t * np.exp(1j * c * x)).real for c, t in HOPPINGS.items()) * SIZE / HBAR
    f0 = 1 / (1 + np.exp((energy - LEVEL) / (BOLTZMANN * TEMPERATURE)))
    inside = np.array([x < np.pi, x >= np.pi])
    tau = np.array(times)
    rates = 1 / tau + 1 / between

    def solve(sources):
        modes = np.fft.fft(sources, axis=1) / (rates[:, None] - 1j * m * field * SIZE / HBAR)
        return np.fft.ifft(modes, axis=1).real

    slope = f0 * (1 - f0) / (BOLTZMANN * TEMPERATURE) * inside
    still, moved = solve(rates[:, None] * f0 * inside), solve(slope)
    counts, states = inside.T / n / SIZE, slope.sum(axis=1) / n / SIZE
    # Σ_u N_vu/τ_u = n_v/τ_v + y_v G_v with the numbers n_v of equilibrium; and all that is there, as much as there was.
    right = (still @ counts / tau[:, None]).sum(axis=0) - f0 @ counts / tau
    matrix = np.diag(states) - (moved @ counts / tau[:, None]).T
    whole = (moved @ counts).sum(axis=1), (f0 - still.sum(axis=0)).mean() / SIZE
    weight = states.sum() / np.abs(whole[0]).sum()
    y = np.linalg.lstsq(np.vstack([matrix, weight * whole[0]]), [*right, weight * whole[1]], rcond=None)[0]
    f = still.sum(axis=0) + y @ moved
    return np.sum(f * velocity) / f.sum(), f @ counts, y * tau


def named(observable):
    return np.array([observable.value[name] for name in VALLEYS])


def chain(field, scattering, **more):
    return observe(CHAIN, OCCUPIED | more, scattering, electric=[field * UNIT, 0, 0], valleys=VALLEYS)


@pytest.mark.parametrize("strength", [pytest.param(0.3, marks=pytest.mark.full), 4.0])
@pytest.mark.parametrize(
    ("times", "between"), [((TAU, TAU), 300.0), ((TAU, TAU), 1e5), ((TAU, TAU), 1e12), ((TAU, 250.0), 600.0)]
)
def test_chain_with_two_valleys(strength, times, between):
    """Drift, populations and shifts to 1e-6: f0 at the borders is 1e-7 of its maximum, and sums over k have converged."""
    given = TAU if times[0] == times[1] else dict(zip(VALLEYS, times, strict=True))
    found = chain(strength, {"relaxation_time": given, "intervalley_time": between})
    drift, population, shift = spectral(strength * UNIT, times, between)
    assert found["drift_velocity"].value[0] == pytest.approx(drift, rel=1e-6)
    np.testing.assert_allclose(named(found["valley_population"]), population, rtol=1e-6)
    np.testing.assert_allclose(
        named(found["valley_imbalance"]), shift, rtol=1e-6, atol=1e-6 * np.abs(shift).max()
    )
    # The field empties one of them, by far more than any of these errors, and nothing is lost.
    still = chain(0.0, {"relaxation_time": given, "intervalley_time": between})
    before = named(still["valley_population"])
    assert np.abs(population / before - 1).min() > 1e-4
    assert named(found["valley_population"]).sum() == pytest.approx(before.sum(), rel=1e-13)


def test_currents_add_up():
    """By contribution and by valley; a run with collisions has no series to draw."""
    found = chain(2.0, {"relaxation_time": TAU, "intervalley_time": 10 * TAU})
    current = found["current_density"]
    parts = current.contributions
    assert set(parts) == {"band", "moment", "chiral", "anomalous", "intervalley"}
    np.testing.assert_allclose(
        sum(part.value for part in parts.values()), current.value, rtol=1e-12, atol=1e-12
    )
    assert abs(parts["intervalley"].value[0]) > 5e-4 * abs(current.value[0])
    np.testing.assert_allclose(
        named(found["valley_current"]).sum(axis=0), current.value, rtol=1e-12, atol=1e-12
    )
    odd = found["longitudinal_conductivity"]
    assert sum(part.value for part in odd.contributions.values()) == pytest.approx(odd.value, rel=1e-12)
    assert series_of_run(found, np.zeros(1)) == []


def test_hall_currents_of_valleys_add_up():
    found = observe(
        {"name": "haldane"}, OCCUPIED | {"chemical_potential": 0.8, "temperature": 900.0, "grid": [16, 16]},
        {"relaxation_time": {"K": 100.0, "K'": 50.0}, "intervalley_time": 1000.0}, electric=[1e-3, 2e-3, 0],
        magnetic=[0, 0, 5.0], band={"index": 1}, tolerance=1e-7,
    )  # fmt: skip
    shares, hall = found["valley_hall_conductivity"].value, found["hall_conductivity"]
    assert shares["K"] + shares["K'"] == pytest.approx(hall.value, rel=1e-10)
    assert sum(part.value for part in hall.contributions.values()) == pytest.approx(hall.value, rel=1e-10)
    population = found["valley_population"].value
    excess = (population["K"] - population["K'"]) / (population["K"] + population["K'"])
    assert found["valley_polarisation"].value == pytest.approx(excess, rel=1e-12)
    assert abs(excess) > 0.1


@pytest.mark.parametrize("strength", [0.3, 4.0])
def test_limits_of_either_time(strength):
    """Where one kind of collision is far more frequent, the result is that of one relaxation time, if it conserves nothing.

    With the time within valleys at 1e12 fs exactly, from packets of the whole sea instead of those at the Fermi surface.
    """
    alone = chain(strength, {"relaxation_time": TAU})
    rare = chain(strength, {"relaxation_time": 1e12, "intervalley_time": TAU})
    for name in ("drift_velocity", "current_density"):
        assert rare[name].value[0] == pytest.approx(alone[name].value[0], rel=1e-8)
    often = chain(strength, {"relaxation_time": TAU, "intervalley_time": 1e-5 * TAU})
    quick = chain(strength, {"relaxation_time": 1e-5 * TAU / (1 + 1e-5)})
    # A fraction 1e-5 of collisions keeps numbers whose change is of first order in the time as well.
    assert often["drift_velocity"].value[0] == pytest.approx(quick["drift_velocity"].value[0], rel=1e-4)


def test_random_flights_have_the_same_numbers():
    """Flights of random length in place of the weight along them, each number within four standard errors."""
    times = {"relaxation_time": TAU, "intervalley_time": 4 * TAU}
    more = {"grid": None, "number": 4000, "replicas": 32}
    found = chain(1.5, times | {"monte_carlo": {}}, **more)
    exact = chain(1.5, times)
    for name in ("drift_velocity", "valley_population", "valley_imbalance"):
        pairs = [(exact[name].value, found[name].value, found[name].uncertainty)]
        if isinstance(found[name].value, dict):
            pairs = [tuple(part[valley] for part in pairs[0]) for valley in VALLEYS]
        for true, value, error in pairs:
            true, value, error = (np.atleast_1d(each)[0] for each in (true, value, error))
            assert abs(value - true) < 4 * error
            assert error < 0.3 * abs(true)


def test_weak_field_at_a_weyl_node(midpoints):
    """The differentiated response, whose intervalley current is that of Son and Spivak: odd parts differ by E², 1e-10."""
    arguments = {"band": {"index": 1}, "valleys": {"W": [0, 0, 0]}, "tolerance": 1e-9}
    model = {"name": "weyl_node", "velocity": 5.0, "cutoff": 0.065}
    surface = {"chemical_potential": 0.2, "temperature": 300.0, "grid": [24, 24, 24]}
    times = {"relaxation_time": 0.02, "intervalley_time": 0.2}
    magnetic, field = np.array([1.0, 0, 6.0]), np.array([0, 0, 1e-6])
    linear = observe(model, {"kind": "fermi_surface", **surface}, times, magnetic=magnetic, **arguments)
    state = observe(
        model, {"kind": "fermi_dirac", **surface}, times, magnetic=magnetic, electric=field, **arguments
    )
    sigma, found = tensor(linear["conductivity"])[2, 2], state["longitudinal_conductivity"]
    assert found.value == pytest.approx(sigma, rel=1e-9)
    for name, part in linear["conductivity"].contributions.items():
        share = found.contributions[name].value
        assert share == pytest.approx(part.value[2][2], rel=1e-8, abs=1e-12 * sigma)
    assert linear["conductivity"].contributions["intervalley"].value[2][2] > 0.01 * sigma
    expected = np.array(linear["valley_imbalance"].value)[0] @ field
    assert state["valley_imbalance"].value["W"] == pytest.approx(expected, rel=1e-6)


def test_nodes_of_a_lattice_exchange_what_the_field_pumps(midpoints):
    """±e²E·B τ_v/4π²ħ² in each of two nodes, nothing in both together; f at the nodes themselves is 1 %
    below 1, and so is what comes from there.
    """
    tesla, field, between = 4.0, 1e-6, 20.0
    found = observe(
        {"name": "weyl_lattice"},
        {"kind": "fermi_dirac", "chemical_potential": 0.2, "temperature": 500.0, "grid": [72, 72, 72]},
        {"relaxation_time": 1.0, "intervalley_time": between},
        electric=[0, 0, field], magnetic=[0, 0, tesla], band={"index": 1}, tolerance=1e-6,
    )  # fmt: skip
    pumped = E_OVER_HBAR * tesla * field / (4 * np.pi**2 * HBAR) * between
    pumped *= 1 / (1 + np.exp(-0.2 / (BOLTZMANN * 500)))
    population, shift = found["valley_population"].value, found["valley_imbalance"].value
    # The two nodes are mirror images of each other.
    assert abs(population["W+"] - population["W-"]) == pytest.approx(2 * pumped, rel=5e-3)
    assert shift["W+"] == pytest.approx(-shift["W-"], rel=1e-6)


@pytest.mark.parametrize(
    ("ensemble", "more", "where"),
    [
        ({"temperature": 0}, {}, "ensemble.temperature: collisions that conserve"),
        (
            {},
            {"electric": [{"kind": "sinusoid", "amplitude": [1e-3, 0, 0], "frequency": "1 THz"}]},
            "needs a static",
        ),
        ({}, {"valleys": {}}, "needs a model with valleys"),
        (
            {"kind": "filled_band", "chemical_potential": None, "temperature": None},
            {},
            "of kind fermi_surface or",
        ),
    ],
)
def test_what_cannot_be_conserved_is_named(ensemble, more, where):
    given = {key: value for key, value in (OCCUPIED | ensemble).items() if value is not None}
    with pytest.raises(ConfigError, match=where):
        observe(
            CHAIN, given, {"relaxation_time": TAU, "intervalley_time": TAU},
            **({"electric": [1e-3, 0, 0], "valleys": VALLEYS} | more),
        )  # fmt: skip


def test_a_valley_that_cannot_hold_what_comes_is_named():
    """Half the zone without a state within 28 kT of the Fermi level: no shift of it would hold anybody."""
    with pytest.raises(
        InputError, match="packets come to valley right, which has no state at the Fermi level"
    ):
        chain(
            4.0, {"relaxation_time": TAU, "intervalley_time": TAU}, temperature=20.0, chemical_potential=-0.12,
            grid=[2048],
        )  # fmt: skip
