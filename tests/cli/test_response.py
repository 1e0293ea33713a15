"""The response command, end to end."""

import csv
import json
import sys

import numpy as np
import pytest

CONFIG = """\
version: 1
name: small
model: {name: haldane, t2: 0.1, phi: 90 deg, staggered: 0.1 eV}
response:
  chemical_potential: "-0.8:0.2:0.2 eV"
  temperature: [0 K, 300 K]
  uncertainty: 0.05
  phase_diagram:
    axes: {model.phi: "-90:90:90 deg", model.staggered: "0,1 eV"}
"""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(CONFIG)
    return path


@pytest.fixture
def respond(wavepacket, tmp_path):
    """A function that asks for the response of a model and returns what the command said."""

    def ask(model, response, *options):
        path = tmp_path / "other.yaml"
        path.write_text(f"version: 1\nname: other\nmodel: {model}\nresponse: {response}\n")
        return wavepacket("response", path, "-q", *options)

    return ask


def test_json_has_every_number_with_its_unit(wavepacket, config):
    result = wavepacket("response", config, "--json", "-q", "--exact-flux", 12)
    assert result.code == 0, result.err
    said = json.loads(result.out)
    assert said["chemical_potential"] == pytest.approx([-0.8, -0.6, -0.4, -0.2, 0.0, 0.2])
    assert said["temperature"] == [0, 300]
    # Graphene without gap, in the middle, has no Chern number.
    assert said["phase_diagram"]["chern_number"] == [[-1, 0], [None, 0], [1, 0]]
    assert said["convergence"]["met"]
    hall = said["observables"]["anomalous_hall_conductivity"]
    assert np.shape(hall["value"]) == np.shape(hall["uncertainty"]) == (6, 2, 3, 3)
    assert hall["value"][4][0][0][1] == pytest.approx(-1, abs=1e-3)
    for name in (
        "density", "density_of_states", "entropy", "chern_number", "anomalous_nernst_conductivity",
        "orbital_magnetization", "berry_curvature_dipole", "quantum_metric", "streda", "nernst_identity",
        "valley_hall_conductivity", "valley_orbital_moment", "exact_orbital_magnetization", "exact_dn_dB",
    ):  # fmt: skip
        entry = said["observables"][name]
        assert entry["unit"]
        assert entry["convention"]
    assert set(said["observables"]["streda"]["value"]) == {
        "dn_dB", "dM_dmu", "hall", "fermi_surface_term", "residual", "relative_residual",
    }  # fmt: skip
    assert "holds where the Fermi-surface term vanishes" in said["observables"]["streda"]["convention"]


def test_table_figure_and_csv(wavepacket, config, tmp_path):
    about = ("--set", "headline={chern_number.1: 1, hall_conductivity: 5}")
    result = wavepacket("response", config, "-q", "--csv", "numbers.csv", "-o", "figure.png", *about)
    assert result.code == 0, result.err
    first, second, *_ = result.out.splitlines()
    assert first == "chern_number.1  1    exact: 1, the same"
    assert second.startswith("mu (eV)")
    assert "sigma_xy (e^2/h)" in result.out
    assert "symmetry: " in result.out
    assert "The printed Streda formula holds where" in result.out
    assert (tmp_path / "figure.png").stat().st_size > 20_000
    with (tmp_path / "numbers.csv").open() as file:
        rows = list(csv.DictReader(file))
    chosen = [
        row for row in rows
        if row["observable"] == "anomalous_hall_conductivity" and row["component"] == "0.1"
    ]  # fmt: skip
    assert len(chosen) == 12
    assert float(chosen[8]["value"]) == pytest.approx(-1, abs=1e-3)
    assert chosen[8]["unit"] == "e^2/h"
    metric = [row for row in rows if row["observable"] == "quantum_metric_trace"]
    assert {row["chemical_potential_eV"] for row in metric} == {
        row["chemical_potential_eV"] for row in chosen
    }


def test_the_python_twin_gives_the_same(wavepacket, config):
    import wavepacket as package

    found = package.response(config)
    said = wavepacket("response", config, "--json", "-q").observables
    np.testing.assert_array_equal(
        found["orbital_magnetization"].value, said["orbital_magnetization"]["value"]
    )


def test_a_strip_beside_its_bulk(wavepacket, tmp_path):
    """The table says first what the edge carries; JSON, CSV and the figure have the profiles."""
    (tmp_path / "strip.yaml").write_text(
        "name: strip\nmodel: {name: haldane, t2: 0.2}\n"
        "response: {temperature: 1500 K, uncertainty: 0.05, ribbon: {width: 30, bias: 0.1 eV}}\n"
    )
    result = wavepacket("response", "strip.yaml", "--ribbon", "-q", "--csv", "strip.csv")
    assert result.code == 0, result.err
    head, row, *_ = result.out.splitlines()
    assert head.split()[4:7] == ["edge", "current", "(A)"]
    assert row.split()[:2] == ["0", "1500"]
    assert (tmp_path / "ribbon_strip.png").stat().st_size > 20_000
    with (tmp_path / "strip.csv").open() as file:
        rows = list(csv.DictReader(file))
    found = wavepacket("response", "strip.yaml", "--ribbon", "-q", "--json").observables
    (current,) = [float(each["value"]) for each in rows if each["observable"] == "edge_current"]
    assert [[current]] == found["edge_current"]["value"]
    profile = [float(each["value"]) for each in rows if each["observable"] == "local_current_density"]
    assert profile == found["local_current_density"]["value"][0][0]
    assert found["local_current_density"]["unit"] == "A/m"
    result = wavepacket("response", "strip.yaml", "--ribbon", "--exact-flux", 5)
    assert result.code == 2
    assert "--exact-flux belongs to a response of the bulk" in result.err


@pytest.mark.full
def test_resume_goes_on_with_a_response(wavepacket, config, tmp_path):
    """Stopped after the first mesh: the rest follows, and the file is gone."""
    import wavepacket as package

    file, asked = tmp_path / "response_small.partial.npz", iter([False] * 12 + [True] * 100)
    stopped = package.response(config, threads=1, partial=file, stop=lambda: next(asked))
    assert stopped.convergence["stopped"]
    result = wavepacket("resume", file, "--json", "-q")
    assert result.code == 0, result.err
    whole = package.response(config)["orbital_magnetization"].value
    np.testing.assert_array_equal(result.observables["orbital_magnetization"]["value"], whole)
    assert not file.exists()
    file.write_bytes(b"nothing")
    result = wavepacket("resume", file)
    assert result.code == 2
    assert "no integration that was stopped" in result.err


def test_a_run_needs_what_a_response_does_not(wavepacket, config):
    result = wavepacket("run", config)
    assert result.code == 2
    assert "missing key 'ensemble': a run needs it" in result.err
    assert "missing key 'time': a run needs it" in result.err
    assert wavepacket("validate", config).code == 0


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("response.temperature=-1 K", "response.temperature[0]: must be at least 0"),
        ("response.chemical_potential=0:1:-1 eV", "does not lead from 0 to 1"),
        ("response.quantities=[hall]", "must be 'density'"),
        ("response.phase_diagram.axes={model.phi: 0}", "must have at least 2 entries"),
        ("response.phase_diagram.axes={model.phi: 0, band: 0}", "'band' must be one of the model"),
        ("response.phase_diagram.filling=2", "has only 2 bands"),
        ("response.temperature=0.0001 K", "too low for a scan"),
    ],
)
def test_bad_input_is_one_sentence(wavepacket, config, change, sentence):
    result = wavepacket("response", config, "-q", "--set", change)
    assert result.code == 2
    assert sentence in result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["-o", "figure"], "the name must end in"),
        (["-o", "nowhere/figure.png"], "there is no folder nowhere"),
        (["--csv", "nowhere/numbers.csv"], "there is no folder nowhere"),
        (["--csv", "."], "it is a folder"),
    ],
)
def test_where_nothing_can_be_written_nothing_is_computed(wavepacket, config, monkeypatch, options, sentence):
    monkeypatch.setattr(
        sys.modules["wavepacket.response"], "response", lambda *_, **__: pytest.fail("computed")
    )
    result = wavepacket("response", config, "-q", *options)
    assert result.code == 2
    assert sentence in result.err


def test_no_exact_check_in_three_dimensions(respond):
    wanted = "{chemical_potential: 0, points: 3000, quantities: [anomalous_hall_conductivity]}"
    result = respond("{name: weyl_lattice}", wanted, "--exact-flux", 5)
    assert result.code == 2
    assert "two-dimensional" in result.err


def test_bands_that_overlap_have_a_chern_number_but_no_plateau(respond):
    wanted = (
        "{chemical_potential: 0, points: 3000, uncertainty: 0.1, quantities: [anomalous_hall_conductivity]}"
    )
    result = respond("{name: rashba_ferromagnet}", wanted)
    assert result.code == 0, result.err
    assert "of the lowest 1 band(s); no gap over the whole zone" in result.out


def test_of_a_chain_the_density_is_drawn(respond, tmp_path):
    chain = "{lattice: [[3]], hoppings: [{cell: [1], matrix: [[-1]]}]}"
    result = respond(chain, '{chemical_potential: "-1:1:0.5 eV"}')
    assert result.code == 0, result.err
    assert "density (1/angstrom)" in result.out
    assert [path.name for path in tmp_path.glob("*.png")] == ["response_other.png"]


def test_curvature_that_cancels_everywhere_is_not_drawn(respond, tmp_path):
    """The two lower bands of a Dirac semimetal, filled at μ = 0, have opposite Ω at each k."""
    result = respond("{name: dirac_semimetal}", "{chemical_potential: 0, points: 500, uncertainty: 0.5}")
    assert result.code == 0, result.err
    assert not list(tmp_path.glob("*.png"))


def test_what_symmetry_forbids_is_not_drawn_and_its_rounding_error_not_printed(respond, monkeypatch):
    """Time reversal forbids σ, α and M of graphene: its figure shows the valleys and where they are."""
    drawn = []
    monkeypatch.setattr("wavepacket.plots.save_figure", lambda figure, path: drawn.append(figure) or path)
    wanted = "{chemical_potential: [-0.4, 0.4], uncertainty: 0.1, points: 5000}"
    result = respond("{name: gapped_graphene, gap: 0.3}", wanted)
    assert result.code == 0, result.err
    labels = [ax.get_ylabel() for ax in drawn[0].axes]
    assert any(label.startswith("valley $\\sigma_{xy}$") for label in labels)
    assert not any(label.startswith(("$\\sigma", "$\\alpha", "$M", "identity")) for label in labels)
    assert "e-16 ±" not in result.out


def test_every_quantity_has_its_column_and_a_figure_that_is_asked_for_is_written(respond, tmp_path):
    """One μ and one quantity, which was neither in the table nor drawn, in silence."""
    asked = "{chemical_potential: 0.4, quantities: [berry_curvature_dipole], points: 3000, uncertainty: 0.5}"
    result = respond("{name: haldane, staggered: 0.1 eV}", asked, "-o", "dipole.png")
    assert result.code == 0, result.err
    assert "D_xx (angstrom)" in result.out
    assert "berry_curvature_dipole: uncertainty at most" in result.out
    assert (tmp_path / "dipole.png").stat().st_size > 5000


def test_a_dipole_that_time_reversal_allows_has_a_column_a_target_and_a_figure(respond, tmp_path):
    """σ and M vanish: the target was met by them at once, and nothing of D was printed or drawn."""
    strained = (
        "{lattice: [[2.5, 0], [1.25, 2.2]], positions: [[0, 0], [0.33, 0.33]], hoppings: ["
        "{cell: [0, 0], matrix: [[0.3, -2.0], [-2.0, -0.3]]}, {cell: [-1, 0], matrix: [[0, -2.7], [0, 0]]}, "
        "{cell: [0, -1], matrix: [[0, -2.7], [0, 0]]}]}"
    )
    scan = '{chemical_potential: "0.4:0.8:0.2 eV", quantities: [berry_curvature_dipole], points: 4000}'
    result = respond(strained, scan)
    assert result.code == 0, result.err
    assert "identity x time reversal" in result.out
    assert "sigma_" not in result.out.splitlines()[0]
    assert result.out.splitlines()[0].split()[4].startswith("D_")
    assert "berry_curvature_dipole: uncertainty at most" in result.out
    assert "warning: berry_curvature_dipole is not converged" in result.err
    assert (tmp_path / "response_other.png").stat().st_size > 5000


@pytest.mark.parametrize(("charge", "warned"), [(1, True), (-1, False)])
def test_a_positive_charge_is_not_a_hole(respond, charge, warned):
    asked = "{chemical_potential: 0, points: 500, uncertainty: 0.5, quantities: [density]}"
    result = respond("{name: haldane}", asked, "--set", f"charge={charge}")
    assert result.code == 0, result.err
    assert ("not a hole" in result.err) is warned


def test_all_quantities_have_columns(respond):
    result = respond(
        "{name: haldane, staggered: 0.1 eV}",
        "{chemical_potential: 0, points: 3000, uncertainty: 0.5, temperature: 300}",
    )
    header = result.out.splitlines()[0]
    for head in ("density (", "density_of_states", "entropy", "sigma_xy (", "sigma_xy K", "alpha_xy", "M_z", "D_", "dM_dmu",
                 "dM_dT", "tr G at 0 K"):  # fmt: skip
        assert head in header


def test_a_target_that_is_missed_is_told_by_name(respond):
    asked = "{chemical_potential: 0.45, points: 800, uncertainty: 1.0e-6, quantities: [anomalous_hall_conductivity]}"
    result = respond("{name: haldane, staggered: 0.1 eV}", asked)
    assert "warning: anomalous_hall_conductivity is not converged: its uncertainty is" in result.err
    assert "target 1.0e-06, not converged" in result.out


def test_notes_are_printed_once(wavepacket, tmp_path):
    """A crystal of a file has a note, which the trial of ``--time`` said again twice."""
    from tests.reference.random_crystal import random_crystal
    from tests.reference.wannier_text import tb_text

    (tmp_path / "crystal_tb.dat").write_text(tb_text(random_crystal(2)))
    (tmp_path / "timed.yaml").write_text(
        "version: 1\nname: timed\nmodel: {file: crystal_tb.dat}\n"
        "ensemble: {kind: gaussian, center: [0.1, 0.1, 0.1], width: 0.005 1/angstrom, number: 8}\n"
        "band: {index: 0}\nfields: {electric: [1 kV/cm, 0, 0]}\ntime: {end: 10 fs, saves: 3}\n"
    )
    said = wavepacket("validate", "timed.yaml", "--time")
    assert said.code == 0, said.err
    lines = [line.removeprefix("note: ") for line in said.out.splitlines()]
    assert len(lines) == len(set(lines))


@pytest.mark.full
def test_what_was_stopped_goes_on_with_its_options(wavepacket, config, tmp_path, monkeypatch):
    """Stopped after some blocks of k: the table and the figure of the command are those of the unbroken one."""
    asked = []

    def signal(stop):
        asked.append(stop)
        stop.asked, stop.received = True, "SIGINT" if len(asked) == 12 else None
        return stop.received is not None

    options = ("--exact-flux", 5, "--csv", "a table.csv", "-o", "a figure.pdf", "-q")
    assert wavepacket("response", config, *options).code == 0
    whole = (tmp_path / "a table.csv").read_bytes()
    for name in ("a table.csv", "a figure.pdf"):
        (tmp_path / name).unlink()
    with monkeypatch.context() as patch:
        patch.setattr("wavepacket.cli.signals.Stop.__call__", signal)
        stopped = wavepacket("response", config, *options)
    assert stopped.code == 75
    assert "go on with `wavepacket resume 'a figure.partial.npz'`" in stopped.err
    result = wavepacket("resume", "a figure.partial.npz", "-q")
    assert result.code == 0, result.err
    assert (tmp_path / "a table.csv").read_bytes() == whole
    assert (tmp_path / "a figure.pdf").is_file()
    assert not (tmp_path / "a figure.partial.npz").exists()


def test_of_a_group_of_bands_its_own_numbers_are_shown(wavepacket, tmp_path):
    """Both filled bands of Kane and Mele's model without Rashba's coupling: C = 1 for spin up, −1 for spin down."""
    (tmp_path / "group.yaml").write_text(
        "name: group\nmodel: {name: kane_mele, rashba: 0 eV, spin_orbit: 0.2 eV}\nbands: [0, 1]\n"
        "internal: {spin: 1/2}\nresponse: {chemical_potential: 0, temperature: [0, 300], quantities: [density], "
        "uncertainty: 0.1, points: 2000}\n"
    )
    result = wavepacket("response", "group.yaml", "-q", "--csv", "group.csv")
    assert result.code == 0, result.err
    assert "group_chern_number: 0" in result.out
    assert "occupied_group_spin_hall_conductivity xy at mu = 0 eV, 300 K: -2" in result.out
    with (tmp_path / "group.csv").open() as file:
        found = {(row["observable"], row["component"]): float(row["value"]) for row in csv.DictReader(file)}
    assert found["group_spin_hall_conductivity", "0.1"] == pytest.approx(-2, abs=0.02)
    assert found["group_hall_conductivity", "0.1"] == pytest.approx(0, abs=0.01)
