"""A crystal is enough for what needs no packets: a config without ensemble and time, or a Wannier90 file."""

import pytest


def test_a_model_alone_has_bands_and_response(wavepacket, tmp_path):
    config = tmp_path / "crystal.yaml"
    config.write_text("name: crystal\nmodel: {name: haldane}\n")
    assert "for the commands bands, response and export" in wavepacket("validate", config).out
    assert "chern_number: 1\n" in wavepacket("bands", config, "-o", tmp_path / "bands.png").out
    found = wavepacket("response", config, "--set", "response.chemical_potential=0 eV", "--json", "-q")
    assert found.observables["anomalous_hall_conductivity"]["value"][0][0][0][1] == pytest.approx(
        -1, abs=1e-3
    )
    told = wavepacket("run", config)
    assert (told.code, told.out) == (2, "")
    assert "missing key 'ensemble': a run needs it" in told.err


def test_a_wannier90_file_stands_for_its_config(wavepacket, tmp_path):
    config = tmp_path / "c.yaml"
    config.write_text("name: haldane\nmodel: {name: haldane}\n")
    assert wavepacket("export", config, "-o", tmp_path / "haldane_tb.dat").code == 0
    file = tmp_path / "haldane_tb.dat"
    note = "nothing hops along lattice vector 3: a layer or a chain wants `periodic: [true, true, false]`"
    assert note in wavepacket("validate", file).out
    done = wavepacket("bands", file, "--set", "model.periodic=[true,true,false]", "--set", "band=1", "--json")
    assert done.observables["chern_number"]["value"] == pytest.approx(-1)
    missing = wavepacket("bands", tmp_path / "other_tb.dat")
    assert (missing.code, missing.err) == (2, f"error: {tmp_path / 'other_tb.dat'}: no such file\n")


@pytest.mark.parametrize("command", ["bands", "response"])
def test_a_figure_that_cannot_be_written_is_refused_first(wavepacket, tmp_path, command):
    config = tmp_path / "c.yaml"
    config.write_text("name: c\nmodel: {name: no_such_model}\n")
    told = wavepacket(command, config, "-o", tmp_path / "figure.xyz")
    assert "the name must end in .png, .pdf, .svg" in told.err
    assert "there is no folder" in wavepacket(command, config, "--csv", tmp_path / "none" / "t.csv").err


def test_a_model_of_the_library_stands_for_its_config(wavepacket, tmp_path):
    found = wavepacket("bands", "haldane", "--set", "model.phi=-90 deg", "--json")
    assert found.observables["chern_number"]["value"] == pytest.approx(-1)
    assert "unknown model 'haldan'; did you mean 'haldane'?" in wavepacket("response", "haldan").err
    told = wavepacket("run", "haldane")
    assert (told.code, told.err) == (2, "error: haldane: No such file or directory\n")


def test_a_run_is_analysed_without_the_file_of_its_crystal(wavepacket, tmp_path):
    """Runs travel: only what needs the crystal itself is left out."""
    config = tmp_path / "c.yaml"
    config.write_text("name: c\nmodel: {name: cosine_band}\n")
    file = tmp_path / "chain_tb.dat"
    assert wavepacket("export", config, "-o", file).code == 0
    config.write_text(
        "name: c\nmodel: {file: chain_tb.dat, periodic: [true, false, false]}\nband: 0\n"
        "fields: {electric: [1.0e-3, 0, 0]}\nensemble: {kind: packets, wavevectors: [[0.1]]}\ntime: {end: 10, saves: 3}\n"
    )
    folder = tmp_path / "run"
    assert wavepacket("run", config, "-o", folder).code == 0
    whole = wavepacket("analyze", folder, "--json").observables
    file.unlink()
    rest = wavepacket("analyze", folder, "--json")
    assert rest.code == 0
    assert set(whole) - set(rest.observables) == {"bloch_period"}
    assert rest.observables == {name: whole[name] for name in rest.observables}
