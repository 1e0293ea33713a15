"""Warnings say which share of the ensemble's weight is beyond a limit, and nothing where it is none."""

from types import SimpleNamespace

import numpy as np
import pytest

from tests.cases import problem
from wavepacket.analysis import analyze, warnings
from wavepacket.analysis.source import Source
from wavepacket.config import config_from_mapping
from wavepacket.errors import Status
from wavepacket.observables import entries
from wavepacket.runs.worst import LIMITS, Worst, limits_of
from wavepacket.simulation import integrate, run
from wavepacket.units import E_OVER_HBAR

MONITORS = (
    "energy_drift",
    "density_of_states_factor",
    "minimum_gap",
    "interband_mixing",
    "excluded_fraction",
)


def observed(weight, *, factor=1.0, mixing=0.0, status=Status.OK):
    """Monitors of four packets in two shards, the last of which has the values given; no factor: it took no step."""
    rows = {name: np.zeros(4) for name in ("minimum_gap", "energy_drift", "interband_mixing")}
    rows |= {f"{side}_density_of_states_factor": np.ones(4) for side in ("minimum", "maximum")}
    rows["interband_mixing"][3] = mixing
    if factor is None:
        rows["minimum_density_of_states_factor"][3] = np.inf
        rows["maximum_density_of_states_factor"][3] = -np.inf
    else:
        side = "minimum" if factor < 1 else "maximum"
        rows[f"{side}_density_of_states_factor"][3] = factor
    arrays = {f"diagnostics/{name}": values for name, values in rows.items()}
    arrays |= {"weight": np.array([5.0, 3.0, 2.0, weight]), "status": np.array([Status.OK] * 3 + [status])}
    shards = [{name: values[part] for name, values in arrays.items()} for part in (slice(0, 1), slice(1, 4))]
    config = problem({"name": "haldane"}, wavevectors=[[0, 0, 0]]).config
    found = monitors(shards, config)
    return found, warnings(found, config)


def monitors(shards, config):
    """As a run has stored them, and the same from the shards of a run that has not."""
    limits, worst = limits_of(config.limits.interband_mixing), Worst()
    for shard in shards:
        worst.add(shard, limits[LIMITS])
    found = [
        made_of(SimpleNamespace(arrays=arrays, shards=read, valley_names=(), dimension=2), config)
        for arrays, read in ((worst.arrays() | limits, None), ({}, lambda fields: shards))
    ]
    assert repr(found[0]) == repr(found[1])
    return found[0]


def made_of(run, config):
    source = Source(run, config, None, None)
    return {each.name: each.made(source) for each in entries("ballistic") if each.name in MONITORS}


def test_packets_that_stop_at_their_start_say_nothing_of_the_factor():
    """Such as one at k = 0 of Luttinger's model, where D is not a number; its status tells."""
    _, said = observed(0.5, factor=None, status=Status.GAP_TOO_SMALL)
    assert len(said) == 1
    assert "stopped early" in said[0]


BEYOND = {"density_of_states_factor": {"factor": 4.7}, "interband_mixing": {"mixing": 4.6}}


@pytest.mark.parametrize("name", BEYOND)
def test_share_of_the_weight(name):
    """One packet of weight w beside others of weight 10: the share w/(10 + w)."""
    found, said = observed(0.5, **BEYOND[name])
    assert found[name].facts["weight_beyond_limit"] == pytest.approx(0.5 / 10.5, rel=1e-15)
    assert len(said) == 1
    assert "4.8 % of the ensemble's weight" in said[0]
    found, said = observed(1e-6, **BEYOND[name])
    assert found[name].facts["weight_beyond_limit"] == pytest.approx(1e-7, rel=1e-6)
    assert said == []


def test_a_negative_departure_counts_too():
    assert "|D - 1| reaches 0.9" in observed(10.0, factor=0.1)[1][0]
    assert "50 % of the ensemble's weight" in observed(10.0, factor=0.1)[1][0]


def test_stopped_packets_by_weight():
    """A quarter of the packets by number, 1 % by weight; one without weight leaves no sum out."""
    found, said = observed(10 / 99, status=Status.GAP_TOO_SMALL)
    assert found["excluded_fraction"].value == 0.25
    assert found["excluded_fraction"].facts["weight"] == pytest.approx(0.01, rel=1e-12)
    assert said == [f"trajectories with 1 % of the ensemble's weight stopped early: 1 x {reason_of(found)}"]
    found, said = observed(0.0, status=Status.GAP_TOO_SMALL)
    assert found["excluded_fraction"].value == 0.25
    assert said == []


def reason_of(found):
    (reason,) = found["excluded_fraction"].facts["reasons"]
    return reason


def test_a_run_near_a_weyl_node(tmp_path):
    """|D − 1| = (e/ħ)B/2k² on the axis of B: beyond 0.1 for k < 0.0276/Å at 10 T, where a quarter of the weight is."""
    config = config_from_mapping(
        {
            "name": "node", "model": {"name": "weyl_node"}, "band": 1, "fields": {"magnetic": [0, 0, 10]},
            "ensemble": {"kind": "packets", "wavevectors": [[0, 0, 0.2], [0, 0, 0.02]], "weights": [3, 1]},
            "time": {"end": 1.0, "saves": 2},
        }
    )  # fmt: skip
    found = analyze(run(config, tmp_path / "run"))
    largest = max(abs(value - 1) for value in found["density_of_states_factor"].value.values())
    assert largest == pytest.approx(E_OVER_HBAR * 10 / (2 * 0.02**2), rel=1e-3)
    assert found["density_of_states_factor"].facts["weight_beyond_limit"] == 0.25
    assert any("25 % of the ensemble's weight" in sentence for sentence in warnings(found, config))


def test_a_drift_of_the_conserved_energy_is_warned_of():
    """Steps of rk4 that are far too long for a narrow gap: the drift is the error of the path."""
    model = {"name": "massive_dirac", "velocity": 5.0, "mass": 0.1}
    said = []
    for step in (50.0, 0.5):
        made = problem(
            model, band=1, wavevectors=[[0.1, 0.02, 0]], electric=[1e-3, 0, 0], magnetic=[0, 0, 1.0], end=200.0, saves=2,
            integrator={"method": "rk4", "step": step},
        )  # fmt: skip
        block = integrate(made, 0, 1)
        arrays = {"weight": block.weight, "status": block.status}
        arrays |= {f"diagnostics/{name}": values for name, values in block.diagnostics.items()}
        found = monitors([arrays], made.config)
        said.append([each for each in warnings(found, made.config) if "limits.energy_drift" in each])
    assert found["energy_drift"].value < 1e-3
    assert len(said[0]) == 1
    assert not said[1]
