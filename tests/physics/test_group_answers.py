"""What is said of groups of bands where the motion does not tell it: not yet mixed states, no mean spin, no packets."""

import math

import numpy as np
import pytest

import wavepacket
from wavepacket.errors import ConfigError

pytestmark = pytest.mark.physics

# Two bands with Ω between them, both partly filled, 0.3 eV apart or more: ħ/0.3 eV is 2 fs.
METAL = {
    "name": "split",
    "model": {"name": "qi_wu_zhang", "t": "0.3 eV", "m": -1},
    "bands": [0, 1],
    "fields": {"electric": ["0.1 kV/cm", 0, 0]},
    "ensemble": {
        "kind": "fermi_dirac", "grid": [24, 24], "chemical_potential": "-0.4 eV", "temperature": "2000 K",
        "field_reversal": True,
    },
}  # fmt: skip
ONE = {key: value for key, value in METAL.items() if key != "bands"}
LUTTINGER = {
    "name": "holes",
    "model": {"name": "luttinger"},
    "bands": [2, 3],
    "internal": {"spin": "3/2", "start": "helicity"},
    "fields": {"electric": [0, 0, "-100 kV/cm"]},
    "time": {"end": "500 fs", "saves": 11},
}


def found(config, folder, **changes):
    return wavepacket.analyze(wavepacket.run(config | changes, folder))


def test_a_hall_conductivity_is_not_known_before_the_field_has_mixed_the_bands(tmp_path):
    """The sum of single bands, which have the whole Ω, is within the uncertainty of a long run; a short one has none."""
    single = sum(
        found({**ONE, "band": band}, tmp_path / f"{band}", time={"end": "20 fs", "saves": 5})[
            "hall_conductivity"
        ].value
        for band in (0, 1)
    )
    short = found(METAL, tmp_path / "short", time={"end": "0.5 fs", "saves": 11})
    assert abs(short["hall_conductivity"].value) < 0.5 * abs(single)
    assert math.isnan(short["hall_conductivity"].uncertainty)
    long = found(METAL, tmp_path / "long", time={"end": "200 fs", "saves": 401})["hall_conductivity"]
    assert abs(long.value - single) < 2 * long.uncertainty < 0.2 * abs(single)


def test_a_mean_spin_that_cancels_has_no_lifetime_and_no_precession(tmp_path):
    """Both helicities of each k: what is left of their sum is rounding."""
    both = found(LUTTINGER, tmp_path / "both", ensemble={"kind": "packets", "wavevectors": [[0.1, 0, -0.4]]})
    assert np.linalg.norm(both["spin"].value) < 1e-12
    assert not {"spin_lifetime", "spin_precession", "precession_angle"} & both.keys()


def test_a_group_whose_packets_all_stop_says_why(tmp_path):
    holes = LUTTINGER | {
        "ensemble": {"kind": "packets", "wavevectors": [[0, 0, -0.4]]},
        "time": {"end": "1 ps", "saves": 11},
    }
    stopped = found(holes, tmp_path / "gone")
    assert stopped["excluded_fraction"].value == 1.0
    assert "spin_precession" not in stopped


def test_a_value_listed_twice_is_refused():
    twice = LUTTINGER | {"internal": {"spin": "3/2", "start": "helicity", "values": [1.5, 1.5]}}
    twice |= {"ensemble": {"kind": "packets", "wavevectors": [[0.1, 0, -0.4]]}}
    with pytest.raises(ConfigError, match="listed twice"):
        wavepacket.config_from_mapping(twice)
