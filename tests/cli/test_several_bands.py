"""Runs of several bands from the command line: what is printed, and sweeps whose bands change from point to point."""

import json

import pytest

CONFIG = """
name: bands
model: {name: haldane, staggered: 0.3 eV}
bands: auto
ensemble: {kind: fermi_surface, chemical_potential: 1.5 eV, temperature: 300 K, grid: [24, 24]}
scattering: {relaxation_time: 10 fs}
output: {trajectories: 4}
"""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "bands.yaml"
    path.write_text(CONFIG)
    return path


def test_a_run_and_what_it_prints(wavepacket, config):
    found = wavepacket("validate", config)
    assert found.code == 0
    assert "bands with packets: 1 (100 %)" in found.out
    found = wavepacket("run", config, "-o", "run", "-q")
    assert found.code == 0, found.err
    table = [line.split() for line in found.out.splitlines() if line.startswith("  ")]
    assert table[0] == ["band", "carriers", "density", "sigma_xx", "sigma_yy", "sigma_xy"]
    assert [row[:1] for row in table[1:]] == [["1"], ["others"]]
    found = wavepacket("analyze", "run", "--json")
    shares = json.loads(found.out)["observables"]["conductivity_by_band"]["value"]
    assert shares.keys() == {"1", "others"}
    for command in (("status", "run"), ("verify", "run"), ("plot", "run", "-o", "run.png")):
        assert wavepacket(*command).code == 0


@pytest.mark.full
def test_bands_change_in_a_sweep(wavepacket, config, tmp_path):
    levels = ("-s", "ensemble.chemical_potential=-1.5,0,1.5eV", "--set", "ensemble.temperature=3000K")
    assert wavepacket("sweep", config, *levels, "-o", "all", "-q").code == 0
    table = [line.split(",") for line in (tmp_path / "all" / "observables.csv").read_text().splitlines()]
    bands = {(row[0], row[3]) for row in table if row[2] == "density_of_states_by_band"}
    assert {("0", "0"), ("1", "0"), ("1", "1"), ("2", "1")} <= bands
    # It goes on from its points as they are, each with the bands that it found.
    before = (tmp_path / "all" / "observables.csv").read_bytes()
    (tmp_path / "all" / "points" / "000001" / "run.h5").unlink()
    assert wavepacket("resume", "all", "-q").code == 0
    assert (tmp_path / "all" / "observables.csv").read_bytes() == before
