"""A run on a table says what was built and how good it is, and keeps that; without a gap it says that it diagonalises."""

import json
import re

import pytest

from wavepacket.bands.direct import direct
from wavepacket.bands.table_error import exact_samples
from wavepacket.bands.table_plan import plan_grid
from wavepacket.bands.table_samples import Sampler
from wavepacket.hamiltonians import kagome

CONFIG = """
version: 1
name: tabulated
model: {{name: haldane, t2: 0.2 eV, staggered: {staggered} eV}}
band: {{index: 0, source: table, accuracy: 1e-4}}
fields: {{electric: [1 kV/cm, 0, 0]}}
ensemble: {{kind: packets, wavevectors: [[0.1, 0.2]]}}
time: {{end: 10 fs, saves: 3}}
"""
CONTACT = 3 * 3**0.5 * 0.2  # the gap closes at K'


@pytest.fixture(autouse=True)
def tables(monkeypatch, tmp_path):
    monkeypatch.setenv("WAVEPACKET_TABLE_DIR", str(tmp_path / "tables"))


def write(folder, staggered):
    (folder / "config.yaml").write_text(CONFIG.format(staggered=repr(staggered)))


def provenance(folder):
    return json.loads((folder / "runs" / "tabulated" / "run.json").read_text())


def test_a_run_reports_its_table(wavepacket, tmp_path):
    write(tmp_path, 0.1)
    first = wavepacket("run", "config.yaml", "--json")
    assert first.code == 0
    assert "building a table of" in first.err
    assert "largest relative error" in first.err
    kept = json.dumps(provenance(tmp_path))
    for fact in (
        "table_error_energy",
        "table_error_near_gaps",
        "table_smallest_gap_eV",
        "sha256 of the table",
    ):
        assert fact in kept
    second = wavepacket("run", "config.yaml", "--json", "--overwrite")
    assert "kept on disk" in second.err
    assert "building" not in second.err
    assert second.observables == first.observables


def test_the_grid_that_an_accuracy_chose_gives_the_same_table(wavepacket, tmp_path):
    """It stands in the last line of resolved.yaml and in the run's description; a table made from it has the same bits."""
    write(tmp_path, 0.1)
    assert wavepacket("run", "config.yaml", "-q").code == 0
    made = provenance(tmp_path)["provenance"]
    last = (tmp_path / "runs" / "tabulated" / "resolved.yaml").read_text().splitlines()[-1]
    assert last.startswith(f"# band.accuracy chose a table of this grid: {made['table_grid']};")
    again = wavepacket("run", "config.yaml", "-q", "--overwrite", "--set", f"band.grid={made['table_grid']}")
    assert again.code == 0, again.err
    given = provenance(tmp_path)["provenance"]
    assert given["table_grid"] == made["table_grid"]
    assert given["note 2"] == made["note 2"]
    assert made["note 2"].startswith("sha256 of the table")


def test_a_run_without_a_gap_says_where_it_diagonalises(wavepacket, tmp_path):
    write(tmp_path, CONTACT)
    done = wavepacket("run", "config.yaml", "--json")
    assert done.code == 0
    assert "no table of band 0 has an accuracy of 1.0e-04 everywhere" in done.err
    kept = provenance(tmp_path)["provenance"]
    assert kept["band source"] == "hybrid"
    assert 0 < float(kept["table_share_diagonalised"]) < 0.1
    assert "[0.3333, 0.6667, 0.0], the band is diagonalised" in json.dumps(kept)
    assert "table of this grid" not in (tmp_path / "runs" / "tabulated" / "resolved.yaml").read_text()


def test_validate_reports_a_table_when_it_measures(wavepacket, tmp_path):
    write(tmp_path, 0.1)
    done = wavepacket("validate", "config.yaml", "--time")
    assert done.code == 0
    assert "largest relative error" in done.out


def test_validate_says_when_a_table_would_be_faster(wavepacket, tmp_path, monkeypatch):
    """Of a band that is diagonalised, the grid that a table would have; nothing of a closed form. A time is always told."""
    monkeypatch.setattr("wavepacket.simulation.preflight._LONG", 0.0)
    monkeypatch.setattr("wavepacket.simulation.preflight._MUCH", 1e-9)
    text = """name: small
model: {name: NAME}
band: 0
fields: {electric: [1 kV/cm, 0, 0]}
ensemble: {kind: packets, wavevectors: [[0.1, 0.2, 0]]}
time: {end: 10 fs, saves: 3}
"""
    found = {}
    for name in ("kagome", "haldane"):
        (tmp_path / "small.yaml").write_text(text.replace("NAME", name))
        said = wavepacket("validate", "small.yaml", "--time")
        assert said.code == 0, said.err
        assert re.search(r"1 trajectories: about [0-9.e-]+ s, ", said.out)
        found[name] = said.out
    source = direct(kagome(), 0)
    planned = plan_grid(Sampler(source), exact_samples(source, 1), 1e-6).shown
    assert f"a table of {planned} points" in found["kagome"]
    assert "source: table" not in found["haldane"]
