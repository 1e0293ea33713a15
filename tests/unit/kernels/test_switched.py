"""Terms left out of the equations of motion, against the implicit equations solved with those terms left out."""

import numpy as np
import pytest

from tests.cases import problem
from wavepacket.kernels.layout import FIELD, GEOMETRY, LANES, STATE
from wavepacket.simulation import with_terms
from wavepacket.units import E_OVER_HBAR, HBAR

CHARGE = -1.0
K = np.array([[0.6, 0.3, 0.0], [-0.2, 0.9, 0.0]])
PLACES = np.array([[3.0, -4.0, 0.0], [-11.0, 6.0, 0.0]])
STIFFNESS, SLOPE = np.array([2e-3, 1e-3, 0.0]), np.array([4.0, -7.0, 0.0])  # eV/Å², T/Å
FLAT = {"model": {"name": "haldane"}, "electric": (0.01, 0.02, 0.0), "magnetic": (0.0, 0.0, 300.0)}
SPATIAL = {"model": {"name": "weyl_lattice"}, "electric": (0.01, 0.02, 0.03), "magnetic": (30.0, 20.0, -40.0)}
IN_SPACE = FLAT | {
    "fields": {
        "electric": FLAT["electric"], "magnetic": FLAT["magnetic"], "magnetic_gradient": SLOPE,
        "potential": {"kind": "harmonic", "stiffness": STIFFNESS},
    },
}  # fmt: skip


def rates(made):
    """(k̇, ṙ) (n, 6) at K and PLACES as the integration sees them."""
    block, out = np.zeros(STATE * LANES), np.zeros(STATE * LANES)
    block.reshape(STATE, LANES)[:, : len(K)] = np.concatenate([K, PLACES], axis=1).T
    integers, reals = made.moving.arguments(moment=True)
    made.rates(
        made.moving.kernel, len(K), (integers, reals, np.empty(made.moving.scratch_size), made.environment),
        np.zeros(LANES), np.repeat([1.0, 0.0], LANES), block, np.zeros(GEOMETRY * LANES), np.zeros(FIELD * LANES), out,
    )  # fmt: skip
    return out.reshape(STATE, LANES)[:, : len(K)].T


def expected(made, case, moment, curvature, density, pull=1.0):
    """ṙ = ṽ − k̇×Ω and ħk̇ = F + qṙ×B solved as linear systems, times D/(1 + density (D − 1)).

    F = qE − ∂V/∂r + pull ∂(m·B)/∂r; m of the carrier is −q/e times that of −e.
    """
    geometry, varies = made.band.geometry(K), "fields" in case
    found = []
    for i, place in enumerate(PLACES):
        field = np.array(case["magnetic"]) + varies * np.array([0.0, 0.0, place @ SLOPE])
        m = -CHARGE * moment * geometry.orbital_moment[i]
        force = CHARGE * np.array(case["electric"]) + varies * (pull * m[2] * SLOPE - STIFFNESS * place)
        omega, b = curvature * geometry.berry_curvature[i], CHARGE * E_OVER_HBAR * field
        v = geometry.group_velocity[i] + CHARGE * field @ (moment * geometry.moment_gradient[i]) / HBAR
        cross_b, cross_omega = (np.cross(np.eye(3), vector).T for vector in (b, omega))
        system = np.block([[np.eye(3), -cross_b], [cross_omega, np.eye(3)]])
        factor = 1 - b @ omega
        found.append(
            np.linalg.solve(system, np.concatenate([force / HBAR, v])) * factor / (1 + density * (factor - 1))
        )
    return np.array(found)


CASES = pytest.mark.parametrize("case", [FLAT, SPATIAL, IN_SPACE], ids=["flat", "spatial", "in space"])


@CASES
@pytest.mark.parametrize(
    "factors", [(1, 1, 1), (0, 1, 1), (-1, 1, 1), (1, 0, 1), (1, -1, 1), (1, 1, 0), (0.5, 0.5, 0.5)]
)
def test_each_factor_scales_its_term(case, factors):
    made = problem(wavevectors=K, **case)
    moment, curvature, density = factors
    found = rates(with_terms(made, moment=moment, curvature=curvature, density_of_states=density))
    right = expected(made, case, *factors)
    np.testing.assert_allclose(found, right, rtol=0, atol=1e-12 * np.abs(right).max())


def test_the_force_on_the_moment_alone_is_left_out():
    made = problem(wavevectors=K, **IN_SPACE)
    right, whole = expected(made, IN_SPACE, 1, 1, 1, pull=0), expected(made, IN_SPACE, 1, 1, 1)
    assert np.abs(whole - right).max() > 1e-6 * np.abs(right).max()
    found = rates(with_terms(made, moment_force=0.0))
    np.testing.assert_allclose(found, right, rtol=0, atol=1e-12 * np.abs(right).max())


@CASES
def test_all_terms_are_the_ordinary_right_hand_side(case):
    made = problem(wavevectors=K, **case)
    ordinary = rates(made)
    np.testing.assert_allclose(rates(with_terms(made)), ordinary, rtol=0, atol=1e-15 * np.abs(ordinary).max())
