"""Movie of an exact packet: |ψ|² in space and over the zone, with the semiclassical packets and both centres on top."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from wavepacket.arrays import Float, Integer
from wavepacket.bandstructure.maps import ZoneMap
from wavepacket.errors import InputError
from wavepacket.fields import is_static
from wavepacket.plots.animation import clock_texts
from wavepacket.plots.between import PARTS, resampled, subdivided
from wavepacket.plots.labels import length_unit
from wavepacket.plots.movie import check_movie, write_movie
from wavepacket.plots.panels import reciprocal_panel
from wavepacket.plots.paths import Group, shown_packets
from wavepacket.plots.quantum import density_pixels, view
from wavepacket.plots.quantum_courses import Pixels
from wavepacket.plots.quantum_ground import draw_ground, mark_fields
from wavepacket.plots.scene import Clock, MovingDensity, MovingPackets, Scene, draw_frame
from wavepacket.plots.style import CATEGORIES, add_axes, legend_above, new_figure
from wavepacket.quantum import Comparison

__all__ = ["animate_quantum"]


_WIDTH, _HEIGHT, _FONT_SIZE = 8.0, 4.0, 9.0  # inches that the movie stands for, points
_PIXELS = {".mp4": 1280, ".gif": 800}
_PACKETS, _CENTRE = CATEGORIES[5], CATEGORIES[0]
_EXACT = CATEGORIES[1]
_FADED = 0.75  # largest density over the movie that is drawn darkest


def animate_quantum(
    path: str | Path,
    comparison: Comparison,
    zone_map: ZoneMap,
    *,
    frames: int = 160,
    packets: int = 150,
    rate: int = 25,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Path:
    """Write a movie of a comparison that was kept with densities.

    Parameters
    ----------
    path : ``.mp4`` (needs ffmpeg) or ``.gif``
    zone_map : of the packet's band
    frames : linearly interpolated between the saves
    packets : semiclassical packets shown, at most
    rate : frames a second
    progress : called with frames done and in all
    """
    check_movie(path)
    if comparison.box.hamiltonian.dimension != 2 or comparison.exact.density is None:
        raise InputError("a movie of an exact packet needs a 2D crystal, and the densities of the saves")
    stamps = np.linspace(comparison.exact.time[0], comparison.exact.time[-1], frames)
    dpi = _PIXELS[Path(path).suffix.lower()] / _WIDTH
    figure = new_figure(_WIDTH * (1 + 1e-9), _HEIGHT + 0.01 / dpi, _FONT_SIZE)
    figure.set_dpi(dpi)
    figure.suptitle(comparison.config.heading, fontsize=_FONT_SIZE + 1)
    grid = figure.add_gridspec(1, 2)
    left, right = (add_axes(figure, grid[0, i], _FONT_SIZE) for i in (0, 1))
    chosen = shown_packets(len(comparison.semiclassical.position), packets)
    right.set_title(" ", fontsize=_FONT_SIZE)  # keeps the place of the clock, which the layout does not see
    scene = Scene(
        figure,
        [
            *_zone_panel(left, comparison, zone_map, stamps, chosen),
            *_space_panel(right, comparison, stamps, chosen),
            Clock(right, clock_texts(stamps), _FONT_SIZE),
        ],
    )

    def pictures() -> Iterator[npt.NDArray[np.uint8]]:
        for frame in range(frames):
            yield draw_frame(scene, frame)
            progress(frame + 1, frames)

    return write_movie(
        path, pictures(), [draw_frame(scene, frame) for frame in (0, frames // 2, frames - 1)], rate
    )


def _space_panel(
    ax: Axes, comparison: Comparison, stamps: Float, chosen: Integer
) -> list[MovingDensity | MovingPackets]:
    low, high = view(comparison)
    unit, symbol = length_unit(float((high - low).max()))
    extent = (float(low[0]), float(high[0]), float(low[1]), float(high[1]))
    ax.set_xlim(low[0] / unit, high[0] / unit)
    ax.set_ylim(low[1] / unit, high[1] / unit)
    ax.set_aspect("equal", anchor="N")
    still = all(texture.profile.is_static for texture in comparison.config.textures)
    if still and is_static(comparison.config.fields):
        draw_ground(ax, comparison, unit)
        mark_fields(ax, comparison, unit)
    ax.set_xlabel(f"$x$ ({symbol})")
    ax.set_ylabel(f"$y$ ({symbol})")
    assert comparison.exact.density is not None
    pixels = density_pixels(comparison, extent)
    density = _moving_density(
        ax,
        comparison,
        comparison.exact.density,
        pixels,
        extent=tuple(edge / unit for edge in extent),
        stamps=stamps,
    )
    time, semiclassical = comparison.exact.time, comparison.semiclassical
    return [
        density,
        _moving_packets(ax, stamps, time, semiclassical.position[chosen] / unit, _PACKETS, size=2.5, tail=0),
        _moving_packets(ax, stamps, time, comparison.exact.centre[None] / unit, _EXACT, size=8.0),
        _moving_packets(ax, stamps, time, semiclassical.centre[None] / unit, _CENTRE, size=4.5),
    ]


def _zone_panel(
    ax: Axes, comparison: Comparison, zone_map: ZoneMap, stamps: Float, chosen: Integer
) -> list[MovingDensity | MovingPackets]:
    everyone = Group(np.ones(len(chosen), dtype=bool), _PACKETS)
    packets = reciprocal_panel(
        ax,
        stamps,
        comparison.exact.time,
        comparison.semiclassical.wavevector[chosen],
        zone_map,
        groups=[everyone],
        size=2.2,
    )
    handles = [
        Line2D([], [], color=colour, marker="o", linestyle="none", markersize=4, label=name)
        for name, colour in (("packets", _PACKETS), ("their mean", _CENTRE), ("exact mean", _EXACT))
    ]
    legend_above(ax, handles, "left")
    assert comparison.exact.wavevector_density is not None
    box = comparison.box
    # Pixels of the map between wavevectors of the box's discrete transform, which repeats.
    reduced = zone_map.k @ box.hamiltonian.lattice.T / (2 * np.pi)
    shape = box.shape[0], box.shape[1]
    pixels = Pixels(np.moveaxis(reduced[..., :2], 0, 1) * np.array(shape), shape, periodic=True)
    density = _moving_density(
        ax, comparison, comparison.exact.wavevector_density, pixels, extent=zone_map.extent, stamps=stamps
    )
    return [density, packets]


def _moving_density(
    ax: Axes,
    comparison: Comparison,
    density: npt.NDArray[np.float32],
    pixels: Pixels,
    *,
    extent: tuple[float, ...],
    stamps: Float,
) -> MovingDensity:
    position = np.interp(stamps, comparison.exact.time, np.arange(len(comparison.exact.time)))

    def image(frame: int) -> Float:
        first = min(int(position[frame]), len(density) - 2)
        part = position[frame] - first
        now = (1 - part) * density[first].ravel() + part * density[first + 1].ravel()
        return pixels.image(now)

    left, right, bottom, top = extent
    return MovingDensity(ax, (left, right, bottom, top), image, largest=_FADED * float(density.max()))


def _moving_packets(
    ax: Axes, stamps: Float, time: Float, paths: Float, colour: str, *, size: float, tail: int | None = None
) -> MovingPackets:
    points, moving = resampled(time, paths, subdivided(stamps, PARTS))
    joined = np.ones((len(points) - 1, len(paths)), dtype=bool)
    return MovingPackets(
        ax, points[..., :2], moving, joined, groups=[Group(np.ones(len(paths), dtype=bool), colour)],
        tail=len(stamps) if tail is None else tail, parts=PARTS, size=size,
    )  # fmt: skip
