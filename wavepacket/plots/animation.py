"""Movies: packets in real space beside their motion over the Brillouin zone, with a running series below."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from wavepacket.arrays import Float
from wavepacket.bandstructure.maps import ZoneMap
from wavepacket.errors import InputError
from wavepacket.plots.arrows import MovingArrows, spin_arrows
from wavepacket.plots.contours import Ground
from wavepacket.plots.emergent import MovingTexture, texture_below
from wavepacket.plots.figures import spans_of
from wavepacket.plots.labels import time_unit
from wavepacket.plots.movie import check_movie, write_movie
from wavepacket.plots.panels import real_panel, reciprocal_panel, relative_weights, series_strip
from wavepacket.plots.paths import colour_groups, group_handles, motion_axes, shown_packets
from wavepacket.plots.scene import Clock, Curves, MovingPackets, Scene, draw_frame
from wavepacket.plots.series import Series
from wavepacket.plots.sphere import sphere_panel
from wavepacket.plots.style import add_axes, legend_above, new_figure

__all__ = ["animate", "build_scene", "clock_texts"]


_WIDTH = 8.0  # inches that the width of a movie stands for: sets the size of its letters
_FONT_SIZE = 9.0
_SIZES = {".mp4": (1280, 640), ".gif": (800, 400)}
_STRIP = 1.25  # height with a strip for a series, relative to without


def animate(
    path: str | Path,
    time: Float,
    position: Float,
    wavevector: Float,
    zone_map: ZoneMap,
    *,
    valley: npt.ArrayLike | None = None,
    valley_names: Sequence[str] = (),
    weight: npt.ArrayLike | None = None,
    series: Series | None = None,
    ground: Ground | None = None,
    spin: Float | None = None,
    largest: float = 0.5,
    sign: npt.ArrayLike | None = None,
    axes: Sequence[int] | None = None,
    frames: int = 200,
    packets: int = 200,
    rate: int = 25,
    size: tuple[int, int] | None = None,
    title: str = "",
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Path:
    """Write a movie of packets.

    Parameters
    ----------
    path : ``.mp4`` (needs ffmpeg) or ``.gif``
    time : (T,) fs
    position, wavevector : (n, T, 3) Å and 1/Å, unfolded; NaN after a packet stopped
    zone_map : map under the packets in k space; its plane is the plane of that panel
    valley, valley_names : (n,) index of each packet's valley, −1 for none, and the names
    weight : (n,) states that each packet stands for, shown by the area of its dot
    series : shown in a strip below, growing with time
    ground : a potential, walls and contacts under the packets in real space
    spin : (n, T, 3) ħ, drawn as arrows on the packets, by their part in the plane, and on a sphere beside them
    largest : spin that the sphere is of, ħ
    sign : (n,) of E, where some packets are under −E: they have a lighter colour
    axes : Cartesian axes of the panel in real space; default the two along which packets move most
    frames : interpolated between the saves, smoothly where the saves tell that paths are smooth
    packets : shown at most, chosen at random
    rate : frames a second
    size : (width, height) in pixels
    title : over the panels
    progress : called with frames done and in all
    """
    check_movie(path)
    if len(time) < 2 or len(position) == 0:
        raise InputError("a movie needs at least one stored path of at least two saves")
    if frames < 2 or packets < 1 or rate < 1:
        raise InputError("a movie needs at least 2 frames, 1 packet and 1 frame a second")
    chosen = shown_packets(len(position), packets)
    scene = build_scene(
        np.linspace(time[0], time[-1], frames), time, position[chosen], wavevector[chosen], zone_map,
        labels=None if valley is None else np.asarray(valley)[chosen],
        names=valley_names, weight=None if weight is None else np.asarray(weight)[chosen], series=series, ground=ground,
        spin=None if spin is None else spin[chosen], largest=largest,
        sign=None if sign is None else np.asarray(sign)[chosen], axes=axes, title=title,
        size=_checked_size(size or _default_size(path, series is not None)),
    )  # fmt: skip

    def pictures() -> Iterator[npt.NDArray[np.uint8]]:
        for frame in range(frames):
            yield draw_frame(scene, frame)
            progress(frame + 1, frames)

    return write_movie(
        path, pictures(), [draw_frame(scene, frame) for frame in (0, frames // 2, frames - 1)], rate
    )


def _default_size(path: str | Path, strip: bool) -> tuple[int, int]:
    width, height = _SIZES[Path(path).suffix.lower()]
    return width, round(height * (_STRIP if strip else 1.0))


def _checked_size(size: tuple[int, int]) -> tuple[int, int]:
    """Size in even numbers, which .mp4 needs."""
    if min(size) < 200 or max(size) > 8000:
        raise InputError(
            f"a movie of {size[0]} x {size[1]} pixels is not between 200 and 8000 pixels wide and high"
        )
    return size[0] - size[0] % 2, size[1] - size[1] % 2


def build_scene(
    stamps: Float,
    time: Float,
    position: Float,
    wavevector: Float,
    zone_map: ZoneMap,
    *,
    labels: npt.ArrayLike | None = None,
    names: Sequence[str] = (),
    weight: Float | None = None,
    series: Series | None = None,
    ground: Ground | None = None,
    spin: Float | None = None,
    largest: float = 0.5,
    sign: npt.ArrayLike | None = None,
    axes: Sequence[int] | None = None,
    size: tuple[int, int] = (1280, 640),
    title: str = "",
) -> Scene:
    """Set up the figure of a movie with frames at ``stamps`` (F,), fs; the rest as in `animate`."""
    axes = motion_axes(position) if axes is None else axes
    spans = spans_of(position, [] if series is None else [series], axes)
    figure, grid = _empty(size, spans, series is not None, 2 + (spin is not None), title)
    groups = colour_groups(len(position), labels, names, sign)
    share = None if weight is None else relative_weights(weight)
    left, right = (add_axes(figure, grid[0, i], _FONT_SIZE) for i in (0, 1))
    moves = ground is not None and ground.moving is not None
    still = replace(ground, direction=None) if ground is not None and moves else ground
    moving: list[MovingTexture | MovingPackets | MovingArrows | Curves | Clock] = [
        reciprocal_panel(left, stamps, time, wavevector, zone_map, groups=groups, weight=share),
        real_panel(right, stamps, time, position, groups=groups, axes=axes, weight=share, ground=still),
    ]
    below = texture_below(right, stamps, position, ground, axes)
    if below is not None:
        moving.insert(0, below)
    if spin is not None:
        arrows = spin_arrows(right, stamps, time, position, spin, axes=axes)
        moving += [] if arrows is None else [arrows]
        ball = add_axes(figure, grid[0, 2], _FONT_SIZE)
        moving.append(sphere_panel(ball, stamps, time, spin, largest, groups=groups, weight=share))
    if group_handles(groups):
        # Over a chain the names of its points stand above the curve.
        legend_above(left if zone_map.dimension > 1 else right, group_handles(groups), "left")
    right.set_title(" ", fontsize=_FONT_SIZE)  # keeps the place of the clock, which the layout does not see
    moving.append(Clock(right, clock_texts(stamps), _FONT_SIZE))
    if series is not None:
        moving.append(series_strip(add_axes(figure, grid[1, :], _FONT_SIZE), series, stamps))
    return Scene(figure, moving)


def _empty(
    size: tuple[int, int], spans: Sequence[float], strip: bool, columns: int, title: str
) -> tuple[Figure, GridSpec]:
    """Figure of a size in pixels with places for panels, and for a strip below; ``spans`` as of `new_figure`."""
    dpi = size[0] / _WIDTH
    # The canvas cuts off parts of a pixel: a little more keeps rounding from costing a row.
    figure = new_figure(_WIDTH * (1 + 1e-9), (size[1] + 0.01) / dpi, _FONT_SIZE, spans)
    figure.set_dpi(dpi)
    if title:
        figure.suptitle(title, fontsize=_FONT_SIZE + 1)
    heights = [1.0, 0.3] if strip else [1.0]
    return figure, figure.add_gridspec(len(heights), columns, height_ratios=heights)


def clock_texts(stamps: Float) -> list[str]:
    """Time of each frame with three digits of the last one."""
    unit, symbol = time_unit(float(stamps[-1]))
    digits = max(0, 2 - int(np.floor(np.log10(max(abs(float(stamps[-1])) / unit, 1e-300)))))
    return [f"$t$ = {stamp / unit:.{min(digits, 6)}f} {symbol}" for stamp in stamps]
