"""Configs to start from: by what one wants to see, with answers by options or at a terminal."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from wavepacket.cli.init import init
from wavepacket.cli.templates import TEMPLATES
from wavepacket.config import load_config


@pytest.mark.parametrize("template", sorted(set(TEMPLATES) - {"wannier90"}))
def test_every_template_is_a_config_that_validates(wavepacket, template):
    done = wavepacket("init", "--template", template, "-o", "new.yaml")
    assert done.code == 0, done.err
    assert "wavepacket run new.yaml" in done.out
    checked = wavepacket("validate", "new.yaml")
    assert checked.code == 0, checked.err
    assert len(TEMPLATES[template].questions) <= 3  # with what to see and the file, five


def test_a_chain_that_shows_nothing_at_rest_starts_as_a_pump(wavepacket):
    assert wavepacket("init", "rice_mele").code == 0
    done = wavepacket("run", "rice_mele.yaml", "--json")
    assert done.code == 0, done.err
    pumped = done.observables["pumped_charge"]
    assert abs(pumped["value"] + 1) <= pumped["uncertainty"] < 1e-4


def test_answers_of_a_template_go_into_its_config(wavepacket):
    own = (
        "--template",
        "own_valleys",
        "--answer",
        "mass=50 meV",
        "--answer",
        "velocity=5e5 m/s",
        "-o",
        "own.yaml",
    )
    assert wavepacket("init", *own).code == 0
    model = load_config(Path("own.yaml")).model
    assert model.kp[0].matrix[0][0] == pytest.approx(0.05, rel=1e-12)
    # hbar times 5 angstrom/fs, h = 4.135667696 eV fs
    assert model.kp[1].matrix[0][1].real == pytest.approx(5 * 4.135667696 / (2 * np.pi), rel=1e-9)
    for wrong, said in (
        ("mass=50 mV", "mass=50 mV"),
        ("size=3", "one of velocity, mass"),
        ("mass", "NAME=VALUE"),
    ):
        refused = wavepacket("init", "--template", "own_valleys", "--answer", wrong, "-o", "no.yaml")
        assert refused.code == 2
        assert said in refused.err
    assert not Path("no.yaml").exists()


def test_five_questions_lead_to_a_config(monkeypatch, tmp_path):
    """At a terminal: what to see, three answers of which one is refused first, and the name of the file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("wavepacket.cli.init.at_a_terminal", lambda: True)
    answers = "\n".join(["1", "no_model", "kagome", "5 kV/cm", "", "mine.yaml"]) + "\n"
    done = CliRunner().invoke(init, [], input=answers)
    assert done.exit_code == 0, done.output
    config = load_config(Path("mine.yaml"))
    assert (config.model.name, config.name, config.ensemble.grid) == ("kagome", "mine", (64, 64))
