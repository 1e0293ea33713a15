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


METAL = """\
version: 1
name: metal
model: {name: cosine_band, dimension: 3}
band: 0
fields: {magnetic: {strength: 300 T, polar: 20 deg}}
ensemble: {kind: fermi_surface, chemical_potential: -0.2 eV, temperature: 900 K, grid: [6, 6, 6], field_reversal: false}
scattering: {relaxation_time: 100 fs}
integrator: {tolerance: 1e-8}
output: {trajectories: 6}
"""


@pytest.fixture(scope="module")
def metal(tmp_path_factory):
    """A small run of a metal in B; folder."""
    import wavepacket

    pytest.importorskip("skimage")
    folder = tmp_path_factory.mktemp("metal")
    (folder / "metal.yaml").write_text(METAL)
    wavepacket.run(folder / "metal.yaml", folder / "run")
    return folder / "run"


def test_a_metal_shows_its_fermi_surface_with_orbits_on_it(metal):
    """Triangles whose corners are on the surface, and ways of packets that keep their energy in B."""
    from wavepacket.bands import band
    from wavepacket.hamiltonians import cosine_band
    from wavepacket.plots.page_packets import Moving, ways_in_zone
    from wavepacket.plots.page_surface import drawn_surface, surface_traces, surfaces_of
    from wavepacket.plots.pictures import pictures_of

    crystal = cosine_band(dimension=3)
    run = open_run(metal)
    pictures = pictures_of(run)
    surfaces, note = surfaces_of(pictures.config)
    assert note == ""
    drawn = drawn_surface(surfaces)
    (mesh,) = surface_traces(drawn)
    k = np.stack([mesh.x, mesh.y, mesh.z], axis=1)
    there = band(crystal, 0).geometry(k)
    np.testing.assert_allclose(there.energy, -0.2, atol=1e-5)  # single precision
    np.testing.assert_allclose(mesh.intensity, np.linalg.norm(there.group_velocity, axis=1), rtol=1e-4)
    corners = k[np.stack([mesh.i, mesh.j, mesh.k], axis=1)]
    assert len(corners) == len(surfaces[0][1].fine.simplices)
    assert np.abs(corners.mean(axis=1)).max() < np.pi / crystal.lattice[0, 0] * (1 + 1e-6)
    size = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    assert size.sum() == pytest.approx(surfaces[0][1].sheets[0].area.value, rel=0.01)
    # A cubic band has neither Ω nor m.
    assert list(drawn.shades) == ["|v|", "mean curvature", "Gaussian curvature"]
    moving = Moving(run, pictures, 10, 10)
    (lines,) = ways_in_zone(moving)
    assert np.isnan(lines.x).sum() >= 6
    for way in moving.ways:
        energy = band(crystal, 0).geometry(way[~np.isnan(way[:, 0])]).energy
        assert np.ptp(energy) < 1e-3
    assert sum(len(way) for way in moving.ways) + 6 == len(lines.x)


def test_space_fits_into_the_view_with_equal_scales(metal):
    """However long it is along one axis: the longest side is 1, as the view is made for."""
    from wavepacket.plots.page import _figure
    from wavepacket.plots.page_packets import Moving
    from wavepacket.plots.pictures import pictures_of

    run = open_run(metal)
    pictures = pictures_of(run)
    moving = Moving(run, pictures, 10, 10)
    scene = _figure(pictures, moving, None).layout.scene2
    ranges = np.array([scene[f"{axis}axis"].range for axis in "xyz"])
    ratio = np.array([scene.aspectratio[axis] for axis in "xyz"])
    points = moving.r.reshape(-1, 3)
    assert np.all((ranges[:, 0] < points.min(axis=0)) & (points.max(axis=0) < ranges[:, 1]))
    np.testing.assert_allclose(ratio, np.ptp(ranges, axis=1) / np.ptp(ranges, axis=1).max())


SHADE = """
<script>
const seen = {errors: []};
window.onerror = (text) => { seen.errors.push(String(text)); };
window.addEventListener("load", () => {
  const plot = document.querySelector(".plotly-graph-div");
  const chosen = plot._fullLayout.updatemenus[1].buttons.find((button) => button.label == "surface: mean curvature");
  Plotly.restyle(plot, ...chosen.args);
  const mesh = plot._fullData.find((trace) => trace.type == "mesh3d");
  Object.assign(seen, {intensity: Array.from(mesh.intensity), unit: mesh.colorbar.title.text});
  const note = document.createElement("pre");
  note.id = "seen";
  note.textContent = JSON.stringify(seen);
  document.body.appendChild(note);
});
</script></body>"""


@pytest.mark.full
@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium on this machine")
def test_the_menu_colours_the_surface_in_a_browser(metal, tmp_path):
    """By the numbers of the new colour, without an error; the page is one file below 10 MB."""
    import wavepacket
    from wavepacket.plots.page_surface import drawn_surface, surfaces_of
    from wavepacket.plots.pictures import pictures_of

    text = wavepacket.view(metal, tmp_path / "view.html").read_text()
    assert len(text) < 10e6
    trial = tmp_path / "trial.html"
    trial.write_text(text.replace("</body>", SHADE))
    done = subprocess.run(
        [
            "chromium", "--headless", "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
            f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=20000", "--dump-dom", trial.as_uri(),
        ],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    seen = json.loads(html.unescape(re.search(r'<pre id="seen">(.*?)</pre>', done.stdout, re.S)[1]))
    assert seen["errors"] == []
    expected = drawn_surface(surfaces_of(pictures_of(metal).config)[0]).shades["mean curvature"]
    np.testing.assert_allclose(seen["intensity"], expected, rtol=1e-6, atol=1e-6)
    assert seen["unit"] == "mean curvature (Å)"


def test_the_fermi_surface_alone_is_a_page(wavepacket, tmp_path, configs):
    """Of a layer: its line; where no band crosses μ there is none."""
    import wavepacket as package
    from wavepacket.errors import InputError

    done = wavepacket("fermi", configs / "open_orbits.yaml", "--html", "--json")
    assert done.code == 0, done.err
    assert "fermi_open_orbits.html" in done.err
    text = (tmp_path / "fermi_open_orbits.html").read_text()
    assert len(text) < 10e6
    assert "Fermi surface of open_orbits at μ = −0.2 eV" in text
    nothing = package.fermi_surface(package.hamiltonians.cosine_band(dimension=2), 5.0)
    with pytest.raises(InputError, match="nothing to view"):
        package.view(nothing, tmp_path / "nothing.html")


def test_a_gap_is_told_with_its_ends_and_is_an_error_where_a_file_is_asked_for(wavepacket, tmp_path, configs):
    """Of Haldane's model at K and K', where the gap is: 3√3 t₂ sin φ from the middle."""
    config = configs / "haldane_hall.yaml"
    done = wavepacket("fermi", config, "--mu", "0 eV")
    assert done.code == 0, done.err
    told = re.search(
        r"no band crosses 0 eV \(band 0 ends at about (\S+) eV, band 1 begins at about (\S+) eV\)", done.out
    )
    half = 3 * np.sqrt(3) * 0.1  # t₂ = 0.1 eV, φ = 90°, no staggering
    assert [float(end) for end in told.groups()] == pytest.approx([-half, half], rel=0.02)
    for asked in (["--html"], ["--bxsf"], ["-o", "."]):
        refused = wavepacket("fermi", config, "--mu", "0 eV", *asked)
        assert refused.code == 2
        assert "no file to write" in refused.err
    assert not list(tmp_path.glob("*fermi*"))


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
