"""The propagation against scipy's exponential, against an ordinary differential equation, and its own conservation laws."""

import numpy as np
import pytest
import scipy.sparse as sparse
from scipy.integrate import solve_ivp
from scipy.sparse.linalg import expm_multiply

from tests.reference.random_crystal import random_crystal
from tests.unit.quantum.conftest import CHAIN, tesla
from wavepacket.config import Fields, PulseField, SinusoidField, UniformField
from wavepacket.quantum.box import Box, lattice_matrix
from wavepacket.quantum.evolution import Dynamics, apply_series, evolve, exponential_series, function_series
from wavepacket.quantum.gauge import Gauge
from wavepacket.units import HBAR

TOLERANCE = 1e-9
GRAPHENE = {"name": "gapped_graphene", "gap": 2.0}


def random_state(size):
    rng = np.random.default_rng(5)
    state = rng.normal(size=size) + 1j * rng.normal(size=size)
    return state / np.linalg.norm(state)


def test_static_fields_against_scipy(setting):
    """A series in one go against scaled Taylor steps, E and B on, honeycomb with orbital positions."""
    made = setting(
        GRAPHENE, [34, 35],
        fields={"electric": [0.01, 0.02], "magnetic": tesla([0, 0, 2e-3])},
        ensemble={"kind": "gaussian", "center": [1.7], "width": 0.1, "number": 256},
        quantum={"sites": [34, 35], "tolerance": TOLERANCE},
    )  # fmt: skip
    dynamics, times = made.dynamics, np.linspace(0.0, 3.0, 4)
    potential = dynamics.box.position @ [0.01, 0.02, 0.0]  # -q E.r of charge -1
    state = random_state(dynamics.box.size)
    expected = expm_multiply(-1j / HBAR * 3.0 * (dynamics.matrix + sparse.diags(potential)), state)
    *_, found = evolve(dynamics, state, times)
    assert np.linalg.norm(found - expected) < TOLERANCE


def test_steps_that_have_grown_do_not_lead_over_a_late_pulse(setting):
    """Sites without hopping: the phase of each is −(ε t + ∫E dt x)/ħ, and all of the latter comes from one short pulse."""
    box = setting(CHAIN, [60], fields={"electric": [0.0]}).dynamics.box
    pulse = PulseField(amplitude=(1e-2, 0.0, 0.0), center=92.3, width=0.05)
    levels = np.linspace(0.0, 0.1, box.size)
    alone = sparse.diags(levels).tocsr().astype(np.complex128)
    dynamics = Dynamics(box, alone, (), Gauge(np.zeros(3)), -1.0, Fields(electric=(pulse,)), TOLERANCE)
    state = random_state(box.size)
    *_, last = evolve(dynamics, state, np.linspace(0.0, 100.0, 21))
    impulse = 1e-2 * 0.05 * np.sqrt(2 * np.pi)
    expected = state * np.exp(-1j * (100.0 * levels + impulse * box.position[:, 0]) / HBAR)
    assert np.linalg.norm(last - expected) < TOLERANCE


@pytest.mark.parametrize(
    "term",
    [
        SinusoidField(amplitude=(0.3, 0.0, 0.0), frequency=2.0),
        PulseField(amplitude=(0.5, 0.0, 0.0), center=2.0, width=0.5, frequency=3.0),
    ],
)
def test_fields_that_change_in_time_against_an_ode_solver(setting, term):
    made = setting(CHAIN, [120], fields={"electric": [0.0]})
    box, matrix = made.dynamics.box, made.dynamics.matrix
    dynamics = Dynamics(box, matrix, (), Gauge(np.zeros(3)), -1.0, Fields(electric=(term,)), TOLERANCE)
    state, x = random_state(box.size), box.position[:, 0]

    def field(t):
        late = t - getattr(term, "center", 0.0)
        envelope = np.exp(-0.5 * (late / term.width) ** 2) if isinstance(term, PulseField) else 1.0
        return term.amplitude[0] * envelope * np.cos(term.frequency * late)

    def slope(t, y):
        return -1j / HBAR * (matrix @ y + field(t) * x * y)

    exact = solve_ivp(slope, (0.0, 4.0), state, "DOP853", rtol=1e-12, atol=1e-13).y[:, -1]
    *_, found = evolve(dynamics, state, np.linspace(0.0, 4.0, 5))
    # The halving controls the error to the tolerance; its estimate holds to leading order in the step.
    assert np.linalg.norm(found - exact) < 3 * TOLERANCE


def test_position_elements_are_in_the_potential():
    """E·r with the full position matrices, against dense matrices put together one element after another."""
    crystal = random_crystal(2, size=2, dimension=1)
    box = Box(crystal, (25, 1, 1), np.zeros(3))
    dense_h, dense_x = np.zeros((2, box.size, box.size), dtype=complex)
    for cell, h, x in zip(crystal.cells, crystal.hoppings, crystal.position_matrices, strict=True):
        for row in range(25):
            if 0 <= row + cell[0] < 25:
                block = np.s_[2 * row : 2 * row + 2, 2 * (row + cell[0]) : 2 * (row + cell[0]) + 2]
                dense_h[block] += h
                dense_x[block] += x[0]
    dense_x += np.diag(box.position[:, 0])
    offsets = tuple(lattice_matrix(box, crystal.position_matrices[:, axis]) for axis in range(3))
    matrix = lattice_matrix(box, crystal.hoppings)
    fields = Fields(electric=(UniformField(amplitude=(0.05, 0.0, 0.0)),))
    dynamics = Dynamics(box, matrix, offsets, Gauge(np.zeros(3)), -1.0, fields, TOLERANCE)
    state = random_state(box.size)
    energy, frame = np.linalg.eigh(dense_h + 0.05 * dense_x)
    expected = frame @ (np.exp(-1j * energy * 2.0 / HBAR) * (frame.conj().T @ state))
    *_, found = evolve(dynamics, state, np.linspace(0.0, 2.0, 3))
    assert np.linalg.norm(found - expected) < TOLERANCE
    np.testing.assert_allclose(dynamics.position_times(state, 0), dense_x @ state, atol=1e-13)


@pytest.mark.parametrize("angle", [0.01, -3.0, 200.0])
def test_series_of_the_exponential(angle):
    energies = np.linspace(-1.5, 2.5, 101)
    series = exponential_series((-1.5, 2.5), angle, 1e-12)
    found = apply_series(lambda v: energies * v, (-1.5, 2.5), series, np.ones(101, dtype=complex))
    np.testing.assert_allclose(found, np.exp(-1j * angle * energies), atol=1e-11)


def test_series_of_a_function():
    energies = np.linspace(-2.0, 3.0, 77)
    series = function_series(lambda e: np.tanh(4 * e), (-2.0, 3.0), 1e-11)
    found = apply_series(lambda v: energies * v, (-2.0, 3.0), series, np.ones(77, dtype=complex))
    np.testing.assert_allclose(found, np.tanh(4 * energies), atol=1e-9)
