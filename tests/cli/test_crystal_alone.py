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
