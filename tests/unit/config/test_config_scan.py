"""Values of a swept key."""

import pytest

from wavepacket.config import config_from_mapping
from wavepacket.config.scan import parse_axis, scan
from wavepacket.errors import ConfigError, InputError


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("0:1:0.25 T", ("0 T", "0.25 T", "0.50 T", "0.75 T", "1.00 T")),
        ("-1:1:1", ("-1", "0", "1")),
        ("3:1:-1meV", ("3 meV", "2 meV", "1 meV")),
        ("0:1e-3:5e-4 V/angstrom", ("0 V/angstrom", "0.0005 V/angstrom", "0.0010 V/angstrom")),
        ("0, 1,2 T", ("0 T", "1 T", "2 T")),
        ("[1 T, 20 kOe]", ("1 T", "20 kOe")),
        ("[[0, 0, 1 T], [0, 0, 2 T]]", ("[0, 0, 1 T]", "[0, 0, 2 T]")),
        ("[{kind: zone, number: 8}]", ("{kind: zone, number: 8}",)),
        ("2 T", ("2 T",)),
        ("0.1ps,1ps", ("0.1 ps", "1 ps")),
        ("100 fs, 1, 2 ps", ("100 fs", "1 ps", "2 ps")),
        ("MoS2,WSe2", ("MoS2", "WSe2")),
        ("[direct, two_band]", ("direct", "two_band")),
        ("MoS2, WSe2", ("MoS2", "WSe2")),
        ("1 T, 20 kOe", ("1 T", "20 kOe")),
        ("[0, 0, 1 T], [0, 0, 2 T]", ("[0, 0, 1 T]", "[0, 0, 2 T]")),
        ("{kind: zone, number: 8}", ("{kind: zone, number: 8}",)),
    ],
)
def test_values(text, values):
    assert scan(text) == values


def test_tenths_end_where_they_should():
    """In binary arithmetic 0.1 added ten times misses 1."""
    assert len(scan("0:1:0.1")) == 11


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        ("0:1:0.3", "write 0:0.9:0.3 or 0:1.2:0.3, or"),
        ("1:-1:-0.3 eV", "write 1:-0.8:-0.3 eV or 1:-1.1:-0.3 eV, or"),
        ("-1:1:0.03eV", "write -1:0.98:0.03 eV or -1:1.01:0.03 eV, or"),
        ("0:1:2 T", "write 0:2:2 T, or"),
    ],
)
def test_a_range_that_misses_its_end_is_refused_with_the_ways_out(text, ways):
    """Both ends are included: a range cannot stop short of its last value in silence."""
    with pytest.raises(InputError, match=ways):
        scan(text)
    with pytest.raises(InputError, match=f"^-s .*{ways}"):
        parse_axis(f"fields.magnetic.z={text}")
    config = {"name": "x", "model": {"name": "haldane"}, "response": {"chemical_potential": text}}
    with pytest.raises(ConfigError, match=rf"response\.chemical_potential.*{ways}"):
        config_from_mapping(config)


@pytest.mark.parametrize("text", ["0:1e-3:1e-4", "0:0.3:0.1", "-0.9:0.9:0.2", "1e2:0:-2.5e1", "7:7:1"])
def test_a_range_ends_at_its_end(text):
    values = [float(value) for value in scan(text)]
    first, last, step = map(float, text.split(":"))
    assert (values[0], values[-1]) == (first, last)
    assert len(values) == round((last - first) / step) + 1


@pytest.mark.parametrize(
    "text", ["x=0:1:0", "x=0:1:-1", "x=0:1:1e-9", "x=", "=1", "x", "x=0:1", "x=[1, 2", "x=1,,2"]
)
def test_refusals_name_the_option(text):
    with pytest.raises(InputError, match=r"^-s "):
        parse_axis(text)


def test_component_of_a_field_written_as_a_mapping():
    config = {
        "name": "x", "model": {"name": "haldane"}, "band": 0, "ensemble": {"kind": "zone", "number": 8},
        "time": {"end": 1, "saves": 2}, "fields": {"electric": [{"kind": "uniform", "amplitude": [1, 2, 0]}]},
    }  # fmt: skip
    changed = config_from_mapping(config, ["fields.electric.y=5 V/angstrom"])
    assert tuple(changed.fields.electric[0].amplitude) == (1, 5, 0)
    config["fields"]["electric"] *= 2
    with pytest.raises(ConfigError, match="not one vector"):
        config_from_mapping(config, ["fields.electric.x=1 V/angstrom"])
