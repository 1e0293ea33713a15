"""Conductivity of one sheet with necks, as that of copper, in a field: packets at 0 K against Chambers' orbit by orbit.

An fcc lattice of one s orbital, half filled: the sheet touches the faces of the zone around L. With B along [001] all orbits
are closed; in some planes across [110] they run through the zone.
"""

import numpy as np
import pytest

from tests.physics.scattered import observe
from tests.reference.chambers import Cosines, conductivity
from wavepacket.units import HBAR, SIEMENS_PER_CENTIMETRE

pytest.importorskip("skimage")
pytestmark = pytest.mark.physics

SIZE, LEVEL, TAU = 3.61, 0.65, 100.0
NEAR, NEXT = 0.5, 0.0995
NEIGHBOURS = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, -1, 0), (0, 1, -1), (1, 0, -1)]
SECOND = [(-1, 1, 1), (1, -1, 1), (1, 1, -1)]
LATTICE = SIZE / 2 * np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]])
HOPPINGS = [NEAR] * 6 + [NEXT] * 3
BAND = Cosines(np.array(NEIGHBOURS + SECOND) @ LATTICE, np.array(HOPPINGS))
UNIT = 2 * np.pi / SIZE


def packets(field: np.ndarray, cells: int) -> tuple[np.ndarray, np.ndarray]:
    cell = [*NEIGHBOURS, *SECOND]
    model = {
        "lattice": LATTICE.tolist(),
        "positions": [[0, 0, 0]],
        "hoppings": [{"cell": list(one), "matrix": [[-t]]} for one, t in zip(cell, HOPPINGS, strict=True)],
    }
    start = {
        "kind": "fermi_surface",
        "chemical_potential": LEVEL,
        "temperature": 0.0,
        "field_reversal": False,
    }
    start["grid"] = [cells] * 3
    found = observe(model, start, {"relaxation_time": TAU}, magnetic=field, tolerance=1e-5)["conductivity"]
    return tuple(np.array(each) * HBAR / SIEMENS_PER_CENTIMETRE for each in (found.value, found.uncertainty))


def along_z(strength: float, *, slices: int, cells: int) -> np.ndarray:
    """Planes at ±k_z are alike, and repeat after 2π/a, shifted."""
    plane = UNIT * np.array([[2.0, 0, 0], [0, 2.0, 0]])
    up = np.array([0.0, 0.0, 1.0])
    half = conductivity(BAND, LEVEL, TAU, strength, up, plane, height=UNIT / 2, slices=slices, cells=cells)
    return 2 * half


@pytest.mark.parametrize(
    ("strength", "slices", "cells"),
    [
        (200.0, 24, 6),
        *(pytest.param(each, 200, 12, marks=pytest.mark.full) for each in (20.0, 200.0, 1000.0)),
    ],
)
def test_closed_orbits(strength, slices, cells):
    """ω_cτ is about 0.1, 1 and 5. A slice in which orbits begin or end is known by half: 1/slices of the whole."""
    exact = along_z(strength, slices=slices, cells=60)
    value, error = packets(np.array([0.0, 0.0, strength]), cells)
    size = np.abs(exact).max()
    for a, b in ((0, 0), (1, 1), (0, 1), (1, 0)):
        assert abs(value[a, b] - exact[a, b]) <= error[a, b] + size / slices
    assert error[:2, :2].max() <= 0.05 * size


@pytest.mark.full
def test_open_orbits_do_not_saturate():
    """ω_cτ rises from 2.5 to 5. With B along [110] some orbits run along z and keep a current across it."""
    plane = UNIT * np.array([[0.0, 0.0, 2.0], [1.0, -1.0, 1.0]])
    turn = np.array([[1.0, -1.0, 0.0], [0.0, 0.0, np.sqrt(2)]]) / np.sqrt(2)
    along = np.array([1.0, 1.0, 0.0]) / np.sqrt(2)
    cell = UNIT * np.array([[-1, 1, 1], [1, -1, 1], [1, 1, -1]])
    height, slices = abs(np.linalg.det(cell)) / np.linalg.norm(np.cross(*plane)), 48
    across, closed = [], []
    for strength in (500.0, 1000.0):
        whole = conductivity(
            BAND, LEVEL, TAU, strength, along, plane, height=height, slices=slices, cells=120
        )
        exact = turn @ whole @ turn.T
        value, error = packets(strength * along, 12)
        value = turn @ value @ turn.T
        # Components across B; a slice in which orbits begin or end is known by half.
        assert np.abs(value - exact).max() <= 2 * error.max() + np.abs(whole).max() / slices
        across.append(np.linalg.inv(value)[1, 1])
        closed.append(np.linalg.inv(packets(np.array([0.0, 0.0, strength]), 12)[0][:2, :2])[0, 0])
    assert closed[1] / closed[0] < 1.25
    assert across[1] / across[0] > 1.6
