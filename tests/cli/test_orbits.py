"""The orbits command, end to end."""

import json

import pytest

CONFIG = """\
version: 1
name: small
model: {name: massive_dirac}
band: 1
fields: {magnetic: {strength: 4 T}}
ensemble: {kind: fermi_surface, chemical_potential: 0.15 eV, temperature: 30 K}
scattering: {relaxation_time: 100 fs}
"""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(CONFIG)
    return path


def test_table_levels_figure_and_json(wavepacket, config, tmp_path):
    result = wavepacket("orbits", config, "-q", "--levels", 2, "-o", tmp_path / "o.png")
    assert result.code == 0, result.err
    assert "11.42729" in result.out
    assert "Landau levels (eV)" in result.out
    assert (tmp_path / "o.png").stat().st_size > 5000
    said = json.loads(wavepacket("orbits", config, "-q", "--json", "--all-bands").out)
    (orbit,) = said["orbits"]
    assert orbit["band"] == 1
    assert orbit["kind"] == "electron"
    assert orbit["berry_phase"] + orbit["moment_phase"] == pytest.approx(-0.5)
    assert orbit["curvature"] is None
    assert said["conventions"]["frequency"]["unit"] == "T"


def test_scan_and_what_cannot_be(wavepacket, config, tmp_path):
    result = wavepacket(
        "orbits", config, "-q", "-s", "fields.magnetic.polar=0:60:60deg", "-o", tmp_path / "s.png"
    )
    assert result.code == 0, result.err
    assert result.out.count("11.42729") == 2  # of a layer only B_z counts
    bad = wavepacket("orbits", config, "-q", "--set", "fields.magnetic=[1T,0,0]")
    assert bad.code == 2
    assert "fields.magnetic: orbits of a layer need a component B_z" in bad.err
    none = wavepacket("orbits", config, "-q", "--mu", "50 meV", "-o", tmp_path / "n.png")
    assert none.code == 0
    assert "no orbit at mu = 0.05 eV" in none.err


def test_shipped_crystal_has_the_frequencies_of_its_comment(wavepacket, configs, tmp_path):
    result = wavepacket(
        "orbits", configs / "cubic_oscillations.yaml", "-q", "--planes", 21, "--grid", 40, "--json"
    )
    found = [orbit["frequency"] for orbit in json.loads(result.out)["orbits"]]
    text = (configs / "cubic_oscillations.yaml").read_text()
    assert [f"{frequency:.4f} T" in text for frequency in found] == [True, True]


SWEPT = """\
version: 1
name: swept
model: {name: parabolic_band, mass_x: 0.1, mass_y: 0.1, cutoff: 0.2}
band: 0
ensemble: {kind: fermi_surface, chemical_potential: 0 eV, temperature: 300 K, grid: [30, 30], field_reversal: false}
scattering: {relaxation_time: 100 fs}
output: {trajectories: 0}
"""


@pytest.mark.full
def test_a_sweep_of_b_is_read_as_an_experiment(wavepacket, tmp_path):
    (tmp_path / "s.yaml").write_text(SWEPT)
    axes = ("-s", "scattering.relaxation_time=50,100 fs", "-s", "fields.magnetic.z=-5:5:5T")
    done = wavepacket("sweep", tmp_path / "s.yaml", *axes, "-q", "-o", "s")
    assert done.code == 0, done.err
    assert "ordinary Hall coefficient R_0" in done.out
    said = wavepacket("analyze", "s")
    assert said.out.count("odd and even in B") == 2
    assert "omega_c tau" in said.out
    assert "two kinds of carriers need 3 values" in said.out
    found = json.loads(wavepacket("analyze", "s", "--json").out)["magnetotransport"]
    assert [each["settings"] for each in found] == [
        {"scattering.relaxation_time": "50 fs"}, {"scattering.relaxation_time": "100 fs"}
    ]  # fmt: skip
    assert found[0]["separated_by"] == "both signs of B"
    assert found[0]["ordinary_hall_coefficient"]["value"] < 0
    drawn = wavepacket("plot", "s")
    assert drawn.code == 0, drawn.err
    assert (tmp_path / "s" / "magnetotransport.png").stat().st_size > 10_000
