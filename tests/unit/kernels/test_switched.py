"""Terms left out of the equations of motion, against the implicit equations solved with those terms left out."""

import numpy as np
import pytest

from tests.cases import problem
from wavepacket.kernels.layout import GEOMETRY, LANES, STATE
from wavepacket.simulation import with_terms
from wavepacket.units import E_OVER_HBAR, HBAR

CHARGE = -1.0
K = np.array([[0.6, 0.3, 0.0], [-0.2, 0.9, 0.0]])
FLAT = {"model": {"name": "haldane"}, "electric": (0.01, 0.02, 0.0), "magnetic": (0.0, 0.0, 300.0)}
SPATIAL = {"model": {"name": "weyl_lattice"}, "electric": (0.01, 0.02, 0.03), "magnetic": (30.0, 20.0, -40.0)}


def rates(made, k):
    """(k̇, ṙ) (n, 6) as the integration sees them."""
    block, out = np.zeros(3 * LANES), np.zeros(STATE * LANES)
    block.reshape(3, LANES)[:, : len(k)] = k.T
    integers, reals = made.moving.arguments(moment=True)
    made.rates(
        made.moving.kernel, len(k), (integers, reals, np.empty(made.moving.scratch_size), made.environment),
        np.zeros(LANES), np.ones(LANES), block, np.zeros(GEOMETRY * LANES), np.zeros(3 * LANES), out,
    )  # fmt: skip
    return out.reshape(STATE, LANES)[:, : len(k)].T


def expected(made, k, electric, magnetic, moment, curvature, density):
    """ṙ = ṽ − k̇×Ω and ħk̇ = q(E + ṙ×B) solved as linear systems, times D/(1 + density (D − 1))."""
    geometry = made.band.geometry(k)
    force = CHARGE * np.array(electric) / HBAR
    b = CHARGE * E_OVER_HBAR * np.array(magnetic)
    found = []
    for velocity, omega, slope in zip(
        geometry.group_velocity,
        curvature * geometry.berry_curvature,
        moment * geometry.moment_gradient,
        strict=True,
    ):
        v = velocity + CHARGE * np.array(magnetic) @ slope / HBAR  # m of the carrier is −q/e times that of −e
        cross_b, cross_omega = (np.cross(np.eye(3), vector).T for vector in (b, omega))
        system = np.block([[np.eye(3), -cross_b], [cross_omega, np.eye(3)]])
        factor = 1 - b @ omega
        found.append(
            np.linalg.solve(system, np.concatenate([force, v])) * factor / (1 + density * (factor - 1))
        )
    return np.array(found)


@pytest.mark.parametrize("case", [FLAT, SPATIAL], ids=["flat", "spatial"])
@pytest.mark.parametrize(
    "factors", [(1, 1, 1), (0, 1, 1), (-1, 1, 1), (1, 0, 1), (1, -1, 1), (1, 1, 0), (0.5, 0.5, 0.5)]
)
def test_each_factor_scales_its_term(case, factors):
    made = problem(wavevectors=K, **case)
    moment, curvature, density = factors
    switched = with_terms(made, moment=moment, curvature=curvature, density_of_states=density)
    found = rates(switched, K)
    right = expected(made, K, case["electric"], case["magnetic"], *factors)
    np.testing.assert_allclose(found, right, rtol=0, atol=1e-12 * np.abs(right).max())


@pytest.mark.parametrize("case", [FLAT, SPATIAL], ids=["flat", "spatial"])
def test_all_terms_are_the_ordinary_right_hand_side(case):
    made = problem(wavevectors=K, **case)
    ordinary = rates(made, K)
    np.testing.assert_allclose(
        rates(with_terms(made), K), ordinary, rtol=0, atol=1e-15 * np.abs(ordinary).max()
    )
