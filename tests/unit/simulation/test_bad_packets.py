"""Packets that end badly among good ones: each gets its status, and the good ones do not notice, in a whole run too."""

from dataclasses import replace

import numpy as np
import pytest

from tests.cases import plain, problem
from tests.cases import run as integrated
from wavepacket.analysis import analyze
from wavepacket.config import config_from_mapping
from wavepacket.errors import STATUS_SENTENCES, Status
from wavepacket.kernels.motion import fields
from wavepacket.simulation import run

NODE = {"name": "weyl_node", "cutoff": 0.3}
GOOD = np.random.default_rng(7).uniform(-0.12, 0.12, (70, 3)) + np.array([0, 0.02, 0.13])
FIELDS = {"electric": [-1e-4, 2e-5, 0], "magnetic": [0.5, 0, 1.0]}


def assert_neighbours_unchanged(bad, expected, settings, good=GOOD, model=NODE):
    """Put a bad packet before, between and after the good ones; return the block."""
    alone = integrated(problem(model, wavevectors=good, **settings))
    assert not alone.status.any()
    places = [0, 33, len(good)]
    mixed = integrated(problem(model, wavevectors=np.insert(good, places, bad, axis=0), **settings))
    healthy = mixed.status == Status.OK
    assert healthy.sum() == len(good)
    assert set(mixed.status[~healthy]) == {expected}
    for name in ("position", "wavevector"):
        assert getattr(mixed, name)[healthy].tobytes() == getattr(alone, name).tobytes()
    for name, values in alone.diagnostics.items():
        assert mixed.diagnostics[name][healthy].tobytes() == values.tobytes(), name
    for name, values in alone.sums.items():
        assert mixed.sums[name].tobytes() == values.tobytes(), name


def test_vanishing_density_of_states_factor():
    """Ω ~ 1/2k² of the node: at 10⁻³/Å, 1 T turns D negative on one side."""
    limits = {"gap": 0.0, "density_of_states_factor": 0.1}
    assert_neighbours_unchanged(
        [0, 0, -2e-3],
        Status.DENSITY_OF_STATES,
        FIELDS | {"end": 60.0, "limits": limits, "magnetic": [0, 0, 2.0]},
    )


def test_vanishing_gap():
    assert_neighbours_unchanged([0, 0, 0], Status.GAP_TOO_SMALL, FIELDS | {"end": 60.0})


def test_step_underflow():
    """Head-on through the node, v jumps; at this tolerance no step is small enough."""
    settings = {
        "electric": [-1e-3, 0, 0],
        "end": 40.0,
        "limits": {"gap": 0.0, "density_of_states_factor": 0.0},
        "tolerance": 1e-15,
    }
    model = NODE | {"cutoff": 10.0}
    assert_neighbours_unchanged([-0.05, 0, 0], Status.STEP_UNDERFLOW, settings, model=model)


def test_not_a_number_in_the_fields():
    """A field that is not finite cannot come from a config, so the packed array is spoilt: nobody is OK, nothing raises."""
    made = problem(NODE, wavevectors=GOOD, **FIELDS)
    made.environment[-1] = np.nan
    made.environment[fields.FIRST_TERM + fields.AMPLITUDE] = np.nan
    block = integrated(made)
    assert set(block.status) == {Status.NON_FINITE}
    assert not block.sums["population"].any()
    assert np.isfinite(block.sums["current"]).all()


def test_not_a_number_at_the_start_of_one_packet():
    """No config lets it through, so it is put among the packets of the ensemble."""
    settings = FIELDS | {"end": 60.0}
    alone = integrated(problem(NODE, wavevectors=GOOD, **settings))
    made = problem(NODE, wavevectors=np.insert(GOOD, 40, [0.1, 0, 0], axis=0), **settings)

    def spoilt(first, number):
        packets = made.ensemble.packets(first, number)
        packets.wavevector[40 - first] = np.nan
        return packets

    mixed = integrated(replace(made, ensemble=replace(made.ensemble, packets=spoilt)))
    assert mixed.status[40] in (Status.NON_FINITE, Status.LEFT_DOMAIN)
    assert np.delete(mixed.status, 40).tolist() == [Status.OK] * len(GOOD)
    assert np.delete(mixed.position, 40, axis=0).tobytes() == alone.position.tobytes()
    assert mixed.sums["current"].tobytes() == alone.sums["current"].tobytes()


@pytest.mark.parametrize("bad", [1, 3, 7])
def test_the_excluded_fraction_is_exact(tmp_path, bad):
    packets = np.insert(GOOD, np.arange(bad) * 9, [0, 0, 0], axis=0)
    mapping = {
        "name": "bad",
        "model": NODE,
        "band": 0,
        "fields": FIELDS,
        "ensemble": {"kind": "packets", "wavevectors": plain(packets)},
        "time": {"end": 60.0, "saves": 11},
    }
    found = analyze(run(config_from_mapping(mapping), tmp_path / "run", threads=1))["excluded_fraction"]
    assert found.value == bad / len(packets)
    assert found.as_json()["reasons"] == {STATUS_SENTENCES[Status.GAP_TOO_SMALL]: bad}
