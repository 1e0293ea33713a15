"""Movies: frames that move, both formats, stopped packets, and clear words where ffmpeg is missing."""

import builtins
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

from wavepacket.errors import InputError, WavepacketError
from wavepacket.plots import Series, animate
from wavepacket.plots.animation import build_scene
from wavepacket.plots.between import between, hops, resampled, without_hops
from wavepacket.plots.contours import Ground
from wavepacket.plots.movie import write_movie
from wavepacket.plots.panels import relative_weights
from wavepacket.plots.paths import colour_groups, group_handles
from wavepacket.plots.scene import draw_frame
from wavepacket.plots.style import paler


@pytest.fixture
def no_ffmpeg(monkeypatch):
    real = builtins.__import__

    def without(name, *rest, **keys):
        if name == "imageio_ffmpeg":
            raise ImportError(name)
        return real(name, *rest, **keys)

    monkeypatch.setattr(builtins, "__import__", without)
    monkeypatch.setattr(shutil, "which", lambda name: None)


def test_gif_has_all_frames_and_needs_no_ffmpeg(run, graphene_map, tmp_path, no_ffmpeg):
    seen = []
    series = Series(run.time, run.position[:, :, 0].mean(axis=0), "x", "angstrom", labels=("mean",))
    path = animate(
        tmp_path / "movie.gif", run.time, run.position, run.wavevector, graphene_map,
        valley=run.valley, valley_names=("K", "K'"), series=series, frames=9, size=(400, 260), rate=20,
        progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    with Image.open(path) as movie:
        assert (movie.n_frames, movie.size, movie.info["duration"], movie.info["loop"]) == (
            9,
            (400, 260),
            50,
            0,
        )
        movie.seek(4)
        middle = np.asarray(movie.convert("RGB"), dtype=int)
    assert middle[2, 2].tolist() == [255, 255, 255]
    assert seen[-1] == (9, 9)
    assert [file.name for file in tmp_path.iterdir()] == ["movie.gif"]


def test_mp4_through_ffmpeg(run, graphene_map, tmp_path):
    ffmpeg = pytest.importorskip("imageio_ffmpeg")
    path = animate(
        tmp_path / "a movie.mp4",
        run.time,
        run.position,
        run.wavevector,
        graphene_map,
        frames=7,
        size=(401, 301),
    )
    reader = ffmpeg.read_frames(str(path))
    assert next(reader)["size"] == (400, 300)
    assert sum(1 for _ in reader) == 7


def test_mp4_without_ffmpeg_says_what_to_do(run, graphene_map, tmp_path, no_ffmpeg):
    with pytest.raises(InputError, match=r"berry-wavepacket\[video\].*\.gif"):
        animate(tmp_path / "movie.mp4", run.time, run.position, run.wavevector, graphene_map)
    assert list(tmp_path.iterdir()) == []


def test_a_failing_ffmpeg_is_reported_and_leaves_nothing(run, graphene_map, tmp_path, monkeypatch):
    real = subprocess.Popen
    monkeypatch.setattr(
        subprocess,
        "Popen",
        lambda command, **keys: real([command[0], "-loglevel", "error", "-f", "nonsense"], **keys),
    )
    pytest.importorskip("imageio_ffmpeg")
    with pytest.raises(WavepacketError, match="ffmpeg failed"):
        animate(tmp_path / "movie.mp4", run.time, run.position, run.wavevector, graphene_map, frames=4)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", ["gif", "mp4"])
def test_an_interrupted_movie_leaves_the_old_one(suffix, tmp_path):
    pytest.importorskip("imageio_ffmpeg")
    target = tmp_path / f"movie.{suffix}"
    target.write_bytes(b"old")
    frame = np.zeros((200, 200, 4), dtype=np.uint8)

    def frames():
        yield frame
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_movie(target, frames(), [frame], 25)
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"old"]


def test_bad_requests(run, graphene_map, tmp_path):
    paths = (run.time, run.position, run.wavevector, graphene_map)
    for name, keys, message in [
        ("movie.avi", {}, "must end in .mp4 or .gif"),
        ("movie.gif", {"frames": 1}, "at least 2 frames"),
        ("movie.gif", {"size": (100, 9000)}, "pixels"),
        ("none/movie.gif", {"frames": 2, "size": (200, 200)}, "there is no folder"),
    ]:
        with pytest.raises(InputError, match=message):
            animate(tmp_path / name, *paths, **keys)
    with pytest.raises(InputError, match="at least one stored path"):
        animate(tmp_path / "movie.gif", run.time, run.position[:0], run.wavevector[:0], graphene_map)


def test_resampling_keeps_stopped_packets_where_they_stopped():
    time = np.array([0.0, 1.0, 3.0])
    paths = np.zeros((2, 3, 3))
    paths[..., 0] = [0.0, 2.0, 6.0]
    paths[1, 2] = np.nan
    points, moving = resampled(time, paths, np.array([0.0, 0.5, 1.0, 2.0, 3.0]))
    np.testing.assert_allclose(points[:, 0, 0], [0, 1, 2, 4, 6])
    np.testing.assert_allclose(points[:, 1, 0], [0, 1, 2, 2, 2])
    assert moving[:, 1].tolist() == [True, True, True, False, False]


def test_smooth_paths_stay_smooth_between_few_saves_and_bounces_stay_sharp():
    """A circle of 12 saves a turn is round to the error of a cubic spline, h⁴/77; a bounce is no arc."""
    time, fine = np.linspace(0, 3, 37), np.linspace(0, 3, 400)
    angle = 2 * np.pi * time
    circle = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    bounce = np.stack([np.abs(time - 1.5), 0 * time, 0 * time], axis=1)
    found = between(time, np.stack([circle, bounce]), fine)
    # In x and y at once, and twice that at the ends, where the spline is not-a-knot.
    allowed = 2 * np.sqrt(2) * (2 * np.pi / 12) ** 4 / 77
    inside = (fine > 0.25) & (fine < 2.75)
    assert np.abs(np.linalg.norm(found[0, inside], axis=1) - 1).max() < allowed
    assert 1 - np.cos(np.pi / 12) > 5 * allowed  # what a polygon would be wrong by
    np.testing.assert_allclose(
        found[1], np.stack([np.interp(fine, time, bounce[:, 0]), 0 * fine, 0 * fine], 1), atol=1e-12
    )


def test_collisions_are_no_lines_through_the_zone():
    """A wavevector that drifts and is thrown far away once stays for half of that step, with a gap in its middle."""
    time = np.linspace(0.0, 10.0, 11)
    k = np.zeros((1, 11, 3))
    k[0, :, 0] = 0.01 * time
    k[0, 6:, 0] -= 1.0
    hopped = hops(time, k)
    assert np.flatnonzero(hopped[0]).tolist() == [5]
    fine = np.linspace(0.0, 10.0, 41)
    drawn = without_hops(time, k, fine, hopped)[0, :, 0]
    assert np.flatnonzero(~np.isfinite(drawn)).tolist() == [22]
    np.testing.assert_allclose(drawn[20:25][[0, 1, 3, 4]], [0.05, 0.05, -0.94, -0.94])
    np.testing.assert_allclose(drawn[:20], 0.01 * fine[:20], atol=1e-12)
    points, moving = resampled(time, k, fine, hopped)
    assert moving.all()
    assert set(np.round(points[20:25, 0, 0], 9)) == {0.05, -0.94}
    assert not hops(time, np.cumsum(np.full((1, 11, 3), 0.01), axis=1)).any()


def test_a_gif_shows_shades_between_its_colours_as_a_still_pattern(tmp_path):
    """Means over 8 x 8 pixels are right to less than the distance of colours; white stays white; no pixel flickers."""
    ramp = np.full((96, 480, 4), 255, dtype=np.uint8)
    x, y = np.meshgrid(np.linspace(0, 1, 480), np.linspace(0, 1, 64))
    ramp[32:, :, 0], ramp[32:, :, 1], ramp[32:, :, 2] = 255 - 200 * x * y, 255 - 120 * x, 255 - 90 * y
    path = write_movie(tmp_path / "ramp.gif", iter([ramp, ramp[:, ::1].copy()]), [ramp], 25)
    with Image.open(path) as movie:
        first = np.asarray(movie.convert("RGB"), dtype=int)
        movie.seek(movie.n_frames - 1)
        np.testing.assert_array_equal(np.asarray(movie.convert("RGB")), first)
    assert np.all(first[:32] == 255)

    def blocks(picture):
        return picture[32:].reshape(8, 8, 60, 8, 3).mean(axis=(1, 3))

    assert np.abs(blocks(first) - blocks(ramp[..., :3].astype(float))).mean() < 1.5


def test_only_what_moves_is_drawn_again_and_frames_differ(run, graphene_map):
    stamps = np.linspace(0, 400, 5)
    scene = build_scene(stamps, run.time, run.position, run.wavevector, graphene_map, size=(600, 300))
    first, last, again = (draw_frame(scene, i) for i in (0, 4, 0))
    assert first.shape == (300, 600, 4)
    assert np.any(first != last)
    np.testing.assert_array_equal(first, again)


def test_walls_and_contacts_lie_under_the_packets(run, graphene_map):
    box = np.array([[-900.0, -900.0], [900.0, -900.0], [900.0, 900.0]])
    ground = Ground(walls=(box,), contacts={"drain": box[1:]})
    stamps = np.linspace(0, 400, 3)
    scene = build_scene(
        stamps, run.time, run.position, run.wavevector, graphene_map, ground=ground, size=(600, 300)
    )
    real = scene.figure.axes[-1]
    unit = 10.0 if "nm" in real.get_xlabel() else 1.0
    assert any(np.array_equal(line.get_xydata(), box / unit) for line in real.lines)
    assert [text.get_text() for text in real.texts if text.get_text() == "drain"]


def test_movies_of_other_dimensions_with_stopped_packets(chain_run, chain_map, weyl_run, weyl_map):
    for run, drawn in ((chain_run, chain_map), (weyl_run, weyl_map)):
        run.position[0, 20:] = np.nan
        run.wavevector[0, 20:] = np.nan
        run.position[1] = run.wavevector[1] = np.nan  # never started
        scene = build_scene(
            np.linspace(0, run.time[-1], 8), run.time, run.position, run.wavevector, drawn, size=(500, 250)
        )
        assert np.any(draw_frame(scene, 7) != draw_frame(scene, 0))


@pytest.mark.parametrize("size", [(801, 333), (777, 701)])
def test_frames_have_the_size_asked_for(run, graphene_map, size):
    scene = build_scene(run.time[:3], run.time, run.position, run.wavevector, graphene_map, size=size)
    assert draw_frame(scene, 1).shape == (size[1], size[0], 4)


def test_dots_have_areas_by_weight(run, graphene_map):
    """A packet of no weight leaves no mark; the others leave as much ink as before."""
    stamps = np.linspace(run.time[0], run.time[-1], 5)

    def ink(weight):
        scene = build_scene(
            stamps, run.time, run.position, run.wavevector, graphene_map, weight=weight, size=(800, 400)
        )
        still = np.array(scene.canvas.buffer_rgba()).astype(int)
        drawn = draw_frame(scene, 4).astype(int)
        return np.count_nonzero(np.abs(drawn - still).sum(axis=2))

    count = len(run.position)
    none, half, full = (ink(1.0 * (np.arange(count) < shown)) for shown in (1, count // 2, count))
    assert ink(None) == full > 1.3 * half > 1.3 * none


def test_weights_relative_to_a_large_one():
    share = relative_weights(np.concatenate([np.full(99, 2.0), [200.0]]))
    assert np.all(share == 1.0)
    assert relative_weights(np.array([0.0, 0.0, 4.0])).tolist() == [0.0, 0.0, 1.0]
    assert relative_weights(np.zeros(3)).tolist() == [0.0] * 3


def test_packets_under_minus_e_have_a_paler_shade_of_the_same_colour(run, graphene_map):
    """Each pair is one colour and its shade, and the legend says what the shade means."""
    sign = np.repeat([1, -1], 6)
    valley = np.tile(run.valley[:6], 2)
    groups = colour_groups(12, valley, ("K", "K'"), sign)
    assert [handle.get_label() for handle in group_handles(groups)] == ["K", "K′", "$-E$"]
    assert [one.colour for one in groups] == [
        *map(paler, (groups[2].colour, groups[3].colour)),
        groups[2].colour,
        groups[3].colour,
    ]
    assert sum(one.members.astype(int) for one in groups).tolist() == [1] * 12
    few = colour_groups(4, None, (), [1, 1, -1, -1])
    assert [np.flatnonzero(one.members).tolist() for one in few] == [[2], [3], [0], [1]]
