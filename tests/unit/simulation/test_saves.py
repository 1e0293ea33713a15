"""Currents at saves that follow from others: against an evaluation at every save, and what each of the two checks is for."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.polynomial import chebyshev

from tests.cases import problem
from wavepacket.kernels.reduce import windows
from wavepacket.simulation import Problem, integrate
from wavepacket.simulation.reference import corrections
from wavepacket.simulation.saves import Kind, Plan, plan_of, weights_of

GRAPHENE = {"name": "gapped_graphene", "gap": 0.3}
CORNER = [1.7027387, 0.0, 0.0]  # K, 1/Å
TOLERANCE = 1e-9


def made(model: Any = GRAPHENE, shift: float = 0.02, **sections: Any) -> Problem:
    k = np.add(CORNER, [[shift, 0.01, 0.0], [-shift, -0.004, 0.0]])
    given: dict[str, Any] = {
        "electric": [2e-4, 1e-4, 0.0],
        "end": 400.0,
        "saves": 401,
        "integrator": {"method": "dop853", "tolerance": TOLERANCE},
    }
    return problem(model, wavevectors=k, **given | sections)


def currents(of: Problem, plan: Plan | None = None) -> np.ndarray:
    """Velocity of each packet at all saves, (n, T, 3)."""
    of.__dict__["plan"] = of.plan if plan is None else plan
    blocks = [integrate(of, n, 1) for n in range(of.ensemble.size)]
    return np.array([block.sums["current"].sum(axis=(0, 1, 2)) / block.weight for block in blocks])


def every_save(of: Problem) -> np.ndarray:
    return currents(replace(of), Plan((), of.plan.limits))


def error(of: Problem, plan: Plan | None = None) -> float:
    """Largest error of a velocity, of the tolerance times the largest velocity."""
    exact = every_save(of)
    return float(
        np.abs(currents(replace(of), plan or of.plan) - exact).max() / np.abs(exact).max() / TOLERANCE
    )


def loose(plan: Plan, place: int) -> Plan:
    """The same without one of the checks."""
    limits = plan.limits.copy()
    limits[place] = np.inf
    return Plan(plan.kinds, limits)


RAMP = {"kind": "ramp", "amplitude": [1e-3, 0, 0], "start": 130.3, "duration": 41.7, "shape": "linear"}
WAVE = {"kind": "sinusoid", "amplitude": [2e-4, 0, 0], "frequency": "4 THz", "phase": 0.3}
CASES = {
    "uniform": {},
    "magnetic": {"magnetic": [0, 0, 2.0]},
    "ramp": {"electric": [RAMP]},
    "wave": {"electric": [WAVE]},
    "pulse": {"electric": [{**WAVE, "kind": "pulse", "center": 200.0, "width": 30.0}]},
    "narrow gap": {"model": {"name": "gapped_graphene", "gap": 0.002}},
    "narrow gap hit": {"model": {"name": "gapped_graphene", "gap": 0.002}, "electric": [-2e-4, -1e-4, 0]},
    "rk4": {"integrator": {"method": "rk4", "step": "1 fs"}},
    "51 saves": {"saves": 51},
    "1024 saves": {"saves": 1024},
}


@pytest.mark.parametrize("name", CASES)
def test_currents_are_those_of_an_evaluation_at_every_save(name):
    assert error(made(**CASES[name])) < 1.0


def test_most_saves_of_a_smooth_path_are_not_evaluated():
    of = made()
    rows = of.plan.rows(np.array([integrate(of, n, 1).diagnostics["steps"][0] for n in range(2)]))
    assert all(of.plan.kinds[row].nodes * 4 <= 401 for row in rows)
    # What was evaluated comes out the same to the last bit, and what was not does not.
    assert np.mean(currents(replace(of)) != every_save(of)) > 0.3


def test_a_band_that_turns_between_two_nodes_is_seen_by_the_next_degrees():
    of = made(**CASES["narrow gap hit"], tolerance=TOLERANCE)
    few = Plan(tuple(replace(kind, steps=1e9) for kind in of.plan.kinds[:1]), of.plan.limits)
    assert error(of, few) < 1.0
    assert error(of, loose(loose(few, windows.SHARE), windows.REACH)) > 1e6


def test_what_happens_between_two_nodes_is_seen_by_the_path():
    """A pulse of some fs that brings k back to where it was: at the nodes nothing is left of it."""
    steady = {"kind": "uniform", "amplitude": [1e-5, 0, 0]}
    pulse = {
        "kind": "pulse",
        "amplitude": [1e-3, 0, 0],
        "center": 201.0,
        "width": 0.5,
        "frequency": "1300 THz",
    }
    of = made(electric=[steady, {**pulse, "phase": np.pi / 2}])
    assert of.plan.kinds == ()  # its nodes would be further apart than the pulse is long
    still = made(electric=[steady]).plan
    few = Plan((replace(still.kinds[0], steps=1e9),), still.limits)
    assert error(of, few) < 1.0
    assert error(of, loose(few, windows.REACH)) > 1e6


def test_the_stated_error_of_the_integration_contains_that_of_the_interpolation():
    of = made(**CASES["narrow gap hit"])
    few = Plan(tuple(replace(kind, steps=1e9) for kind in of.plan.kinds[:1]), of.plan.limits)
    missing = (every_save(of) - currents(of, loose(loose(few, windows.SHARE), windows.REACH))).sum(axis=0)
    (stated,) = corrections(of)["current"].sum(axis=(1, 2))
    assert np.abs(stated / integrate(of, 0, 1).weight - missing).max() < 1e-5 * np.abs(missing).max()


@pytest.mark.parametrize(("saves", "nodes"), [(41, 16), (101, 24), (401, 48)])
def test_weights_are_exact_for_polynomials(saves, nodes):
    values, integrals, following = weights_of(saves, nodes)
    x = np.linspace(-1, 1, saves)
    places = Plan((Kind(saves, nodes, 1.0),), np.zeros(windows.LIMITS)).tables(np.array([0]))[1][:nodes]
    degree = nodes - 1 - windows.MORE
    vander = chebyshev.chebvander(x, degree)
    at_nodes = vander[places]
    assert len(set(places)) == nodes
    assert np.abs(at_nodes.T @ values - vander.T).max() < 1e-11
    exact = [np.diff(chebyshev.chebval(x, chebyshev.chebint(one))) for one in np.eye(degree + 1)]
    assert np.abs(at_nodes.T @ integrals * (x[1] - x[0]) - exact).max() < 1e-11
    assert np.abs(at_nodes.T @ following).max() < 1e-11
    assert np.abs(values).sum(axis=0).max() < 4.5


def test_uneven_saves_are_all_evaluated():
    of = made()
    assert of.plan.kinds
    assert plan_of(np.sort(of.times**1.1), of.control, of.config.fields, "table").kinds == ()


def test_packets_of_many_steps_are_evaluated_at_all_saves():
    plan = made(saves=201).plan
    assert np.array_equal(plan.rows(np.array([1, 200])), [0, -1])
