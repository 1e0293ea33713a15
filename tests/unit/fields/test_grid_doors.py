"""Grids of fields in space: what is refused with its cure, and that the run folder needs their files no more."""

import h5py
import numpy as np
import pytest

import wavepacket
from tests.cases import problem
from wavepacket.config import config_from_mapping, load_config
from wavepacket.errors import ConfigError
from wavepacket.quantum.setting import build_setting
from wavepacket.simulation import build_problem
from wavepacket.simulation.provenance import reload_problem

X = np.linspace(-50, 50, 11)
V = 1e-3 * X[:, None] * np.sin(X / 30)

CONFIG = """
name: mine
model: {name: haldane}
band: 0
fields:
  potential:
    - {kind: harmonic, stiffness: 0.1 meV/angstrom^2}
    - {kind: grid, file: v.npz, scale: 2}
ensemble: {kind: packets, wavevectors: [[0.1, 0.2]], positions: [[3, -4]]}
time: {end: 5 fs, saves: 3}
"""


def written(folder, text=CONFIG, **arrays):
    np.savez(folder / "v.npz", **({"x": X, "y": X, "potential": V} | arrays))
    (folder / "mine.yaml").write_text(text)
    return folder / "mine.yaml"


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"potential": V[:-1]}, r"potential must have shape \(x, y\) = \(11, 11\), not \(10, 11\)"),
        ({"x": np.append(X[:-1], 51.0)}, "x must ascend in even steps"),
        ({"y": X[:5], "potential": V[:, :5]}, r"n at least 6, not \(5,\)"),
        ({"potential": V * np.nan}, "potential must be finite numbers in eV"),
        (
            {"height": V},
            "a grid of potential has x, maybe y, z, t, and potential, not x, y, potential, height",
        ),
        ({"potential": V * 1j}, "potential must be real numbers"),
    ],
)
def test_a_wrong_grid_is_told_with_its_line(tmp_path, arrays, words):
    path = written(tmp_path, **arrays)
    with pytest.raises(ConfigError, match=words) as error:
        build_problem(load_config(path), threads=1)
    (one,) = error.value.problems
    assert (one.path, one.line, one.file) == ("fields.potential[1].file", 8, str(path))


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ("[[3, -4]]", "[[3, 51]]", "fields.potential[1].file", r"beyond its grid \(x from -50 to 50, y .*\(3, 51, 0\)"),
        ("scale: 2", "periodic: [z]", "fields.potential[1].file", "a periodic axis must be one of the grid"),
        ("scale: 2", "valleys: {K: 1}", "fields.potential[1].valleys", "those of this run are K, K'"),
        ("v.npz", "w.npz", "fields.potential[1].file", r"w.npz: cannot be read: No such file"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_with_its_line(tmp_path, old, new, key, words):
    path = written(tmp_path, CONFIG.replace(old, new))
    with pytest.raises(ConfigError, match=words) as error:
        build_problem(load_config(path), threads=1)
    assert (error.value.problems[0].path, error.value.problems[0].line) == (key, 8)


@pytest.mark.parametrize(
    ("term", "key", "words"),
    [
        (
            {"kind": "wire", "current": 1e-3, "direction": [1, 0]},
            "",
            "infinite in the layer: give a position above",
        ),
        ({"kind": "dipole", "moment": [0, 0, 1.0], "position": [3, 4]}, "", "infinite in the layer"),
        ({"kind": "wire", "current": "1 T", "direction": [1]}, ".current", "unit of current such as '1 A'"),
    ],
)
def test_wrong_sources_of_a_magnetic_field(term, key, words):
    with pytest.raises(ConfigError, match=words) as error:
        problem({"name": "haldane"}, wavevectors=[[0.1, 0.2]], fields={"magnetic_terms": [term]})
    assert error.value.problems[0].path == f"fields.magnetic_terms[0]{key}"


def test_the_folder_holds_the_grid(tmp_path):
    """An HDF5 file is as good; the run goes on without it, and its packets feel the same."""
    path = written(tmp_path, CONFIG.replace("v.npz", "v.h5"))
    with h5py.File(tmp_path / "v.h5", "w") as file:
        for name, array in (("x", X), ("y", X), ("potential", V)):
            file[name] = array
    before = build_problem(load_config(path), threads=1).environment
    run = wavepacket.run(path, tmp_path / "run")
    (tmp_path / "v.h5").unlink()
    (tmp_path / "v.npz").unlink()
    with np.load(tmp_path / "run" / "potential_1.npz") as kept:
        assert np.array_equal(kept["potential"], V)
    assert "file: potential_1.npz" in (tmp_path / "run" / "resolved.yaml").read_text()
    assert any("potential_1.npz" in fact for fact in run.provenance)  # its digest
    assert np.array_equal(reload_problem(tmp_path / "run", 1).environment, before)


def test_narrow_features_are_told_with_their_place(tmp_path):
    """A bump of a standard deviation of 6 Å at (20, -10) Å: few cells, and less than the packet's width."""
    x = np.linspace(-60, 60, 61)
    bump = np.exp(-((x[:, None] - 20) ** 2 + (x + 10) ** 2) / 72)
    path, said = written(tmp_path, x=x, y=x, potential=bump), []
    build_problem(load_config(path), threads=1, report=said.append)
    (cells,) = [text for text in said if "varies" in text]
    assert cells.startswith("fields.potential[1] varies over 5.75 ")
    assert "near (20, -10, 0) angstrom, and the lattice constant is" in cells
    given = load_config(path).model_dump(exclude_none=True)
    given["ensemble"] = {"kind": "gaussian", "center": [0.1, 0.2], "width": 0.02, "number": 16}
    said.clear()
    build_problem(config_from_mapping(given), threads=1, report=said.append)
    assert any("a packet of this width in k is 25 angstrom wide" in text for text in said)


def test_exact_packets_refuse_pseudo_fields():
    strain = {"kind": "uniform", "field": 1.0, "valleys": "chirality"}
    made = problem({"name": "haldane"}, wavevectors=[[0, 0, 0]], fields={"magnetic_terms": strain})
    with pytest.raises(ConfigError):
        build_setting(made.config, made.hamiltonian)
