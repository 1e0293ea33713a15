"""Configs mutated, generated and written out again: a config or a ConfigError, never anything else."""

import contextlib
import copy
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wavepacket.config import Config, config_from_mapping, load_config
from wavepacket.errors import ConfigError, Problem
from wavepacket.units import DIMENSIONS, QuantityError, parse_quantity

SEED_TEXT = """\
version: 1
name: mutant
model:
  lattice: [[2.46 angstrom, 0], [1.23, 2.13]]
  hoppings: [{cell: [0, 0], matrix: [[0.1, "1+2j"], [0, -0.1]]}]
band: {index: 0, source: table, grid: [24, 24]}
fields:
  electric: [{kind: pulse, amplitude: [1 kV/cm], center: 1 ps, width: 100 fs}]
  magnetic: [0, 0, 2 T]
ensemble: {kind: gaussian, center: [0.1 1/angstrom], width: 0.01, number: 100}
valleys: {K: [0.333, 0.667]}
time: {end: 2 ps, saves: 201}
integrator: {method: rk4, step: 0.1 fs}
"""

PIECES = st.sampled_from(
    [
        "[",
        "]",
        "{",
        "}",
        ":",
        "\n",
        "- ",
        "&a",
        "*a",
        "!!x",
        '"',
        "'",
        "1e999",
        "9" * 30,
        "\t",
        "|",
        "%",
        "é",
        "\x00",
        "nan",
        ".inf",
    ]
)
several = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@st.composite
def mutated_text(draw: st.DrawFn) -> str:
    """Cut, repeat or put something into the text at a few places."""
    text = SEED_TEXT
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        end = min(len(text), at + draw(st.integers(0, 12)))
        text = (
            text[:at] + draw(st.one_of(PIECES, st.just(text[at:end] * 2), st.text(max_size=3))) + text[end:]
        )
    return text


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["1 T", "2 ps", "all", "1+2j", 10**400]),
)
trees = st.recursive(
    scalars,
    lambda t: st.lists(t, max_size=4) | st.dictionaries(st.text(max_size=8), t, max_size=3),
    max_leaves=6,
)


@st.composite
def mutated_mapping(draw: st.DrawFn) -> dict[str, Any]:
    """Replace, remove or add one key at a random depth."""
    mapping = copy.deepcopy(GOOD)
    inside: Any = mapping
    while True:
        keys = list(inside) if isinstance(inside, dict) else list(range(len(inside)))
        key = draw(st.sampled_from(keys))
        below = inside[key]
        if not isinstance(below, dict | list) or not below or draw(st.booleans()):
            break
        inside = below
    inside[key] = draw(trees)
    if isinstance(inside, dict) and draw(st.booleans()):
        inside[draw(st.text(max_size=10))] = draw(trees)
    return mapping


GOOD: dict[str, Any] = {
    "name": "mutant",
    "model": {"kp": [{"powers": [1], "matrix": [[0, 1], [1, 0]]}], "cutoff": "1 1/nm"},
    "band": {"index": 1},
    "fields": {
        "electric": [["1 kV/cm"], {"kind": "circular", "amplitude": 1e-5, "frequency": "1 THz"}],
        "magnetic": [0, 0, 1],
    },
    "ensemble": {"kind": "packets", "wavevectors": [[0.1, 0], [0, "1 1/nm"]], "weights": [1, 2]},
    "time": {"end": "1 ps", "saves": 11},
    "output": {"trajectories": 5},
}


def problems_of(make: Callable[[], Config]) -> tuple[Problem, ...]:
    """Return the problems of a config, none if it is right; each is one line that can be printed."""
    try:
        config = make()
    except ConfigError as error:
        found = error.problems
        assert found
    else:
        assert isinstance(config, Config)
        found = ()
    for problem in found:
        assert problem.message
        assert "\n" not in str(problem)
        assert str(problem).encode()
    return found


@several
@given(text=mutated_text())
def test_mutated_text_is_a_config_or_a_config_error(text: str, tmp_path: Path) -> None:
    file = tmp_path / "mutant.yaml"
    file.write_text(text, encoding="utf-8", newline="")
    assert all(problem.line and problem.column for problem in problems_of(lambda: load_config(file)))


@several
@given(raw=st.binary(max_size=200))
def test_bytes_are_a_config_or_a_config_error(raw: bytes, tmp_path: Path) -> None:
    file = tmp_path / "bytes.yaml"
    file.write_bytes(raw)
    problems_of(lambda: load_config(file))


@several
@given(mapping=mutated_mapping())
def test_mutated_mapping_is_a_config_or_a_config_error(mapping: dict[str, Any]) -> None:
    problems_of(lambda: config_from_mapping(mapping))


@several
@given(
    path=st.one_of(
        st.sampled_from(["fields.magnetic.x", "band", "model.kp[0].matrix", "time.end", "a.b"]),
        st.text(max_size=12),
    ),
    value=st.one_of(st.text(max_size=12), PIECES),
)
def test_any_override_is_a_config_or_a_config_error(path: str, value: str) -> None:
    problems_of(lambda: config_from_mapping(GOOD, overrides=[f"{path}={value}"]))


finite = st.floats(-1e6, 1e6)
positive = st.floats(1e-6, 1e6)
vectors = st.lists(finite, min_size=1, max_size=3)
terms = st.one_of(
    vectors,
    st.fixed_dictionaries({"kind": st.just("ramp"), "amplitude": vectors, "duration": positive}),
    st.fixed_dictionaries(
        {
            "kind": st.just("circular"),
            "amplitude": finite,
            "frequency": positive,
            "handedness": st.sampled_from([1, -1]),
        }
    ),
)
ensembles = st.one_of(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["zone", "filled_band"]),
            "grid": st.lists(st.integers(1, 99), min_size=1, max_size=3),
        }
    ),
    st.fixed_dictionaries(
        {"kind": st.just("packets"), "wavevectors": st.lists(vectors, min_size=1, max_size=4)}
    ),
)
elements = st.complex_numbers(max_magnitude=1e6, allow_nan=False).map(lambda z: [z.real, z.imag])
models = st.one_of(
    st.fixed_dictionaries(
        {
            "name": st.just("haldane"),
            "t1": st.one_of(finite, st.sampled_from(["1 eV", "1e-3", "on", "017", "a: b", "#"])),
        }
    ),
    st.fixed_dictionaries(
        {
            "kp": st.lists(
                st.fixed_dictionaries(
                    {
                        "powers": st.lists(st.integers(0, 4), min_size=1, max_size=3),
                        "matrix": elements.map(lambda z: [[z]]),
                    }
                ),
                min_size=1,
                max_size=3,
            )
        }
    ),
)


@several
@given(
    model=models,
    electric=st.lists(terms, max_size=3),
    ensemble=ensembles,
    end=positive,
    valleys=st.dictionaries(st.text(min_size=1, max_size=5).filter(str.isprintable), vectors, max_size=2),
    trajectories=st.one_of(st.just("all"), st.integers(0, 10**9)),
)
def test_what_to_yaml_writes_reads_back_equal(
    tmp_path: Path, end: float, trajectories: object, **parts: Any
) -> None:
    mapping = {
        "name": "round_trip",
        "model": parts["model"],
        "band": 0,
        "fields": {"electric": parts["electric"]},
        "ensemble": parts["ensemble"],
        "valleys": parts["valleys"],
        "time": {"end": end, "saves": 3},
        "output": {"trajectories": trajectories},
    }
    config = config_from_mapping(mapping)
    file = tmp_path / "resolved.yaml"
    file.write_text(config.to_yaml(), encoding="utf-8")
    assert load_config(file) == config
    assert load_config(file).to_yaml() == config.to_yaml()


@several
@given(value=st.floats(allow_nan=False, allow_infinity=False), dimension=st.sampled_from(sorted(DIMENSIONS)))
def test_a_number_with_its_default_unit_is_that_number(value: float, dimension: str) -> None:
    assert parse_quantity(f"{value!r} {DIMENSIONS[dimension]}", dimension) == value


@several
@given(
    text=st.one_of(
        st.text(max_size=30),
        st.from_regex(r"[-+]?[0-9.]{1,5}(e[0-9]{1,4})? ?[a-zA-Z/^*°·0-9]{0,8}", fullmatch=True),
    )
)
def test_any_text_is_a_finite_quantity_or_a_quantity_error(text: str) -> None:
    for dimension in DIMENSIONS:
        with contextlib.suppress(QuantityError):
            assert math.isfinite(parse_quantity(text, dimension))


@pytest.mark.parametrize(
    "key", ["parameters", "model_config", "__class__", "__dict__", "model_fields", "copy"]
)
def test_parameters_may_have_any_name(key: str) -> None:
    config = config_from_mapping({**GOOD, "model": {"name": "x", key: 1.5}})
    assert config.model.parameters == {key: 1.5}  # type: ignore[union-attr]
