"""What stands first of a result: chosen, compared with exact values, and told in one line."""

import math
from pathlib import Path

import numpy as np
import pytest

from wavepacket.config import load_config
from wavepacket.observables import Headline, Observable, Observables, headlines

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
FOUND = Observables({
    "zero": Observable("zero", 1e-3, 2e-3, "eV"),
    "field": Observable("field", np.array([1.0, 0.0, -2.0]), np.array([0.1, 0.1, 0.1]), "T"),
    "drift": Observable("drift", {"K": [0.5, 0.25], "K'": [-0.5, 0.25]}, {"K": [0.1, 0.01], "K'": [0.1, 0.01]}, "m"),
    "rate": Observable("rate", 3.0, math.nan, "1/fs"),
    "bound": Observable("bound", 4.0, None, "eV"),
})  # fmt: skip


def test_defaults_that_are_zero_within_their_error_do_not_lead():
    assert [
        each.name for each in headlines(FOUND, {}, ("zero", "none", "field", "drift", "bound", "rate"))
    ] == ["field", "drift", "bound"]
    assert [each.name for each in headlines(FOUND, {}, ("none", "zero"))] == ["zero"]
    assert headlines(FOUND, {}, ("none",)) == []


def test_what_is_asked_for_leads_by_component_and_with_its_exact_value():
    wanted = {
        "zero": 0.0, "drift.K'.y": 0.255, "field.z": None, "field": None, "field.w": 1.0, "none": 2.0, "drift.K": None,
    }  # fmt: skip
    found = headlines(FOUND, wanted)
    assert [(each.name, str(each)) for each in found] == [
        ("zero", "0.001 ± 0.002 eV    exact: 0, agrees within its uncertainty"),
        ("drift.K'.y", "0.25 ± 0.01 m    exact: 0.255, agrees within its uncertainty"),
        ("field.z", "-2 ± 0.1 T"),
        ("field", "[1, 0, -2] ± [0.1, 0.1, 0.1] T"),
        ("drift.K", "[0.5, 0.25] ± [0.1, 0.01] m"),
    ]


@pytest.mark.parametrize(
    ("value", "error", "exact", "verdict"),
    [
        (1.0, 0.1, 1.05, "agrees within its uncertainty"),
        (1.0, 0.1, 1.25, "off by 2.5 uncertainties"),
        (1.0, 0.1, 1.5, "DIFFERS by 5 uncertainties"),
        (1.0, 1e-12, 1.0 + 3e-9, "agrees to 8 digits"),
        (1.0, 0.0, 2.0, "off by 1, and its uncertainty is not known"),
        (1.0, math.nan, 2.0, "off by 1, and its uncertainty is not known"),
        (1.0, None, 1.0, "the same"),
        (0.0, None, 0.0, "the same"),
        (0.0, None, 1.0, "off by 1, and its uncertainty is not known"),
        (1.0, 0.1, None, ""),
        (np.array([1.0, 2.0]), None, 1.0, ""),
    ],
)
def test_verdicts(value, error, exact, verdict):
    assert Headline("x", Observable("x", value, error), exact).verdict == verdict


@pytest.mark.parametrize(
    ("change", "kept"),
    [("ensemble.grid=[8,8]", True), ("time.saves=3", True), ("headline.hall_conductivity=-1", True),
     ("output.trajectories=3", False), ("model.phi=-90 deg", False), ("band=1", False), ("time.end=1 fs", False)],
)  # fmt: skip
def test_exact_values_belong_to_the_config_as_it_is_written(change, kept):
    config = load_config(CONFIGS / "haldane_hall.yaml", (change,))
    assert config.headline == {"hall_conductivity": -1.0 if kept else None}


def test_a_component_of_a_series_is_that_of_the_last_time():
    path = {"K": np.array([[0.0, 0.0], [1.0, 2.0]])}
    found = headlines(
        Observables(moved=Observable("moved", path, unit="m", over_time=True)), {"moved.K.y": 2.0}
    )
    assert str(found[0]) == "2 m    exact: 2, the same"
