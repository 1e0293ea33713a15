"""As many packets as a stated uncertainty needs."""

import pytest

import wavepacket as package
from wavepacket.analysis import config_of
from wavepacket.errors import Interrupted
from wavepacket.runs import open_run

CONFIG = """
name: metal
model: {name: parabolic_band, mass_x: 0.1, mass_y: 0.1, cutoff: 0.08}
band: 0
ensemble: {kind: fermi_surface, chemical_potential: 0.02, temperature: 100 K, number: 400}
scattering: {relaxation_time: 100 fs}
integrator: {tolerance: 1e-6}
output: {trajectories: 0}
"""


def test_packets_grow_until_the_uncertainty_is_met(wavepacket, tmp_path):
    (tmp_path / "metal.yaml").write_text(CONFIG)
    result = wavepacket("run", tmp_path / "metal.yaml", "-o", "run", "--json", "-q", "--uncertainty", "3e-3")
    assert result.code == 0, result.err
    sigma = result.observables["conductivity"]
    error = max(max(abs(x) for x in row) for row in sigma["uncertainty"])
    assert error <= 3e-3 * sigma["value"][0][0]
    assert "400 points: relative uncertainty of conductivity" in result.err
    # n e²τ/m is what it converges to: n is counted by the same points.
    assert sigma["value"][0][0] == pytest.approx(sigma["value"][1][1], abs=6 * error)


def test_an_ensemble_that_cannot_grow_is_named(wavepacket, configs):
    result = wavepacket("run", configs / "cyclotron.yaml", "-o", "run", "-q", "--uncertainty", "1e-3")
    assert result.code == 2
    assert "uncertainty" in result.err


def with_target(target):
    return CONFIG.replace("number: 400", f"number: 400, uncertainty: {target}")


def reached(observables):
    sigma = observables["conductivity"]
    return abs(sigma.uncertainty).max() / abs(sigma.value).max()


def test_the_config_asks_for_it_and_the_option_wins(wavepacket, tmp_path):
    (tmp_path / "metal.yaml").write_text(with_target("3e-3"))
    asked = wavepacket("run", "metal.yaml", "-o", "asked", "--json", "-q")
    assert asked.code == 0, asked.err
    assert reached(package.analyze(open_run("asked"))) <= 3e-3
    assert (tmp_path / "asked" / "config.yaml").read_text() == with_target("3e-3")
    loose = wavepacket("run", "metal.yaml", "-o", "loose", "--json", "-q", "--uncertainty", "0.5")
    assert config_of(open_run("loose")).ensemble.number == 400
    assert loose.err.count("relative uncertainty of conductivity") == 1
    set_ = ("--set", "ensemble.uncertainty=0.5")
    assert wavepacket("run", "metal.yaml", "-o", "set", *set_, "--json", "-q").code == 0
    assert config_of(open_run("set")).ensemble.number == 400


def test_from_python_and_after_an_interruption(tmp_path):
    (tmp_path / "metal.yaml").write_text(with_target("3e-3"))
    whole = package.run(tmp_path / "metal.yaml", tmp_path / "whole")
    said = []

    def stop():
        return any("relative uncertainty" in text for text in said)

    with pytest.raises(Interrupted):
        package.run(tmp_path / "metal.yaml", tmp_path / "cut", report=said.append, stop=stop)
    assert config_of(open_run(tmp_path / "cut")).ensemble.number == 400
    from wavepacket.sweeps import resume

    gone_on = resume(tmp_path / "cut")
    assert config_of(gone_on).ensemble.number == config_of(whole).ensemble.number > 400
    same = [(run.folder / "shards" / "000000.h5").read_bytes() for run in (whole, gone_on)]
    assert same[0] == same[1]


def test_points_of_a_sweep_ask_for_it_too(wavepacket, tmp_path):
    (tmp_path / "metal.yaml").write_text(with_target("1e-2"))
    swept = package.sweep("metal.yaml", {"fields.magnetic.z": "0:1:1 T"}, tmp_path / "s")
    assert [point.state for point in swept.points] == ["finished"] * 2
    assert all(reached(point.observables) <= 1e-2 for point in swept.points)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            CONFIG.replace("number: 400", "number: 400, uncertainty: 0"),
            "ensemble.uncertainty: must be at least",
        ),
        (
            CONFIG.replace("number: 400", "number: 400, uncertainty: 2"),
            "ensemble.uncertainty: must be at most",
        ),
        (CONFIG.replace("number: 400", "number: 400, uncertanty: 1e-3"), "did you mean 'uncertainty'?"),
        (CONFIG.replace("number: 400", "number: 400, uncertainty: 1 T"), "ensemble.uncertainty"),
    ],
)
def test_a_wrong_target_is_named(wavepacket, tmp_path, text, sentence):
    (tmp_path / "metal.yaml").write_text(text)
    result = wavepacket("validate", "metal.yaml")
    assert result.code == 2
    assert sentence in result.err, result.err


COARSE = """
name: metal
band: 0
model:
  lattice: [[3, 0], [0, 3]]
  hoppings:
    - {cell: [1, 0], matrix: [[-0.8]]}
    - {cell: [0, 1], matrix: [[-0.8]]}
ensemble: {kind: fermi_surface, chemical_potential: -1.9, temperature: 400 K, grid: [33, 32], field_reversal: false}
scattering: {relaxation_time: 0.5 ps}
integrator: {tolerance: 1e-6}
output: {trajectories: 0}
"""


def test_an_uncertainty_that_is_not_known_is_never_accepted(wavepacket, tmp_path):
    """The grid is odd, and its next one too coarse for the Fermi surface: both give numbers that are wrong by a third."""
    (tmp_path / "metal.yaml").write_text(COARSE)
    result = wavepacket("run", tmp_path / "metal.yaml", "-o", "run", "--json", "-q", "--uncertainty", "1e-2")
    assert result.code == 0, result.err
    assert "1056 points: uncertainty of conductivity not known" in result.err
    sigma = result.observables["conductivity"]
    assert sigma["uncertainty"][0][0] <= 1e-2 * sigma["value"][0][0]


def test_one_replica_can_never_have_one(wavepacket, tmp_path):
    (tmp_path / "metal.yaml").write_text(
        with_target("1e-2").replace("number: 400", "number: 400, replicas: 1")
    )
    result = wavepacket("run", "metal.yaml", "-o", "run", "-q")
    assert result.code == 2
    assert "ensemble.replicas" in result.err
