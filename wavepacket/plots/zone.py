"""A quantity of a band over the first Brillouin zone, with outline and high-symmetry points, and packets through it."""

from collections.abc import Sequence

import matplotlib.patheffects as effects
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Shape

from wavepacket.arrays import Float
from wavepacket.bandstructure.maps import ZoneMap
from wavepacket.bandstructure.zone import fold_by_faces
from wavepacket.plots.between import drawn_parts, hops, subdivided, without_hops
from wavepacket.plots.labels import axis_label, time_unit
from wavepacket.plots.paths import (
    Group,
    colour_groups,
    draw_ends,
    group_handles,
    last_finite,
    mark_size,
    path_strength,
    shown_packets,
)
from wavepacket.plots.style import GREY, LINE, add_colour_bar, colour_scale, legend_above, prepare, text_size

__all__ = ["folded_paths", "plot_reciprocal_paths", "plot_zone_map", "wavevector_label"]


def plot_zone_map(
    zone_map: ZoneMap,
    *,
    ax: Axes | None = None,
    colour_bar: bool = True,
    points: bool = True,
    like: ZoneMap | None = None,
) -> Axes:
    """Draw a map with the zone's outline; of a 1D crystal, the curve over its zone.

    Parameters
    ----------
    colour_bar : beside the axes (2D, 3D)
    points : mark and name the high-symmetry points
    like : another map, whose scale of colours is taken
    """
    ax = prepare(ax)
    if zone_map.dimension == 1:
        return _draw_curve(zone_map, ax, points)
    coloured = zone_map if like is None else like
    scale = colour_scale(coloured.values, signed=zone_map.quantity not in ("energy", "gap"))
    image = ax.imshow(
        zone_map.values.T,
        origin="lower",
        extent=zone_map.extent,
        cmap=scale.colours,
        norm=scale.norm,
        interpolation="bilinear",
    )
    if zone_map.outline is not None:
        _fade_outside(ax, zone_map.outline, zone_map.extent)
        ax.plot(*zone_map.outline.T, color="0.15", linewidth=1.2 * LINE, zorder=2.5)
    if points:
        _mark_points(ax, zone_map)
    if colour_bar:
        add_colour_bar(ax, image, scale, zone_map.label, zone_map.unit)
    ax.set_xlabel(wavevector_label(zone_map.plane.axes[0]))
    ax.set_ylabel(wavevector_label(zone_map.plane.axes[1]))
    ax.locator_params(nbins=4)
    for axis in (ax.xaxis, ax.yaxis):  # 0.00 beside −0.05 would leave no gap in a small panel
        axis.set_major_formatter(lambda tick, _: f"{tick:g}".replace("-", "−"))
    ax.set_aspect("equal", anchor="N")
    return ax


def wavevector_label(axis: str) -> str:
    """Label of a k axis with its unit."""
    index = axis if len(axis) == 1 else f"{{{axis}}}"
    return f"$k_{index}$ (Å$^{{-1}}$)"


def _draw_curve(zone_map: ZoneMap, ax: Axes, points: bool) -> Axes:
    along = zone_map.k[:, 0, 0]
    ax.plot(along, zone_map.values[:, 0], color=GREY, linewidth=1.5 * LINE)
    for end in () if zone_map.outline is None else zone_map.outline[:, 0]:
        ax.axvline(end, color="0.6", linewidth=LINE, linestyle=(0, (4, 3)))
    for name, images in zone_map.points.items() if points else ():
        for x, _ in images:
            ax.annotate(
                name,
                (x, 1.0),
                xycoords=("data", "axes fraction"),
                xytext=(0, 2),
                textcoords="offset points",
                ha="center",
                va="bottom",
                fontsize=text_size(ax),
            )
    ax.set_xlim(along[0], along[-1])
    ax.locator_params(axis="x", nbins=5)
    ax.set_xlabel(wavevector_label("x"))
    ax.set_ylabel(axis_label(zone_map.label, zone_map.unit))
    return ax


def _fade_outside(ax: Axes, outline: Float, extent: tuple[float, float, float, float]) -> None:
    """Lay a white veil over what lies beyond the zone, so that the zone reads as one figure."""
    left, right, bottom, top = extent
    frame = np.array([[left, bottom], [left, top], [right, top], [right, bottom], [left, bottom]])
    codes = [Shape.MOVETO, *[Shape.LINETO] * 3, Shape.CLOSEPOLY]
    inner = [Shape.MOVETO, *[Shape.LINETO] * (len(outline) - 2), Shape.CLOSEPOLY]
    veil = PathPatch(
        Shape(np.concatenate([frame, outline]), [*codes, *inner]), facecolor="white", alpha=0.65, linewidth=0
    )
    ax.add_patch(veil)
    ax.set_xlim(left, right)
    ax.set_ylim(bottom, top)


_BELOW_PATHS = 2.6  # packets in a valley lie on its point
_ABOVE_DOTS = 2.9  # and leave its name to be read


def _mark_points(ax: Axes, zone_map: ZoneMap) -> None:
    """Dots on the high-symmetry points; names on the side away from Γ."""
    halo = [effects.withStroke(linewidth=2.0, foreground="white")]
    size = text_size(ax)
    for name, images in zone_map.points.items():
        for image in images:
            distance = float(np.linalg.norm(image))
            away = image / distance if distance > 1e-9 else np.array([0.7, 0.7])
            ax.plot(*image, "o", color="0.1", markersize=0.3 * size, zorder=_BELOW_PATHS)
            ax.annotate(
                name,
                image,
                xytext=(0.8 * size * float(away[0]), 0.8 * size * float(away[1])),
                textcoords="offset points",
                ha="center",
                va="center",
                fontsize=size,
                path_effects=halo,
                zorder=_ABOVE_DOTS,
                annotation_clip=False,
            )


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
    sign: npt.ArrayLike | None = None,
) -> Axes:
    """Draw k paths folded into the zone over a map of it; of a 1D crystal, the folded k against time.

    Parameters
    ----------
    time : (T,) fs
    wavevector : (n, T, 3) unfolded, 1/Å; NaN after a packet stopped
    valley, valley_names : (n,) index of each packet's valley, −1 for none, and the names
    most : paths drawn, chosen at random
    sign : (n,) of E, where some packets are under −E: they have a lighter colour
    """
    ax = prepare(ax)
    chosen = shown_packets(len(wavevector), most)
    hopped = hops(time, wavevector[chosen])
    fine = subdivided(time, max(drawn_parts(len(time)), 2 * bool(hopped.any())))
    paths = without_hops(time, wavevector[chosen], fine, hopped)
    labels, signs = (None if each is None else np.asarray(each)[chosen] for each in (valley, sign))
    groups = colour_groups(len(paths), labels, valley_names, signs)
    if zone_map.dimension == 1:
        _draw_against_time(ax, fine, paths, zone_map, groups)
    else:
        plot_zone_map(zone_map, ax=ax, colour_bar=colour_bar)
        for group in groups:
            _draw_in_plane(ax, paths[group.members], zone_map, group.colour, len(paths))
    handles = group_handles(groups) if legend else []
    if handles:
        # From the left: beyond the right end is the colour bar, beyond the left one the letter of the panel.
        legend_above(ax, handles, "left")
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
    position = np.linspace(0, paths.shape[1] - 1, parts * (paths.shape[1] - 1) + 1)
    before = np.minimum(position.astype(np.int64), paths.shape[1] - 2)
    part = (position - before)[:, None]
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
