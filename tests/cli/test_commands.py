"""Commands as a person uses them: what they write, what they print, and how they refuse."""

import json
import os
import shutil
import subprocess
import sys
import time

import pytest

from tests.cli.conftest import command_in
from wavepacket.errors import STATUS_SENTENCES, Status
from wavepacket.hamiltonians import CATALOGUE

QUICK = ("--set", "ensemble.grid=[16,16]", "--set", "time.saves=11", "--set", "time.end=100 fs")


@pytest.fixture(scope="module")
def original(configs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("original")
    result = command_in(folder, "run", configs / "haldane_hall.yaml", "-o", "done", "-q", *QUICK)
    assert result.code == 0, result.err
    return folder / "done"


@pytest.fixture
def finished(original, tmp_path):
    return shutil.copytree(original, tmp_path / "done")


def test_run_prints_first_what_it_is_about(wavepacket, configs):
    result = wavepacket("run", configs / "haldane_hall.yaml", "-o", "done", "-q", *QUICK)
    first, health, *_ = result.out.splitlines()
    assert first.startswith("hall_conductivity  -")
    assert "e^2/h" in first
    assert "exact" not in first  # another time.end is another run
    assert health.startswith("512 trajectories, none stopped early; energy drift ")
    assert "valley_drift" not in result.out
    assert "run folder: done" in result.out


def test_the_exact_value_of_a_config_and_how_near_the_run_is(wavepacket, configs):
    changes = ("--set", "ensemble.grid=[24,24]", "--set", "time.saves=5")
    result = wavepacket("run", configs / "haldane_hall.yaml", "-o", "done", "-q", *changes)
    assert result.out.splitlines()[0].endswith("e^2/h    exact: -1, agrees within its uncertainty")
    (entry,) = json.loads(wavepacket("analyze", "done", "--json").out)["headline"]
    assert (entry["name"], entry["exact"]) == ("hall_conductivity", -1.0)
    assert abs(entry["value"] + 1) < entry["uncertainty"]


def test_all_observables_and_their_conventions_on_request(wavepacket, finished):
    brief, names, whole = (wavepacket("analyze", finished, *flags).out for flags in ((), ("-v",), ("-vv",)))
    assert "valley_drift" not in brief
    assert "valley_drift: " in names
    assert "j_a = sigma_ab E_b" not in names
    assert "j_a = sigma_ab E_b" in whole


@pytest.mark.parametrize(
    ("headline", "words"),
    [
        (
            "hall_conductivty",
            "headline.hall_conductivty: there is no observable 'hall_conductivty'; did you mean hall_c",
        ),
        ("{hall_conductivity: abc}", "headline.hall_conductivity: cannot read 'abc'"),
        ("[1, 2]", "headline: must be a name, a list of names, or a mapping from names to exact values"),
        ("'a b'", "headline"),
    ],
)
def test_a_headline_that_cannot_be_is_told(wavepacket, configs, headline, words):
    for command in ("run", "validate"):
        result = wavepacket(command, configs / "haldane_hall.yaml", "--set", f"headline={headline}")
        assert result.code == 2
        assert words in result.err


def test_analyze_repeats_what_run_found(wavepacket, finished):
    again = wavepacket("analyze", finished, "--json")
    assert again.code == 0
    for entry in again.observables.values():
        assert {"value", "uncertainty", "unit", "convention"} <= set(entry)


def test_an_observable_that_a_run_lacks_is_told_with_what_it_needs(wavepacket, finished):
    names = ("hall_coefficient", "oscillation_masses")
    done = wavepacket("analyze", finished, *(part for name in names for part in ("-o", name)))
    assert done.code == 0
    one, other = (line for line in done.err.splitlines() if "this run has no" in line)
    assert one.endswith("'hall_coefficient': docs/results.md says what it needs")
    assert other.endswith(
        "'oscillation_masses': it needs a metal in a magnetic field; `wavepacket orbits` says more"
    )


@pytest.mark.parametrize(
    "command", [("plot", "--observable", "seebeck"), ("analyze", "--magnetization", "3")]
)
def test_what_sweeps_alone_have_is_refused_for_a_run_and_for_no_folder(wavepacket, finished, command):
    name, *options = command
    for folder, words in ((finished, "belongs to sweeps"), ("nowhere", "is not the folder of a run")):
        refused = wavepacket(name, folder, *options)
        assert refused.code == 2
        assert words in refused.err


def test_analyze_writes_csv(wavepacket, finished, tmp_path):
    assert wavepacket("analyze", finished, "--csv", "table.csv").code == 0
    lines = (tmp_path / "table.csv").read_text().splitlines()
    assert lines[0] == "observable,component,value,uncertainty,unit,time (fs)"
    assert any(line.startswith("hall_conductivity,") for line in lines)


def test_plot_and_gif(wavepacket, finished, tmp_path):
    assert wavepacket("plot", finished).code == 0
    assert (finished / "figure.png").read_bytes().startswith(b"\x89PNG")
    assert wavepacket("animate", finished, "-o", "m.gif", "--frames", 5, "--packets", 8, "-q").code == 0
    assert (tmp_path / "m.gif").read_bytes().startswith(b"GIF8")


def test_bands(wavepacket, configs, tmp_path):
    about = ("--set", "headline={chern_number: 1, hall_conductivity: null}")
    result = wavepacket("bands", configs / "haldane_hall.yaml", "--json", "-o", "bands.png", *about)
    assert result.observables["chern_number"]["value"] == 1
    (first,) = json.loads(result.out)["headline"]
    assert (first["name"], first["exact"], first["verdict"]) == ("chern_number", 1.0, "the same")
    assert json.loads(result.out)["path"]["ticks"]["labels"] == ["Γ", "K", "M", "Γ"]
    assert (tmp_path / "bands.png").exists()


def test_bands_of_a_band_that_follows_its_character(wavepacket, configs, tmp_path):
    """Chern number, gap and path are those of one spin; the bands of the other lie behind in the figure."""
    result = wavepacket("bands", configs / "spin_hall.yaml", "--json", "-o", "bands.png")
    found = json.loads(result.out)
    assert found["observables"]["chern_number"]["value"] == 1
    # 2|λ_v − 3√3λ| at K', for spin up
    assert found["observables"]["smallest_gap"]["value"] == pytest.approx(2 * (3 * 3**0.5 * 0.06 - 0.1))
    assert (found["band"], found["follows"]) == (0, {"part": 0, "parts": 2, "band_of_part": 0})
    assert len(found["path"]["energies"]["value"][0]) == 2
    assert "band 0 at K is followed by its character" in result.err
    assert (tmp_path / "bands.png").exists()
    plain = wavepacket("bands", configs / "spin_hall.yaml", "--json", "--set", "band=0")
    assert json.loads(plain.out)["follows"] is None
    assert plain.observables["chern_number"]["value"] is None


def test_validate_says_which_part(wavepacket, configs):
    result = wavepacket("validate", configs / "spin_hall.yaml")
    assert result.code == 0
    assert "it is band 0 of the 2 of part 0 of the crystal, one of 2" in result.out
    refused = wavepacket("validate", configs / "spin_hall.yaml", "--set", "model.rashba=1 meV")
    assert refused.code == 2
    assert "band 0 has no character to follow" in refused.err
    assert "only by couplings of the order of" in refused.err


@pytest.mark.parametrize(
    ("config", "change", "key"),
    [
        ("two_terminal", "ensemble.emitters=[elsewhere]", "ensemble.emitters: no contact 'elsewhere'"),
        ("two_terminal", "sample=null", "ensemble: packets of contacts need contacts"),
        ("two_terminal", "integrator.method=quadrature", "integrator.method: a quadrature needs"),
        (
            "two_terminal",
            "sample.contacts.left=[[10 nm, 0], [10 nm, 100 nm]]",
            "sample.contacts.left: lies within",
        ),
        ("two_terminal", "fields.electric.x=1e-6", "contacts are in equilibrium"),
        (
            "edge_currents",
            "local.cross_sections={a: [[0, 0], [0, 0]]}",
            "local.cross_sections.a: leads from a point to",
        ),
    ],
)
def test_validate_refuses_what_a_run_cannot_have_in_space(wavepacket, configs, config, change, key):
    result = wavepacket("validate", configs / f"{config}.yaml", "--set", change)
    assert result.code == 2, result.out
    assert key in result.err


def test_a_confined_sample_that_is_driven_is_said_to_be_no_equilibrium(wavepacket, configs):
    result = wavepacket("validate", configs / "edge_currents.yaml", "--set", "fields.electric.x=1e-6")
    assert result.code == 0, result.err
    assert "what is measured later is none" in result.out


def test_wilson_loops_of_a_group_of_bands(wavepacket, configs):
    config = configs / "kane_mele_spin_hall.yaml"
    found = json.loads(wavepacket("bands", config, "--wilson", "--json").out)
    assert (found["bands"], found["chern_number"], found["z2"]) == ([0, 1], 0, [1])
    assert [len(found["centres"][""]), len(found["centres"][""][0])] == [121, 2]
    drawn = wavepacket("bands", "haldane", "--wilson")
    assert "Wilson loops of band 0: Chern number 1" in drawn.out
    assert "wrote wilson_haldane.png" in drawn.out
    assert "no zone" in wavepacket("bands", "luttinger", "--wilson").err


def test_validate_counts_and_refuses_packets_of_groups_as_a_run_does(wavepacket, configs):
    config = configs / "luttinger_spin_hall.yaml"
    found = wavepacket("validate", config, "--set", "bands={near: 3}")
    assert "bands 2 and 3 are moved as one group" in found.out
    assert "bands 2, 3)\nexactly 2 trajectories" in found.out
    assert wavepacket("validate", config, "--set", "internal.values=[0.5]").code == 2


@pytest.mark.parametrize(
    ("model", "band", "ensemble", "said"),
    [
        ("haldane", 0, "{kind: fermi_dirac, chemical_potential: -50 eV, temperature: 10 K, grid: [8, 8]}", "is empty"),
        ("tmd", 1, "{kind: optical, valence: 0, photon_energy: 9 eV, width: 1 meV, grid: [8, 8]}", "no state is reached"),
        ("massive_dirac", "{index: 0, source: table}", "{kind: packets, wavevectors: [[0, 0, 0]]}", "a periodic zone"),
        ("kagome", "{index: 0, source: two_band}", "{kind: filled_band, grid: [8, 8]}", "one or two bands"),
    ],
)  # fmt: skip
def test_validate_refuses_packets_that_a_run_does_not_find(wavepacket, tmp_path, model, band, ensemble, said):
    text = f"name: x\nmodel: {{name: {model}}}\nband: {band}\nfields: {{electric: [1 kV/cm, 0, 0]}}\nensemble: {ensemble}\n"
    (tmp_path / "x.yaml").write_text(f"{text}time: {{end: 1 fs, saves: 2}}\n")
    checked, run = wavepacket("validate", "x.yaml"), wavepacket("run", "x.yaml", "-q")
    assert said in checked.err
    assert (checked.code, run.code) == (2, 2)
    assert checked.err == run.err


def test_validate_refuses_collisions_that_no_run_can_have(wavepacket, configs):
    """At the place in the file, as ``run`` does."""
    for command in ("validate", "run"):
        refused = wavepacket(
            command, configs / "weyl_magnetoresistance.yaml", "--set", "fields.electric=[0, 0, 1 kV/cm]"
        )
        assert refused.code == 2
        assert (
            "fields.electric: fermi_surface with scattering is the linear response about E = 0" in refused.err
        )


def test_bands_along_another_path_with_its_table(wavepacket, configs, tmp_path):
    result = wavepacket(
        "bands", configs / "haldane_hall.yaml", "--path", "K G|M K", "--colour", "orbital_moment", "--no-search",
        "--quantity", "gap", "--csv", "path.csv", "--json",
    )  # fmt: skip
    found = json.loads(result.out)
    assert found["path"]["ticks"]["labels"] == ["K", "Γ|M", "K"]
    assert found["map"]["quantity"] == "gap"
    assert "observables" not in found
    assert (tmp_path / "path.csv").read_text().startswith("distance")
    refused = wavepacket("bands", configs / "haldane_hall.yaml", "--plane", "G K", "--no-search")
    assert refused.code == 2
    assert "unknown plane" in refused.err


def test_export_and_run_from_the_file(wavepacket, configs, tmp_path):
    """The same model from its file: the closed form serves it, and the bands agree."""
    for name in ("copy_tb.dat", "copy_hr.dat"):
        written = wavepacket("export", configs / "haldane_hall.yaml", "-o", name, "--json")
        assert json.loads(written.out)["files"][0] == name
        assert wavepacket("export", configs / "haldane_hall.yaml", "-o", name).code == 2
        assert wavepacket("export", configs / "haldane_hall.yaml", "-o", name, "--overwrite").code == 0
        (tmp_path / "file.yaml").write_text(
            f"version: 1\nname: copy\nmodel: {{file: {name}, periodic: [true, true, false]}}\nband: 0\n"
            "ensemble: {kind: filled_band, grid: [16, 16]}\ntime: {end: 10 fs, saves: 2}\n"
        )
        result = wavepacket("bands", "file.yaml", "--json")
        assert result.observables["chern_number"]["value"] == 1, result.err
        solid = ("--set", "model.periodic=[true,true,true]", "--set", "ensemble.grid=[2,2,1]")
        told = wavepacket("run", "file.yaml", "-q", "--overwrite", *solid).err
        assert told.count("nothing hops along lattice vector 3") == 1
    assert wavepacket("export", configs / "cyclotron.yaml").code == 2


def test_resume_of_a_finished_run_changes_nothing(wavepacket, finished):
    before = (finished / "shards" / "000000.h5").read_bytes()
    again = wavepacket("resume", finished, "-q")
    assert again.code == 0
    assert "was finished already" in again.err
    assert (finished / "shards" / "000000.h5").read_bytes() == before


def test_run_overwrites_only_when_told(wavepacket, configs, finished):
    again = wavepacket("run", configs / "haldane_hall.yaml", "-o", finished, "-q", *QUICK)
    assert again.code == 2
    assert "--overwrite" in again.err
    assert (
        wavepacket("run", configs / "haldane_hall.yaml", "-o", finished, "-q", "--overwrite", *QUICK).code
        == 0
    )


@pytest.mark.parametrize("model", sorted(CATALOGUE))
def test_init_writes_a_config_that_validates(wavepacket, model):
    assert wavepacket("init", model, "-o", "new.yaml").code == 0
    checked = wavepacket("validate", "new.yaml")
    assert checked.code == 0, checked.err
    assert wavepacket("init", model, "-o", "new.yaml").code == 2


@pytest.mark.parametrize("model", ["massive_dirac", "parabolic_band", "weyl_node"])
def test_packets_of_a_new_config_stay_where_its_model_is_meant(wavepacket, model):
    assert wavepacket("init", model, "-o", "new.yaml").code == 0
    done = wavepacket("run", "new.yaml", "-q")
    assert done.code == 0, done.err


def test_models_and_schema(wavepacket):
    listed = json.loads(wavepacket("models", "--json").out)
    assert set(listed) == set(CATALOGUE)
    assert "Chern" in wavepacket("models", "haldane").out or "C =" in wavepacket("models", "haldane").out
    assert json.loads(wavepacket("schema").out)["title"] == "Config"
    assert wavepacket("models", "nonsense").code == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("model.phi=90 eV", "phi"),
        ("model.hopping=1 eV", "hopping"),
        ("model.name=haldene", "haldane"),
        ("fields.electric=[1 parsec, 0, 0]", "parsec"),
        ("fields.magnetic=[0, 0, 2 kg]", "magnetic"),
        ("time.sves=3", "saves"),
        ("time.end=-1 ps", "time.end"),
        ("band=2", "band 2 does not exist"),
        ("ensemble.grid=[8]", "ensemble.grid"),
        ("ensemble={kind: gaussian, valley: Q, width: 0.1, number: 3}", "no valley 'Q'"),
        ("ensemble={kind: fermi_dirac, chemical_potential: -50 eV, temperature: 0 K, grid: [8, 8]}", "empty"),
        ("integrator={method: rk4}", "step"),
    ],
)  # fmt: skip
def test_bad_input_is_one_clear_message(wavepacket, configs, change, message, tmp_path):
    result = wavepacket("run", configs / "haldane_hall.yaml", "-o", "run", "-q", "--set", change)
    assert result.code == 2
    assert message in result.err
    assert "Traceback" not in result.err
    assert not (tmp_path / "run").exists()


def test_missing_files_are_named(wavepacket, configs):
    assert "nowhere.yaml" in wavepacket("run", "nowhere.yaml").err
    assert wavepacket("run", "nowhere.yaml").code == 2
    missing = wavepacket("run", configs / "gaas.yaml", "--set", "model.file=gone_tb.dat")
    assert missing.code == 2
    assert "gone_tb.dat" in missing.err
    assert wavepacket("analyze", "nothing_here").code == 2


def test_malformed_wannier_file_names_its_line(wavepacket, configs, tmp_path):
    (tmp_path / "bad_tb.dat").write_text("comment\n 1 0 0\n 0 1 0\n 0 0 *****\n 1\n 1\n 1\n")
    result = wavepacket("validate", configs / "gaas.yaml", "--set", "model.file=bad_tb.dat")
    assert result.code == 2
    assert "bad_tb.dat:4" in result.err


def test_packets_at_a_closed_gap_are_reported_and_counted(wavepacket, configs):
    """At φ = 0 without staggered potential the bands touch at K: that packet stops, and half of all is too many."""
    changes = (
        "model.phi=0", "model.staggered=0 eV", "time.saves=3",
        "ensemble={kind: packets, coordinates: reduced, wavevectors: [[0.6666666666666667, 0.3333333333333333], [0.1, 0]]}",
    )  # fmt: skip
    result = wavepacket(
        "run",
        configs / "haldane_hall.yaml",
        "-o",
        "run",
        "--json",
        "-q",
        *(x for c in changes for x in ("--set", c)),
    )
    assert result.code == 3
    excluded = result.observables["excluded_fraction"]
    assert excluded["value"] == 0.5
    assert excluded["reasons"] == {STATUS_SENTENCES[Status.GAP_TOO_SMALL]: 1}
    assert "stopped early" in result.err


def test_packets_beyond_the_density_of_states_limit_are_reported(wavepacket, configs):
    """D = 1 + (e/ħ) B Ω turns negative at one of the valleys of gapped graphene in a huge field."""
    changes = (
        "fields.magnetic=[0, 0, 200 T]", "time={end: 1 fs, saves: 2}",
        "ensemble={kind: packets, coordinates: reduced, wavevectors: [[0.66667, 0.33333], [0.33333, 0.66667]]}",
    )  # fmt: skip
    result = wavepacket(
        "run", configs / "graphene_valley_hall.yaml", "-o", "run", "--json", "-q",
        *(x for c in changes for x in ("--set", c)),
    )  # fmt: skip
    assert result.code == 3
    assert result.observables["excluded_fraction"]["value"] == 0.5


def test_help_starts_without_numba():
    code = "import sys; from wavepacket.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    check = code + "assert 'numba' not in sys.modules and 'numpy' not in sys.modules, 'heavy imports'"
    assert subprocess.run([sys.executable, "-c", check], capture_output=True, check=False).returncode == 0


def test_xarray_opens_a_shard(finished):
    xarray = pytest.importorskip("xarray")
    with xarray.open_dataset(finished / "shards" / "000000.h5", engine="h5netcdf") as data:
        assert data["position"].dims == ("trajectory", "time", "axis")
        assert data["position"].attrs["units"] == "angstrom"


@pytest.mark.full
def test_interrupted_run_is_resumed_to_the_same_bytes(wavepacket, configs, tmp_path):
    """Kill a run of large shards, resume it, and compare with the unbroken run; small ones: ``test_interruptions.py``."""
    changes = ("--set", "ensemble.grid=[150,150]", "--set", "time.saves=101", "-q")
    command = [
        sys.executable,
        "-m",
        "wavepacket",
        "run",
        configs / "haldane_hall.yaml",
        "-o",
        "cut",
        *changes,
    ]
    environment = os.environ | {"PYTHONPATH": str(configs.parent)}
    shards = tmp_path / "cut" / "shards"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment) as running:
        while not (shards / "000001.h5").exists():
            assert running.poll() is None
            time.sleep(0.02)
        running.kill()
    cut = len(list(shards.glob("*.h5")))
    assert cut >= 2
    assert wavepacket("resume", "cut", "-q").code == 0
    assert wavepacket("run", configs / "haldane_hall.yaml", "-o", "whole", *changes).code == 0
    names = sorted(path.name for path in (tmp_path / "whole" / "shards").iterdir())
    assert len(names) > cut
    for name in names:
        assert (shards / name).read_bytes() == (tmp_path / "whole" / "shards" / name).read_bytes()


def test_a_component_that_a_run_has_not_is_told(wavepacket, configs):
    changes = (*QUICK, "--set", "headline=[hall_conductivity, valley_drift.K.w]")
    result = wavepacket("run", configs / "haldane_hall.yaml", "-o", "done", "-q", *changes)
    assert result.out.startswith("hall_conductivity  -")
    assert "warning: headline: this run has no 'valley_drift.K.w'" in result.err
