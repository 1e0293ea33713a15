"""What a config says once it is read."""

import math
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wavepacket.config import Config, config_from_mapping, json_schema, load_config, resolve_parameters
from wavepacket.errors import STATUS_SENTENCES, ConfigError, InputError, Problem, Status

Load = Callable[..., Config]
MODEL = "model: {name: haldane, t1: 1 eV, t2: 0.1 eV, phi: 90 deg}"
ELECTRIC = "[1 kV/cm, 0, 0]"
ENSEMBLE = "{kind: filled_band, grid: [96, 96]}"


def test_values_are_in_internal_units_and_defaults_are_filled_in(load: Load) -> None:
    config = load()
    assert config.model.parameters == {"t1": "1 eV", "t2": "0.1 eV", "phi": "90 deg"}  # type: ignore[union-attr]
    assert config.fields.electric[0].model_dump() == {"kind": "uniform", "amplitude": (1e-5, 0.0, 0.0)}
    assert config.fields.magnetic == (0.0, 0.0, 2.0)
    assert (config.time.end, config.time.saves) == (2000.0, 201)
    assert (config.charge, config.seed, config.valleys) == (-1.0, 1, {})
    assert config.band.model_dump() == {
        "index": 0, "follow": "index", "at": None, "source": "auto", "accuracy": 1e-6, "grid": None,
        "position_elements": True, "group": None, "each": None, "others": None,
    }  # fmt: skip
    assert config.integrator.model_dump() == {
        "method": "dop853", "tolerance": 1e-10, "step": None, "maximum_steps": 100_000, "tableau": None,
    }  # fmt: skip
    assert config.limits.density_of_states_factor == 0.1
    assert config.output.trajectories is None
    assert config.ensemble.field_reversal is True


def test_linear_response_runs_each_packet_once_unless_told(load: Load) -> None:
    """It is about E = 0, where a packet with E reversed is the same one."""
    section = {
        "name": "x", "model": {"name": "haldane"}, "band": 0, "scattering": {"relaxation_time": 10.0},
    }  # fmt: skip
    surface = {"kind": "fermi_surface", "chemical_potential": 0.1, "temperature": 300.0}
    for told, twice in (({}, False), ({"field_reversal": True}, True)):
        config = config_from_mapping({**section, "ensemble": surface | told})
        assert config.ensemble.field_reversal is twice
        assert Config.model_validate(config.model_dump()) == config


def test_fields_are_zero_by_default(load: Load) -> None:
    config = load(("fields: {electric: [1 kV/cm, 0, 0], magnetic: [0, 0, 2 T]}\n", ""))
    assert config.fields.electric == ()
    assert config.fields.magnetic == (0.0, 0.0, 0.0)


def test_electric_terms(load: Load) -> None:
    terms = """
    - [0, 1 kV/cm]
    - {kind: ramp, amplitude: [1 V/nm], duration: 1 ps}
    - {kind: sinusoid, amplitude: [0.1], frequency: 1 THz, phase: 90 deg}
    - {kind: circular, amplitude: 1 MV/m, frequency: 1.5 eV, handedness: -1}
    - {kind: pulse, amplitude: [0, 0, 0.1], center: 100 fs, width: 20 fs}
"""
    config = load(
        ("fields: {electric: [1 kV/cm, 0, 0], magnetic: [0, 0, 2 T]}", f"fields:\n  electric:{terms}")
    )
    uniform, ramp, sinusoid, circular, pulse = config.fields.electric
    assert uniform.kind == "uniform"
    assert (ramp.amplitude, ramp.start, ramp.duration, ramp.shape) == ((0.1, 0, 0), 0.0, 1000.0, "smooth")  # type: ignore[union-attr]
    assert sinusoid.frequency == pytest.approx(2e-3 * math.pi)  # type: ignore[union-attr]
    assert (circular.amplitude, circular.handedness, circular.normal) == (1e-4, -1, (0, 0, 1))  # type: ignore[union-attr]
    assert (pulse.center, pulse.width, pulse.frequency) == (100.0, 20.0, 0.0)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{strength: 2 T}", (0, 0, 2)),
        ("{strength: 2 T, polar: 90 deg}", (2, 0, 0)),
        ("{strength: 2 T, polar: 30 deg, azimuth: 90 deg}", (0, 1, math.sqrt(3))),
        ("{strength: 2, polar: 135 deg, azimuth: 180 deg}", (-math.sqrt(2), 0, -math.sqrt(2))),
    ],
)
def test_a_magnetic_field_by_its_angles(load: Load, written: str, expected: tuple[float, ...]) -> None:
    config = load(("[0, 0, 2 T]", written))
    assert config.fields.magnetic == pytest.approx(expected, rel=1e-15, abs=0)
    assert load(("[0, 0, 2 T]", str(list(config.fields.magnetic)))) == config


@pytest.mark.parametrize(
    ("ensemble", "expected"),
    [
        (
            "{kind: packets, wavevectors: [[0.1 1/angstrom], [0, 1 1/nm]], weights: [1, 2]}",
            {"wavevectors": ((0.1, 0, 0), (0, 0.1, 0)), "weights": (1, 2), "field_reversal": False},
        ),
        (
            "{kind: zone, number: 1e6}",
            {"number": 1_000_000, "grid": None, "replicas": 8, "field_reversal": False},
        ),
        (
            "{kind: fermi_dirac, number: 64, chemical_potential: -20 meV, temperature: 4.2 K}",
            {"chemical_potential": -0.02, "temperature": 4.2, "field_reversal": True},
        ),
        (
            "{kind: fermi_surface, grid: [8, 8], chemical_potential: 0.1, temperature: 300 K}",
            {"grid": (8, 8), "chemical_potential": 0.1, "temperature": 300.0, "field_reversal": True},
        ),
        (
            "{kind: fermi_surface, chemical_potential: 0.1, temperature: 300 K}",
            {"grid": None, "number": 20_000, "replicas": 8},
        ),
        (
            "{kind: gaussian, valley: K, width: 0.01, number: 100, position_width: 5 nm}",
            {"valley": "K", "center": None, "position_width": 50.0, "position": (0, 0, 0)},
        ),
        (
            "{kind: gaussian, coordinates: reduced, center: [0.5, 0.5], width: 0.01, number: 100}",
            {"center": (0.5, 0.5, 0), "coordinates": "reduced"},
        ),
    ],
)
def test_ensembles(load: Load, ensemble: str, expected: dict[str, object]) -> None:
    found = load((ENSEMBLE, ensemble)).ensemble.model_dump()
    assert {key: found[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1", 1), ("-0.5", -0.5), ("1e-3", 1e-3), ("0.1+0.2j", 0.1 + 0.2j), ("'0.5'", 0.5),
        ("1e-3-2.5e+1j", 1e-3 - 25j),
        ("0.1j", 0.1j), ("-1j", -1j), ("j", 1j), ("1-j", 1 - 1j), ("[0.1, 0.2]", 0.1 + 0.2j), ("12j", 12j),
    ],
)  # fmt: skip
def test_complex_numbers(load: Load, written: str, value: complex) -> None:
    config = load((MODEL, f"model: {{lattice: [[2]], hoppings: [{{cell: [1], matrix: [[{written}]]}}]}}"))
    assert config.model.hoppings[0].matrix == ((value,),)  # type: ignore[union-attr]


def test_lattice_model(load: Load) -> None:
    model = load(
        (MODEL, "model: {lattice: [[2 nm], [0, 3]], hoppings: [{cell: [1, -1], matrix: [[1]]}]}")
    ).model
    assert model.lattice == ((20, 0, 0), (0, 3, 0))  # type: ignore[union-attr]
    assert model.periodic == (True, True)  # type: ignore[union-attr]
    assert model.hoppings[0].cell == (1, -1, 0)  # type: ignore[union-attr]


def test_kp_model_finds_its_dimension(load: Load) -> None:
    model = load((MODEL, "model: {kp: [{powers: [0, 2], matrix: [[3.8]]}], cutoff: 2 1/nm}")).model
    assert (model.dimension, model.length_scale, model.cutoff) == (2, 1.0, 0.2)  # type: ignore[union-attr]
    assert model.kp[0].powers == (0, 2, 0)  # type: ignore[union-attr]


def test_where_and_problem_name_the_place(load: Load, tmp_path: Path) -> None:
    config = load(overrides=("seed=7",))
    assert config.where("model.t2") == (str(tmp_path / "c.yaml"), 3, 38, "model.t2")
    assert config.where("fields.electric[0].amplitude[0]")[1:] == (5, 21, "fields.electric[0]")
    assert config.where("limits.gap")[1:] == (1, 1, "limits.gap")
    assert config.where("seed")[:2] == ("--set seed=7", None)
    assert str(config.problem("model.name", "no")).endswith("c.yaml:3:15: model.name: no")


def test_missing_model_file_is_reported_where_it_is_named(load: Load, tmp_path: Path) -> None:
    config = load((MODEL, "model: {file: a_tb.dat}"))
    with pytest.raises(ConfigError, match=r"c\.yaml:3:15: model\.file: no such file: .*a_tb\.dat"):
        config.model_file()
    (tmp_path / "a_tb.dat").touch()
    assert config.model_file() == tmp_path / "a_tb.dat"


DIMENSIONS = {"t1": "energy", "t2": "energy", "phi": "angle", "valley": "integer", "kind": "text"}


def test_parameters_are_resolved_by_the_builders_dimensions(load: Load) -> None:
    config = load(("phi: 90 deg", "phi: 90 deg, valley: -1, kind: zigzag"))
    resolved = config.resolve_parameters(DIMENSIONS)
    assert resolved == {"t1": 1.0, "t2": 0.1, "phi": math.pi / 2, "valley": -1, "kind": "zigzag"}
    assert "phi: 1.57" in config.with_parameters(resolved).to_yaml()
    assert resolve_parameters({"t1": "1 eV"}, DIMENSIONS) == {"t1": 1.0}


def test_problems_of_parameters_name_their_places(load: Load) -> None:
    config = load(("t2: 0.1 eV", "t2: 0.1 T, phii: 1, valley: 0.5"))
    with pytest.raises(ConfigError) as caught:
        config.resolve_parameters(DIMENSIONS)
    lines = [line.rpartition("c.yaml:")[2] for line in str(caught.value).split("\n")]
    assert lines[0].startswith("3:38: model.t2: '0.1 T' is a quantity of dimension magnetic field")
    assert lines[1] == "3:45: model.phii: unknown parameter 'phii'; did you mean 'phi'?"
    assert lines[2] == "3:62: model.valley: must be an integer, not 0.5"


def test_resolved_yaml_reads_back(load: Load, tmp_path: Path) -> None:
    config = load((ELECTRIC, "{kind: sinusoid, amplitude: [1 kV/cm], frequency: 1 THz}"))
    file = tmp_path / "resolved.yaml"
    file.write_text(config.to_yaml(), encoding="utf-8")
    assert load_config(file) == config
    assert "#   magnetic field: T" in config.to_yaml()
    assert "output: {trajectories: all}" in config.to_yaml()


@pytest.mark.full
def test_many_packets_need_the_word_large_to_be_read_back(load: Load, tmp_path: Path) -> None:
    mapping = load().model_dump()
    mapping["ensemble"] = {"kind": "packets", "wavevectors": np.zeros((10_000, 2))}
    config = config_from_mapping(mapping)
    file = tmp_path / "resolved.yaml"
    file.write_text(config.to_yaml(), encoding="utf-8")
    with pytest.raises(ConfigError, match="more than 20000 values"):
        load_config(file)
    assert load_config(file, large=True) == config


def test_config_from_mapping_takes_numpy_and_names_paths(load: Load) -> None:
    mapping = {
        "name": "script",
        "model": {"name": "haldane", "t1": np.float64(1.0)},
        "band": np.int64(0),
        "fields": {"magnetic": np.array([0, 0, 2.0])},
        "ensemble": {"kind": "packets", "wavevectors": np.zeros((3, 2))},
        "time": {"end": "1 ps", "saves": 11},
    }
    assert config_from_mapping(mapping).fields.magnetic == (0, 0, 2)
    with pytest.raises(ConfigError) as caught:
        config_from_mapping({**mapping, "band": "x"}, overrides=["seed=y"])
    assert (
        str(caught.value)
        == "band: must be an integer, not 'x'\n--set seed=y: seed: must be an integer, not 'y'"
    )


@pytest.mark.parametrize("given", [[1], None, 5])
def test_what_is_no_mapping_is_refused(given: Any) -> None:
    with pytest.raises(ConfigError, match="must be a mapping"):
        config_from_mapping(given)


@pytest.mark.parametrize(
    ("periodic", "words"), [([False, False], "one lattice vector"), ([False, True], "directions first")]
)
def test_directions_that_are_not_periodic(periodic: list[bool], words: str) -> None:
    model = {
        "lattice": [[4, 0], [0, 4]],
        "periodic": periodic,
        "hoppings": [{"cell": [0, 0], "matrix": [[1]]}],
    }
    with pytest.raises(ConfigError, match=rf"model\.periodic: .*{words}"):
        config_from_mapping({"name": "p", "model": model})


def test_a_mapping_that_contains_itself_is_refused() -> None:
    loop: dict[str, object] = {}
    loop["loop"] = loop
    with pytest.raises(ConfigError, match="nested deeper than 32 levels"):
        config_from_mapping(loop)


def test_config_is_frozen_and_travels_between_processes(load: Load) -> None:
    config = load()
    with pytest.raises(ValueError, match="frozen"):
        config.seed = 2  # type: ignore[misc]
    again = pickle.loads(pickle.dumps(config))
    assert again == config
    assert again.where("seed") == config.where("seed")


def test_config_error_travels_between_processes() -> None:
    error = ConfigError([Problem("f", 1, 2, "a.b", "wrong"), Problem("--set a=1", None, None, "a", "bad")])
    assert str(pickle.loads(pickle.dumps(error))) == "f:1:2: a.b: wrong\n--set a=1: a: bad"
    assert isinstance(error, InputError)
    assert error.exit_code == 2


def test_every_status_has_a_sentence() -> None:
    assert set(STATUS_SENTENCES) == set(Status)


def test_json_schema_knows_the_shorter_forms() -> None:
    schema = json_schema()
    assert schema["properties"]["band"]["anyOf"][0] == {"type": "integer", "minimum": 0}
    assert [each["type"] for each in schema["properties"]["bands"]["anyOf"]] == [
        "array",
        "object",
        "object",
        "string",
    ]
    assert {"number", "string"} == {
        one["type"] for one in schema["$defs"]["TimeSpan"]["properties"]["end"]["anyOf"]
    }
    assert len(schema["$defs"]["Fields"]["properties"]["electric"]["anyOf"]) == 3
    assert {"LibraryModel", "FileModel", "LatticeModel", "KPModel", "Gaussian"} <= set(schema["$defs"])


def test_import_is_light() -> None:
    code = (
        "import sys, wavepacket.config; print(sorted({'numpy', 'numba', 'scipy', 'h5py'} & set(sys.modules)))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "[]\n"
    )
