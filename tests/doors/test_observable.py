"""An observable of a script's own: everything here is a user's script and imports nothing private."""

import csv
import json

import numpy as np
import pytest
from scipy import stats

import wavepacket
from wavepacket.analysis import RunPaths, RunSums, forget_own
from wavepacket.cli import main
from wavepacket.errors import InputError, Interrupted
from wavepacket.plots.response import curve_panels

CONFIG = {
    "name": "mine",
    "model": {"name": "haldane"},
    "band": 0,
    "fields": {"electric": ["40 kV/cm", 0, 0]},
    "ensemble": {
        "kind": "fermi_dirac",
        "number": 64,
        "replicas": 4,
        "chemical_potential": 9.0,
        "temperature": 10.0,
    },
    "time": {"end": "20 fs", "saves": 3},
}


@pytest.fixture
def register():
    """A script writes ``@wavepacket.observable(...)``; other tests do not see what is registered here."""
    yield wavepacket.observable
    forget_own()


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return wavepacket.run(CONFIG, tmp_path_factory.mktemp("runs") / "mine")


def test_of_sums(register, run, capsys, tmp_path):
    @register(unit="e/(angstrom fs)", convention="- sum of weight times velocity, [time, axis]", symbol="$J$")
    def electron_current(sums: RunSums) -> np.ndarray:
        return -sums.current[0].sum(axis=0)

    @register(unit="1/angstrom^2", convention="states per area")
    def filling(sums: RunSums) -> float:
        return sums.population[0].sum() / sums.population[0].shape[-1]

    found = wavepacket.analyze(run)
    # The package's own current is the same sums in A/m: 1 e/(angstrom fs) = 1.602176634e6 A/m, and so is its error.
    factor, own = 1.602176634e6, found["current_density"]
    assert found["electron_current"].value * factor == pytest.approx(own.value, rel=1e-12)
    assert found["electron_current"].uncertainty * factor == pytest.approx(own.uncertainty, rel=1e-9)
    assert "standard error over replicas" in found["electron_current"].convention
    # A full band of graphene's lattice: one state in each cell of sqrt(3)/2 a^2.
    assert found["filling"].value == pytest.approx(1 / (np.sqrt(3) / 2 * 2.46**2), rel=1e-12)
    with pytest.raises(SystemExit):
        main(["analyze", str(run.folder), "--json", "--csv", str(tmp_path / "table.csv")])
    assert json.loads(capsys.readouterr().out)["observables"]["filling"]["unit"] == "1/angstrom^2"
    with (tmp_path / "table.csv").open() as table:
        assert "electron_current" in {row["observable"] for row in csv.DictReader(table)}
    labels = [axes.get_ylabel() for axes in wavepacket.plot(run).axes]
    assert any("$J$" in label for label in labels)


def test_of_paths(register, run):
    @register(unit="1/angstrom", convention="mean change of k along E", of="paths")
    def pushed(paths: RunPaths) -> np.ndarray:
        return paths.wavevector[:, -1, 0] - paths.wavevector[:, 0, 0]

    # ħ dk/dt = -eE: 20 fs at 40 kV/cm = 4e-4 V/angstrom; ħ = 0.6582119569 eV fs.
    found = wavepacket.analyze(run)["pushed"]
    assert found.value == pytest.approx(-4e-4 * 20 / 0.6582119569, rel=1e-9)
    assert found.uncertainty < 1e-12
    assert "mean over stored paths" in found.convention


def test_uncertainty_is_the_standard_error_over_replicas(register, run):
    @register(unit="angstrom", convention="mean x(T) - x(0)", of="paths")
    def forward(paths: RunPaths) -> np.ndarray:
        return paths.position[:, -1, 0] - paths.position[:, 0, 0]

    rows = run.trajectories(("replica", "weight", "electric_sign"))
    given = rows["electric_sign"] > 0
    position = run.trajectories(("position",))["position"][given]
    moved = position[:, -1, 0] - position[:, 0, 0]
    means = [np.mean(moved[rows["replica"][given] == replica]) for replica in range(4)]
    found = wavepacket.analyze(run)["forward"]
    # Of four samples of one size the jackknife is the standard error of their mean, here as wide as 68 % asks for.
    assert found.value == pytest.approx(np.mean(means), rel=1e-9)
    width = stats.t.ppf(stats.norm.cdf(1.0), df=3)
    assert found.uncertainty == pytest.approx(width * np.std(means, ddof=1) / 2, rel=1e-6)


@pytest.mark.full
def test_sweeps_have_it(register, tmp_path):
    @register(unit="1/angstrom", convention="mean change of k along E", of="paths", symbol="$q$")
    def pushed(paths: RunPaths) -> np.ndarray:
        return paths.wavevector[:, -1, 0] - paths.wavevector[:, 0, 0]

    swept = wavepacket.sweep(
        CONFIG, {"fields.electric.x": ["10 kV/cm", "20 kV/cm"]}, tmp_path / "s", workers=2
    )
    values, errors, unit = swept.values("pushed")
    assert unit == "1/angstrom"
    assert values[1] == pytest.approx(2 * values[0], rel=1e-9)
    assert (tmp_path / "s" / "observables.csv").read_text().count("pushed") == 2
    with pytest.raises(SystemExit) as left:
        main(["plot", str(tmp_path / "s"), "--observable", "pushed", "-o", str(tmp_path / "s.png")])
    assert not left.value.code
    assert errors.shape == (2,)


def test_of_other_results(register, capsys, tmp_path):
    @register(unit="eV", convention="middle of the scan", of="response")
    def middle(result) -> float:
        return result.chemical_potential.mean()

    @register(unit="angstrom", convention="largest distance {of} the centres", of="quantum")
    def farthest(result) -> float:
        return result["distance"].value.max()

    @register(unit="eV", convention="mu + k_B T", of="response", symbol=r"$\mu_T$")
    def warmed(result):
        return result.chemical_potential[:, None] + 8.6e-5 * result.temperature

    section = {
        "quantities": ["density"],
        "chemical_potential": [-1.0, 2.0],
        "uncertainty": 0.5,
        "points": 400,
    }
    config = {"name": "x", "model": {"name": "haldane"}, "response": section}
    assert wavepacket.response(config)["middle"].value == 0.5
    (tmp_path / "config.yaml").write_text(json.dumps(config))
    with pytest.raises(SystemExit):
        main(
            ["response", str(tmp_path / "config.yaml"), "--json", "-q", "--csv", str(tmp_path / "table.csv")]
        )
    assert json.loads(capsys.readouterr().out)["observables"]["middle"]["unit"] == "eV"
    with (tmp_path / "table.csv").open() as table:
        rows = [row for row in csv.DictReader(table) if row["observable"] == "middle"]
    assert [float(row["value"]) for row in rows] == [0.5]
    with pytest.raises(SystemExit):
        main(["response", str(tmp_path / "config.yaml"), "-q", "-o", str(tmp_path / "figure.png")])
    printed = capsys.readouterr().out
    assert "warmed (eV)" in printed.splitlines()[0]
    assert "middle: 0.5 eV\n    middle of the scan" in printed
    labels = [panel().get_ylabel() for panel in curve_panels(wavepacket.response(config))]
    assert labels[-1] == r"$\mu_T$ (eV)"
    packet = {"kind": "gaussian", "center": [1.0, 0.0], "width": 0.1, "number": 32, "replicas": 4}
    box = {
        "name": "x", "model": {"name": "cosine_band", "dimension": 1}, "band": 0, "ensemble": packet,
        "fields": {"electric": [1e-3, 0, 0]}, "time": {"end": "5 fs", "saves": 3}, "quantum": {"sites": [64]},
    }  # fmt: skip
    exact = wavepacket.quantum(box)
    assert exact["farthest"].value == exact["distance"].value.max()
    assert exact["farthest"].convention == "largest distance {of} the centres"
    for solve, given in ((wavepacket.response, config), (wavepacket.quantum, box)):
        with pytest.raises(Interrupted, match="stopped"):
            solve(given, stop=lambda: True)


def test_a_run_may_not_have_it(register, run):
    @register(unit="1", convention="only with collisions")
    def collided(sums: RunSums) -> None:
        return None if sums.transport is None else 1.0

    @register(unit="1", convention="asks for all observables, among them itself")
    def asking(sums: RunSums) -> float:
        return float("asking" in wavepacket.analyze(run))

    found = wavepacket.analyze(run)
    assert "collided" not in found
    assert found["asking"].value == 0


@pytest.mark.parametrize(
    ("name", "function", "sentence"),
    [
        ("broken", lambda sums: 1 / 0, "'broken' of this script is left out: ZeroDivisionError"),
        ("leaves", lambda sums: exit(0), "'leaves' of this script is left out: SystemExit"),
        ("words", lambda sums: "many", "must return real numbers"),
    ],
)
def test_one_that_fails_is_left_out(register, run, name, function, sentence):
    """The other results, which may have taken hours, are there."""
    function.__name__ = name
    register(unit="1", convention="")(function)
    with pytest.warns(UserWarning, match=sentence):
        found = wavepacket.analyze(run)
    assert name not in found
    assert "current_density" in found


@pytest.mark.parametrize(
    ("name", "unit", "sentence"),
    [
        ("mean_current", "1", "the package has an observable 'mean_current' already"),
        ("current_density", "1", "the package has an observable 'current_density' already"),
        ("magnetoresistance", "1", "the package has an observable 'magnetoresistance' already"),  # of sweeps
        ("berry_curvature", "1", "the package has an observable 'berry_curvature' already"),  # of bands
        ("<lambda>", "1", "define one by def"),
        ("mine", " ", "needs a unit"),
    ],
)
def test_what_is_refused(name, unit, sentence):
    def function(sums: RunSums) -> float:
        return 1.0

    function.__name__ = name
    with pytest.raises(InputError, match=sentence):
        wavepacket.observable(unit=unit, convention="")(function)
