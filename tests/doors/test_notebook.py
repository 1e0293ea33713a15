"""What a notebook shows of a config, a crystal, a run and a sweep that is the value of a cell."""

import base64
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import wavepacket

CONFIGS = Path(__file__).resolve().parents[2] / "configs"


class _Balance(HTMLParser):
    """Every mark that opens is closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.words = [], ""
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        if tag not in ("img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data + "\n"


def _pictures(text):
    return [base64.b64decode(each) for each in re.findall(r"data:image/png;base64,([^']+)", text)]


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    axes = {"fields.magnetic.z": ["1 T", "2 T"]}
    return wavepacket.sweep(
        CONFIGS / "drude_hall.yaml", axes, tmp_path_factory.mktemp("swept") / "sweep", threads=1
    )


def test_a_run_is_its_headline_and_its_figure(swept):
    run = wavepacket.open_run(swept.points[0].folder)
    text = run._repr_html_()
    words = _Balance(text).words
    found = wavepacket.analyze(run)
    assert "hall_coefficient" in words
    assert repr(found["hall_coefficient"]) in words
    (picture,) = _pictures(text)
    assert picture.startswith(b"\x89PNG")


def test_a_run_makes_its_page(tmp_path):
    pytest.importorskip("plotly")
    changed = ["ensemble.grid=[2, 2]", "time.end=20 fs"]
    config = wavepacket.load_config(CONFIGS / "haldane_hall.yaml", changed)
    run = wavepacket.run(config, tmp_path / "run", threads=1)
    assert run.view(frames=3) == run.folder / "view.html"


def test_a_sweep_is_a_row_for_each_point(swept):
    text = swept._repr_html_()
    words = _Balance(text).words.split("\n")
    assert text.count("<tr>") == 3
    assert {"1 T", "2 T"} <= set(words)
    assert repr(swept.points[1].observables["hall_coefficient"]) in "\n".join(words)
    assert len(_pictures(text)) == 1


@pytest.mark.parametrize("crystal", [wavepacket.hamiltonians.haldane, wavepacket.hamiltonians.massive_dirac])
def test_a_crystal_is_its_sizes_and_its_bands(crystal):
    text = crystal()._repr_html_()
    assert "dimension" in _Balance(text).words
    assert len(_pictures(text)) == 1


def test_a_config_is_what_is_set():
    config = wavepacket.load_config(CONFIGS / "drude_hall.yaml")
    words = _Balance(config._repr_html_()).words
    assert config.heading in words
    assert "relaxation_time" in words


def test_what_cannot_be_drawn_has_its_reason(swept, monkeypatch):
    def refused(shown):
        raise wavepacket.errors.InputError("there is <nothing> to draw")

    monkeypatch.setattr("wavepacket.plots.notebook.plot", refused)
    words = _Balance(swept._repr_html_()).words
    assert "there is <nothing> to draw" in words
