"""The page of a run for a browser: complete without a network, its numbers those of the run; and tried in a browser."""

import html
import json
import re
import shutil
import subprocess

import numpy as np
import pytest

from wavepacket.analysis import analyze
from wavepacket.runs import open_run

plotly = pytest.importorskip("plotly")

_TRIAL = """
<script>
const seen = {errors: []};
window.onerror = (text) => { seen.errors.push(String(text)); };
window.addEventListener("load", async () => {
  const plot = document.querySelector(".plotly-graph-div");
  const last = plot._transitionData._frames.length - 1;
  await Plotly.animate(plot, [String(last)], {mode: "immediate", frame: {duration: 0}, transition: {duration: 0}});
  const traces = plot.calcdata.slice(-2);
  seen.frames = last + 1;
  seen.drawn = document.querySelectorAll(".scatterlayer path.point").length;
  seen.x = traces.map((trace) => trace.map((point) => point.x));
  seen.y = traces.map((trace) => trace.map((point) => point.y));
  const note = document.createElement("pre");
  note.id = "seen";
  note.textContent = JSON.stringify(seen);
  document.body.appendChild(note);
});
</script></body>"""


@pytest.fixture(scope="module")
def page(tmp_path_factory, configs):
    """A small run with its page; folder."""
    import wavepacket

    folder = tmp_path_factory.mktemp("view") / "run"
    config = wavepacket.load_config(
        configs / "haldane_hall.yaml", ["ensemble.grid=[6,6]", "time.saves=5", "time.end=200 fs"]
    )
    run = wavepacket.run(config, folder)
    assert wavepacket.view(run) == folder / "view.html"
    return folder


def test_the_page_holds_all_that_it_needs(page):
    """One file below 10 MB that asks for nothing from elsewhere; the number that the config is about stands first."""
    text = (page / "view.html").read_text()
    assert len(text) < 10e6
    assert re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=", text) == []
    table = text[text.index("<h2>Observables") :]
    assert re.findall(r"<td title='[^']*'>(\w+)</td>", table)[0] == "hall_conductivity"
    assert html.escape(repr(analyze(open_run(page))["hall_conductivity"])) in table


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium on this machine")
def test_the_slider_moves_the_packets_in_a_browser(page, tmp_path):
    """Without an error, and to the places that the run has at its last save."""
    trial = tmp_path / "trial.html"
    trial.write_text((page / "view.html").read_text().replace("</body>", _TRIAL))
    done = subprocess.run(
        [
            "chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}",
            "--virtual-time-budget=20000", "--dump-dom", trial.as_uri(),
        ],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    seen = json.loads(html.unescape(re.search(r'<pre id="seen">(.*?)</pre>', done.stdout, re.S)[1]))
    assert seen["errors"] == []
    assert seen["frames"] == 5
    stored = open_run(page).trajectories()
    rows = np.searchsorted(stored["trajectory"], stored["path"])
    kept = stored["electric_sign"][rows] > 0
    assert seen["drawn"] >= 2 * kept.sum()
    end = stored["position"][kept, -1]
    scale = np.nanmax(np.abs(end[:, 0])) / np.max(np.abs(seen["x"][1]))
    np.testing.assert_allclose(np.array(seen["x"][1]) * scale, end[:, 0], rtol=1e-5, atol=1e-3)
    np.testing.assert_allclose(np.array(seen["y"][1]) * scale, end[:, 1], rtol=1e-5, atol=1e-3)


def test_other_names_are_refused(wavepacket, page):
    result = wavepacket("view", page, "-o", "page.txt")
    assert result.code == 2
    assert "ends in .html" in result.err


def test_packets_are_coloured_by_their_spin(tmp_path, configs):
    """Of a run that keeps states: the spin along its axis, first and last, as the observables of one packet have it."""
    import wavepacket
    from wavepacket.plots.page_packets import Moving
    from wavepacket.plots.pictures import pictures_of

    changes = ["time.saves=5", "internal.store=true", "integrator.tolerance=1e-8"]
    config = wavepacket.load_config(configs / "dirac_semimetal.yaml", changes)
    run = wavepacket.run(config, tmp_path / "run")
    moving = Moving(run, pictures_of(run), 10, 10)
    series = analyze(run)["spin"].series.value[:, 0]
    assert moving.colours["value of the spin, first"] == pytest.approx(series[0])
    assert moving.colours["value of the spin, last"] == pytest.approx(series[-1])
    assert abs(series[-1] - series[0]) > 0.5
    assert "spin 0.5 to -0.22" in moving.texts[0]
