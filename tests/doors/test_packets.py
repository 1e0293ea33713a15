"""Packets as arrays: everything here is a user's script and imports nothing private."""

from pathlib import Path

import h5py
import numpy as np
import pytest

import wavepacket
from wavepacket.errors import ConfigError, InputError

BOWL = {
    "name": "mine",
    "model": {"name": "parabolic_band", "mass_x": 1.0, "mass_y": 1.0},
    "band": 0,
    "time": {"end": "10 fs", "saves": 3},
    "fields": {"magnetic": [0, 0, "5 T"]},
}


def shards(folder):
    return [path.read_bytes() for path in sorted((Path(folder) / "shards").iterdir())]


def resumed(elsewhere, where, name):
    (where / name / "run.h5").unlink()
    for path in (where / name / "shards").iterdir():
        path.unlink()
    assert elsewhere(where, "resume", name, "-q")[0] == 0
    return shards(where / name)


def section(replicas=3):
    rng = np.random.default_rng(5)
    k = np.zeros((30, 3))
    k[:, :2] = rng.normal(0.05, 0.02, (30, 2))
    return k, wavepacket.packets(
        k, rng.random(30) / 7, position=rng.normal(size=(30, 3)), replica=np.arange(30) % replicas
    )


def test_currents_are_those_of_the_states(tmp_path):
    k = np.array([[0.03, 0.0, 0.0], [0.0, 0.04, 0.0]])
    run = wavepacket.run(
        {**BOWL, "fields": {}, "ensemble": wavepacket.packets(k, [2e-3, 1e-3])}, tmp_path / "x"
    )
    # Free electrons: j = -e Σ w ħk/m, exactly; ħ²/m = 7.61996423 eV Å² and ħ = 0.6582119569 eV fs (CODATA 2022).
    velocity = 7.619964231 / 0.6582119569 * k
    exact = -np.array([2e-3, 1e-3]) @ velocity
    assert run.description.weight_unit == "1/angstrom^2"
    assert run.sums["current"].sum(axis=(0, 1, 2))[-1] == pytest.approx(-exact, rel=1e-8)
    found = wavepacket.analyze(run)["current_density"]
    assert "A/m" in found.unit
    # e/(Å fs) in A/m: 1.602176634e-19 C / (1e-10 m 1e-15 s).
    assert found.value[-1, :2] == pytest.approx(exact[:2] * 1.602176634e6, rel=1e-8)
    assert np.isnan(found.uncertainty).all()  # one sample: nobody knows


def test_the_points_of_a_grid_give_its_results(tmp_path):
    config = {
        "name": "grid",
        "model": {"name": "haldane"},
        "band": 0,
        "fields": {"electric": ["40 kV/cm", 0, 0]},
        "time": {"end": "20 fs", "saves": 3},
    }
    grid = wavepacket.run({**config, "ensemble": {"kind": "filled_band", "grid": [8, 8]}}, tmp_path / "grid")
    start = grid.trajectories(("path", "wavevector"))["wavevector"][::2, 0]
    weight = np.concatenate([shard["weight"] for shard in grid.shards(("weight",))])[::2]
    given = wavepacket.packets(start, weight, field_reversal=True)
    arrays = wavepacket.run({**config, "ensemble": given}, tmp_path / "arrays")
    one, other = (wavepacket.analyze(run)["hall_conductivity"].value for run in (grid, arrays))
    assert other == pytest.approx(one, rel=1e-12)


def test_the_folder_holds_them(tmp_path, elsewhere):
    k, ensemble = section()
    run = wavepacket.run({**BOWL, "ensemble": ensemble}, tmp_path / "one")
    with np.load(tmp_path / "one" / "ensemble.npz") as kept:
        assert np.array_equal(kept["wavevector"], k)
    spread = wavepacket.run({**BOWL, "ensemble": ensemble}, tmp_path / "two", workers=2)
    assert shards(run.folder) == shards(spread.folder)
    assert np.isfinite(wavepacket.analyze(run)["current_density"].uncertainty[:, :2]).all()
    before = shards(run.folder)
    (tmp_path / "one").rename(tmp_path / "moved")
    assert resumed(elsewhere, tmp_path, "moved") == before
    # As a file of a YAML config, beside it.
    (tmp_path / "mine.npz").write_bytes((tmp_path / "two" / "ensemble.npz").read_bytes())
    (tmp_path / "mine.yaml").write_text(
        "name: mine\nmodel: {name: parabolic_band, mass_x: 1.0, mass_y: 1.0}\nband: 0\n"
        "time: {end: 10 fs, saves: 3}\nfields: {magnetic: [0, 0, 5 T]}\nensemble: {kind: arrays, file: mine.npz}\n"
    )
    from_file = wavepacket.run(tmp_path / "mine.yaml", tmp_path / "three")
    for name, values in run.sums.items():
        assert np.array_equal(values, from_file.sums[name])
    (tmp_path / "two" / "ensemble.npz").write_bytes(b"other")
    code, said = elsewhere(tmp_path, "verify", "two")
    assert code == 2
    assert "ensemble.npz" in said


@pytest.mark.full
def test_sweeps_share_them(tmp_path):
    config = {**BOWL, "ensemble": section()[1]}
    axes = {"fields.magnetic.z": ["1 T", "2 T"]}
    swept = wavepacket.sweep(config, axes, tmp_path / "a")
    wavepacket.sweep(config, axes, tmp_path / "b", workers=2)
    assert [point.state for point in swept.points] == ["finished", "finished"]
    for point in ("points/000000", "points/000001"):
        assert shards(tmp_path / "a" / point) == shards(tmp_path / "b" / point)


def test_a_crystal_and_packets_of_a_script_together(tmp_path, elsewhere):
    crystal = wavepacket.hamiltonians.parabolic_band(mass_x=1.0, mass_y=1.0)
    config = {key: value for key, value in BOWL.items() if key != "model"} | {"ensemble": section()[1]}
    run = wavepacket.run(config, tmp_path / "one", hamiltonian=crystal)
    before = shards(run.folder)
    assert resumed(elsewhere, tmp_path, "one") == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((np.zeros((2, 2)), [1, 1]), r"wavevector must have shape \(2, 3\)"),
        ((np.zeros((2, 3)), [1, 1, 1]), r"weight must have shape \(2,\)"),
        ((np.zeros((0, 3)), []), "there are no packets"),
        ((1j * np.ones((2, 3)), [1, 1]), "wavevector must be an array of real numbers"),
        ((np.zeros((2, 3)), [1, -1]), "weights must not be negative"),
        ((np.full((2, 3), np.nan), [1, 1]), "wavevector must be finite"),
    ],
)
def test_wrong_arrays(arguments, sentence):
    with pytest.raises(InputError, match=sentence):
        wavepacket.packets(*arguments)


def test_wrong_files(tmp_path):
    with pytest.raises(InputError, match="replicas must be numbered"):
        wavepacket.packets(np.zeros((2, 3)), [1, 1], replica=[0, 2])
    np.savez(tmp_path / "odd.npz", wavevectors=np.zeros((2, 3)))
    np.savez(tmp_path / "objects.npz", wavevector=np.array([{}]), weight=[1.0])
    for name, sentence in (
        ("odd", "packets need wavevector"),
        ("objects", "cannot be read"),
        ("gone", "No such file"),
    ):
        config = {**BOWL, "ensemble": {"kind": "arrays", "file": str(tmp_path / f"{name}.npz")}}
        with pytest.raises(ConfigError, match=rf"ensemble: file: .*{sentence}"):
            wavepacket.run(config, tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_a_file_of_hdf5(tmp_path, elsewhere):
    k, ensemble = section()
    run = wavepacket.run({**BOWL, "ensemble": ensemble}, tmp_path / "one")
    with np.load(tmp_path / "one" / "ensemble.npz") as kept, h5py.File(tmp_path / "mine.h5", "w") as file:
        for name in kept.files:
            file[name] = kept[name]
    named = {"kind": "arrays", "file": str(tmp_path / "mine.h5")}
    for name, section_ in (("two", named), ("three", wavepacket.packets(tmp_path / "mine.h5"))):
        other = wavepacket.run({**BOWL, "ensemble": section_}, tmp_path / name)
        assert {key: values.tobytes() for key, values in other.sums.items()} == {
            key: values.tobytes() for key, values in run.sums.items()
        }
    # What a script has given lies in the folder of the run, wherever the file is.
    (tmp_path / "mine.h5").unlink()
    assert resumed(elsewhere, tmp_path, "three") == shards(tmp_path / "one")
    assert np.array_equal(run.trajectories(("path", "wavevector"))["wavevector"][:, 0], k)


def _linked(file):
    file["wavevector"], file["weight"] = np.zeros((2, 3)), h5py.ExternalLink("other.h5", "weight")


def _virtual(file):
    layout = h5py.VirtualLayout((2,), "f8")
    layout[:] = h5py.VirtualSource("other.h5", "weight", (2,))
    file["wavevector"] = np.zeros((2, 3))
    file.create_virtual_dataset("weight", layout)


@pytest.mark.parametrize(
    ("write", "sentence"),
    [
        (lambda file: file.update(wavevector=np.zeros((2, 3))), "packets need wavevector and weight"),
        (
            lambda file: file.update(wavevector=np.zeros((2, 3)), weight=[1.0], replica=[0, 1]),
            r"weight must have shape \(2,\) for 2 packets, not \(1,\)",
        ),
        (lambda file: file.update(wavevector=np.zeros(3), weight=[1.0]), "wavevector must have shape"),
        (lambda file: file.update(wavevector=["a"], weight=[1.0]), "wavevector must hold plain numbers"),
        (lambda file: file.update(wavevector=h5py.Empty("f8"), weight=[1.0]), "must hold plain numbers"),
        (_linked, "packets need wavevector and weight"),
        (_virtual, "the numbers of weight lie in another file"),
    ],
)
def test_wrong_files_of_hdf5(tmp_path, write, sentence):
    with h5py.File(tmp_path / "odd.h5", "w") as file:
        write(file)
    config = {**BOWL, "ensemble": {"kind": "arrays", "file": str(tmp_path / "odd.h5")}}
    with pytest.raises(ConfigError, match=rf"ensemble: file: .*{sentence}"):
        wavepacket.run(config, tmp_path / "x")
    with pytest.raises(InputError, match=sentence):
        wavepacket.packets(tmp_path / "odd.h5")
    assert not (tmp_path / "x").exists()


def test_what_is_no_file_of_packets(tmp_path):
    (tmp_path / "odd.h5").write_bytes(b"text")
    with pytest.raises(InputError, match=r"odd\.h5: cannot be read"):
        wavepacket.packets(tmp_path / "odd.h5")
    with pytest.raises(InputError, match=r"gone\.h5: cannot be read"):
        wavepacket.packets(str(tmp_path / "gone.h5"))
    with pytest.raises(InputError, match="give no others"):
        wavepacket.packets("mine.h5", [1.0])
    with pytest.raises(InputError, match="position and replica: weight is missing"):
        wavepacket.packets(np.zeros((2, 3)))


STEADY = {"relaxation_time": "80 fs"}


def test_collisions_restore_the_given_states(tmp_path):
    """Free electrons: j = −e Σ w (ħk/m − eEτ/m), exactly, whatever their distribution is."""
    k = np.array([[0.03, 0.0, 0.0], [0.0, 0.04, 0.0], [0.01, 0.02, 0.0]])
    weight, strength = np.array([2e-3, 1e-3, 5e-4]), 1e-4
    config = {**BOWL, "fields": {"electric": [strength, 0, 0]}, "ensemble": wavepacket.packets(k, weight)}
    found = wavepacket.analyze(wavepacket.run({**config, "scattering": STEADY}, tmp_path / "x"))
    # ħ²/m = 7.61996423 eV Å² and ħ = 0.6582119569 eV fs (CODATA 2022); e/(Å fs) is 1.602176634e6 A/m.
    velocity = 7.619964231 / 0.6582119569 * k
    velocity[:, 0] -= strength * 80.0 * 7.619964231 / 0.6582119569**2
    exact = -1.602176634e6 * (weight @ velocity)
    assert found["current_density"].value == pytest.approx(exact, rel=1e-8)


def test_random_collisions_restore_the_given_states(tmp_path):
    """From rest with times t of mean τ: eE/mτ ∫ t² p(t) dt/2 = eEτ/m, and a variance of 5 (eEτ/m)² for each packet."""
    number, strength = 4000, 1e-4
    ensemble = wavepacket.packets(np.zeros((number, 3)), np.full(number, 1.0 / number))
    config = {**BOWL, "fields": {"electric": [strength, 0, 0]}, "ensemble": ensemble}
    events = {**STEADY, "monte_carlo": {"flights": 1}}
    found = wavepacket.analyze(wavepacket.run({**config, "scattering": events}, tmp_path / "x"))
    exact = -strength * 80.0 * 7.619964231 / 0.6582119569**2
    assert found["drift_velocity"].value[0] == pytest.approx(exact, rel=5 * np.sqrt(5 / number))
    assert found["drift_velocity"].value[0] != pytest.approx(exact, rel=1e-6)


def test_the_points_of_fermi_and_dirac_give_their_steady_state(tmp_path):
    config = {
        "name": "grid",
        "model": {"name": "haldane"},
        "band": 0,
        "fields": {"electric": ["300 kV/cm", 0, 0]},
        "scattering": {
            "relaxation_time": "50 fs",
            "energy": {"exponent": -0.5, "unit": "0.1 eV", "origin": -3.0},
        },
    }
    metal = {"kind": "fermi_dirac", "chemical_potential": -2.0, "temperature": 900.0, "grid": [12, 12]}
    grid = wavepacket.run({**config, "ensemble": metal}, tmp_path / "grid")
    start = grid.trajectories(("path", "wavevector"))["wavevector"][::2, 0]
    weight = np.concatenate([shard["weight"] for shard in grid.shards(("weight",))])[::2]
    given = wavepacket.packets(start, weight, field_reversal=True)
    arrays = wavepacket.run({**config, "ensemble": given}, tmp_path / "arrays")
    one, other = (wavepacket.analyze(run) for run in (grid, arrays))
    for name in ("hall_conductivity", "longitudinal_conductivity"):
        assert other[name].value == pytest.approx(one[name].value, rel=1e-10)
        assert one[name].value != 0


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"ensemble": {"kind": "packets", "wavevectors": [[0, 0, 0]]}}, "'kind: arrays'"),
        (
            {"fields": {"electric": {"kind": "sinusoid", "amplitude": [1e-4, 0, 0], "frequency": "1 THz"}}},
            "take a static field, or an ensemble over the zone",
        ),
        ({"scattering": STEADY | {"intervalley_time": "1 ps"}}, "fermi_surface or fermi_dirac"),
    ],
)
def test_collisions_that_packets_of_a_script_cannot_have(tmp_path, changes, sentence):
    scattered = {**BOWL, "ensemble": section()[1], "scattering": STEADY} | changes
    with pytest.raises(ConfigError, match=sentence):
        wavepacket.run(scattered, tmp_path / "x")
