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
            r"infinite at \(0, 0, 0\) angstrom: give a position above the layer, or a core",
        ),
        (
            {"kind": "dipole", "moment": [0, 0, 1.0], "position": [3, 4]},
            "",
            r"infinite at \(3, 4, 0\) angstrom: give a position above the layer, or a core",
        ),
        (
            {"kind": "linear", "gradient": [[1, 0, 0], [0, 1, 0], [0, 0, 1]]},
            ".gradient",
            "∂B_z/∂z is 3 T/ang.*sum is 0",
        ),
        ({"kind": "wire", "current": "1 T", "direction": [1]}, ".current", "unit of current such as '1 A'"),
    ],
)
def test_wrong_sources_of_a_magnetic_field(term, key, words):
    with pytest.raises(ConfigError, match=words) as error:
        problem({"name": "haldane"}, wavevectors=[[0.1, 0.2]], fields={"magnetic_terms": [term]})
    assert error.value.problems[0].path == f"fields.magnetic_terms[0]{key}"


@pytest.mark.parametrize(
    ("fields", "key", "words"),
    [
        ({"magnetic_terms": [{"kind": "dipole", "moment": [0, 0, 1], "position": [0, 0, 9]}]}, "_terms[0]", "give a core$"),
        ({"magnetic_terms": [{"kind": "linear", "gradient": [0, 0, 2]}]}, "_terms[0].gradient", r"\[\[-1, 0, 0\], .* 2\]\]"),
        ({"magnetic_gradient": [1, 0, 2]}, "_gradient", r"rows ∂B_x/∂r.* \[1, 0, 2\]\]"),
    ],
)  # fmt: skip
def test_wrong_sources_in_a_crystal_that_is_no_layer(fields, key, words):
    with pytest.raises(ConfigError, match=words) as error:
        problem({"name": "weyl_lattice"}, wavevectors=[[0.1, 0.2, 0.3]], fields=fields)
    assert error.value.problems[0].path == f"fields.magnetic{key}"


@pytest.mark.parametrize("factor", [1.0, 1.2])
def test_the_divergence_of_a_grid_is_told(tmp_path, factor):
    """Of B = (x/2, x sin(z/30), -y - z/2) there is none, even between its points; 1.2 B_x has 0.1 everywhere."""
    x, y, z = np.meshgrid(X, X, X, indexing="ij")
    field = np.stack([0.5 * factor * x, x * np.sin(z / 30), -0.5 * z - y], axis=-1)
    np.savez(tmp_path / "b.npz", x=X, y=X, z=X, magnetic=field)
    said, term = [], {"kind": "grid", "file": str(tmp_path / "b.npz"), "scale": 2.0}
    mapping = {
        "name": "t", "model": {"name": "weyl_lattice"}, "band": 0, "time": {"end": 1.0, "saves": 2},
        "fields": {"magnetic_terms": term}, "ensemble": {"kind": "packets", "wavevectors": [[0.1, 0.2, 0.3]]},
    }  # fmt: skip
    build_problem(config_from_mapping(mapping), threads=1, report=said.append)
    found = [text for text in said if "divergence" in text]
    assert len(found) == (factor != 1.0)
    assert all("reaches 0.2 T/angstrom near (" in text and "are not conserved" in text for text in found)


def test_exact_packets_have_no_vector_field():
    fields = {"magnetic_gradient": [1.0, 0.0, 0.0]}
    made = problem({"name": "weyl_lattice"}, wavevectors=[[0.1, 0.2, 0.3]], fields=fields)
    mapping = made.config.model_dump(exclude_none=True, exclude_defaults=True)
    mapping["ensemble"] = {"kind": "gaussian", "center": [0.1, 0.2, 0.3], "width": 0.05, "number": 16}
    config = config_from_mapping(mapping | {"quantum": {"sites": [41, 41, 41]}})
    with pytest.raises(ConfigError, match="a B\\(r\\) of layers alone"):
        build_setting(config, made.hamiltonian)


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
