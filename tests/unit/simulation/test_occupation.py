"""Populations of valleys against time, counted by where packets are."""

import csv

import numpy as np
import pytest

from tests.cases import plain, problem, run
from wavepacket.analysis import analyze
from wavepacket.cli.analyze import _write_csv
from wavepacket.config import config_from_mapping
from wavepacket.ensembles import nearest_valley
from wavepacket.plots import series_of_run
from wavepacket.simulation import run as run_into
from wavepacket.units import HBAR

CASES = {
    "hexagonal": ({"name": "haldane"}, [2e-3, 1e-3, 0], {}),
    "cubic": ({"name": "weyl_lattice"}, [1e-3, 2e-3, 3e-3], {}),
    "oblique": (
        {
            "lattice": [[3.0, 0, 0], [2.5, 0.9, 0]],
            "positions": [[0, 0, 0]],
            "hoppings": [{"cell": [1, 0, 0], "matrix": [[-0.1]]}, {"cell": [0, 1, 0], "matrix": [[-0.2]]}],
        },
        [2e-3, 5e-3, 0],
        {"a": [0.1, 0.2, 0], "b": [-0.4, 0.3, 0], "c": [0.5, 0.5, 0]},
    ),
    "k.p": (
        {"name": "parabolic_band", "cutoff": 5.0},
        [3e-4, 0, 0],
        {"a": [-0.05, 0, 0], "b": [0.05, 0.01, 0]},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_counts_are_those_of_the_nearest_centre_at_each_save(name):
    """Against the search over all reciprocal vectors at every point, over several turns through the zone."""
    model, electric, valleys = CASES[name]
    made = problem(
        model, electric=electric, end=2000.0, saves=57, tolerance=1e-8, valleys=valleys,
        ensemble={"kind": "gaussian", "center": [0.02, 0.03, 0.0], "width": 0.2, "number": 300, "replicas": 3},
    )  # fmt: skip
    block = run(made)
    found = nearest_valley(made.hamiltonian, block.wavevector.reshape(-1, 3), made.valley_centres).reshape(
        300, 57
    )
    expected = np.zeros((3, len(made.valley_names) + 1, 57))
    for packet in np.flatnonzero(block.status == 0):
        expected[block.replica[packet], found[packet], np.arange(57)] += block.weight[packet]
    np.testing.assert_allclose(block.sums["occupation"][0], expected, rtol=1e-12, atol=1e-15)
    moved = np.mean(found[:, 0] != found[:, -1])
    assert moved > 0.1


@pytest.fixture
def oscillating(tmp_path):
    """A band of two valleys at ±π/2a: a packet of momentum k changes sides when k0 − eEt/ħ passes 0 or π/a."""
    mapping = {
        "name": "sides", "model": {"name": "cosine_band", "hopping": 0.1, "lattice_constant": 4.0}, "band": 0,
        "fields": {"electric": [1e-3, 0, 0]}, "valleys": {"right": [0.25, 0, 0], "left": [-0.25, 0, 0]},
        "ensemble": {"kind": "packets", "coordinates": "reduced", "wavevectors": [[0.3, 0, 0], [0.45, 0, 0], [-0.1, 0, 0]],
                     "weights": [3, 2, 1]},
        "time": {"end": 2 * np.pi * HBAR / (4.0 * 1e-3), "saves": 201},
    }  # fmt: skip
    return run_into(config_from_mapping(plain(mapping)), tmp_path / "run")


def test_polarisation_of_packets_that_cross(oscillating, tmp_path):
    """Over one Bloch period every packet visits both valleys for half of it, and comes back."""
    observables = analyze(oscillating)
    population, polarisation = observables["valley_population"], observables["valley_polarisation"]
    assert population.value == {"right": 5.0, "left": 1.0}
    turns = np.arange(201) / 200
    starts, weights = np.array([0.3, 0.45, -0.1]), np.array([3.0, 2.0, 1.0])
    place = (starts[:, None] - turns + 0.5) % 1 - 0.5
    clear = np.all(np.abs(np.abs(place) % 0.5) > 1e-6, axis=0)  # no packet on a border
    right = weights @ (place > 0)
    np.testing.assert_allclose(population.series.value["right"][clear], right[clear], rtol=1e-12)
    np.testing.assert_allclose(polarisation.series.value[clear], (right[clear] - 3) / 3, rtol=0, atol=1e-12)
    assert polarisation.value == pytest.approx(4 / 6)
    _write_csv(tmp_path / "table.csv", {(): (observables, oscillating.time)})
    rows = {
        (row["observable"], row["component"]): row for row in csv.DictReader((tmp_path / "table.csv").open())
    }
    assert float(rows["valley_population", "series.right.77"]["value"]) == right[77]
    assert float(rows["valley_polarisation", "series.200"]["value"]) == pytest.approx(4 / 6)
    assert rows["valley_displacement", "right.5.0"]["unit"] == "angstrom"
    period = 2 * np.pi * HBAR / (4.0 * 1e-3)
    for key, save in (
        (("valley_population", "series.right.77"), 77),
        (("valley_polarisation", "series.200"), 200),
        (("valley_displacement", "right.5.0"), 5),
    ):
        assert float(rows[key]["time (fs)"]) == pytest.approx(save * period / 200)
    assert rows["valley_population", "right"]["time (fs)"] == ""
    shown = series_of_run(observables, oscillating.time)[-1]
    assert shown.name == r"$P_\mathrm{v}$"
    np.testing.assert_array_equal(shown.values, polarisation.series.value)
