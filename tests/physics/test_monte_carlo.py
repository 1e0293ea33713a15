"""Random collisions against the relaxation time that they have on average."""

import numpy as np
import pytest

from tests.cases import problem
from tests.physics.scattered import observe, tensor
from wavepacket.simulation import integrate
from wavepacket.simulation.collisions import _next_valley
from wavepacket.simulation.engine import number_of_trajectories
from wavepacket.units import E_OVER_HBAR, ELECTRON_MASS, HBAR

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
        scattering={"relaxation_time": TAU, "monte_carlo": {"flights": 4}}, output={"trajectories": 0},
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
        {"name": "weyl_lattice"}, ensemble=SURFACE | {"grid": [12, 12, 12], "number": None, "chemical_potential": 0.3},
        band={"index": 1}, output={"trajectories": 0},
        scattering={"relaxation_time": 10.0, "monte_carlo": {
            "flights": 2, "valleys": {"W+": {"W-": 1.0}, "W-": {"W+": 0.25, "W-": 0.75}}}},
    )  # fmt: skip
    valley = np.repeat([0, 1], 4000)
    chance = (np.arange(8000)[:, None] + 0.5) % 4000 / 4000
    after = _next_valley(made, valley, chance)
    assert np.all(after[:4000] == 1)
    assert np.mean(after[4000:] == 0) == pytest.approx(0.25, abs=1e-3)
    pool = made.pool
    energy = pool.energy[::17]
    drawn = pool.draw(
        energy, np.ones(len(energy), dtype=np.int64), 0.05, np.linspace(0.01, 0.99, len(energy))
    )
    assert np.all(drawn >= pool.begin[1])
    assert np.mean(np.abs(pool.energy[drawn] - energy) <= 0.05) > 0.95
