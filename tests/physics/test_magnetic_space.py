"""B(r) with all three components in 3D crystals: paths, volumes in phase space, drifts, and what else is known exactly."""

from functools import cache

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from tests.cases import problem, run
from tests.physics.numpy_flow import density_factor
from tests.physics.test_potentials import measure
from tests.reference.kubo import band_quantities
from wavepacket.config import Fields
from wavepacket.fields import magnetic_values
from wavepacket.hamiltonians import weyl_lattice
from wavepacket.simulation import with_terms
from wavepacket.units import E_OVER_HBAR, ELECTRON_MASS, HBAR

CRYSTAL = weyl_lattice()
START = [*(np.array(CRYSTAL.valleys["W+"]) @ CRYSTAL.reciprocal + [0.1, -0.08, 0.05]), 5.0, -8.0, 3.0]
UNIFORM = np.array([60.0, -40.0, 90.0])
MU0 = 4e-7 * np.pi  # T m/A
TERMS = [
    {"kind": "linear", "gradient": [[3.0, 1.0, -2.0], [0.5, -2.0, 1.5], [-1.0, 2.5, -1.0]], "center": [2.0, 1.0, -3.0]},
    {"kind": "wire", "current": "3 A", "direction": [1.0, 0.5, 0.2], "position": [0, 0, 60.0], "core": 10.0},
]  # fmt: skip
END = 12.0


def field_of(r):
    """B (3,) in T of TERMS and UNIFORM by formulas of their own."""
    along = np.array([1.0, 0.5, 0.2]) / np.linalg.norm([1.0, 0.5, 0.2])
    d = r - np.array([0, 0, 60.0])
    across = d - along * (along @ d)
    round_wire = 1e10 * MU0 * 3.0 / (2 * np.pi) * np.cross(along, across) / (across @ across + 100.0)
    return UNIFORM + np.array(TERMS[0]["gradient"]) @ (r - [2.0, 1.0, -3.0]) + round_wire


@cache
def reference():
    """State at END by the 6 × 6 form of the equations of motion; 𝓔(r, k) and B(r) are all that it knows, Ω apart."""
    steps = np.array([1e-3] * 3 + [1e-1] * 3)

    def energies(states):
        bands = band_quantities(CRYSTAL, states[:, :3])
        moment = -bands.orbital_moment[:, 0]  # of the charge -e: 𝓔 = ε - m·B
        return bands.energy[:, 0] + np.einsum("nc,nc->n", moment, [field_of(r) for r in states[:, 3:]])

    def rates(_, state):
        around = np.array([state + n * steps[a] * np.eye(6)[a] for a in range(6) for n in (-2, -1, 1, 2)])
        slope = (energies(around).reshape(6, 4) @ [1 / 12, -2 / 3, 2 / 3, -1 / 12]) / steps
        omega = band_quantities(CRYSTAL, state[None, :3]).berry_curvature[0, 0]
        cross = lambda v: np.cross(np.eye(3), v)  # noqa: E731 - rows e_i × v, so that x @ cross(v) = x × v
        reduced = -E_OVER_HBAR * field_of(state[3:])
        # k̇ - ṙ×b = -∂_r𝓔/ħ and ṙ + k̇×Ω = ∂_k𝓔/ħ
        matrix = np.block([[np.eye(3), -cross(reduced).T], [cross(omega).T, np.eye(3)]])
        return np.linalg.solve(matrix, np.concatenate([-slope[3:], slope[:3]]) / HBAR)

    found = solve_ivp(rates, (0.0, END), START, method="DOP853", rtol=1e-9, atol=1e-10)
    assert found.success
    return found.y[:, -1]


def moved(**factors):
    """State at END of the package, with Berry terms scaled."""
    packets = {"kind": "packets", "wavevectors": [START[:3]], "positions": [START[3:]]}
    fields = {"magnetic": UNIFORM.tolist(), "magnetic_terms": TERMS}
    made = problem(
        {"name": "weyl_lattice"}, ensemble=packets, fields=fields, end=END, saves=3, tolerance=1e-13
    )
    block = run(with_terms(made, **factors) if factors else made)
    assert not block.status.any()
    if not factors:
        assert block.diagnostics["energy_drift"].max() < 1e-10
    return np.concatenate([block.wavevector[0, -1], block.position[0, -1]])


def test_a_packet_moves_as_its_energy_says():
    np.testing.assert_allclose(moved(), reference(), rtol=0, atol=2e-7)


@pytest.mark.parametrize("term", ["moment", "curvature", "density_of_states", "moment_force"])
def test_no_term_may_be_left_out(term):
    assert np.abs(moved(**{term: 0.0}) - reference()).max() > 1e-3


def test_measure_of_phase_space():
    """D(r, k)·det ∂(k, r)(t)/∂(k, r)(0) = D(0) in six dimensions."""
    fields = {"magnetic": UNIFORM.tolist(), "magnetic_terms": TERMS}
    flow, path = measure({"name": "weyl_lattice"}, CRYSTAL, START, fields)
    factor = np.array(
        [density_factor(CRYSTAL, 0, place[None, :3], field_of(place[3:]), -1.0)[0] for place in path]
    )
    determinant = np.linalg.det(flow)
    assert np.abs(determinant - 1).max() > 1e-3
    np.testing.assert_allclose(factor * determinant / factor[0], 1.0, rtol=0, atol=1e-8)


PARABOLA = {"name": "parabolic_band", "dimension": 3}


def test_a_curved_field_keeps_both_momenta():
    """Round a wire ħk_z + qA_z and ħ(r × k)_z are kept, and an electron drifts by m(v_∥² + v_⊥²/2)/(qBR) along the wire."""
    radius, current, core = 2e3, 100.0, 50.0
    field = MU0 * current / (2 * np.pi * radius * 1e-10)
    turn = 2 * np.pi * ELECTRON_MASS / (E_OVER_HBAR * HBAR * field)
    packets = {"kind": "packets", "wavevectors": [[0.0, 0.05, 0.02]], "positions": [[radius, 0.0, 0.0]]}
    wire = {"kind": "wire", "current": current, "direction": [0, 0, 1], "core": core}
    made = problem(
        PARABOLA, ensemble=packets, fields={"magnetic_terms": wire}, end=40 * turn, saves=801, tolerance=1e-11
    )
    block = run(made)
    k, r = block.wavevector[0], block.position[0]
    turns = r[:, 0] * k[:, 1] - r[:, 1] * k[:, 0]
    square = r[:, 0] ** 2 + r[:, 1] ** 2 + core**2
    canonical = k[:, 2] + 0.5 * E_OVER_HBAR * field * radius * np.log(square)
    assert np.ptp(turns) < 1e-8 * turns[0]
    assert np.ptp(canonical) < 1e-9
    assert np.ptp(np.arctan2(r[:, 1], r[:, 0])) > 3
    across, along = HBAR * np.array([0.02, 0.05]) / ELECTRON_MASS
    drift = -ELECTRON_MASS * (along**2 + across**2 / 2) / (E_OVER_HBAR * HBAR * field * radius)
    assert np.polyfit(made.times, r[:, 2], 1)[0] == pytest.approx(drift, rel=0.01)


def test_values_of_all_components():
    found = magnetic_values(
        Fields.model_validate({"magnetic": UNIFORM.tolist(), "magnetic_terms": TERMS}),
        [START[3:]],
        layer=False,
    )
    np.testing.assert_allclose(found.field[0], field_of(np.array(START[3:])), rtol=1e-9)
