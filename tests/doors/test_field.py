"""An electric field as samples or as a function: everything here is a user's script and imports nothing private."""

import math
from pathlib import Path

import numba
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


def test_the_folder_holds_them(tmp_path, elsewhere):
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
    assert elsewhere(tmp_path, "resume", "moved", "-q")[0] == 0
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


@pytest.mark.full
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


def pulse(t):
    """E of the library's pulse of amplitude (2, 1, 0) mV/Å, center 40 fs, width 6 fs, frequency 0.5 rad/fs."""
    wave = 1e-3 * math.exp(-(((t - 40.0) / 6.0) ** 2) / 2) * math.cos(0.5 * (t - 40.0))
    return 2 * wave, wave, 0.0


@pytest.mark.parametrize("function", [pulse, numba.njit(pulse)], ids=["plain", "numba"])
def test_a_function_moves_packets_as_the_pulse_that_it_is(tmp_path, function):
    config = {**CONFIG, "integrator": {"method": "dop853", "tolerance": 1e-13}}
    term = {"kind": "pulse", "amplitude": [2e-3, 1e-3, 0], "center": 40.0, "width": 6.0, "frequency": 0.5}
    known = wavepacket.run({**config, "fields": {"electric": term}}, tmp_path / "known")
    sampled = {"electric": wavepacket.sampled_field(function, start=-20, end=100)}
    mine = wavepacket.run({**config, "fields": sampled}, tmp_path / "mine")
    one, other = (run.trajectories(("wavevector", "position")) for run in (known, mine))
    # |ΔE| <= 1e-10 of 2.2e-3 V/Å for 100 fs gives Δk <= 2.2e-13 x 100 / 0.66 = 3.4e-11 per angstrom; a band of 3 eV and
    # some Å gives |∂v/∂k| < 100 Å^2/fs, so that Δr <= 100 x 3.4e-11 x 100 fs. Integrators add 1e-13 a step.
    np.testing.assert_allclose(other["wavevector"], one["wavevector"], rtol=0, atol=5e-11)
    np.testing.assert_allclose(other["position"], one["position"], rtol=0, atol=3.4e-7)
    assert np.ptp(other["position"], axis=1).max() > 0.1


@pytest.mark.parametrize("accuracy", [1e-4, 1e-8, 1e-12])
def test_a_function_is_met_between_the_samples(accuracy):
    term = wavepacket.sampled_field(pulse, start=-500, end=500, accuracy=accuracy)
    times = np.random.default_rng(1).uniform(-500, 500, 20_001)
    error = np.linalg.norm(term.spline.at(times) - [pulse(t) for t in times], axis=1)
    # Probes lie where the error of an interval is near its largest: between them it is a little larger.
    assert error.max() <= 1.5 * accuracy * math.hypot(2e-3, 1e-3)


def test_a_jump_is_two_smooth_terms(tmp_path):
    with pytest.raises(InputError, match=r"a jump or a kink near t = 41\.3 .*before, end=T.*after, start=T"):
        wavepacket.sampled_field(lambda t: (1e-3 * (t > 41.3), 0, 0), end=100)
    with pytest.raises(InputError, match="a jump or a kink near t = 41 "):
        wavepacket.sampled_field(lambda t: (abs(t - 41.0), 0, 0), end=100)
    with pytest.raises(InputError, match=r"the field failed at t = 0 fs: ZeroDivisionError"):
        wavepacket.sampled_field(lambda t: (1 / t, 0, 0), end=100)
    with pytest.raises(InputError, match="more than 20000 samples"):
        wavepacket.sampled_field(lambda t: (math.sin(30 * t), 0, 0), end=3000)
    parts = [
        wavepacket.sampled_field(lambda t: (1e-3, 0, 0), end=41.3),
        wavepacket.sampled_field(lambda t: (-2e-3 * math.cos(0.1 * (t - 41.3)), 0, 0), start=41.3, end=100),
    ]
    run = wavepacket.run({**CONFIG, "fields": {"electric": parts}}, tmp_path / "x")
    moved = np.diff(run.trajectories(("wavevector",))["wavevector"][:, [0, -1], 0], axis=1)
    # ħΔk = -∫E dt of both parts; the integrator's tolerance is 1e-10.
    integral = 1e-3 * 41.3 - 2e-2 * math.sin(0.1 * (100 - 41.3))
    assert moved == pytest.approx(-integral / 0.6582119569, abs=1e-8)


@pytest.mark.parametrize(
    ("function", "options", "sentence"),
    [
        (pulse, {}, r"sampled_field\(function, end=...\)"),
        (pulse, {"end": -1.0}, "from start to a later end"),
        (pulse, {"end": 100.0, "accuracy": 1e-20}, "accuracy must be from 1e-13 to 1"),
        (lambda t: t, {"end": 100.0}, "must be three finite real numbers"),
        (lambda t: (0, math.nan, 0), {"end": 100.0}, "must be three finite real numbers"),
        (lambda t: (1j, 0, 0), {"end": 100.0}, "must be three finite real numbers"),
        (lambda t: (1e9, 0, 0), {"end": 100.0}, "field at most"),
        (TIME, {"end": 100.0}, r"sampled_field\(time, field\)"),
    ],
)
def test_wrong_functions(function, options, sentence):
    with pytest.raises(InputError, match=sentence):
        wavepacket.sampled_field(function, **options)


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
