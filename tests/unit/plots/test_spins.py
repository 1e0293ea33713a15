"""Packets in a group of bands, by the spin that they start with."""

import numpy as np
import pytest

from wavepacket.config import config_from_mapping
from wavepacket.hamiltonians.library.spin import spin_matrices
from wavepacket.plots.arrows import spin_arrows
from wavepacket.plots.between import PARTS
from wavepacket.plots.paths import colour_groups
from wavepacket.plots.sphere import plot_spins, seen, sphere_panel
from wavepacket.plots.spins import spins_of, split_axes, start_labels
from wavepacket.plots.style import new_figure


@pytest.mark.parametrize(
    ("internal", "expected"),
    [
        ({"spin": "3/2", "start": "helicity", "values": [1.5, -1.5]}, ([0, 0, 1, 1], ("3/2", "−3/2"))),
        ({"spin": "3/2", "start": "spin"}, ([0, 0, 1, 1], ("spin ↓", "spin ↑"))),
        ({"spin": "3/2", "start": "spin", "weights": [0, 1]}, None),
        ({"spin": "3/2"}, None),
    ],
)
def test_starts_follow_each_other(internal, expected):
    config = config_from_mapping({
        "name": "test", "model": {"name": "luttinger"}, "bands": [2, 3], "internal": internal,
        "ensemble": {"kind": "packets", "wavevectors": [[0.1, 0, 0]] * 10}, "time": {"end": 1.0, "saves": 2},
    })  # fmt: skip
    found = start_labels(config, 20, np.array([0, 9, 10, 19]))
    assert (None if found is None else (found[0].tolist(), found[1])) == expected


def test_the_plane_of_the_split():
    """Two packets that fly 100 along z and part by 4 along x: that plane; by less than a hundredth it is not seen."""
    path = np.linspace(0, 1, 5)[:, None]
    for apart, expected in ((4.0, (0, 2)), (0.05, None)):
        position = np.stack([path * [sign * apart / 2, 0, 100] for sign in (1, -1)])
        assert split_axes(position, np.array([0, 1])) == expected


def test_arrows_show_the_spin_in_the_plane_of_the_way():
    """A spin along x of a packet that moves in xz is an arrow to the right, longest for the largest spin."""
    time, spin = np.linspace(0, 1, 3), np.zeros((1, 3, 3))
    spin[0, :, 0] = [0.5, 0.0, -0.25]
    position = time[None, :, None] * np.array([[[30.0, 0.0, 50.0]]])
    axes = new_figure(3, 3).add_subplot()
    arrows = spin_arrows(axes, time, time, position, spin, axes=(0, 2))
    np.testing.assert_allclose(arrows._components[:, 0], [[0.5, 0], [0, 0], [-0.25, 0]])
    np.testing.assert_allclose(arrows._points[2, 0] / arrows._points[1, 0], 2)
    assert spin_arrows(axes, time, time, position, spin, axes=(2,)) is None


def test_spins_of_states():
    state = np.array([[[1.0, 0, 1, 0], [1, 0, 0, 1]]]) / np.sqrt(2)  # along x, along y
    np.testing.assert_allclose(spins_of(state, spin_matrices(2)), [[[0.5, 0, 0], [0, 0.5, 0]]], atol=1e-15)


def test_a_sphere_is_seen_as_a_rotation_shows_it():
    """z is upright, lengths and angles are kept with the depth, and x, y, z keep their handedness."""
    points, depth = seen(np.eye(3))
    turned = np.column_stack([points, depth])
    np.testing.assert_allclose(turned @ turned.T, np.eye(3), atol=1e-14)
    assert np.linalg.det(turned) == pytest.approx(1)
    assert points[2] == pytest.approx([0, np.cos(np.radians(20))])


def test_spins_on_a_sphere():
    """Paths of two spins, one of a packet that stopped, and the same as dots of a movie."""
    time, turn = np.linspace(0, 1, 5), np.linspace(0, 1, 5)
    spin = 0.5 * np.stack([[np.cos(turn), np.sin(turn), 0 * turn], [0 * turn, np.sin(turn), np.cos(turn)]])
    spin = np.moveaxis(spin, 1, 2)
    spin[1, 3:] = np.nan
    axes = plot_spins(spin, 0.5, valley=[0, 1], valley_names=["up", "down"])
    starts = [line.get_xydata()[0] for line in axes.lines if line.get_markerfacecolor() == "white"]
    np.testing.assert_allclose(starts, seen(2 * spin[:, 0])[0])
    panel = sphere_panel(new_figure().subplots(), time, time, spin, 0.5, groups=colour_groups(2, None))
    np.testing.assert_allclose(panel._points[::PARTS, 0], seen(2 * spin[0])[0], atol=1e-12)
    assert not panel._moving[4 * PARTS, 1]
    np.testing.assert_allclose(panel._points[4 * PARTS, 1], seen(2 * spin[1, 2])[0])
