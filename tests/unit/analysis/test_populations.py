"""Uncertainties of populations whose weights are exact."""

import numpy as np
import pytest

from tests.cases import plain
from wavepacket.analysis import analyze
from wavepacket.config import config_from_mapping
from wavepacket.simulation import run

GRAPHENE = {"name": "gapped_graphene", "gap": 0.5}
CLOUD = {"kind": "gaussian", "valley": "K", "width": 0.02, "number": 333, "replicas": 8}


def population(folder, ensemble, **sections):
    mapping = {
        "name": "cloud", "model": GRAPHENE, "band": 1, "ensemble": ensemble, "time": {"end": 1.0, "saves": 3},
        "output": {"trajectories": 0},
    }  # fmt: skip
    return analyze(run(config_from_mapping(plain(mapping | sections)), folder / "run", overwrite=True))[
        "valley_population"
    ]


@pytest.mark.parametrize("number", [333, 336, 1001])
def test_a_cloud_in_one_valley_has_exactly_its_weight(tmp_path, number):
    """333 packets in 8 replicas are 41 or 42 in each: it used to say 1 ± 0.004."""
    found = population(tmp_path, CLOUD | {"number": number})
    # The sum of n weights of 1/n: n roundings.
    assert found.value["K"] == pytest.approx(1.0, abs=number * 2.0**-53)
    assert found.uncertainty["K"] < number * 2.0**-52
    series = found.series.uncertainty
    assert np.max(series["K"]) < number * 2.0**-52


def test_a_cloud_on_the_border_of_two_valleys_has_that_of_a_binomial(tmp_path):
    """√(p(1 − p)/n), whose estimate from 64 replicas scatters by a part in √126: within four of them."""
    found = population(
        tmp_path, CLOUD | {"valley": None, "center": [0.0, 0.0], "number": 3001, "replicas": 64}
    )
    share = found.value["K"]
    assert 0.45 < share < 0.55
    expected = np.sqrt(share * (1 - share) / 3001)
    assert found.uncertainty["K"] == pytest.approx(expected, rel=4 / np.sqrt(126))


def test_the_states_of_a_full_band_are_exact(tmp_path):
    """1001 points in 8 replicas: half of the states are nearest to each valley, and all of them are 1/A."""
    one = population(tmp_path, {"kind": "zone", "number": 1001, "replicas": 8}, valleys={"G": [0.0, 0.0]})
    assert one.uncertainty["G"] < 1e-12 * one.value["G"]
    two = population(tmp_path, {"kind": "zone", "number": 1001, "replicas": 8})
    assert 0 < two.uncertainty["K"] < 0.05 * two.value["K"]
