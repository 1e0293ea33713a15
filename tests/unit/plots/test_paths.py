"""Paths on axes: folding without false lines, planes, units, stopped packets."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib.collections import LineCollection

from wavepacket.bandstructure.zone import face_vectors
from wavepacket.hamiltonians import gapped_graphene
from wavepacket.plots import plot_paths, plot_reciprocal_paths, plot_zone_map
from wavepacket.plots.paths import last_finite, motion_axes, shown_packets
from wavepacket.plots.style import add_axes, new_figure
from wavepacket.plots.zone import folded_paths

GRAPHENE = gapped_graphene()
FACES = face_vectors(GRAPHENE)


@given(arrays(float, (2, 4, 2), elements=st.floats(-4.0, 4.0)))
def test_folded_paths_stay_in_the_zone_and_never_jump(flat):
    paths = np.pad(flat, ((0, 0), (0, 0), (0, 1)))
    for path, folded in zip(paths, folded_paths(paths, FACES), strict=True):
        finite = folded[np.isfinite(folded).all(axis=1)]
        # a step across the border ends half-way, up to half a step beyond it
        assert np.max(finite @ FACES.T / np.sum(FACES**2, axis=1)) <= 0.5 + 0.0051
        steps = np.diff(folded, axis=0)
        assert np.nanmax(np.linalg.norm(steps, axis=1), initial=0.0) <= 0.02 * np.linalg.norm(FACES[0])
        # what is drawn is as long as the path
        drawn = np.nansum(np.linalg.norm(steps, axis=1))
        assert drawn == pytest.approx(np.linalg.norm(np.diff(path, axis=0), axis=1).sum(), abs=1e-6)


def test_folded_paths_of_a_model_without_a_zone():
    paths = np.ones((1, 3, 3))
    np.testing.assert_array_equal(folded_paths(paths, np.zeros((0, 3)))[0], paths[0])


def test_motion_axes():
    paths = np.zeros((3, 5, 3))
    paths[..., 0] = np.arange(5)
    assert motion_axes(paths) == (0,)
    paths[..., 2] = 0.1 * np.arange(5) ** 2
    assert motion_axes(paths) == (0, 2)
    paths[..., 1] = 0.5 * np.arange(5)
    assert motion_axes(paths) == (0, 1)
    paths[1] = np.nan
    assert motion_axes(paths) == (0, 1)
    spread = np.zeros((2, 3, 3))
    spread[..., 0], spread[1, :, 1] = np.arange(3), 4.0  # parallel lines side by side
    assert motion_axes(spread) == (0, 1)


def test_shown_packets_are_spread_over_all():
    assert shown_packets(3, 10).tolist() == [0, 1, 2]
    chosen = shown_packets(10_000, 400)
    assert len(np.unique(chosen)) == 400
    assert np.bincount(chosen // 1000, minlength=10).min() > 20
    np.testing.assert_array_equal(chosen, shown_packets(10_000, 400))
    assert shown_packets(0, 3).tolist() == []


def test_last_finite_point_of_stopped_packets():
    paths = np.arange(12.0).reshape(2, 3, 2)
    paths[1, 1:] = np.nan
    end, stopped = last_finite(paths)
    np.testing.assert_array_equal(end, [[4.0, 5.0], [6.0, 7.0]])
    assert stopped.tolist() == [False, True]


def test_real_space_paths(run):
    run.position[3, 20:] = np.nan
    ax = plot_paths(run.time, run.position, valley=run.valley, valley_names=("K", "K'"))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["K", "K′", "start", "end"]
    assert ax.get_aspect() == 1.0
    assert ax.get_xlabel() in ("$x$ (Å)", "$x$ (nm)")
    assert (
        sum(len(lines.get_segments()) for lines in ax.collections if isinstance(lines, LineCollection)) == 12
    )
    assert any(line.get_marker() == "x" and len(line.get_xdata()) == 1 for line in ax.lines)


def test_paths_far_longer_than_wide_are_not_squeezed_to_a_line(run):
    run.position[..., 1] *= 1e-4 * np.abs(run.position[..., 0]).max() / np.abs(run.position[..., 1]).max()
    assert plot_paths(run.time, run.position).get_aspect() == "auto"


def test_motion_on_a_line_is_drawn_against_time(chain_run, chain_map):
    ax = plot_paths(chain_run.time, chain_run.position)
    assert ax.get_xlabel() == "time (ps)"
    ax = plot_reciprocal_paths(chain_run.time, chain_run.wavevector, chain_map)
    assert (ax.get_xlabel(), ax.get_xlim()) == ("time (ps)", (0.0, 3.0))
    border = np.pi / 4.0
    for lines in ax.collections:
        for segment in lines.get_segments():
            assert np.nanmax(np.abs(segment[:, 1])) < 1.02 * border


def test_paths_in_three_dimensions(weyl_run):
    ax = plot_paths(weyl_run.time, weyl_run.position, ax=add_axes(new_figure(), projection="3d"))
    assert ax.get_zlabel().startswith("$z$")
    assert plot_paths(weyl_run.time, weyl_run.position, axes=(0, 2)).get_ylabel().startswith("$z$")


def test_callers_axes_are_used_and_returned(run, graphene_map):
    ax = add_axes(new_figure())
    assert plot_paths(run.time, run.position, ax=ax) is ax
    assert plot_zone_map(graphene_map, ax=ax) is ax


def test_nothing_to_draw_is_no_error(run, graphene_map):
    plot_paths(run.time, run.position[:0])
    plot_reciprocal_paths(run.time, run.wavevector[:0], graphene_map)
    plot_paths(run.time, np.full_like(run.position, np.nan)).figure.canvas.draw()
    plot_reciprocal_paths(run.time, np.full_like(run.wavevector, np.nan), graphene_map)


def test_zone_map_names_its_points(graphene_map, weyl_map):
    ax = plot_zone_map(graphene_map)
    texts = [text.get_text() for text in ax.texts]
    assert sorted(texts) == sorted(["Γ", "K", "K", "K", "K′", "K′", "K′", "M", "M"])
    assert plot_zone_map(weyl_map).get_ylabel() == "$k_z$ (Å$^{-1}$)"
    assert not plot_zone_map(weyl_map, points=False, colour_bar=False).texts
