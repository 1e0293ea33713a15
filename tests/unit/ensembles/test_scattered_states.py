"""Scattered points that miss a peak of the curvature: replicas agree on what all of them miss, and nothing is known."""

import numpy as np
import pytest

import wavepacket
from tests.cases import problem

NARROW = {
    "name": "haldane",
    "t2": 0.1,
    "staggered": 0.5,
}  # the gap closes at 3√3 t2: it is 0.04 eV at one valley
WIDE = {"name": "haldane"}


def hall(folder, model):
    """Of a filled band, by 500 points."""
    config = {
        "name": "t", "model": model, "band": 0, "fields": {"electric": [1e-5, 0, 0]}, "time": {"end": 20.0, "saves": 2},
        "ensemble": {"kind": "filled_band", "number": 500}, "output": {"trajectories": 0},
    }  # fmt: skip
    run = wavepacket.run(config, folder / "run", overwrite=True, announce=False, threads=1)
    return wavepacket.analyze(run)["hall_conductivity"]


def test_a_peak_that_few_points_see_has_no_uncertainty(tmp_path):
    """Energies change by 0.3 eV from one of 500 points to the next; of graphene such peaks were 13 uncertainties off."""
    narrow, wide = hall(tmp_path, NARROW), hall(tmp_path, WIDE)
    assert np.isnan(narrow.uncertainty)
    assert "too far apart for the smallest gap" in narrow.convention
    assert wide.value == pytest.approx(-1, abs=4 * wide.uncertainty)
    assert "standard error over replicas" in wide.convention


def test_how_many_points_a_gap_needs():
    """The squared distance of states is that of a grid of as many points: half of their number, twice the distance."""
    made = [
        problem(model=NARROW, band=0, ensemble={"kind": "filled_band", "number": number})
        for number in (2000, 8000)
    ]
    few, many = (each.ensemble.resolution.states for each in made)
    assert few == pytest.approx(4 * many, rel=0.1)
    surface = {"kind": "fermi_surface", "number": 2000, "chemical_potential": -0.2, "temperature": 300.0}
    assert problem(model=NARROW, band=0, ensemble=surface).ensemble.resolution.states == 0
