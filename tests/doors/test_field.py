"""An electric field as samples: everything here is a user's script and imports nothing private."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import wavepacket
from wavepacket.errors import ConfigError, InputError

TIME = np.linspace(0.0, 80.0, 321)
ENVELOPE = np.exp(-0.5 * ((TIME - 40.0) / 6.0) ** 2) * np.cos(0.5 * (TIME - 40.0))
FIELD = 2e-3 * ENVELOPE[:, None] * np.array([1.0, 0.5, 0.0])

CONFIG = {
    "name": "mine",
    "model": {"name": "haldane"},
    "band": 0,
    "ensemble": {"kind": "packets", "wavevectors": [[0.1, 0.2, 0], [0.5, -0.3, 0]]},
    "time": {"end": "100 fs", "saves": 11},
}


def shards(folder):
    return [path.read_bytes() for path in sorted((Path(folder) / "shards").iterdir())]


def test_samples_of_a_pulse_move_packets_as_the_pulse(tmp_path):
    pulse = {
        "kind": "pulse", "amplitude": [2e-3, 1e-3, 0], "center": 40.0, "width": 6.0, "frequency": "0.5 rad/fs",
    }  # fmt: skip
    known = wavepacket.run({**CONFIG, "fields": {"electric": pulse}}, tmp_path / "known")
    sampled = {"electric": wavepacket.sampled_field(TIME, FIELD)}
    mine = wavepacket.run({**CONFIG, "fields": sampled}, tmp_path / "mine")
    one, other = (run.trajectories(("wavevector", "position")) for run in (known, mine))
    # A spline of fifth degree misses the sixth derivative: at most about (h ω)^6 E with h = 0.25 fs, ω = 0.7 rad/fs, so that
    # k is right to 3e-5 x 2e-3 x 10 fs / 0.66 eV fs < 1e-6 per angstrom.
    np.testing.assert_allclose(other["wavevector"], one["wavevector"], rtol=0, atol=1e-6)
    np.testing.assert_allclose(other["position"], one["position"], rtol=0, atol=1e-3)
    assert np.ptp(other["position"], axis=1).max() > 0.1


def test_the_folder_holds_them(tmp_path):
    fields = {
        "electric": [wavepacket.sampled_field(TIME, FIELD), ["1 kV/cm", 0, 0]],
        "magnetic": [0, 0, "1 T"],
    }
    run = wavepacket.run({**CONFIG, "fields": fields}, tmp_path / "one")
    with np.load(tmp_path / "one" / "field_0.npz") as kept:
        assert np.array_equal(kept["field"], FIELD)
    spread = wavepacket.run({**CONFIG, "fields": fields}, tmp_path / "two", workers=2)
    assert shards(run.folder) == shards(spread.folder)
    before = shards(run.folder)
    (tmp_path / "one").rename(tmp_path / "moved")
    (tmp_path / "moved" / "run.h5").unlink()
    for path in (tmp_path / "moved" / "shards").iterdir():
        path.unlink()
    subprocess.run([sys.executable, "-m", "wavepacket", "resume", "moved", "-q"], cwd=tmp_path, check=True)
    assert shards(tmp_path / "moved") == before
    (tmp_path / "mine.npz").write_bytes((tmp_path / "two" / "field_0.npz").read_bytes())
    (tmp_path / "mine.yaml").write_text(
        "name: mine\nmodel: {name: haldane}\nband: 0\ntime: {end: 100 fs, saves: 11}\n"
        "ensemble: {kind: packets, wavevectors: [[0.1, 0.2, 0], [0.5, -0.3, 0]]}\n"
        "fields: {electric: [{kind: sampled, file: mine.npz}, [1 kV/cm, 0, 0]], magnetic: [0, 0, 1 T]}\n"
    )
    from_file = wavepacket.run(tmp_path / "mine.yaml", tmp_path / "three")
    for name, values in run.sums.items():
        assert np.array_equal(values, from_file.sums[name])


def test_sweeps_scale_it(tmp_path):
    config = {**CONFIG, "fields": {"electric": wavepacket.sampled_field(TIME, FIELD)}}
    axes = {"fields.electric[0].scale": [0, 1]}
    swept = wavepacket.sweep(config, axes, tmp_path / "a")
    wavepacket.sweep(config, axes, tmp_path / "b", workers=2)
    assert [point.state for point in swept.points] == ["finished", "finished"]
    for point in ("points/000000", "points/000001"):
        assert shards(tmp_path / "a" / point) == shards(tmp_path / "b" / point)


def test_a_short_pulse_in_a_long_run_is_not_jumped_over(tmp_path):
    time = 500.0 + np.linspace(0.0, 8.0, 81)
    field = np.zeros((81, 3))
    field[:, 0] = 1e-2 * np.sin(np.pi * (time - 500.0) / 8.0) ** 6
    config = {
        **CONFIG,
        "fields": {"electric": wavepacket.sampled_field(time, field)},
        "time": {"end": "1 ps", "saves": 2},
    }
    run = wavepacket.run(config, tmp_path / "x")
    moved = np.diff(run.trajectories(("wavevector",))["wavevector"][:, [0, -1], 0], axis=1)
    # ħΔk = -∫E dt, and the mean of sin^6 over half a period is 5/16; ħ = 0.6582119569 eV fs.
    assert moved == pytest.approx(-1e-2 * 8.0 * 5 / 16 / 0.6582119569, rel=1e-6)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((TIME[::-1], FIELD), "times must ascend"),
        ((TIME[:5], FIELD[:5]), "n at least 6"),
        ((TIME, FIELD[:, 0]), r"field \(n, 3\)"),
        ((TIME, FIELD * 1e10), "field at most"),
        ((TIME, FIELD * 1j), "must be real numbers"),
    ],
)
def test_wrong_arrays(arguments, sentence):
    with pytest.raises(InputError, match=sentence):
        wavepacket.sampled_field(*arguments)


def test_what_is_refused(tmp_path):
    np.savez(tmp_path / "odd.npz", t=TIME)
    term = {"kind": "sampled", "file": str(tmp_path / "odd.npz")}
    with pytest.raises(
        ConfigError, match=r"fields.electric.*file: samples of a field need time and field, not t"
    ):
        wavepacket.run({**CONFIG, "fields": {"electric": term}}, tmp_path / "x")
    sampled = {"electric": wavepacket.sampled_field(TIME, FIELD)}
    slow = {"method": "rk4", "step": "5 fs"}
    with pytest.raises(ConfigError, match="lead over features of the electric field"):
        wavepacket.run({**CONFIG, "fields": sampled, "integrator": slow}, tmp_path / "x")
    scattered = {
        **CONFIG,
        "fields": sampled,
        "scattering": {"relaxation_time": "1 ps"},
        "ensemble": {"kind": "fermi_dirac", "grid": [8, 8], "chemical_potential": 0.0, "temperature": 300.0},
    }
    with pytest.raises(ConfigError, match="a sampled is over too soon for a steady state"):
        wavepacket.run(scattered, tmp_path / "x")
    assert not (tmp_path / "x").exists()
