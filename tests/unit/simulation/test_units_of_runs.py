"""What a run says its numbers are in: states per Å^d, per energy at a Fermi surface, relative weights of lists."""

import h5py
import numpy as np
import pytest

from tests.cases import problem
from wavepacket.analysis import analyze
from wavepacket.config import config_from_mapping
from wavepacket.simulation import run
from wavepacket.units import BOLTZMANN

STEP, TEMPERATURE = 1e-4, 1000.0


def finished(folder, ensemble, **changes):
    mapping = {
        "name": "units", "model": {"name": "haldane", "phi": "90 deg"}, "band": 0, "ensemble": ensemble,
        "fields": {"electric": [0, 1e-3, 0]}, "time": {"end": 5.0, "saves": 2},
        "valleys": {"a": [0.5, 0, 0], "b": [-0.5, 0, 0]},
    }  # fmt: skip
    return run(config_from_mapping(mapping | changes), folder)


def occupied(kind, level):
    return {"kind": kind, "grid": [6, 6], "chemical_potential": level, "temperature": TEMPERATURE}


def units(folder):
    names = ("weight", "sums/current", "sums/displacement", "sums/population", "sums/occupation")
    found = {}
    for file in ("run.h5", "shards/000000.h5"):
        with h5py.File(folder / file, "r", locking=False) as opened:
            found[file] = [opened[name].attrs["units"].decode() for name in names]
    assert found["run.h5"] == found["shards/000000.h5"]
    return found["run.h5"]


def test_a_fermi_surface_is_the_derivative_of_a_fermi_sea(tmp_path):
    """d/dμ of the sums over occupied states, per eV: f(μ + h) − f(μ − h) over 2h is −∂f/∂ε to (h/kT)²/2."""
    level = -1.0
    surface = finished(tmp_path / "surface", occupied("fermi_surface", level))
    above, below = (
        analyze(finished(tmp_path / f"{sign}", occupied("fermi_dirac", level + sign * STEP)))
        for sign in (1, -1)
    )
    found = analyze(surface)
    for name in (
        "current_density",
        "valley_current",
        "hall_conductivity",
        "valley_hall_conductivity",
        "valley_population",
    ):
        assert found[name].unit == f"{above[name].unit}/eV"
        sea, other, slope = (flat(each[name].value) for each in (above, below, found))
        scale = np.abs(sea).max() / (BOLTZMANN * TEMPERATURE)
        expected = (sea - other) / (2 * STEP)
        # The rest is what 1e-10 of the largest weight leaves out, and the cancellation of 1e-15 over h.
        np.testing.assert_allclose(
            slope, expected, atol=scale * ((STEP / BOLTZMANN / TEMPERATURE) ** 2 + 1e-9)
        )
    assert above["current_density"].unit == "A/m"
    assert found["valley_drift"].unit == above["valley_drift"].unit == "angstrom/fs"
    assert units(tmp_path / "surface") == [
        "1/angstrom^2/eV", "angstrom/fs/angstrom^2/eV", "angstrom/angstrom^2/eV", "1/angstrom^2/eV", "1/angstrom^2/eV",
    ]  # fmt: skip
    assert units(tmp_path / "1") == [
        "1/angstrom^2", "angstrom/fs/angstrom^2", "angstrom/angstrom^2", "1/angstrom^2", "1/angstrom^2",
    ]  # fmt: skip


def flat(value):
    return np.concatenate(
        [np.ravel(each) for each in value.values()] if isinstance(value, dict) else [np.ravel(value)]
    )


def test_weights_of_a_list_are_pure_numbers(tmp_path):
    listed = {"kind": "packets", "wavevectors": [[0.1, 0, 0]]}
    observables = analyze(finished(tmp_path / "run", listed))
    assert units(tmp_path / "run") == ["1", "angstrom/fs", "angstrom", "1", "1"]
    assert observables["valley_population"].unit == "1"


@pytest.mark.parametrize(
    ("scattering", "unit"), [({}, "1/angstrom^2"), ({"intervalley_time": 300.0}, "1/angstrom^2/eV")]
)
def test_a_deviation_from_equilibrium_lies_at_the_fermi_surface(scattering, unit):
    """Collisions that keep the numbers of valleys: packets of ``fermi_dirac`` start with the weights of its surface."""
    made = problem(
        {"name": "haldane"}, electric=[1e-4, 0, 0], ensemble=occupied("fermi_dirac", 0.0),
        scattering={"relaxation_time": 100.0} | scattering,
    )  # fmt: skip
    assert made.weight_unit == unit
