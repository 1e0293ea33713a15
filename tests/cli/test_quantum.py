"""``wavepacket quantum``: its files, its JSON, the same numbers from Python, and what it refuses."""

import json
import resource
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import wavepacket as package
from tests.cli.conftest import ROOT
from tests.reference.wannier_text import tb_text
from wavepacket.config import load_config
from wavepacket.hamiltonians import build_hamiltonian, gapped_graphene
from wavepacket.quantum import quantum

SMALL = (
    "time.saves=5",
    "time.end=4 fs",
    "quantum.sites=[97,97]",
    "ensemble.number=64",
    "ensemble.replicas=1",
)


def setting(*changes):
    return [part for change in changes for part in ("--set", change)]


def test_results_figure_and_movie(wavepacket, configs, tmp_path):
    config = configs / "quantum_orbital_moment.yaml"
    done = wavepacket(
        "quantum", config, "-o", "out", "--json", "-q", "--movie", "gif", "--frames", 12, *setting(*SMALL)
    )
    assert done.code == 0, done.err
    written = json.loads((tmp_path / "out" / "quantum.json").read_text())
    assert written["observables"] == done.observables
    assert [each["name"] for each in json.loads(done.out)["headline"]] == [
        "rms_distance", "rms_distance_without", "path_length",
    ]  # fmt: skip
    for entry in done.observables.values():
        assert {"value", "uncertainty", "unit", "convention"} <= entry.keys()
    assert np.shape(done.observables["exact_centre"]["value"]) == (5, 3)
    assert done.observables["rms_distance_without"]["rejection"].keys() == {
        "moment", "moment_sign", "curvature", "curvature_sign", "density_of_states",
    }  # fmt: skip
    with Image.open(tmp_path / "out" / "figure.png") as figure:
        assert np.ptp(np.asarray(figure.convert("L"))) > 100
    with Image.open(tmp_path / "out" / "movie.gif") as movie:
        frames = movie.n_frames
        first = np.asarray(movie.convert("L")).astype(int)
        movie.seek(frames - 1)
        last = np.asarray(movie.convert("L")).astype(int)
    assert 2 <= frames <= 12  # a GIF joins frames that are equal
    assert np.abs(first - last).max() > 50

    again = wavepacket("quantum", config, "-o", "out", "-q", *setting(*SMALL))
    assert again.code == 2
    assert "--overwrite" in again.err

    found = package.quantum(load_config(config, SMALL))
    np.testing.assert_allclose(found.exact.centre, done.observables["exact_centre"]["value"], atol=1e-12)
    assert found["rms_distance"].value == done.observables["rms_distance"]["value"]


@pytest.mark.full
def test_a_chain_has_a_figure(wavepacket, tmp_path):
    (tmp_path / "chain.yaml").write_text(
        "version: 1\nname: chain\nmodel: {lattice: [[1]], hoppings: [{cell: [1], matrix: [[-0.5]]}]}\nband: 0\n"
        "fields: {electric: [0.05]}\nensemble: {kind: gaussian, center: [0.3], width: 0.1, number: 64, replicas: 1}\n"
        "time: {end: 10, saves: 9}\nquantum: {sites: [120]}\n"
    )
    done = wavepacket("quantum", "chain.yaml", "-q")
    assert done.code == 0, done.err
    first, *others = done.out.splitlines()
    assert first.startswith("rms_distance  ")
    assert others[-2:] == [
        "20 observables: -v shows all, -vv what they mean", "results: runs/chain_quantum",
    ]  # fmt: skip
    assert (tmp_path / "runs" / "chain_quantum" / "figure.png").stat().st_size > 10_000


def test_the_movie_of_a_chain_is_refused_before_anything_is_solved(wavepacket, configs, tmp_path):
    refused = wavepacket("quantum", configs / "quantum_chain_loop.yaml", "-q", "-o", "loop", "--movie", "gif")
    assert refused.code == 2
    assert "2D crystal" in refused.err
    assert not list((tmp_path / "loop").iterdir())


def test_a_wannier90_file_gives_the_same_packet(wavepacket, tmp_path, configs):
    """The crystal written to a `_tb.dat` file and read again, one of its bands at a valley named in the config."""
    (tmp_path / "graphene_tb.dat").write_text(tb_text(gapped_graphene(gap=2.0)))
    changes = ("time.saves=3", "time.end=5 fs", "quantum.sites=[111,111]", "quantum.terms=[curvature]",
               "ensemble.number=64", "ensemble.replicas=1")  # fmt: skip
    config = load_config(configs / "quantum_anomalous_drift.yaml", changes)
    text = (configs / "quantum_anomalous_drift.yaml").read_text()
    text = text.replace(
        "model: {name: gapped_graphene, gap: 2 eV}",
        "model: {file: graphene_tb.dat, periodic: [true, true, false]}\n"
        f"valleys: {{K: {list(build_hamiltonian(config).valleys['K'])}}}",
    )
    (tmp_path / "file.yaml").write_text(text)
    library, file = quantum(config), quantum(load_config(tmp_path / "file.yaml", changes))
    np.testing.assert_allclose(file.exact.centre, library.exact.centre, atol=1e-6)
    np.testing.assert_allclose(file.semiclassical.centre, library.semiclassical.centre, atol=1e-6)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        (("quantum.sites=[20,20]",), "quantum.sites"),
        (("ensemble.position_width=3",), "ensemble.position_width"),
        (("quantum.sites=[121]",), "quantum.sites"),
        (("quantum.terms=[spin]",), "quantum.terms"),
    ],
)
def test_bad_input_is_one_line_at_its_place(wavepacket, configs, changes, place):
    refused = wavepacket("quantum", configs / "quantum_orbital_moment.yaml", "-q", *setting(*changes))
    assert refused.code == 2
    assert place in refused.err
    assert "Traceback" not in refused.err


def test_a_budget_that_cannot_be_is_refused_before_anything_is_solved(wavepacket, configs):
    refused = wavepacket("quantum", configs / "moment_force_exact.yaml", "-q", "--budget")
    assert refused.code == 2
    assert (
        "moment_force_exact.yaml:17:9: fields: an error budget needs fields that are uniform" in refused.err
    )


def test_a_config_without_the_section_says_so(wavepacket, configs):
    refused = wavepacket("quantum", configs / "haldane_hall.yaml", "-q")
    assert refused.code == 2
    assert "quantum: missing" in refused.err


@pytest.mark.full
def test_a_box_of_300_by_300_sites_fits_into_two_gigabytes(tmp_path):
    """Two bands, E and B on."""
    command = [
        sys.executable, "-m", "wavepacket", "quantum", str(ROOT / "configs" / "quantum_orbital_moment.yaml"),
        "-o", str(tmp_path / "large"), "-q",
        *setting("quantum.sites=[300,300]", "time.end=6 fs", "time.saves=2", "quantum.terms=[]"),
    ]  # fmt: skip
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_maxrss * 1024 < 2 * 1024**3
