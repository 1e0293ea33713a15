"""Random collisions against the relaxation time that they have on average."""

import numpy as np
import pytest

from tests.cases import problem
from tests.physics.scattered import observe, tensor
from wavepacket.errors import ConfigError
from wavepacket.simulation import integrate
from wavepacket.simulation.batch import number_of_trajectories
from wavepacket.simulation.collisions import RandomFlights
from wavepacket.units import BOLTZMANN, E_OVER_HBAR, ELECTRON_MASS, HBAR, SIEMENS_PER_CENTIMETRE

pytestmark = pytest.mark.physics

MODEL = {"name": "parabolic_band", "mass_x": 0.1, "mass_y": 0.1, "cutoff": 0.08}
SURFACE = {
    "kind": "fermi_surface",
    "chemical_potential": 0.02,
    "temperature": 100.0,
    "number": 20000,
    "replicas": 32,
}
TAU = 500.0
TESLA = 1.2 / (E_OVER_HBAR * HBAR / (0.1 * ELECTRON_MASS) * TAU)


@pytest.mark.parametrize("flights", [1, 6])
def test_hall_conductivity_is_that_of_the_relaxation_time(flights):
    """Every component within four standard errors; isotropic collisions forget the velocity: more flights add noise."""
    events = {"relaxation_time": TAU, "monte_carlo": {"flights": flights}}
    found = observe(MODEL, SURFACE, events, magnetic=[0, 0, TESLA], tolerance=1e-7)
    exact = tensor(observe(MODEL, SURFACE, {"relaxation_time": TAU}, magnetic=[0, 0, TESLA])["conductivity"])
    late = (tensor(found["conductivity"]) - exact)[:2, :2] / found["conductivity"].uncertainty[:2, :2]
    assert np.abs(late).max() < 4
    assert found["conductivity"].uncertainty[0, 0] < 0.1 * exact[0, 0]


def test_steady_state_at_finite_field():
    """Esaki and Tsu's current, by flights of random length."""
    ensemble = {
        "kind": "fermi_dirac",
        "chemical_potential": -0.05,
        "temperature": 600.0,
        "number": 4000,
        "replicas": 32,
    }
    arguments = ({"name": "cosine_band", "hopping": 0.05}, ensemble)
    electric = [0.8 * HBAR / (4.0 * 100.0), 0, 0]
    found = observe(
        *arguments, {"relaxation_time": 100.0, "monte_carlo": {}}, electric=electric, tolerance=1e-7
    )["drift_velocity"]
    exact = observe(*arguments, {"relaxation_time": 100.0}, electric=electric)["drift_velocity"].value[0]
    assert abs(found.value[0] - exact) < 4 * found.uncertainty[0] < 0.3 * abs(exact)


def test_parts_of_a_run_are_the_run():
    """Packets have the same collisions whichever block they are in."""
    made = problem(
        MODEL, magnetic=[0, 0, TESLA], ensemble=SURFACE | {"number": 400}, tolerance=1e-7,
        scattering={"relaxation_time": TAU, "monte_carlo": {"flights": 4, "shell": 0.02}}, output={"trajectories": 0},
    )  # fmt: skip
    number = number_of_trajectories(made)
    whole = integrate(made, 0, number)
    cut = [integrate(made, first, min(97, number - first)) for first in range(0, number, 97)]
    steps = np.concatenate([block.diagnostics["steps"] for block in cut])
    assert steps.tobytes() == whole.diagnostics["steps"].tobytes()
    total = sum(block.sums["transport"] for block in cut)
    np.testing.assert_allclose(total, whole.sums["transport"], rtol=1e-12, atol=1e-12 * np.abs(total).max())


def test_a_table_sends_packets_to_valleys():
    made = problem(
        {"name": "weyl_lattice"}, ensemble=SURFACE | {"grid": [48, 48, 48], "number": None, "chemical_potential": 0.3},
        band={"index": 1}, output={"trajectories": 0},
        scattering={"relaxation_time": 10.0, "monte_carlo": {
            "flights": 2, "shell": 0.05, "valleys": {"W+": {"W-": 1.0}, "W-": {"W+": 0.25, "W-": 0.75}}}},
    )  # fmt: skip
    valley = np.repeat([0, 1], 4000)
    chance = (np.arange(8000) + 0.5) % 4000 / 4000
    after = RandomFlights(made, made.protocol, made.protocol.collisions).next_valley(valley, chance)
    assert np.all(after[:4000] == 1)
    assert np.mean(after[4000:] == 0) == pytest.approx(0.25, abs=1e-3)
    pool = made.pool
    energy = pool.energy[::17]
    drawn = pool.draw(
        energy, np.ones(len(energy), dtype=np.int64), 0.05, np.linspace(0.01, 0.99, len(energy))
    )
    assert np.all(drawn >= pool.begin[1])
    assert np.mean(np.abs(pool.energy[drawn] - energy) <= 0.05) > 0.95


def test_a_kernel_that_prefers_small_angles_gives_the_transport_time():
    """Isotropic Fermi line: Drude and Hall with 1/τ_tr = ⟨p(q)(1 − cos θ)⟩/τ, q = 2k sin(θ/2); 1/⟨p⟩ is 2.0, τ_tr/τ 3.1.

    All but e^-9 of the velocity is forgotten after 25 flights, and energies spread by less than kT: both below a tenth
    of the statistical error. Four components within 3.5 standard errors: one run in 500 fails by chance.
    """
    level, temperature, tesla = 0.02, 20.0, 0.3 * TESLA
    mass, thermal = 0.1 * ELECTRON_MASS, BOLTZMANN * temperature
    table = ([0.0, 2 * np.sqrt(2 * mass * level) / HBAR], [1.0, 0.2])
    events = {
        "flights": 25,
        "shell": thermal / 10,
        "kernel": dict(zip(("transfer", "chance"), table, strict=True)),
    }
    surface = SURFACE | {"temperature": temperature, "number": 30000}
    found = observe(
        MODEL | {"cutoff": 0.033}, surface, {"relaxation_time": TAU, "monte_carlo": events}, magnetic=[0, 0, tesla],
        tolerance=1e-6,
    )["conductivity"]  # fmt: skip
    angle = (np.arange(2000) + 0.5) * np.pi / 2000
    x = np.linspace(-11, 11, 801)
    energy = level + thermal * x
    transfer = 2 * np.sqrt(2 * mass * energy)[:, None] / HBAR * np.sin(angle / 2)
    rate = np.mean(np.interp(transfer, *table) * (1 - np.cos(angle)), axis=1) / TAU
    weight = 1 / np.cosh(x / 2) ** 2
    # (v_x + iv_y) turns with e^{iω_c t}; one state per k: σ h/e² = ⟨ε τ⟩/ħ without B.
    cyclotron = E_OVER_HBAR * HBAR / mass * tesla
    turning = np.sum(weight * energy / (rate - 1j * cyclotron)) / weight.sum() / HBAR
    expected = np.array([[turning.real, -turning.imag], [turning.imag, turning.real]])
    error = np.array(found.uncertainty)[:2, :2]
    assert np.abs((np.array(found.value)[:2, :2] - expected) / error).max() < 3.5
    assert error.max() < 0.1 * turning.real
    assert 1 / (rate[400] * TAU) == pytest.approx(3.1, rel=0.01)


def test_a_shell_with_hardly_a_state_is_refused():
    events = {"relaxation_time": TAU, "monte_carlo": {"flights": 3, "shell": 1e-6}}
    with pytest.raises(
        ConfigError, match=r"scattering.monte_carlo.shell: the energy shell of 1e-06 eV holds"
    ):
        problem(MODEL, ensemble=SURFACE | {"number": 1000}, scattering=events)  # before any packet flies


def test_a_single_flight_needs_no_shell():
    events = {"relaxation_time": TAU, "monte_carlo": {"flights": 1, "shell": 1e-6}}
    made = problem(MODEL, ensemble=SURFACE | {"number": 1000}, scattering=events)
    assert "pool" not in vars(made)


@pytest.mark.parametrize(
    ("kernel", "flights", "where"),
    [
        ({"transfer": [0, 1], "chance": [1]}, 3, "kernel.chance: must have 2 entries"),
        ({"transfer": [1, 0], "chance": [1, 1]}, 3, "kernel.transfer: must ascend"),
        ({"transfer": [0, 1], "chance": [1, 2]}, 3, "kernel.chance"),
        ({"transfer": [0, 1], "chance": [1, 1]}, 1, "kernel: a single flight"),
    ],
)
def test_impossible_kernels_are_named(kernel, flights, where):
    with pytest.raises(ConfigError, match=where):
        observe(
            MODEL, SURFACE, {"relaxation_time": TAU, "monte_carlo": {"flights": flights, "kernel": kernel}}
        )


TWINS = {
    "lattice": [[4.0, 0], [0, 4.0]], "positions": [[0, 0]],
    "hoppings": [{"cell": [2, 0], "matrix": [[-0.05]]}, {"cell": [0, 1], "matrix": [[-0.1]]}],
}  # fmt: skip
EXCHANGE = {"left": {"right": 1.0}, "right": {"left": 1.0}}


@pytest.mark.parametrize(("momentum", "times"), [("kept", 3), ("random", 1)])
def test_transfers_between_valleys_keep_the_momentum_or_not(momentum, times):
    """Two valleys of one shape: with its momentum a packet keeps its velocity, and three flights are worth three times τ."""
    surface = SURFACE | {"chemical_potential": -0.2, "temperature": 300.0, "number": 6000}
    more = {"valleys": {"left": [0, 0], "right": [0.5, 0]}, "tolerance": 1e-7}
    events = {"flights": 3, "shell": 0.01, "valleys": EXCHANGE, "momentum": momentum}
    found = observe(TWINS, surface, {"relaxation_time": TAU, "monte_carlo": events}, **more)["conductivity"]
    exact = tensor(observe(TWINS, surface, {"relaxation_time": TAU}, **more)["conductivity"])
    late = (tensor(found) - times * exact)[:2, :2] / found.uncertainty[:2, :2]
    assert np.abs(late).max() < 4
    assert found.uncertainty[0, 0] < 0.1 * times * exact[0, 0]


def test_momentum_is_kept_on_the_way_to_another_valley_alone():
    with pytest.raises(ConfigError, match="momentum: no collision leads to another valley"):
        observe(MODEL, SURFACE, {"relaxation_time": TAU, "monte_carlo": {"flights": 3, "momentum": "kept"}})


@pytest.mark.full
def test_intervalley_events_give_the_current_of_son_and_spivak():
    """Two Weyl nodes: states pumped by e²E·B/4π²ħ², kept for τ_v, over the density of states g of a node: e²P²τ_v/g each.

    The nodes exchange packets with a chance of 1/26 an event; after 130 events e^-5 of the imbalance is left, a tenth
    of a standard error, and 1 % comes from the spread of g over kT and the shells. Within 3 standard errors of the
    formula and of the run with relaxation times, whose own error is added: each fails by chance in one run of 370.
    """
    speed, place, level, tesla, tau, ratio = 5.0, 0.07, 0.12, 16.0, 0.2, 25.0
    bend = speed / (2 * place)
    model = {
        "kp": [
            {"powers": [1, 0, 0], "matrix": [[0, speed], [speed, 0]]},
            {"powers": [0, 1, 0], "matrix": [[0, [0, -speed]], [[0, speed], 0]]},
            {"powers": [0, 0, 2], "matrix": [[bend, 0], [0, -bend]]},
            {"powers": [0, 0, 0], "matrix": [[-bend * place**2, 0], [0, bend * place**2]]},
        ],
        "dimension": 3, "length_scale": 10.0, "cutoff": 0.105,
    }  # fmt: skip
    surface = SURFACE | {"chemical_potential": level, "temperature": 36.0, "number": 300_000}
    times = {"relaxation_time": tau, "intervalley_time": ratio * tau}
    more = {
        "magnetic": [0, 0, tesla], "band": {"index": 1}, "tolerance": 1e-6,
        "valleys": {"W+": [0, 0, place], "W-": [0, 0, -place]},
    }  # fmt: skip
    events = {"flights": 130, "shell": 8e-4}
    found = observe(model, surface, times | {"monte_carlo": events}, **more)["conductivity"]
    still = observe(model, surface, times, **more)
    exact = still["conductivity"]
    late = found.value[2][2] - exact.value[2][2]
    assert abs(late) < 3 * np.hypot(found.uncertainty[2][2], exact.uncertainty[2][2])
    pumped = tesla * E_OVER_HBAR / (4 * np.pi**2 * HBAR)
    states = still["density_of_states"].value / 2
    current = 2 * pumped**2 * ratio * tau / states / (1 + 1 / ratio) * SIEMENS_PER_CENTIMETRE
    parts = exact.contributions
    formula = parts["intervalley"]
    assert abs(formula.value[2][2] - current) < 3 * formula.uncertainty[2][2] + 0.01 * current
    within = sum(part.value[2][2] for name, part in parts.items() if name != "intervalley")
    assert abs(found.value[2][2] - within - current) < 3 * found.uncertainty[2][2]
    assert current > 4 * found.uncertainty[2][2]
