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
    none = wavepacket("orbits", config, "-q", "--mu", 0.05, "-o", tmp_path / "n.png")
    assert none.code == 0
    assert "no orbit at mu = 0.05 eV" in none.err
