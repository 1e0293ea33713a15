"""The panels of a movie: real space, the Brillouin zone and a running series, each with what moves on it."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from wavepacket.arrays import Float
from wavepacket.bandstructure.maps import ZoneMap
from wavepacket.bandstructure.zone import fold_by_faces
from wavepacket.plots.between import PARTS, hops, resampled, subdivided
from wavepacket.plots.contours import Ground
from wavepacket.plots.paths import Group, draw_ground, drawn_points, length_of_paths, set_limits
from wavepacket.plots.scene import Curves, MovingPackets
from wavepacket.plots.series import Series, finish_series, frame_series
from wavepacket.plots.style import LINE
from wavepacket.plots.zone import plot_zone_map

__all__ = ["dot_size", "real_panel", "reciprocal_panel", "relative_weights", "series_strip"]


_TAIL = 0.1  # length of a tail, of the whole movie


def real_panel(
    ax: Axes,
    stamps: Float,
    time: Float,
    position: Float,
    *,
    groups: Sequence[Group],
    axes: Sequence[int],
    weight: Float | None = None,
    ground: Ground | None = None,
) -> MovingPackets:
    """Packets in real space over what lies there: their components along two axes, or along one against time."""
    fine = subdivided(stamps, PARTS)
    points, moving = resampled(time, position, fine)
    unit = length_of_paths(ax, position, axes)
    drawn, names = drawn_points(fine, np.moveaxis(points, 0, 1), axes, unit)
    set_limits(ax, drawn, equal=len(axes) > 1)
    ax.set_xlabel(names[0])
    ax.set_ylabel(names[1])
    draw_ground(ax, ground, unit[0], axes, drawn)
    joined = np.ones((len(fine) - 1, len(position)), dtype=bool)
    tail = len(stamps) if len(axes) == 1 else round(_TAIL * len(stamps))
    return MovingPackets(
        ax,
        np.moveaxis(drawn, 1, 0),
        moving,
        joined,
        groups=groups,
        tail=tail,
        parts=PARTS,
        size=dot_size(len(position)),
        weight=weight,
    )


def reciprocal_panel(
    ax: Axes,
    stamps: Float,
    time: Float,
    wavevector: Float,
    zone_map: ZoneMap,
    *,
    groups: Sequence[Group],
    size: float | None = None,
    weight: Float | None = None,
) -> MovingPackets:
    """Packets in the first zone over its map; of a 1D crystal on the curve of the map; ``size`` of a dot in points."""
    plot_zone_map(zone_map, ax=ax)
    hopped, fine = hops(time, wavevector), subdivided(stamps, PARTS)
    points, moving = resampled(time, wavevector, fine, hopped)
    folded = fold_by_faces(points, zone_map.faces)
    moved = np.linalg.norm(np.diff(points - folded, axis=0), axis=2)
    joined = moved < 1e-6 * (1 + np.linalg.norm(points[1:], axis=2))
    save = np.minimum(np.searchsorted(time, 0.5 * (fine[1:] + fine[:-1]), side="right") - 1, len(time) - 2)
    joined &= ~hopped[:, save].T
    projected = zone_map.plane.project(folded)
    if zone_map.dimension == 1:
        projected[..., 1] = np.interp(projected[..., 0], zone_map.k[:, 0, 0], zone_map.values[:, 0])
    tail = round(_TAIL * len(stamps))
    return MovingPackets(
        ax,
        projected,
        moving,
        joined,
        groups=groups,
        tail=tail,
        parts=PARTS,
        size=size or dot_size(len(wavevector)),
        weight=weight,
    )


def series_strip(ax: Axes, series: Series, stamps: Float) -> Curves:
    """A series that grows with the movie, on axes that hold all of it."""
    shown = frame_series(ax, series)
    for values, colour in zip(shown.columns.T, shown.colours, strict=True):
        ax.plot(shown.time, values, color=colour, linewidth=LINE, alpha=0.3)
    finish_series(ax, series, shown, legend=True)
    return Curves(
        ax, shown.time, shown.columns, stamps / shown.scale, colours=shown.colours, width=2.5 * LINE
    )


def relative_weights(weight: Float) -> Float:
    """Weights (n,) over a large one of them, at most 1: shares of the area of a dot."""
    size = np.abs(weight)
    # A large one, not the largest: one packet near a singular point would hide all others.
    large = float(np.quantile(size, 0.95)) or float(size.max(initial=0.0)) or 1.0
    return np.minimum(size / large, 1.0)


def dot_size(n: int) -> float:
    """Size of a packet's dot among n, points."""
    return float(np.clip(14.0 / n**0.25, 3.2, 7.5))
