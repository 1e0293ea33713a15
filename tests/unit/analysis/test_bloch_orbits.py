"""Bloch oscillations on stored paths that do not save just after one period."""

import numpy as np
import pytest

from wavepacket.analysis import analyze
from wavepacket.bands import band
from wavepacket.config import config_from_mapping
from wavepacket.hamiltonians import qi_wu_zhang
from wavepacket.simulation import run
from wavepacket.units import HBAR

FIELD, SIDE = 1e-3, 4.0  # V/Å, Å
PERIOD = 2 * np.pi * HBAR / (FIELD * SIDE)
ROWS = 2 * np.pi / SIDE * np.array([-0.4, 0.2])  # k_y, 1/Å


def oscillation(folder, periods, saves):
    mapping = {
        "name": "bloch", "model": {"name": "qi_wu_zhang", "t": 1.0, "m": -1.0, "lattice_constant": SIDE}, "band": 0,
        "fields": {"electric": [FIELD, 0, 0]}, "time": {"end": periods * PERIOD, "saves": saves},
        "ensemble": {"kind": "packets", "wavevectors": [[0.0, float(k)] for k in ROWS]},
    }  # fmt: skip
    return analyze(run(config_from_mapping(mapping), folder / "run", overwrite=True))


@pytest.mark.parametrize(("periods", "saves"), [(2.3, 231), (2.3, 47), (1.0, 11)])
def test_shift_and_period(tmp_path, periods, saves):
    """−(1/qE)∮ ∂ε/∂k_y dk_x + ∮ Ω dk_x by the trapezoidal rule, with k_x running backwards for an electron."""
    found = oscillation(tmp_path, periods, saves)
    line = 2 * np.pi / SIDE * np.arange(256) / 256
    exact = []
    for row in ROWS:
        k = np.stack([line, np.full(256, row), np.zeros(256)], axis=1)
        geometry = band(qi_wu_zhang(t=1.0, m=-1.0, lattice_constant=SIDE), 0).geometry(k)
        # dk_x/dt = −eE/ħ, and (q/ħ)Ω×E along y is −(e/ħ) Ω E.
        velocity = geometry.group_velocity[:, 1] - FIELD / HBAR * geometry.berry_curvature[:, 2]
        exact.append(velocity.mean() * PERIOD)
    shift, period = found["bloch_shift"], found["bloch_period"]
    size = np.max(found["bloch_amplitude"].value)
    off = np.abs(shift.value[:, 1] - exact)
    assert np.all(off < 2 * shift.uncertainty[:, 1] + 1e-8 * size)
    assert np.all(shift.uncertainty[:, 1] < (1e-3 if saves == 47 else 1e-8) * size)
    assert abs(period.value - PERIOD) < period.uncertainty < 1e-12 * PERIOD


def test_what_no_tolerance_reaches_is_uncertain_by_rounding(tmp_path):
    """Chains along y, E along x: nothing moves along x, and along y each packet with its velocity for all times."""
    hopping, row = 0.7, 0.3
    mapping = {
        "name": "chains", "model": {
            "lattice": [[SIDE, 0], [0, SIDE]], "hoppings": [{"cell": [0, 1], "matrix": [[-hopping]]}],
        }, "band": 0,
        "fields": {"electric": [FIELD, 0, 0]}, "time": {"end": 1.5 * PERIOD, "saves": 31},
        "ensemble": {"kind": "packets", "wavevectors": [[0.0, row]]},
    }  # fmt: skip
    found = analyze(run(config_from_mapping(mapping), tmp_path / "run"))
    amplitude, shift = found["bloch_amplitude"], found["bloch_shift"]
    exact = 2 * hopping * SIDE / HBAR * np.sin(row * SIDE) * PERIOD
    for value, error, true in (
        (amplitude.value[0], amplitude.uncertainty[0], 0.0),
        (shift.value[0, 0], shift.uncertainty[0, 0], 0.0),
        (shift.value[0, 1], shift.uncertainty[0, 1], exact),
    ):
        assert abs(value - true) <= error
        assert np.finfo(float).eps * exact < error < 1e-9 * exact
