"""An exact packet beside its semiclassical ones: both paths, what lies between them, spread and band population."""

from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from wavepacket.bandstructure.maps import ZoneMap
from wavepacket.config import Term
from wavepacket.plots.labels import axis_label, power_of_ten, time_unit
from wavepacket.plots.quantum_paths import ALL_TERMS, EXACT, draw_centres, styled_centres, term_colour
from wavepacket.plots.reciprocal import folded_paths
from wavepacket.plots.style import FONT_SIZE, LINE, PAGE, add_axes, letter_panels, new_figure, text_size
from wavepacket.plots.zone import plot_zone_map
from wavepacket.quantum import Comparison

__all__ = ["quantum_figure"]


_CLEAR = 0.06  # of the height of axes: names closer to each other than this would overlap
TERM_LABELS: Final[dict[Term, str]] = {
    "moment": "no $m$",
    "moment_sign": "$-m$",
    "curvature": r"no $\Omega$",
    "curvature_sign": r"$-\Omega$",
    "density_of_states": "$D=1$",
}


def quantum_figure(found: Comparison, zone_map: ZoneMap, *, title: str = "") -> Figure:
    """Draw paths in space and over the zone, distances, spreads and the part of the packet that left its band.

    Parameters
    ----------
    found : kept with densities
    zone_map : of the packet's band
    """
    figure = new_figure(PAGE, 4.4)
    grid = figure.add_gridspec(2, 3)
    axes = [add_axes(figure, grid[i // 3, i % 3]) for i in range(5)]
    draw_centres(axes[0], found)
    _draw_zone(axes[1], found, zone_map)
    _draw_distances(axes[2], found)
    _draw_spreads(axes[3], found)
    _draw_leakage(axes[4], found)
    _key(add_axes(figure, grid[1, 2]), found)
    letter_panels(axes)
    if title:
        figure.suptitle(title, fontsize=FONT_SIZE + 1)
    return figure


def _draw_zone(ax: Axes, found: Comparison, zone_map: ZoneMap) -> None:
    plot_zone_map(zone_map, ax=ax, colour_bar=zone_map.dimension > 1)
    looks = styled_centres(found)[-2:]
    for k, (_, look) in zip(
        (found.exact.mean[:, :3], found.semiclassical.mean_wavevector), looks, strict=True
    ):
        (path,) = folded_paths(k[None], zone_map.faces)
        points = zone_map.plane.project(path)
        if zone_map.dimension == 1:
            points[:, 1] = np.interp(points[:, 0], zone_map.k[:, 0, 0], zone_map.values[:, 0])
        # Above the names of points, which a short path near one of them would hide behind.
        ax.plot(*points.T, **look, zorder=3.1)
    ax.plot(*points[0], "o", color="white", markeredgecolor=EXACT, markersize=3.5, zorder=3.2)


def _draw_distances(ax: Axes, found: Comparison) -> None:
    scale, symbol = time_unit(float(found.exact.time[-1]))
    time = found.exact.time / scale
    lowest = np.inf
    drawn = [(each, term_colour(i), LINE * 1.5) for i, each in enumerate(found.switched.values())]
    for centre, colour, width in [*drawn, (found.semiclassical.centre, ALL_TERMS, 2.5 * LINE)]:
        distance = found.distance(centre)[1:]
        ax.semilogy(time[1:], np.maximum(distance, 1e-12), color=colour, linewidth=width)
        lowest = min(lowest, float(np.quantile(distance, 0.1)))
    ax.set_ylim(bottom=max(0.3 * lowest, 1e-12))
    ax.set_xlim(0.0, time[-1])
    ax.set_xlabel(f"time ({symbol})")
    ax.set_ylabel("distance (Å)")


def _draw_spreads(ax: Axes, found: Comparison) -> None:
    dimension = found.band.hamiltonian.dimension
    scale, symbol = time_unit(float(found.exact.time[-1]))
    for covariance, look in zip(
        (found.exact.covariance, found.semiclassical.covariance),
        [each for _, each in styled_centres(found)[-2:]],
        strict=True,
    ):
        spread = np.sqrt(np.einsum("tii->ti", covariance).clip(min=0.0)[:, 3 : 3 + dimension])
        ax.plot(found.exact.time / scale, spread, **look)
    if dimension > 1:
        _name_spreads(ax, found, dimension)
    ax.set_xlim(0.0, found.exact.time[-1] / scale)
    ax.set_xlabel(f"time ({symbol})")
    ax.set_ylabel("spread in space (Å)")


def _name_spreads(ax: Axes, found: Comparison, dimension: int) -> None:
    """Write x, y, z at the ends of the exact curves, and of the semiclassical ones where those end elsewhere."""
    named: list[float] = []
    low, high = ax.get_ylim()
    for covariance, colour in ((found.exact.covariance, "0.0"), (found.semiclassical.covariance, ALL_TERMS)):
        last = np.sqrt(np.diag(covariance[-1]).clip(min=0.0))[3 : 3 + dimension]
        for axis, value in enumerate(last):
            if any(abs(value - other) < _CLEAR * (high - low) for other in named):
                continue
            named.append(float(value))
            ax.annotate(
                f"${'xyz'[axis]}$", (1.0, value), xycoords=("axes fraction", "data"), xytext=(3, 0),
                textcoords="offset points", va="center", fontsize=text_size(ax), color=colour,
            )  # fmt: skip


def _draw_leakage(ax: Axes, found: Comparison) -> None:
    scale, symbol = time_unit(float(found.exact.time[-1]))
    known = np.isfinite(found.exact.population)
    lost = np.clip(1.0 - found.exact.population[known], 0.0, 1.0)
    power = power_of_ten(lost)
    few: dict[str, Any] = {"marker": "o", "markersize": 3.0} if known.sum() < 20 else {}
    ax.plot(found.exact.time[known] / scale, lost / 10.0**power, color=EXACT, linewidth=2 * LINE, **few)
    ax.set_xlim(0.0, found.exact.time[-1] / scale)
    ax.set_xlabel(f"time ({symbol})")
    ax.set_ylabel(axis_label("outside of the band", "", power))


def _key(ax: Axes, found: Comparison) -> None:
    """Legend of all panels in a place of its own."""
    ax.set_axis_off()
    (_, exact), (_, full) = styled_centres(found)[-2:]
    handles = [Line2D([], [], label="Schrödinger", **exact), Line2D([], [], label="semiclassical", **full)]
    handles += [
        Line2D(
            [], [], color=term_colour(i), linewidth=1.5 * LINE, label=f"semiclassical, {TERM_LABELS[term]}"
        )
        for i, term in enumerate(found.switched)
    ]
    ax.legend(handles=handles, loc="center left", frameon=False, fontsize=text_size(ax))
