"""A quantity of a band over the first Brillouin zone, with its outline and high-symmetry points."""

import matplotlib.patheffects as effects
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Shape

from wavepacket.arrays import Float
from wavepacket.bandstructure.maps import ZoneMap
from wavepacket.plots.colours import GREY, add_colour_bar, colour_scale
from wavepacket.plots.labels import axis_label
from wavepacket.plots.style import LINE, prepare, text_size

__all__ = ["plot_zone_map", "wavevector_label"]


def plot_zone_map(
    zone_map: ZoneMap, *, ax: Axes | None = None, colour_bar: bool = True, points: bool = True
) -> Axes:
    """Draw a map with the zone's outline; of a 1D crystal, the curve over its zone.

    Parameters
    ----------
    colour_bar : beside the axes (2D, 3D)
    points : mark and name the high-symmetry points
    """
    ax = prepare(ax)
    if zone_map.dimension == 1:
        return _draw_curve(zone_map, ax, points)
    scale = colour_scale(zone_map.values, signed=zone_map.quantity in ("berry_curvature", "orbital_moment"))
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
    return f"$k_{axis}$ (Å$^{{-1}}$)"


def _draw_curve(zone_map: ZoneMap, ax: Axes, points: bool) -> Axes:
    along = zone_map.k[:, 0, 0]
    ax.plot(along, zone_map.values[:, 0], color=GREY, linewidth=1.5 * LINE)
    for end in () if zone_map.outline is None else zone_map.outline[:, 0]:
        ax.axvline(end, color="0.6", linewidth=LINE, linestyle=(0, (4, 3)))
    for name, places in zone_map.points.items() if points else ():
        for x, _ in places:
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


def _mark_points(ax: Axes, zone_map: ZoneMap) -> None:
    """Dots on the high-symmetry points; names on the side away from Γ."""
    halo = [effects.withStroke(linewidth=2.0, foreground="white")]
    size = text_size(ax)
    for name, places in zone_map.points.items():
        for place in places:
            distance = float(np.linalg.norm(place))
            away = place / distance if distance > 1e-9 else np.array([0.7, 0.7])
            ax.plot(*place, "o", color="0.1", markersize=0.3 * size, zorder=3)
            ax.annotate(
                name,
                place,
                xytext=(0.85 * size * float(away[0]), 0.85 * size * float(away[1])),
                textcoords="offset points",
                ha="center",
                va="center",
                fontsize=size,
                path_effects=halo,
                zorder=3,
                annotation_clip=False,
            )
