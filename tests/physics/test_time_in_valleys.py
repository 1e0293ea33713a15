"""How long flights survive in each valley, against dense paths of scipy."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from tests.cases import problem
from wavepacket.ensembles import nearest_valley
from wavepacket.simulation import flights
from wavepacket.simulation.batch import starting_packets
from wavepacket.units import E_OVER_HBAR, HBAR

pytestmark = pytest.mark.physics

VALLEYS_OF_A_PLANE = {"a": [0.1, 0.2, 0], "b": [-0.4, 0.3, 0], "c": [0.5, 0.5, 0]}


def test_stays_against_scipy():
    """Time survived in each valley of an oblique lattice in E and B: dense paths of scipy, labels bisected."""
    translations, hoppings = np.array([[3.0, 0, 0], [2.5, 0.9, 0]]), np.array([-0.1, -0.2])
    electric, magnetic, rate = np.array([3e-3, 5e-3, 0]), np.array([0, 0, 900.0]), 1 / 40.0
    made = problem(
        {
            "lattice": translations.tolist(), "positions": [[0, 0, 0]],
            "hoppings": [{"cell": [1, 0, 0], "matrix": [[-0.1]]}, {"cell": [0, 1, 0], "matrix": [[-0.2]]}],
        },
        electric=electric, magnetic=magnetic, tolerance=1e-11, valleys=VALLEYS_OF_A_PLANE,
        ensemble={"kind": "fermi_dirac", "chemical_potential": 0.1, "temperature": 3000.0, "grid": [6, 6]},
        scattering={"relaxation_time": 50.0, "intervalley_time": 200.0}, output={"trajectories": 0},
    )  # fmt: skip
    packets, signs = starting_packets(made, 0, 40)
    valley = nearest_valley(made.hamiltonian, packets.wavevector, made.valley_centres)

    def fly(part):
        number = len(signs[part])
        own = np.column_stack([signs[part], np.full(number, rate), np.zeros(number), np.full(number, np.inf)])
        return flights.free_flights(made, packets.wavevector[part], own, valley[part]).stays

    stays = fly(slice(None))
    # No packet knows of those beside it.
    assert (
        np.concatenate([fly(slice(33, 40)), fly(slice(0, 33))]).tobytes()
        == np.roll(stays, 7, axis=0).tobytes()
    )

    def where(points):
        return nearest_valley(made.hamiltonian, np.atleast_2d(points), made.valley_centres)

    for packet in range(0, 40, 6):

        def slope(t, k, sign=signs[packet]):
            v = -2 / HBAR * (np.sin(k @ translations.T) * hoppings) @ translations
            return -(sign * electric / HBAR + E_OVER_HBAR * np.cross(v, magnetic))

        end = 36 / rate
        path = solve_ivp(
            slope,
            (0, end),
            packets.wavevector[packet],
            method="DOP853",
            rtol=1e-12,
            atol=1e-12,
            dense_output=True,
        ).sol
        times = np.linspace(0, end, 20001)
        labels = where(path(times).T)
        cuts = [0.0]
        for i in np.flatnonzero(labels[1:] != labels[:-1]):
            low, high = times[i], times[i + 1]
            for _ in range(50):
                middle = 0.5 * (low + high)
                low, high = (middle, high) if where(path(middle))[0] == labels[i] else (low, middle)
            cuts.append(0.5 * (low + high))
        cuts.append(np.inf)
        chance = np.exp(-rate * np.array(cuts)) / rate
        inner = [0.5 * (a + min(b, a + 1.0, end)) for a, b in pairwise(cuts)]
        expected = np.zeros(3)
        np.add.at(expected, where(path(np.array(inner)).T), chance[:-1] - chance[1:])
        assert len(cuts) > 4
        np.testing.assert_allclose(stays[packet], expected, rtol=0, atol=1e-9 / rate)
        assert stays[packet].sum() == pytest.approx(1 / rate, rel=1e-14)
