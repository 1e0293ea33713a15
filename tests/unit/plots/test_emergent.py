"""Textures on axes: maps of their emergent fields, and those that move from frame to frame."""

import numpy as np

from wavepacket.config import Texture
from wavepacket.plots.emergent import MovingTexture, has_emergent_field, plot_emergent_fields
from wavepacket.plots.scene import Scene, draw_frame
from wavepacket.plots.style import add_axes, new_figure
from wavepacket.units import HBAR


def texture(**profile):
    return Texture.model_validate({"profile": profile})


SKYRMION = texture(kind="skyrmion", radius=30.0, velocity=[0.5, 0.0])
WALL = texture(kind="domain_wall", width=60.0, frequency=0.2, center=[10.0, 0.0])


def test_which_textures_have_a_field():
    assert has_emergent_field(SKYRMION)
    assert has_emergent_field(WALL)
    assert not has_emergent_field(texture(kind="helix", wavevector=[0.1, 0.0]))
    wave = {"term": {"matrix": [[1, 0], [0, -1]]}, "profile": {"kind": "wave", "wavevector": [0.1, 0.0]}}
    assert not has_emergent_field(Texture.model_validate(wave))


def test_map_of_a_skyrmion_follows_it():
    ax = plot_emergent_fields(SKYRMION, 100.0)
    (image,) = [
        each for each in ax.collections if each.get_array() is not None and each.get_array().ndim == 2
    ]
    field = np.asarray(image.get_array())
    assert field.min() < -100
    assert abs(field.max()) < 1e-9
    assert np.mean(ax.get_xlim()) == 50.0


def test_electric_field_of_a_wall_is_where_the_wall_is():
    """E = (ħ/2e) ω sin θ ∂θ/∂x along x, whose integral over the wall is ħω/e; no map of a magnetic field is drawn."""
    ax = plot_emergent_fields(WALL)
    (arrows,) = ax.collections
    x, u = np.asarray(arrows.XY)[:, 0], np.asarray(arrows.U)
    assert 25 < np.average(x, weights=np.abs(u)) < 55
    assert "E_" in ax.get_title(loc="right")
    size, unit = ax.get_title(loc="right").split()[1:3]
    assert unit == "MV/m"
    assert HBAR * 0.2 / 60 * 1e4 < float(size) < 3 * HBAR * 0.2 / 60 * 1e4


def test_a_texture_moves_from_frame_to_frame():
    figure = new_figure(3.0, 3.0)
    ax = add_axes(figure)
    ax.set_xlim(-50, 100)
    ax.set_ylim(-75, 75)

    def direction(places, time):
        return np.stack([0 * places[:, 0], 0 * places[:, 0], np.sign(places[:, 0] - time)], axis=1)

    moving = MovingTexture(ax, direction, np.array([0.0, 50.0]), 1.0)
    scene = Scene(figure, [moving])
    first, second = (draw_frame(scene, frame).astype(int) for frame in (0, 1))
    assert ax.get_xlim() == (-50, 100)
    blue = [np.mean(each[..., 2] > each[..., 0]) for each in (first, second)]
    assert blue[1] > 1.5 * blue[0] > 0.1


def test_a_direction_that_turns_in_the_plane_has_arrows_that_turn():
    """Along x at the first frame, along y at the second one."""
    figure = new_figure(3.0, 3.0)
    ax = add_axes(figure)
    ax.set_xlim(-50, 100)
    ax.set_ylim(-50, 100)
    moving = MovingTexture(
        ax, lambda places, time: np.tile(np.eye(3)[int(time)], (len(places), 1)), np.arange(2.0), 1.0
    )
    scene = Scene(figure, [moving])
    for frame in (0, 1):
        draw_frame(scene, frame)
        np.testing.assert_array_equal(moving._arrows.U, 1 - frame)
        np.testing.assert_array_equal(moving._arrows.V, frame)
    assert ax.get_xlim() == (-50, 100)
