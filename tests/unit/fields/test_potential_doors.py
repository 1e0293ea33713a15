"""What a run in a potential refuses and remarks on, in words that say what to do."""

import numpy as np
import pytest

from wavepacket.config import check_steps, config_from_mapping
from wavepacket.errors import ConfigError
from wavepacket.simulation import build_problem

TRAP = {"kind": "harmonic", "stiffness": 1e-3}
WALL = {"kind": "step", "height": 1.0, "rise": 4.0, "direction": [1.0, 0.0]}


def config(potential, **sections):
    given = {
        "name": "test", "model": {"name": "haldane"}, "band": 0, "fields": {"potential": potential},
        "ensemble": {"kind": "packets", "wavevectors": [[0.1, 0.2, 0]]}, "time": {"end": 10.0, "saves": 3},
    }  # fmt: skip
    return config_from_mapping(given | sections)


@pytest.mark.parametrize(
    ("sections", "key", "cure"),
    [
        ({"scattering": {"relaxation_time": 10.0}, "ensemble": {"kind": "fermi_dirac", "grid": [4, 4],
          "chemical_potential": 0.0, "temperature": 100.0}}, "fields", "leave out scattering"),
        ({"integrator": {"method": "rk4", "step": 0.1}}, "integrator.step", "take the method dop853"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_cure(sections, key, cure):
    with pytest.raises(ConfigError, match=cure) as error:
        build_problem(config(TRAP, **sections), threads=1)
    assert error.value.problems[0].path == key


@pytest.mark.parametrize(
    ("potential", "words"),
    [
        ({"kind": "wall", "height": 1.0}, "step"),
        (WALL | {"direction": [0, 0]}, "zero vector"),
        (WALL | {"rise": 0}, "greater than 0"),
        ({"kind": "harmonic", "stiffness": "1 eV"}, "eV/angstrom"),
        ({"kind": "harmonic"}, "stiffness"),
        (3.0, "such as"),
    ],
)
def test_a_wrong_term_is_one_problem(potential, words):
    with pytest.raises(ConfigError, match=words) as error:
        config(potential)
    assert len(error.value.problems) == 1


def test_a_phase_beyond_all_digits_is_refused():
    with pytest.raises(ConfigError, match="beyond the digits"):
        check_steps(config({"kind": "wave", "amplitude": 1.0, "wavevector": [1.0], "frequency": 1e13}))


def test_a_potential_that_varies_over_few_cells_is_remarked_on():
    said = []
    build_problem(config([TRAP, WALL]), threads=1, report=said.append)
    assert any(text.startswith("fields.potential[1] varies over 4 angstrom") for text in said)
    said.clear()
    build_problem(config([TRAP, WALL | {"rise": 40.0}]), threads=1, report=said.append)
    assert not any("varies" in text for text in said)


def test_a_term_alone_is_a_list_of_one_and_its_vectors_have_components():
    assert config(TRAP) == config([TRAP])
    changed = config_from_mapping(
        config(TRAP).model_dump(exclude_none=True), ["fields.potential.0.center.y=3 nm"]
    )
    (trap,) = changed.fields.potential
    np.testing.assert_array_equal(trap.center, [0.0, 30.0, 0.0])
