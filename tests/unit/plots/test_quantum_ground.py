"""What lies under an exact packet: contours where V has one value, walls where they are, and axes as they were."""

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure

from wavepacket.config import config_from_mapping
from wavepacket.plots.quantum_ground import draw_ground, draw_ground_against_time


def given(**sections):
    mapping = {
        "name": "test", "model": {"name": "haldane"}, "band": 0, "time": {"end": 10.0, "saves": 3},
        "ensemble": {"kind": "gaussian", "center": [0.0], "width": 0.1, "number": 64},
    }  # fmt: skip
    config = config_from_mapping(mapping | sections)
    return SimpleNamespace(config=config, exact=SimpleNamespace(time=np.array([0.0, 5.0, 10.0])))


def contours(ax):
    """Points of each contour line."""
    return [part for path in ax.collections[0].get_paths() for part in path.to_polygons(closed_only=False)]


@pytest.fixture
def ax():
    axes = Figure().add_subplot()
    axes.set_xlim(-3.0, 3.0)
    axes.set_ylim(-2.0, 2.0)
    return axes


def test_a_trap_and_a_round_wall(ax):
    """In nm, while V and walls are in Å."""
    trap = {"kind": "harmonic", "stiffness": [2e-3, 1e-3], "center": [5.0, 0.0]}
    wall = {"walls": [{"kind": "circle", "radius": 15.0, "center": [2.0, 1.0]}]}
    draw_ground(ax, given(fields={"potential": trap}, sample=wall), 10.0)
    assert (ax.get_xlim(), ax.get_ylim()) == ((-3.0, 3.0), (-2.0, 2.0))
    heights = [
        1e-3 * (10 * x - 5) ** 2 + 0.5e-3 * (10 * y) ** 2 for x, y in (each.T for each in contours(ax))
    ]
    assert len({round(float(each.mean()), 1) for each in heights}) > 2
    for each in heights:
        assert np.ptp(each) < 0.02
    (line,) = ax.get_lines()
    np.testing.assert_allclose(np.hypot(*(10 * line.get_xydata() - [2.0, 1.0]).T), 15.0)


def test_a_wave_over_time(ax):
    """A cos(qx − ωt) along its contours."""
    wave = {"kind": "wave", "amplitude": 0.1, "wavevector": [0.05], "frequency": 0.4}
    draw_ground_against_time(ax, given(fields={"potential": wave}), (-30.0, 30.0), (1.0, 10.0))
    found = contours(ax)
    assert len(found) > 4
    for time, x in (each.T for each in found):
        assert np.ptp(np.cos(0.05 * 10 * x - 0.4 * time)) < 0.01


def test_nothing_is_drawn_where_there_is_nothing(ax):
    draw_ground(ax, given(), 1.0)
    draw_ground_against_time(ax, given(), (-1.0, 1.0), (1.0, 1.0))
    assert not ax.collections
    assert not ax.get_lines()
