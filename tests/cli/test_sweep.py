"""Sweeps: every point is an ordinary run, and what was finished is not run again."""

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest

import wavepacket as package
from wavepacket.config.scan import Axis
from wavepacket.errors import InputError
from wavepacket.observables import Observable
from wavepacket.sweeps import Point, Sweep, open_sweep, reference_sweep


@pytest.fixture
def free(tmp_path):
    """A free particle: the current is known for every field."""
    path = tmp_path / "free.yaml"
    path.write_text(
        "name: free\nmodel: {name: parabolic_band, mass_x: 1 m_e}\nband: 0\nfields: {electric: [1 kV/cm, 0, 0]}\n"
        "ensemble: {kind: packets, wavevectors: [[0, 0, 0]]}\ntime: {end: 100 fs, saves: 3}\n"
    )
    return path


def drift(point):
    return point.observables["valley_displacement"].value["none"][-1][0]


def test_two_axes(wavepacket, free, tmp_path):
    """x = q E t²/2m at every point: with this the table is checked against the exact result."""
    done = wavepacket(
        "sweep",
        free,
        "-s",
        "fields.electric.x=1:3:1 kV/cm",
        "-s",
        "model.mass_x=[1 m_e, 2 m_e]",
        "-o",
        "s",
        "--json",
    )
    assert done.code == 0, done.err
    points = json.loads(done.out)["points"]
    assert [point["settings"]["model.mass_x"] for point in points[:2]] == ["1 m_e", "2 m_e"]
    for point in points:
        field = float(point["settings"]["fields.electric.x"].split()[0]) * 1e-5  # V/Å
        mass = float(point["settings"]["model.mass_x"].split()[0])
        acceleration = -field / (mass * 0.0568563)  # Å/fs² for m_e in eV fs²/Å²
        found = point["observables"]["valley_displacement"]["value"]["none"][-1][0]
        assert math.isclose(found, acceleration * 100.0**2 / 2, rel_tol=1e-6)
    rows = list(csv.DictReader((tmp_path / "s" / "index.csv").open()))
    assert len(rows) == 6
    assert {row["state"] for row in rows} == {"finished"}


def test_goes_on_where_it_was_cut_off(wavepacket, free, tmp_path):
    arguments = ("sweep", free, "-s", "fields.electric.x=1,2,3 kV/cm", "-o", "s")
    assert wavepacket(*arguments).code == 0
    table = (tmp_path / "s" / "observables.csv").read_bytes()
    kept = tmp_path / "s/points/000000/run.h5"
    stamp = kept.stat().st_mtime_ns
    lost = tmp_path / "s/points/000002"
    (lost / "run.h5").unlink()
    next((lost / "shards").iterdir()).unlink()
    assert open_sweep(tmp_path / "s").points[2].state == "not run yet"
    assert wavepacket("resume", "s").code == 0
    assert kept.stat().st_mtime_ns == stamp
    assert (tmp_path / "s" / "observables.csv").read_bytes() == table
    assert wavepacket(*arguments).code == 0
    other = wavepacket("sweep", free, "-s", "fields.electric.x=1,2 kV/cm", "-o", "s")
    assert other.code == 2
    assert "holds another sweep" in other.err


def test_a_wrong_value_is_found_before_anything_runs(wavepacket, free, tmp_path):
    done = wavepacket("sweep", free, "-s", "fields.electric.x=[1 kV/cm, 2 T]", "-o", "s")
    assert done.code == 2
    assert "fields.electric" in done.err
    assert not (tmp_path / "s" / "points").exists()
    assert wavepacket("sweep", free, "-s", "fields.electric.x=1,2 kV/cm", "-o", "s").code == 0


def test_failed_points_are_told(wavepacket, free):
    fixed = ("--set", "integrator.method=rk4", "--set", "integrator.step=10 fs")
    done = wavepacket("sweep", free, *fixed, "-s", "integrator.maximum_steps=1,1000", "-o", "s")
    assert done.code == 3
    assert "1 of 2 points" in done.err


def test_figure(wavepacket, free, tmp_path):
    wavepacket("sweep", free, "-s", "fields.electric.x=1:3:1 kV/cm", "-s", "model.mass_x=1,2 m_e", "-o", "s")
    done = wavepacket("plot", "s", "--observable", "valley_drift", "--component", "none.0", "-o", "drift.png")
    assert done.code == 0, done.err
    assert (tmp_path / "drift.png").read_bytes()[:4] == b"\x89PNG"
    other = ("--observable", "valley_drift", "--component", "none.0", "--against", "fields.electric.x")
    assert wavepacket("plot", "s", *other, "-o", "other.png").code == 0
    assert (tmp_path / "other.png").read_bytes() != (tmp_path / "drift.png").read_bytes()
    usual = wavepacket("plot", "s")
    assert usual.code == 0, usual.err
    assert usual.out == "wrote s/valley_drift_none.0.png\n"  # nothing moves along y
    assert "valley_drift is what the config is about; --observable NAME draws another: " in usual.err
    asked = wavepacket("plot", "s", "--observable", "valley_drift")  # components that are not zero
    assert asked.code == 0, asked.err
    refused = wavepacket("plot", "s", "--observable", "valley_drift", "--component", "Q")
    assert "x, y and z stand for 0, 1 and 2" in refused.err
    asked = wavepacket("plot", "s", "--observable", "valley_drif")
    assert asked.code == 2
    assert "valley_drift" in asked.err


DRUDE = ("--set", "ensemble.grid=[24,24]", "--set", "output.trajectories=4", "-q")


def test_what_a_point_takes_is_said_once(wavepacket, configs):
    field = ("-s", "fields.magnetic.z=0,1,2 T")
    done = wavepacket("sweep", configs / "drude_hall.yaml", *DRUDE, *field, "-o", "s")
    assert done.code == 0, done.err
    assert done.err.count("trajectories: about") == 1


def test_the_reference_of_a_config_goes_through_its_points(wavepacket, configs, tmp_path):
    fields = ("-s", "scattering.relaxation_time=0.5,1 ps", "-s", "fields.magnetic.z=0,1.5,0.5 T")
    assert wavepacket("sweep", configs / "drude_hall.yaml", *DRUDE, *fields, "-o", "s").code == 0
    found = open_sweep(tmp_path / "s")
    theory = reference_sweep(found, "fields.magnetic.z")
    for change in (False, True):
        for component in ("0.0", "0.1"):
            axes, values, _, unit = found.curves(
                "conductivity", component, "fields.magnetic.z", change=change
            )
            fine, exact, _, same = theory.curves(
                "conductivity", component, "fields.magnetic.z", change=change
            )
            assert unit == same
            for row, curve in zip(values, exact, strict=True):
                places = np.argsort(fine[-1].numbers, kind="stable")
                drawn = np.interp(axes[-1].numbers, np.array(fine[-1].numbers)[places], curve[places])
                np.testing.assert_allclose(row, drawn, rtol=1e-5, atol=1e-5 * np.abs(values).max())


def test_changes_are_from_the_first_value(wavepacket, free, tmp_path):
    wavepacket("sweep", free, "-s", "fields.electric.x=2,1,3 kV/cm", "-s", "model.mass_x=1,2 m_e", "-o", "s")
    found = open_sweep(tmp_path / "s")
    axes, plain, _, _ = found.curves("valley_drift", "none.0", "fields.electric.x")
    _, change, error, _ = found.curves("valley_drift", "none.0", "fields.electric.x", change=True)
    assert [axis.path for axis in axes] == ["model.mass_x", "fields.electric.x"]
    np.testing.assert_allclose(change, plain - plain[:, :1])
    assert np.all(error[:, 0] == 0.0)
    with pytest.raises(InputError, match="was not swept"):
        found.curves("valley_drift", "none.0", "fields.electric.y")


@pytest.mark.full
def test_figure_with_a_reference(wavepacket, configs, tmp_path):
    field = ("-s", "fields.magnetic.z=0,1 T")
    assert wavepacket("sweep", configs / "drude_hall.yaml", *DRUDE, *field, "-o", "s").code == 0
    panels = ("--observable", "conductivity", "--component", "xx", "--component", "xy")
    done = wavepacket("plot", "s", *panels, "--change")
    assert done.code == 0, done.err
    assert (tmp_path / "s" / "conductivity_xx_xy_change.png").is_file()
    assert not done.err
    assert wavepacket("plot", "s", *panels, "--difference").code == 0
    assert (tmp_path / "s" / "conductivity_xx_xy_difference.png").is_file()
    refused = wavepacket("plot", "s", "--observable", "hall_angle", "--difference")
    assert refused.code == 2
    assert "no reference" in refused.err
    # What the reference is not for is drawn without it.
    wide = ("--set", "scattering.energy={exponent: 1, unit: 25 meV}")
    assert wavepacket("sweep", configs / "drude_hall.yaml", *DRUDE, *wide, *field, "-o", "t").code == 0
    done = wavepacket("plot", "t", *panels)
    assert done.code == 0
    assert "one relaxation time" in done.err
    assert (tmp_path / "t" / "conductivity_xx_xy.png").is_file()


def test_from_python(free, tmp_path):
    config = package.load_config(free)
    result = package.sweep(config, {"fields.electric.x": ["1 kV/cm", "2 kV/cm"]}, tmp_path / "s")
    values, _, unit = result.values("excluded_fraction")
    assert values.tolist() == [0.0, 0.0]
    assert unit == "1"
    first, second = (drift(point) for point in result.points)
    assert math.isclose(second, 2 * first, rel_tol=1e-9)


def test_a_key_without_values(free, tmp_path):
    with pytest.raises(InputError, match=r"fields\.magnetic\.z has no values"):
        package.sweep(free, {"fields.magnetic.z": []}, tmp_path / "none")


def test_workers_and_overwriting_do_not_change_a_byte(wavepacket, free, tmp_path):
    arguments = ("sweep", free, "-s", "fields.electric.x=1:4:1 kV/cm", "-o", "s", "-q")
    assert wavepacket(*arguments).code == 0
    tables = [(tmp_path / "s" / name).read_bytes() for name in ("index.csv", "observables.csv")]
    runs = [path.read_bytes() for path in sorted((tmp_path / "s").glob("points/*/shards/*.h5"))]
    stamp = (tmp_path / "s/points/000000/run.h5").stat().st_mtime_ns
    (tmp_path / "s" / "figure.png").write_bytes(b"mine")
    done = wavepacket(*arguments, "--overwrite", "-j", "2")
    assert done.code == 0, done.err
    assert [(tmp_path / "s" / name).read_bytes() for name in ("index.csv", "observables.csv")] == tables
    assert [path.read_bytes() for path in sorted((tmp_path / "s").glob("points/*/shards/*.h5"))] == runs
    assert len(runs) == 4
    assert (tmp_path / "s/points/000000/run.h5").stat().st_mtime_ns != stamp
    assert (tmp_path / "s" / "figure.png").read_bytes() == b"mine"
    other = ("sweep", free, "-s", "fields.electric.x=1,2 kV/cm", "-o", "s", "-q")
    refused = wavepacket(*other)
    assert refused.code == 2
    assert "--overwrite" in refused.err
    assert wavepacket(*other, "--overwrite").code == 0
    assert len(list((tmp_path / "s" / "points").iterdir())) == 2


def test_only_a_sweep_is_overwritten(wavepacket, free, tmp_path):
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "precious").write_text("mine")
    done = wavepacket("sweep", free, "-s", "fields.electric.x=1,2 kV/cm", "-o", "s", "--overwrite")
    assert done.code == 2
    assert "not the folder of a sweep" in done.err
    assert (tmp_path / "s" / "precious").read_text() == "mine"


@pytest.mark.full
def test_a_worker_goes_on_with_a_point_that_was_cut_off(wavepacket, free, tmp_path):
    arguments = ("sweep", free, "-s", "fields.electric.x=1,2,3 kV/cm", "-o", "s", "-q")
    assert wavepacket(*arguments).code == 0
    table = (tmp_path / "s" / "observables.csv").read_bytes()
    for index in (0, 2):
        lost = tmp_path / f"s/points/{index:06d}"
        (lost / "run.h5").unlink()
        next((lost / "shards").iterdir()).unlink()
    assert wavepacket("resume", "s", "-j", "2", "-q").code == 0
    assert (tmp_path / "s" / "observables.csv").read_bytes() == table


def test_each_point_reads_its_config_once(free, tmp_path, monkeypatch):
    from wavepacket.config import load_config
    from wavepacket.sweeps import folder

    read = []
    monkeypatch.setattr(folder, "load_config", lambda *given: read.append(given) or load_config(*given))
    monkeypatch.setattr(
        "wavepacket.sweeps.plan.load_config",
        lambda *given, **more: read.append(given) or load_config(*given, **more),
    )
    package.sweep(free, {"fields.electric.x": "1:6:1 kV/cm"}, tmp_path / "s")
    assert sum(len(given) > 1 and len(given[1]) > 0 for given in read) == 6


@pytest.mark.parametrize(
    ("axis", "sentence"),
    [
        ("fields.electric.x=1 kV/cm, 2 T", "-s fields.electric.x=2 T"),
        ("fields.electrc.x=1,2 kV/cm", "did you mean 'electric'?"),
        ("ensemble.number=10,20", "ensemble"),
        ("model.mas_x=1,2 m_e", "did you mean 'mass_x'?"),
        ("fields.electric.x=1:2 kV/cm", "start:stop:step"),
        ("fields.electric.x=0:10:-1 kV/cm", "does not lead from 0 to 10"),
        ("fields.electric.x", "must be KEY=VALUES"),
        ("band=[0, 7]", "band"),
        ("fields.electric.x=1:5:0 kV/cm", "a step of 0"),
    ],
)
def test_bad_axes_are_named(wavepacket, free, tmp_path, axis, sentence):
    done = wavepacket("sweep", free, "-s", axis, "-o", "s", "-q")
    assert done.code == 2, done.err
    assert sentence in done.err, done.err
    assert "--set" not in done.err
    assert not (tmp_path / "s" / "points").exists()


def test_analyze_of_a_sweep_prints_every_point(wavepacket, free, tmp_path):
    """v = qEt/2m of each point on the terminal, as JSON and as CSV with the swept key in front."""
    arguments = ("sweep", free, "-s", "fields.electric.x=1,2 kV/cm", "-o", "s", "--json")
    swept = json.loads(wavepacket(*arguments).out)
    (tmp_path / "s/points/000001/run.h5").rename(tmp_path / "kept.h5")
    done = wavepacket("analyze", "s")
    assert done.code == 0, done.err
    assert "fields.electric.x = 1 kV/cm: finished\n    valley_drift  none " in done.out
    assert "valley_drift  none [-" in done.out
    assert "fields.electric.x = 2 kV/cm: not run yet" in done.out
    (tmp_path / "kept.h5").rename(tmp_path / "s/points/000001/run.h5")
    done = wavepacket("analyze", "s", "--json", "--csv", "s.csv")
    assert json.loads(done.out) == swept
    rows = [row for row in csv.DictReader((tmp_path / "s.csv").open()) if row["observable"] == "valley_drift"]
    found = {row["fields.electric.x"]: float(row["value"]) for row in rows if row["component"] == "none.0"}
    for field, value in found.items():
        exact = -float(field.split()[0]) * 1e-5 / 0.0568563 * 100.0 / 2
        assert math.isclose(value, exact, rel_tol=1e-6)
    assert len(found) == 2
    for magnet, words in (("modle", "a number in A/m, or model"), ("3", "sweeps of B along one direction")):
        refused = wavepacket("analyze", "s", "--json", "--magnetization", magnet)
        assert (refused.code, refused.out) == (2, "")
        assert words in refused.err


def test_a_sweep_where_a_run_is_wanted(wavepacket, free):
    wavepacket("sweep", free, "-s", "fields.electric.x=1,2 kV/cm", "-o", "s")
    refused = wavepacket("animate", "s")
    assert refused.code == 2
    assert "holds a sweep, not a run" in refused.err
    with pytest.raises(InputError, match=r"wavepacket\.open_sweep reads it"):
        package.analyze("s")


def test_values_of_vectors_and_of_names(wavepacket, free, tmp_path):
    """A vector has an axis of its own behind those of the sweep; valleys are names; a part of it, or one number, by name."""
    axes = ("-s", "fields.electric.x=1,2 kV/cm", "-s", "model.mass_x=1,2,4 m_e")
    assert wavepacket("sweep", free, *axes, "-o", "s").code == 0
    swept = open_sweep(tmp_path / "s")
    values, errors, unit = swept.values("valley_drift")
    exact = -np.outer([1e-5, 2e-5], [1, 1 / 2, 1 / 4]) / 0.0568563 * 100.0 / 2
    assert unit == "angstrom/fs"
    assert values["none"].shape == errors["none"].shape == (2, 3, 3)
    np.testing.assert_allclose(values["none"][..., 0], exact, rtol=1e-6)
    assert np.all(errors["none"] < 1e-9)  # one packet has no spread, and no error but that of the integration
    np.testing.assert_array_equal(swept.values("valley_drift", "none")[0], values["none"])
    np.testing.assert_array_equal(swept.values("valley_drift", "none.x")[0], values["none"][..., 0])
    np.testing.assert_array_equal(swept.values("valley_drift", "none.0")[0], values["none"][..., 0])
    assert swept.values("density_of_states_factor")[0]["min"].tolist() == [[1.0] * 3] * 2
    with pytest.raises(InputError, match=r"no component 'K'; there are none\.0, none\.1, none\.2"):
        swept.values("valley_drift", "K")
    with pytest.raises(InputError, match="there are none"):
        swept.curves("valley_drift", "", "model.mass_x")


def made_sweep(*values):
    """Return a sweep of points that have these values of one observable, None for none."""
    axis = Axis("x", tuple(str(n) for n in range(len(values))))
    points = tuple(
        Point(
            {"x": str(n)}, Path(), "finished", {} if each is None else {"o": Observable("o", *each, "1", "")}
        )
        for n, each in enumerate(values)
    )
    return Sweep(Path(), (axis,), points)


def test_values_of_points_that_lack_them():
    tensor = np.arange(9.0).reshape(3, 3)
    values, errors, _ = made_sweep((tensor, tensor / 10), None, (2 * tensor, None)).values("o")
    np.testing.assert_array_equal(values, [tensor, np.full((3, 3), np.nan), 2 * tensor])
    np.testing.assert_array_equal(errors, [tensor / 10, *np.full((2, 3, 3), np.nan)])
    sweep = made_sweep(({"K": 1.0}, None), ({"K": 2.0, "K'": np.nan}, {"K": 0.5, "K'": 0.1}))
    values, errors, _ = sweep.values("o")
    np.testing.assert_array_equal(values["K"], [1.0, 2.0])
    np.testing.assert_array_equal(values["K'"], [np.nan, np.nan])
    np.testing.assert_array_equal(errors["K'"], [np.nan, 0.1])
    series = np.arange(15.0).reshape(5, 3)
    sweep = made_sweep((series, None), (series + 1, None))
    np.testing.assert_array_equal(sweep.values("o")[0], [series[-1], series[-1] + 1])
    np.testing.assert_array_equal(sweep.values("o", "last.1")[0], [13.0, 14.0])
    np.testing.assert_array_equal(sweep.values("o", "y")[0], [13.0, 14.0])
