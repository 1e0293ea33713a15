"""Flights that no field moves: the closed form against the integrated flights."""

import numpy as np
import pytest

from wavepacket.config import config_from_mapping
from wavepacket.errors import Status
from wavepacket.kernels.integrate import retire
from wavepacket.kernels.motion import flight as rows
from wavepacket.simulation import build_problem
from wavepacket.simulation.flights import flights_at_rest, free_flights


def problem_of(model, scattering, **more):
    surface = {"kind": "fermi_surface", "chemical_potential": -0.5, "temperature": 300, "grid": [8, 8]}
    return build_problem(
        config_from_mapping(
            {"name": "still", "model": model, "band": 0, "ensemble": surface, "scattering": scattering} | more
        ),
        threads=1,
    )


@pytest.mark.parametrize("model", ["haldane", "kagome"])
@pytest.mark.parametrize(
    "scattering",
    [
        {"relaxation_time": "30 fs"},
        {"relaxation_time": "30 fs", "frequency": "5 THz"},
        {
            "relaxation_time": "30 fs",
            "energy": {"exponent": 1.5, "unit": "0.5 eV", "origin": "-3 eV", "floor": "0.1 eV"},
        },
    ],
)
def test_the_closed_form_is_what_flights_add_up_to(model, scattering):
    """The integrals end at e^{-s} = 1e-12 and are good to the tolerance of 1e-10 in each of some dozen steps."""
    problem = problem_of({"name": model}, scattering)
    k = np.random.default_rng(4).uniform(-0.5, 0.5, (20, 3)) * [1, 1, 0]
    own = np.column_stack([np.ones(20), np.full(20, 1 / 30), np.zeros(20), np.full(20, np.inf)])
    closed = flights_at_rest(problem, k, problem.band.geometry(k), *own.T[1:3])
    flown = free_flights(problem, k, own)
    np.testing.assert_array_equal(closed.status, flown.status)
    kept = [
        0,
        1,
        2,
        rows.LIFETIME,
        *range(rows.BAND, rows.LIFETIME + rows.SINE),
        *range(rows.LIFETIME + rows.SINE, rows.ROWS),
    ]
    size = np.abs(flown.rows[:, kept]).max(axis=0)
    difference = np.abs(closed.rows[:, kept] - flown.rows[:, kept])
    assert np.all(difference <= 1e-8 * size)
    assert size[3] > 10  # fs
    columns = [retire.FACTOR_LOW, retire.FACTOR_HIGH, retire.GAP_LOW, retire.MIXED]
    np.testing.assert_allclose(closed.monitors[:, columns], flown.monitors[:, columns], rtol=1e-13)


def test_packets_that_may_not_start_count_for_nothing():
    cone = {
        "name": "massive_dirac",
        "velocity": "6 eV*angstrom",
        "mass": "0.1 eV",
        "cutoff": "0.2 1/angstrom",
    }
    problem = problem_of(cone, {"relaxation_time": "30 fs"}, limits={"gap": "0.25 eV"}, band={"index": 1})
    k = np.array([[0.0, 0.0, 0.0], [0.1, 0.0, 0.0], [0.3, 0.0, 0.0]])
    own = np.column_stack([np.ones(3), np.full(3, 1 / 30), np.zeros(3), np.full(3, np.inf)])
    closed = flights_at_rest(problem, k, problem.band.geometry(k), *own.T[1:3])
    flown = free_flights(problem, k, own)
    assert closed.status.tolist() == [Status.GAP_TOO_SMALL, Status.OK, Status.LEFT_DOMAIN]
    np.testing.assert_array_equal(closed.status, flown.status)
    np.testing.assert_array_equal(closed.rows[[0, 2], rows.LIFETIME :], 0.0)
