"""Paths of packets through the first Brillouin zone."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from wavepacket.arrays import Float
from wavepacket.bandstructure.maps import ZoneMap
from wavepacket.bandstructure.zone import fold_by_faces
from wavepacket.plots.labels import time_unit
from wavepacket.plots.packets import Group, colour_groups, group_handles, last_finite, shown_packets
from wavepacket.plots.paths import draw_ends, mark_size, path_strength
from wavepacket.plots.style import LINE, legend_above, prepare
from wavepacket.plots.zone import plot_zone_map, wavevector_label

__all__ = ["folded_paths", "plot_reciprocal_paths"]


_MOST_POINTS = 50_000  # of one path
_STEP = 0.01  # of the shortest face vector: the longest step of a path that is folded as a whole


def plot_reciprocal_paths(
    time: Float,
    wavevector: Float,
    zone_map: ZoneMap,
    *,
    ax: Axes | None = None,
    valley: npt.ArrayLike | None = None,
    valley_names: Sequence[str] = (),
    most: int = 60,
    legend: bool = True,
    colour_bar: bool = True,
) -> Axes:
    """Draw k paths folded into the zone over a map of it; of a 1D crystal, the folded k against time.

    Parameters
    ----------
    time : (T,) fs
    wavevector : (n, T, 3) unfolded, 1/Å; NaN after a packet stopped
    valley, valley_names : (n,) index of each packet's valley, −1 for none, and the names
    most : paths drawn, chosen at random
    """
    ax = prepare(ax)
    chosen = shown_packets(len(wavevector), most)
    paths = wavevector[chosen]
    labels = None if valley is None else np.asarray(valley)[chosen]
    groups = colour_groups(len(paths), labels, valley_names)
    if zone_map.dimension == 1:
        _draw_against_time(ax, time, paths, zone_map, groups)
    else:
        plot_zone_map(zone_map, ax=ax, colour_bar=colour_bar)
        for group in groups:
            _draw_in_plane(ax, paths[group.members], zone_map, group.colour, len(paths))
    handles = group_handles(groups) if legend else []
    if handles:
        legend_above(ax, handles)
    return ax


def folded_paths(wavevector: Float, faces: Float) -> list[Float]:
    """Fold paths (n, T, 3) into the zone: one array (m, 3) for each, with a row of NaN where it leaves and returns."""
    paths = _subdivided(wavevector, faces)
    folded = fold_by_faces(paths, faces)
    shifts = paths - folded
    return [_broken(*one) for one in zip(paths, folded, shifts, strict=True)]


def _broken(path: Float, folded: Float, shift: Float) -> Float:
    """Split the steps of one path that cross the border in the middle, half on either side."""
    moved = np.linalg.norm(np.diff(shift, axis=0), axis=1)
    crossing = np.flatnonzero(moved > 1e-9 * (1.0 + np.linalg.norm(shift[1:], axis=1)))
    middle = (path[crossing] + path[crossing + 1]) / 2
    gap = np.full_like(middle, np.nan)
    border = np.stack([middle - shift[crossing], gap, middle - shift[crossing + 1]], axis=1)
    return np.insert(folded, np.repeat(crossing + 1, 3), border.reshape(-1, 3), axis=0)


def _subdivided(paths: Float, faces: Float) -> Float:
    """Cut the steps of paths (n, T, 3) that are long against the zone; the folded halves then meet its border."""
    if len(faces) == 0 or paths.shape[1] < 2:
        return paths
    steps = np.linalg.norm(np.diff(paths[..., np.any(faces, axis=0)], axis=1), axis=2)
    longest = float(np.max(steps, where=np.isfinite(steps), initial=0.0))
    most = 1 + _MOST_POINTS // paths.shape[1]
    parts = int(np.clip(np.ceil(longest / (_STEP * np.linalg.norm(faces, axis=1).min())), 1, most))
    place = np.linspace(0, paths.shape[1] - 1, parts * (paths.shape[1] - 1) + 1)
    before = np.minimum(place.astype(np.int64), paths.shape[1] - 2)
    part = (place - before)[:, None]
    points: Float = paths[:, before] * (1 - part) + paths[:, before + 1] * part
    return points


def _draw_in_plane(ax: Axes, paths: Float, zone_map: ZoneMap, colour: str, total: int) -> None:
    pieces = [zone_map.plane.project(path) for path in folded_paths(paths, zone_map.faces)]
    many = sum(map(len, pieces)) > 20_000
    lines = LineCollection(
        pieces, color=colour, capstyle="round", rasterized=many, zorder=2.7, **path_strength(total)
    )
    ax.add_collection(lines, autolim=False)
    end, stopped = last_finite(paths)
    draw_ends(ax, zone_map.place(end), stopped, mark_size(ax, total), colour)


def _draw_against_time(ax: Axes, time: Float, paths: Float, zone_map: ZoneMap, groups: list[Group]) -> None:
    scale, symbol = time_unit(float(time[-1]))
    for group in groups:
        # Time takes the place of the y component, which is empty in 1D, so that it is cut where k is.
        stamped = paths[group.members].copy()
        stamped[..., 1] = time / scale
        pieces = [path[:, [1, 0]] for path in folded_paths(stamped, zone_map.faces)]
        ax.add_collection(LineCollection(pieces, color=group.colour, **path_strength(len(paths))))
    for end in () if zone_map.outline is None else zone_map.outline[:, 0]:
        ax.axhline(end, color="0.6", linewidth=LINE, linestyle=(0, (4, 3)))
    ax.set_xlim(time[0] / scale, time[-1] / scale)
    ax.set_ylim(zone_map.extent[0], zone_map.extent[1])
    ax.set_xlabel(f"time ({symbol})")
    ax.set_ylabel(wavevector_label("x"))
