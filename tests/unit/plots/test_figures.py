"""Series, bands and composed figures, written to files of the right kind and size."""

import threading
from dataclasses import replace

import matplotlib
import numpy as np
import pytest
from PIL import Image

from wavepacket.bands import band
from wavepacket.bandstructure.maps import zone_map
from wavepacket.bandstructure.path import band_path
from wavepacket.errors import InputError
from wavepacket.hamiltonians import cosine_band, gapped_graphene, haldane, weyl_lattice, zincblende
from wavepacket.plots import (
    Series,
    bands_figure,
    plot_bands,
    plot_series,
    plot_zone_map,
    run_figure,
    save_figure,
)


@pytest.fixture
def hall():
    time = np.linspace(0.0, 2000.0, 51)
    return Series(
        time, np.tanh(time / 100), r"$\sigma_{yx}$", "e^2/h", labels=("trajectories",), reference=1.0
    )


def test_series_has_units_reference_and_legend(hall):
    ax = plot_series(hall)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time (ps)", r"$\sigma_{yx}$ ($e$$^{2}$/$h$)")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["trajectories", "exact"]
    dashed = [line for line in ax.lines if line.get_linestyle() == "--"]
    assert len(dashed) == 1
    assert set(dashed[0].get_ydata()) == {1.0}


def test_series_of_several_columns_with_uncertainty(hall):
    values = np.stack([hall.values, -hall.values], axis=1) * 3e-7
    valleys = replace(
        hall, values=values, uncertainty=0.1 * np.abs(values), labels=("K", "K′"), by_valley=True
    )
    ax = plot_series(replace(valleys, reference=None))
    assert len(ax.collections) == 2
    assert ax.lines[-1].get_color() != ax.lines[-2].get_color()
    assert "10^{" in ax.get_ylabel()


def test_a_series_is_resolved_where_it_exceeds_three_uncertainties(hall):
    assert hall.resolved
    assert replace(hall, uncertainty=np.full(51, 0.2)).resolved
    assert not replace(hall, uncertainty=np.full(51, 0.5)).resolved
    assert not replace(hall, values=np.zeros(51)).resolved


@pytest.mark.filterwarnings("error")
def test_a_component_that_is_not_defined_is_left_out_in_silence(hall):
    """Across an axis that E lies on there is no Hall conductivity: nan at all times, and no warning of an empty mean."""
    undefined = np.full(51, np.nan)
    assert replace(hall, values=np.column_stack([hall.columns[:, 0], undefined]), uncertainty=None).resolved
    assert not replace(hall, values=undefined).resolved


def test_a_constant_is_not_zoomed_to_its_rounding(hall):
    noise = 1e-13 * np.sin(np.arange(51.0))
    low, high = plot_series(replace(hall, values=1.0 + noise)).get_ylim()
    assert high - low > 0.1
    assert plot_series(replace(hall, values=0 * noise, reference=None)).get_ylim() == (-1.0, 1.0)


def test_series_in_lengths_chooses_its_unit_and_bears_nan(hall):
    values = 5e3 * hall.values
    values[:5] = np.nan
    ax = plot_series(Series(hall.time, values, "drift", "angstrom"))
    assert ax.get_ylabel() == "drift (nm)"
    assert ax.get_ylim()[1] > 500


def test_rounding_about_zero_is_no_signal(hall):
    """The current of a filled chain, in A, is drawn on the scale of the current of one state, not of its last digits."""
    noise = 4e-21 * np.sin(np.arange(51.0))
    ax = plot_series(replace(hall, values=noise, reference=None, unit="A", name="$j$"))
    assert ax.get_ylabel() == "$j$ ($10^{-6}$ A)"
    assert ax.get_ylim() == pytest.approx((-1.0, 1.0))
    error = np.full(51, 5e-12)
    assert plot_series(replace(hall, values=noise, reference=0.0, uncertainty=error)).get_ylim() == (
        -1.0,
        1.0,
    )


def test_a_power_of_ten_stands_in_the_label(hall, graphene_map):
    """matplotlib would write it at the end of the axis, where another label may stand."""
    ax = plot_series(Series(hall.time, 2e-7 * hall.values, "drift", "angstrom"))
    assert ax.get_ylabel() == "drift ($10^{-9}$ Å)"
    small = replace(
        graphene_map, quantity="gap", label="gap", unit="eV", values=np.abs(graphene_map.values) * 1e-8
    )
    bar = plot_zone_map(small).child_axes[0]
    bar.figure.draw_without_rendering()
    assert bar.get_ylabel() == "gap ($10^{-6}$ eV)"
    assert bar.yaxis.get_offset_text().get_text() == ""
    assert all(0 <= float(text.get_text()) < 1000 for text in bar.get_yticklabels())


def test_bands_have_their_points_as_ticks():
    path = band_path(gapped_graphene(), "G K M G", 60)
    ax = plot_bands(path)
    assert [text.get_text() for text in ax.get_xticklabels()] == ["Γ", "K", "M", "Γ"]
    np.testing.assert_allclose(ax.get_xticks(), path.tick_positions)
    assert len(ax.collections) == 2
    assert not plot_bands(path, colour=None).collections
    with pytest.raises(InputError, match="unknown colour"):
        plot_bands(path, colour="temperature")


def test_bands_of_a_metal_in_a_window_about_the_fermi_level():
    path = band_path(gapped_graphene(), "G K M G", 60)
    ax = plot_bands(path, window=(-1.0, 2.0), fermi_level=0.0)
    assert ax.get_ylim() == (-1.0, 2.0)
    assert "E_F" in ax.get_ylabel()
    assert [0.0, 0.0] in [list(line.get_ydata()) for line in ax.lines]
    # The scale is that of what is seen: Ω is largest at K, in the gap's edges.
    away = plot_bands(path, window=(4.0, 9.0))
    assert away.collections[0].norm.vmax < ax.collections[0].norm.vmax / 10


def test_bands_without_curvature_are_plain_and_monopoles_are_borne():
    assert not plot_bands(band_path(cosine_band(), "", 30)).collections
    # Ω of zincblende vanishes along its lines by symmetry: what is computed near degeneracies is rounding.
    assert not plot_bands(band_path(zincblende(), "L G X", 60)).collections
    ax = plot_bands(band_path(weyl_lattice(), "G Z", 41), colour="orbital_moment")
    ax.figure.canvas.draw()


def test_run_figure_leaves_out_what_is_not_there(run, graphene_map, hall, tmp_path):
    figure = run_figure(
        time=run.time,
        position=run.position,
        wavevector=run.wavevector,
        valley=run.valley,
        valley_names=("K", "K'"),
        zone_map=graphene_map,
        series=[hall, replace(hall, reference=None)],
        title="gapped graphene",
    )
    assert len(figure.axes) == 4
    with Image.open(save_figure(figure, tmp_path / "run.png")) as image:
        assert image.size[0] == 1400
        assert 900 < image.size[1] < 1200
        assert len(image.convert("RGB").getcolors(1 << 20)) > 200
    assert len(run_figure(series=[hall]).axes) == 1
    assert len(run_figure(zone_map=graphene_map, series=[hall]).axes) == 2
    with pytest.raises(InputError, match="nothing to draw"):
        run_figure()


def test_nothing_is_cut_off_at_the_edge(run, graphene_map, tmp_path):
    series = Series(
        np.linspace(0.0, 500.0, 20), np.linspace(-3.0, 2.0, 20), "$j$", labels=("one", "two"), reference=1.0
    )
    figure = run_figure(
        time=run.time,
        position=run.position,
        wavevector=run.wavevector,
        zone_map=graphene_map,
        series=[series],
        title="t",
    )
    save_figure(figure, tmp_path / "run.png")
    pixel = 1.0  # matplotlib 3.8 lays figures out to that
    for ax in figure.axes:
        box = ax.get_tightbbox()
        assert box.x0 >= -pixel
        assert box.y0 >= -pixel
        assert box.x1 <= figure.bbox.x1 + pixel
        assert box.y1 <= figure.bbox.y1 + pixel


def test_figures_of_other_dimensions(chain_run, chain_map, weyl_run, weyl_map, hall, tmp_path):
    for run, drawn in ((chain_run, chain_map), (weyl_run, weyl_map)):
        run.position[0, 7:] = np.nan
        run.wavevector[0, 7:] = np.nan
        figure = run_figure(
            time=run.time, position=run.position, wavevector=run.wavevector, zone_map=drawn, series=[hall]
        )
        assert save_figure(figure, tmp_path / "run.png").stat().st_size > 10_000


def test_a_figure_is_the_same_file_each_time(graphene_map, hall, tmp_path):
    path = band_path(haldane(), "G K", 20)
    for suffix, draw in (
        ("pdf", lambda: bands_figure(path, graphene_map)), ("png", lambda: plot_series(hall).figure),
    ):  # fmt: skip
        files = [save_figure(draw(), tmp_path / f"{i}.{suffix}") for i in (1, 2)]
        assert files[0].read_bytes() == files[1].read_bytes()
        assert files[0].stat().st_size > 5000


def test_figures_are_drawn_in_threads_without_touching_global_settings(graphene_map, tmp_path):
    before = dict(matplotlib.rcParams)

    def draw(i):
        save_figure(plot_zone_map(graphene_map).figure, tmp_path / f"{i}.png")

    workers = [threading.Thread(target=draw, args=(i,)) for i in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len({(tmp_path / f"{i}.png").read_bytes() for i in range(4)}) == 1
    assert dict(matplotlib.rcParams) == before


def test_bad_file_names(hall, tmp_path):
    figure = plot_series(hall).figure
    with pytest.raises(InputError, match=r"must end in \.png"):
        save_figure(figure, tmp_path / "a.docx")
    with pytest.raises(InputError, match="cannot write"):
        save_figure(figure, tmp_path / "no folder" / "a.png")


@pytest.mark.parametrize("quantity", ["energy", "gap", "berry_curvature", "orbital_moment"])
def test_every_quantity_can_be_drawn(quantity, tmp_path):
    drawn = zone_map(band(haldane(), 0), quantity, 20)
    assert save_figure(plot_zone_map(drawn).figure, tmp_path / "map.png").stat().st_size > 5000
