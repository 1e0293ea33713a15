"""An integrator from a tableau of numbers: everything here is a user's script and imports nothing private."""

from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import RK45

import wavepacket
from wavepacket.errors import ConfigError, Status

RK4 = {"stages": [[], [0.5], [0, 0.5], [0, 0, 1]], "weights": [1 / 6, 1 / 3, 1 / 3, 1 / 6]}
# Heun (order 2) and Ralston's third-order method; the fifth-order method of Butcher with six stages (Numerical Methods for
# Ordinary Differential Equations, table 325(I)).
HEUN = {"stages": [[], [1.0]], "weights": [0.5, 0.5]}
RALSTON = {"stages": [[], [0.5], [0, 0.75]], "weights": [2 / 9, 1 / 3, 4 / 9]}
BUTCHER = {
    "stages": [
        [], [1 / 4], [1 / 8, 1 / 8], [0, 0, 1 / 2], [3 / 16, -3 / 8, 3 / 8, 9 / 16],
        [-3 / 7, 8 / 7, 6 / 7, -12 / 7, 8 / 7],
    ],
    "weights": [7 / 90, 0, 32 / 90, 12 / 90, 32 / 90, 7 / 90],
}  # fmt: skip

CONFIG = {
    "name": "mine",
    "model": {"name": "weyl_lattice"},
    "band": 0,
    "fields": {
        "electric": [
            [2e-3, 1e-3, -1e-3],
            {"kind": "sinusoid", "amplitude": [0, 2e-3, 1e-3], "frequency": "0.05 rad/fs"},
        ],
        "magnetic": [10, -20, 30],
    },
    "ensemble": {"kind": "packets", "wavevectors": [[0.3, -0.05, 0.32], [0.2, 0.3, 0.1]]},
    "time": {"end": "32 fs", "saves": 3},
}


# The pair of Dormand and Prince: both its formulas, and that the last stage is the end of the step.
PAIR = {
    "stages": [row[:i].tolist() for i, row in enumerate(RK45.A)],
    "weights": RK45.B.tolist(),
    "embedded": (np.append(RK45.B, 0.0) + RK45.E).tolist(),
}
# Heun and Euler: no rates at the end.
HEUN_EULER = {**HEUN, "embedded": [1.0, 0.0]}


def shards(folder):
    return [path.read_bytes() for path in sorted((Path(folder) / "shards").iterdir())]


def ended(folder, integrator):
    run = wavepacket.run({**CONFIG, "integrator": integrator}, folder)
    paths = run.trajectories(("wavevector", "position"))
    return np.concatenate([paths["wavevector"][:, -1], paths["position"][:, -1]], axis=1)


def test_the_tableau_of_rk4_is_rk4(tmp_path):
    own = ended(tmp_path / "own", {"method": "tableau", "step": "1 fs", "tableau": RK4})
    known = ended(tmp_path / "known", {"method": "rk4", "step": "1 fs"})
    # 32 steps, four sums each: rounding of positions of some angstrom.
    np.testing.assert_allclose(own, known, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("tableau", "order"),
    [(HEUN, 2), (RALSTON, 3), (RK4, 4), (BUTCHER, 5)],
    ids=["heun", "ralston", "rk4", "butcher"],
)
def test_order(tmp_path, tableau, order):
    exact = ended(tmp_path / "exact", {"method": "dop853", "tolerance": 1e-14})
    errors = []
    for step in (2.0, 1.0):
        found = ended(tmp_path / f"{step}", {"method": "tableau", "step": step, "tableau": tableau})
        errors.append(np.abs(found - exact).max())
    # Halving the step divides the error by 2^order, up to the next order: h ω is below 0.3 here.
    assert np.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.5)


@pytest.mark.parametrize(
    ("pair", "order"), [(PAIR, 5), (HEUN_EULER, 2)], ids=["dormand-prince", "heun-euler"]
)
def test_steps_of_a_pair(tmp_path, pair, order):
    """Errors are of the size of the tolerance, and steps as many as an estimate of order q in h needs.

    That is tolerance^(-1/q) for short steps; where a packet moves by more than a lattice constant in one, r is measured by
    the length of the step, which takes away one order.
    """
    exact = ended(tmp_path / "exact", {"method": "dop853", "tolerance": 1e-14})
    tolerances, steps = ((1e-6, 1e-10) if order == 5 else (1e-4, 1e-5)), []
    for tolerance in tolerances:
        integrator = {"method": "tableau", "tolerance": tolerance, "tableau": pair}
        config = {**CONFIG, "time": {"end": "320 fs", "saves": 2}, "integrator": integrator}
        taken = wavepacket.run(config, tmp_path / f"{tolerance}").trajectories(("diagnostics/steps",))
        steps.append(taken["diagnostics/steps"].sum())
        found = ended(tmp_path / f"short {tolerance}", integrator)
        # The errors of a few to some hundred steps add up.
        assert 0.1 * tolerance < np.abs(found - exact).max() < 30 * tolerance
    power = np.log(steps[1] / steps[0]) / np.log(tolerances[0] / tolerances[1])
    assert 1 / order < power < 1 / (order - 1)


def test_saves_of_a_pair_are_as_exact_as_its_ends(tmp_path):
    """A cubic between the ends of steps of this length (1.6 fs) is wrong by 1e-5 Å here."""
    paths = {}
    for name, integrator in {
        "exact": {"method": "dop853", "tolerance": 1e-14},
        "pair": {"method": "tableau", "tolerance": 1e-9, "tableau": PAIR},
    }.items():
        config = {**CONFIG, "time": {"end": "32 fs", "saves": 41}, "integrator": integrator}
        paths[name] = wavepacket.run(config, tmp_path / name).trajectories(("position",))["position"]
    assert np.abs(paths["pair"] - paths["exact"]).max() < 1e-9


def test_a_pair_stops_where_bands_meet(tmp_path):
    """Limits hold between the ends of long steps, too."""
    node = {
        "model": {"name": "weyl_node", "cutoff": 0.5}, "fields": {"electric": [-1e-3, 0, 0], "magnetic": [0, 0, 0]},
        "ensemble": {"kind": "packets", "wavevectors": [[-0.1, 0, 0]]}, "time": {"end": "200 fs", "saves": 2},
        "limits": {"gap": "10 meV"}, "integrator": {"method": "tableau", "tolerance": 1e-4, "tableau": PAIR},
    }  # fmt: skip
    run = wavepacket.run({**CONFIG, **node}, tmp_path / "run")
    assert run.trajectories(("status",))["status"].tolist() == [int(Status.GAP_TOO_SMALL)]


def test_the_folder_holds_it(tmp_path, elsewhere):
    config = {**CONFIG, "integrator": {"method": "tableau", "tolerance": 1e-8, "tableau": PAIR}}
    run = wavepacket.run(config, tmp_path / "one")
    spread = wavepacket.run(config, tmp_path / "two", workers=2)
    assert shards(run.folder) == shards(spread.folder)
    before = shards(run.folder)
    (tmp_path / "one" / "run.h5").unlink()
    for path in (tmp_path / "one" / "shards").iterdir():
        path.unlink()
    assert elsewhere(tmp_path, "resume", "one", "-q")[0] == 0
    assert shards(run.folder) == before


@pytest.mark.parametrize(
    ("integrator", "sentence"),
    [
        ({"method": "tableau", "step": 1.0}, "integrator.tableau: .*belong together"),
        ({"method": "dop853", "tableau": RK4}, "integrator.tableau: .*belong together"),
        ({"method": "tableau", "tableau": RK4}, "the fixed-step method tableau needs a step"),
        (
            {"method": "tableau", "step": 1.0, "tableau": {**RK4, "weights": [1]}},
            "must be 4, one for each stage, not 1",
        ),
        (
            {"method": "tableau", "step": 1.0, "tableau": {**RK4, "weights": [0.5, 0.5, 0.5, 0]}},
            "must add up to 1",
        ),
        (
            {"method": "tableau", "step": 1.0, "tableau": {"stages": [[1.0]], "weights": [1.0]}},
            "row 0 must have 0 coefficients",
        ),
        (
            {"method": "tableau", "step": 1.0, "tableau": PAIR},
            "integrator.tableau: .*chooses its steps itself: leave out integrator.step",
        ),
        (
            {"method": "tableau", "tableau": {**PAIR, "embedded": [1.0]}},
            "must be 6, one for each stage, or 7 with one for the rates at the end of the step, not 1",
        ),
        (
            {"method": "tableau", "tableau": {**RK4, "embedded": RK4["weights"]}},
            "their difference is the error",
        ),
        (  # two stages at one point have one rate, whatever their weights
            {
                "method": "tableau",
                "tableau": {"stages": [[], [0.0]], "weights": [0.5, 0.5], "embedded": [1.0, 0.0]},
            },
            "their difference is the error",
        ),
    ],
)
def test_what_is_refused(integrator, sentence):
    with pytest.raises(ConfigError, match=sentence):
        wavepacket.config_from_mapping({**CONFIG, "integrator": integrator})
