"""Every problem at once, each with its place and a sentence that helps."""

from collections.abc import Callable
from pathlib import Path

import pytest

from wavepacket.config import load_config
from wavepacket.errors import ConfigError
from wavepacket.simulation import build_problem

Problems = Callable[..., list[str]]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("version: 1", "version: 2", "c.yaml:1:10: version: must be 1, not 2"),
        (
            "name: haldane_hall",
            "name: ../x",
            "c.yaml:2:7: name: must be made of letters, digits, '_', '.' and '-'",
        ),
        ("band: 0", "band: 0\nbnd: 0", "c.yaml:5:1: bnd: unknown key 'bnd'; did you mean 'band'?"),
        ("t1: 1 eV", "t1: [1]", "c.yaml:3:28: model.t1: must be a number or text with a unit, not a list"),
        ("band: 0\n", "", "c.yaml:1:1: missing key 'band'"),
        ("band: 0", "band: on", "c.yaml:4:7: band: must be an integer, not 'on'"),
        ("band: 0", "band: -1", "c.yaml:4:7: band: must be at least 0, not -1"),
        (
            "band: 0",
            "band: {index: 0, source: tabel}",
            "c.yaml:4:26: band.source: must be 'auto', 'two_band'",
        ),
        (
            "band: 0",
            "band: {index: 0, sorce: table}",
            "c.yaml:4:18: band.sorce: unknown key 'sorce'; did you mean",
        ),
        (
            "1 kV/cm",
            "1 T",
            "c.yaml:5:21: fields.electric[0]: '1 T' is a quantity of dimension magnetic field",
        ),
        (
            "2 T]",
            "'2']",
            "c.yaml:5:54: fields.magnetic[2]: missing unit in '2'; write '2 T' or the plain number",
        ),
        ("2 T]", "0, 2 T]", "c.yaml:5:47: fields.magnetic: must have at most 3 entries, not 4"),
        ("2 T]", ".inf]", "c.yaml:5:54: fields.magnetic[2]: the number must be finite"),
        (
            "[0, 0, 2 T]",
            "{strength: 2 T, polr: 1 deg}",
            "c.yaml:5:63: fields.magnetic.polr: unknown key 'polr'; did you mean 'polar'?",
        ),
        (
            "[0, 0, 2 T]",
            "{strength: -2 T}",
            "c.yaml:5:58: fields.magnetic.strength: must be at least 0, not '-2 T'",
        ),
        (
            "[1 kV/cm, 0, 0]",
            "1 kV/cm",
            "c.yaml:5:20: fields.electric: must be a list such as [1 kV/cm, 0, 0], not '1 kV/cm'",
        ),
        ("band: 0", "band:", "c.yaml:4:1: band: has no value"),
        (
            "band: 0",
            "band: [0, 1]",
            "c.yaml:4:7: band: must be the number of a band, or a mapping, not a list",
        ),
        ("[96, 96]", "96", "c.yaml:6:37: ensemble.grid: must be a list such as [96, 96], not 96"),
        (
            "filled_band",
            "filed_band",
            "c.yaml:6:11: ensemble: unknown kind 'filed_band'; did you mean 'filled_band'?",
        ),
        ("kind: filled_band, ", "", "c.yaml:6:11: ensemble: must have the key 'kind'"),
        ("grid: [96, 96]", "grid: [96, 0]", "c.yaml:6:42: ensemble.grid[1]: must be at least 1"),
        ("grid: [96, 96]", "number: 0", "c.yaml:6:39: ensemble.number: must be at least 1"),
        ("grid: [96, 96]", "replicas: 4", "c.yaml:6:11: ensemble: give either 'grid' or 'number'"),
        ("96]", "96], number: 5", "c.yaml:6:11: ensemble: give either 'grid' or 'number', not both"),
        ("96, 96", "100000, 100000", "c.yaml:6:11: ensemble: the grid has more than 10^9 points"),
        ("end: 2 ps", "end: -2 ps", "c.yaml:7:13: time.end: must be at least 1e-09, not '-2 ps'"),
        ("saves: 201", "saves: 1", "c.yaml:7:26: time.saves: must be at least 2, not 1"),
        ("saves: 201", "saves: 2.5", "c.yaml:7:26: time.saves: must be an integer, not 2.5"),
        ("saves: 201", "saves: true", "c.yaml:7:26: time.saves: must be an integer, not True"),
        (", saves: 201", "", "c.yaml:7:7: time: missing key 'saves'"),
        ("end: 2 ps, saves: 201", "nothing: 1", "c.yaml:7:7: time: missing key 'end'"),
        ("{end: 2 ps, saves: 201}", "2 ps", "c.yaml:7:7: time: must be a mapping, not '2 ps'"),
        (
            "saves: 201}",
            "saves: 201}\nscattering: {}",
            "c.yaml:8:13: scattering: missing key 'relaxation_time'",
        ),
        (
            "saves: 201}",
            "saves: 201}\nscattering: {relaxation_time: {K: -1 ps}}",
            "c.yaml:8:31: scattering.relaxation_time: must be a time between 0",
        ),
        ("saves: 201}", "saves: 201}\nseed: -1", "c.yaml:8:7: seed: must be at least 0, not -1"),
        ("saves: 201}", "saves: 201}\ncharge: 0", "c.yaml:8:9: charge: must not be 0"),
        ("saves: 201}", "saves: 201}\nlimits:", "c.yaml:8:8: limits: must be a mapping, not null"),
        ("saves: 201}", "saves: 201}\nvalleys: {K: [a]}", "c.yaml:8:15: valleys.K[0]: cannot read 'a'"),
        (
            "saves: 201}",
            "saves: 201}\noutput: {trajectories: none}",
            "c.yaml:8:24: output.trajectories: must be",
        ),
        (
            "saves: 201}",
            "saves: 201}\nintegrator: {tolerance: 1e-20}",
            "c.yaml:8:25: integrator.tolerance: must be at least 1e-15, not 1e-20",
        ),
        (
            "saves: 201}",
            "saves: 201}\nintegrator: {method: rk4}",
            "c.yaml:8:13: integrator.step: missing: the fixed-step method rk4 needs a step such as '0.1 fs'",
        ),
        (
            "saves: 201}",
            "saves: 201}\nintegrator: {step: 1 fs}",
            "c.yaml:8:20: integrator.step: dop853 chooses its steps itself; a step belongs to 'method: rk4'",
        ),
    ],
)
def test_one_problem_has_place_and_sentence(problems_of: Problems, old: str, new: str, line: str) -> None:
    found = problems_of((old, new))
    assert found[0].startswith(line)


MODEL = "model: {name: haldane, t1: 1 eV, t2: 0.1 eV, phi: 90 deg}"
HOPPING = "{lattice: [[2 angstrom]], hoppings: [{cell: [1], matrix: [[1]]}"


@pytest.mark.parametrize(
    ("model", "line"),
    [
        ("{}", "c.yaml:3:8: model: must have one of the keys 'name', 'file', 'hoppings' and 'kp'"),
        ("haldane", "c.yaml:3:8: model: must be a mapping, not 'haldane'"),
        ("{position_elements: true}", "c.yaml:3:8: model: missing key 'file'"),
        (
            "{file: a.dat, periodic: [1, 1, 1]}",
            "c.yaml:3:33: model.periodic[0]: must be a valid boolean, not 1",
        ),
        ("{file: 5}", "c.yaml:3:15: model.file: must be a path, not 5"),
        ("{name: 5}", "c.yaml:3:15: model.name: must be a valid string, not 5"),
        ("{lattice: [[1]]}", "c.yaml:3:8: model: missing key 'hoppings'"),
        (
            "{lattice: [[1 eV]], hoppings: []}",
            "c.yaml:3:20: model.lattice[0][0]: '1 eV' is a quantity of dimension",
        ),
        (
            "{lattice: [[1]], hoppings: []}",
            "c.yaml:3:35: model.hoppings: must have at least 1 entries, not 0",
        ),
        (
            HOPPING + ", {cell: [0], matrix: [[1, 2], [3, 4]]}]}",
            "model.hoppings[1].matrix: all matrices must have one size, but this one is 2x2 and the first is 1x1",
        ),
        (
            HOPPING + ", {cell: [1], matrix: [[2]]}]}",
            "c.yaml:3:80: model.hoppings[1].cell: the cell [1, 0, 0] is listed twice, first as hoppings[0]: add",
        ),
        (
            HOPPING + "], positions: [[0], [0.5]]}",
            "c.yaml:3:85: model.positions: 2 positions are given for 1 orbitals",
        ),
        (
            HOPPING + "], periodic: [true, false]}",
            "c.yaml:3:84: model.periodic: has 2 entries for 1 lattice vectors",
        ),
        (
            "{lattice: [[1]], hoppings: [{cell: [0], matrix: [[1, 2]]}]}",
            "model.hoppings[0].matrix: must be square",
        ),
        (
            "{lattice: [[1]], hoppings: [{cell: [0.5], matrix: [[1]]}]}",
            "cell[0]: must be an integer, not 0.5",
        ),
        ("{lattice: [[1]], hoppings: [{cell: [99999], matrix: [[1]]}]}", "must be at most 10000"),
        (
            "{lattice: [[1]], hoppings: [{cell: [0], matrix: [[1 eV]]}]}",
            "cannot read '1 eV' as a complex number",
        ),
        ("{kp: [{powers: [9], matrix: [[1]]}]}", "model.kp[0].powers[0]: must be at most 8, not 9"),
        (
            "{kp: [{powers: [0, 1], matrix: [[1]]}], dimension: 1}",
            "model.dimension: is 1, but the powers need 2",
        ),
    ],
)
def test_problems_of_models(problems_of: Problems, model: str, line: str) -> None:
    assert line in "\n".join(problems_of((MODEL, f"model: {model}")))


def test_a_misspelt_key_is_one_problem(problems_of: Problems) -> None:
    found = problems_of(("ensemble:", "ensemle:"))
    assert found == ["c.yaml:6:1: ensemle: unknown key 'ensemle'; did you mean 'ensemble'?"]


def test_a_default_that_needs_a_wrong_value_is_no_problem_of_its_own(problems_of: Problems) -> None:
    found = problems_of((MODEL, "model: {kp: [{powers: [-1], matrix: [[1]]}]}"))
    assert found == ["c.yaml:3:24: model.kp[0].powers[0]: must be at least 0, not -1"]


@pytest.mark.parametrize(
    ("ensemble", "line"),
    [
        (
            "{kind: gaussian, coordinates: reduced, center: [0.1 1/nm], width: 1, number: 5}",
            "c.yaml:6:59: ensemble.center[0]: reduced coordinates are plain numbers, not '0.1 1/nm'",
        ),
        ("{kind: gaussian, width: 1, number: 5}", "c.yaml:6:11: ensemble: give either 'center' or 'valley'"),
        (
            "{kind: packets, wavevectors: [[0], [1]], weights: [1]}",
            "c.yaml:6:61: ensemble.weights: must have 2 entries, one for each wavevector, not 1",
        ),
        (
            "{kind: packets, wavevectors: [[]]}",
            "c.yaml:6:41: ensemble.wavevectors[0]: must have at least 1 entries",
        ),
        (
            "{kind: fermi_dirac, number: 5, chemical_potential: 0, temperature: -1 K}",
            "c.yaml:6:78: ensemble.temperature: must be at least 0, not '-1 K'",
        ),
    ],
)
def test_problems_of_ensembles(problems_of: Problems, ensemble: str, line: str) -> None:
    found = problems_of(("{kind: filled_band, grid: [96, 96]}", ensemble))
    assert len(found) == 1
    assert found[0].startswith(line)


def test_all_problems_come_at_once_in_order(problems_of: Problems) -> None:
    found = problems_of(
        ("band: 0", "band: no\nband: 1"), ("2 T", "2 K"), ("saves: 201", "seves: 201"), overrides=("seed=x",)
    )
    assert [line.partition(": ")[0] for line in found] == [
        "c.yaml:4:7", "c.yaml:5:1", "c.yaml:6:54", "c.yaml:8:19", "--set seed=x",
    ]  # fmt: skip
    assert found[1] == "c.yaml:5:1: band: duplicate key; first given on line 4"


def test_a_flood_of_problems_is_cut(problems_of: Problems) -> None:
    found = problems_of(("[96, 96]", "[" + "0, " * 3000 + "0]"))
    assert len(found) == 101
    assert found[-1] == "and 2901 more problems"


@pytest.mark.parametrize("text", ["- 1", "just text", "12"])
def test_the_file_must_be_a_mapping(problems_of: Problems, text: str) -> None:
    assert problems_of(text=text) == ["c.yaml:1:1: must be a mapping with keys such as 'model' and 'time'"]


def test_electric_terms_keep_their_places(problems_of: Problems) -> None:
    terms = "[[1, 1 K], {kind: pulse, amplitude: [1], center: 0, width: 0}, {kind: circular, amplitude: 1}]"
    assert problems_of(("[1 kV/cm, 0, 0]", terms)) == [
        "c.yaml:5:25: fields.electric[0][1]: '1 K' is a quantity of dimension temperature; must be a number "
        "in V/angstrom or text with a unit of electric field such as '1 V/angstrom'",
        "c.yaml:5:79: fields.electric[1].width: must be greater than 0, not 0",
        "c.yaml:5:83: fields.electric[2]: missing key 'frequency'",
    ]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("bands: [2, 3]\nband: 0", "leave one of the two out"),
        ("bands: [2, 4]", "must be successive bands"),
        ("bands: 0", r"bands: must be a list such as \[0, 1\]; one band is 'band: 0', .* 'bands: {near: 0}'"),
        ("bands: near", "a band and those that come near it: {near: 2}"),
        ("bands: {neer: 2}", "a band and those that come near it: {near: 2}"),
        ("bands: {near: 2, sorce: direct}", "bands.sorce: unknown key 'sorce'; did you mean 'source'"),
        ("bands: [a, 3]", r"^\S+ bands\[0\]: must be an integer, not 'a'$"),
        ("bands: [-1, 0]", r"^\S+ bands\[0\]: must be at least 0, not -1$"),
        ("band: {index: 2, group: auto, follow: character}", "leave out 'follow'"),
        ("bands: [2, 3]\ninternal: {spin: 0.5}", "must be 1/2, 3/2 or a list of three matrices, not 0.5"),
        ("band: 0\ninternal: {spin: 1/2}", "belongs to a group of bands"),
        ("bands: [2, 3]\ninternal: {start: spin}", "needs 'spin'"),
        ("bands: [2, 3]\ninternal: {spin: 3/2, values: [0.5]}", "of eigenstates there is one packet each"),
        ("bands: [2, 3]\ninternal: {spin: 3/2, start: spin, axis: [0, 0, 0]}", "must not be zero"),
        ("bands: [2, 3]\ninternal: {spin: 5/2}", "spin"),
        ("bands: [2, 3]\nscattering: {relaxation_time: 9 fs}", "a k·p model has none"),
        ("bands: [2, 3]\nscattering: {relaxation_time: 9 fs, intervalley_time: 1 ps}", "collide at one rate"),
        ("bands: [2, 3]\ninternal: {start: optical}", "needs the light of 'ensemble: {kind: optical"),
        ("bands: [2, 3]\ninternal: {start: optical, weights: [1, 2]}", "light gives the states"),
        ("bands: [2, 3]\ninternal: {spin: 3/2, start: spin, weights: [0, 0]}", "must not all be zero"),
        (
            "bands: [2, 3]\ninternal: {spin: 3/2, start: spin, weights: [1, 1, 1]}",
            "there are 2 states to start in",
        ),
        (
            "bands: [2, 3]\ninternal: {spin: 3/2, start: spin, values: [1.5], weights: [1, 1]}",
            "must have 1 entries",
        ),
        ("bands: [3, 4]", "has bands 0 to 3"),
        ("bands: [2, 3]\nintegrator: {method: rk4, step: 1 fs}", "need dop853"),
    ],
)
def test_problems_of_groups(tmp_path: Path, lines: str, message: str) -> None:
    file = tmp_path / "group.yaml"
    rest = "ensemble: {kind: packets, wavevectors: [[0.1, 0, 0]]}\ntime: {end: 1 fs, saves: 2}\n"
    file.write_text(f"name: group\nmodel: {{name: luttinger}}\n{lines}\n{rest}")
    with pytest.raises(ConfigError, match=message) as found:
        build_problem(load_config(file))
    assert "group.yaml" in str(found.value)
