"""Values given by ``--set``."""

from collections.abc import Callable
from pathlib import Path

import pytest

from wavepacket.config import Config, config_from_mapping
from wavepacket.errors import ConfigError

Load = Callable[..., Config]


@pytest.mark.parametrize(
    ("override", "read", "value"),
    [
        ("fields.magnetic=[0,0,5T]", lambda c: c.fields.magnetic, (0, 0, 5)),
        ("fields.magnetic.x=1 T", lambda c: c.fields.magnetic, (1, 0, 2)),
        ("fields.magnetic={strength: 5 T, polar: 90 deg}", lambda c: c.fields.magnetic, (5, 0, 0)),
        ("fields.magnetic[1]=1 T", lambda c: c.fields.magnetic, (0, 1, 2)),
        ("fields.electric.y=1 kV/cm", lambda c: c.fields.electric[0].amplitude, (1e-5, 1e-5, 0)),
        (
            "fields.electric={kind: uniform, amplitude: [1]}",
            lambda c: c.fields.electric[0].amplitude,
            (1, 0, 0),
        ),
        ("time.saves=11", lambda c: c.time.saves, 11),
        ("band.accuracy=1e-8", lambda c: (c.band.index, c.band.accuracy), (0, 1e-8)),
        ("band=3", lambda c: c.band.index, 3),
        ("limits.gap=1 meV", lambda c: c.limits.gap, 1e-3),
        ("ensemble.grid.1=4", lambda c: c.ensemble.grid, (96, 4)),
        ("ensemble.grid[2]=5", lambda c: c.ensemble.grid, (96, 96, 5)),
        ("model.t3=2 eV", lambda c: c.model.parameters["t3"], "2 eV"),
        ("valleys.K=[0.3]", lambda c: c.valleys, {"K": (0.3, 0, 0)}),
        ("output.trajectories=all", lambda c: c.output.trajectories, None),
    ],
)
def test_override_sets_one_value(
    load: Load, override: str, read: Callable[[Config], object], value: object
) -> None:
    assert read(load(overrides=(override,))) == value


def test_component_of_a_vector_that_was_not_given(load: Load) -> None:
    config = load((", magnetic: [0, 0, 2 T]", ""), overrides=("fields.magnetic.z=3 T",))
    assert config.fields.magnetic == (0, 0, 3)


def test_overrides_apply_in_order(load: Load) -> None:
    assert load(overrides=("seed=2", "seed=3")).seed == 3


@pytest.mark.parametrize(
    ("override", "line"),
    [
        (
            "fields.magnetic=[0,0,1 K]",
            "--set fields.magnetic=[0,0,1 K]: fields.magnetic[2]: '1 K' is a quantity of",
        ),
        (
            "fields.magnetic.q=3",
            "--set fields.magnetic.q=3: fields.magnetic.q: fields.magnetic is a list of 3; there",
        ),
        (
            "fields.magnetic[7]=3",
            "--set fields.magnetic[7]=3: fields.magnetic[7]: fields.magnetic is a list of 3",
        ),
        ("time.end=[1,", "--set time.end=[1,: time.end: the text ends inside of a '[' or '{'"),
        ("time.end={a: 1, a: 2}", "--set time.end={a: 1, a: 2}: time.end.a: duplicate key"),
        (
            "ensemble.grid=[[{a: 1, a: 2}]]",
            "--set ensemble.grid=[[{a: 1, a: 2}]]: ensemble.grid[0][0].a: duplicate",
        ),
        ("tme.end=1", "--set tme.end=1: tme: unknown key 'tme'; did you mean 'time'?"),
        ("seed", "--set seed: must be KEY=VALUE"),
        ("=1", "--set =1: must be KEY=VALUE"),
        ("a..b=1", "--set a..b=1: must be KEY=VALUE"),
        ("seed=", "--set seed=: seed: must be an integer, not null"),
        ("seed=&a 1", "--set seed=&a 1: seed: anchors and aliases are not allowed"),
        (".".join("a" * 5000) + "=1", "--set a.a.a."),
        ("seed=\udcff", "--set seed=\\udcff: seed: character U+DCFF is not allowed"),
    ],
)
def test_problems_name_the_override(problems_of: Callable[..., list[str]], override: str, line: str) -> None:
    found = problems_of(overrides=(override,))
    assert found[0].startswith(line)
    assert found[0].encode()


FILE = ("model: {name: haldane, t1: 1 eV, t2: 0.1 eV, phi: 90 deg}", "model: {file: sub/a_tb.dat}")


def test_model_file_lies_beside_the_config(load: Load, tmp_path: Path) -> None:
    config = load(FILE)
    assert config.model.file == tmp_path / "sub" / "a_tb.dat"  # type: ignore[union-attr]


def test_model_file_of_an_override_is_relative_to_the_current_folder(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "b_tb.dat").touch()
    monkeypatch.chdir(elsewhere)
    assert load(FILE, overrides=("model.file=b_tb.dat",)).model_file() == elsewhere / "b_tb.dat"


def test_keys_of_a_single_field_reach_it_in_a_list_too() -> None:
    """As a script has it, whose mapping has become a config: sweeps name keys as those of a file do."""
    pulse = {"kind": "pulse", "amplitude": [1e-3], "center": 20.0, "width": 5.0}
    config = {"name": "x", "model": {"name": "haldane"}, "fields": {"electric": pulse}}
    dumped = config_from_mapping(config).model_dump(exclude_none=True)
    for given in (config, dumped):
        changed = config_from_mapping(given, ["fields.electric.width=7 fs", "fields.electric.amplitude.y=1"])
        assert changed.fields.electric[0].width == 7.0
        assert changed.fields.electric[0].amplitude == (1e-3, 1.0, 0.0)
    dumped["fields"]["electric"] *= 2
    with pytest.raises(ConfigError, match=r"fields.electric is a list of 2; there is no element 'width'"):
        config_from_mapping(dumped, ["fields.electric.width=7 fs"])
