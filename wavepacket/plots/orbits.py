"""Orbits in B over the zone, and their frequencies against what was scanned."""

from typing import Final, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy.spatial import ConvexHull

from wavepacket.arrays import Float
from wavepacket.bandstructure.zone import zone_outline
from wavepacket.oscillations import OrbitResult, OrbitScan
from wavepacket.oscillations.orbit import Orbit
from wavepacket.plots.figures import compose
from wavepacket.plots.labels import axis_label
from wavepacket.plots.naming import key_symbol
from wavepacket.plots.style import CATEGORIES, LINE, prepare, text_size
from wavepacket.plots.zone import wavevector_label

__all__ = ["orbit_scan_figure", "orbits_figure", "plot_orbit_scan", "plot_orbits"]

_MOST = 8  # orbits in the figure
_COLOURS = {"electron": CATEGORIES[0], "hole": CATEGORIES[1]}
_STYLES: Final[tuple[Literal["-", "--", ":", "-."], ...]] = ("-", "--", ":", "-.")


def orbits_figure(result: OrbitResult, title: str = "") -> Figure:
    """Draw the orbits in a figure of their own, below a title where there is one."""
    return compose([lambda ax: plot_orbits(result, ax=ax)], title)


def orbit_scan_figure(scan: OrbitScan, title: str = "") -> Figure:
    """Draw frequencies in a figure of their own, below a title where there is one."""
    return compose([lambda ax: plot_orbit_scan(scan, ax=ax)], title)


def plot_orbits(result: OrbitResult, *, ax: Axes | None = None) -> Axes:
    """Draw extremal orbits as seen along −qB, the zone's silhouette behind them; arrows show how electrons move."""
    ax = prepare(ax)
    shown = result.orbits[:_MOST]
    axes = _axes(result, shown)
    outline = zone_outline(result.hamiltonian)
    if outline is not None:
        ax.plot(*_silhouette(outline, axes).T, color="0.6", linewidth=1.2 * LINE)
    handles = []
    for number, orbit in enumerate(shown):
        colour, style = _COLOURS[orbit.kind], _STYLES[number % len(_STYLES)]
        x, y = (orbit.k @ axes.T).T
        ax.plot(np.append(x, x[0]), np.append(y, y[0]), color=colour, linestyle=style, linewidth=2 * LINE)
        _arrow(ax, x, y, orbit, colour)
        label = f"{orbit.frequency:.4g} T, {orbit.cyclotron_mass:.3g} $m_e$, {orbit.kind}"
        handles.append(Line2D([], [], color=colour, linestyle=style, linewidth=2 * LINE, label=label))
    ax.set_xlabel(_label(axes[0], "1"))
    ax.set_ylabel(_label(axes[1], "2"))
    ax.set_aspect("equal")
    ax.locator_params(nbins=4)
    if handles:
        ax.legend(
            handles=handles, loc="lower center", bbox_to_anchor=(0.5, 1.0), frameon=False,
            fontsize=text_size(ax) - 0.5, handlelength=2.4,
        )  # fmt: skip
    return ax


def plot_orbit_scan(scan: OrbitScan, *, ax: Axes | None = None) -> Axes:
    """Draw the frequencies of all extremal orbits against the scanned key."""
    ax = prepare(ax)
    numbers = scan.axis.numbers
    places = np.arange(len(scan.axis.values)) if numbers is None else np.array(numbers)
    for kind, colour in _COLOURS.items():
        points = [
            (place, orbit.frequency)
            for place, result in zip(places, scan.results, strict=True)
            for orbit in result.orbits
            if orbit.kind == kind
        ]
        if points:
            ax.plot(*np.array(points).T, "o", color=colour, markersize=3, label=f"{kind}s")
    if numbers is None:
        ax.set_xticks(places, list(scan.axis.values))
    ax.set_xlabel(axis_label(key_symbol(scan.axis.path), scan.axis.unit))
    ax.set_ylabel(axis_label("$F$", "T"))
    ax.set_ylim(bottom=0.0)
    if ax.lines:
        ax.legend(frameon=False, fontsize=text_size(ax) - 0.5)
    return ax


def _axes(result: OrbitResult, orbits: tuple[Orbit, ...]) -> Float:
    """Rows (2, 3) of the plane across B."""
    if orbits:
        section = orbits[0].curve.section
        return np.stack([section.first, section.second])
    return np.eye(3)[:2]


def _label(direction: Float, number: str) -> str:
    """Label of an axis: the Cartesian one that it is, else its number."""
    signed = [("", 1.0), ("-", -1.0)]
    along = [
        f"{sign}{'xyz'[axis]}"
        for sign, way in signed
        for axis in range(3)
        if np.allclose(direction, way * np.eye(3)[axis])
    ]
    return wavevector_label(along[0] if along else number)


def _silhouette(outline: Float | list[Float], axes: Float) -> Float:
    """Closed polygon (m, 2) of a zone seen along B."""
    if not isinstance(outline, list):
        return outline @ axes[:, : outline.shape[1]].T
    corners = np.concatenate(outline) @ axes.T
    hull = ConvexHull(corners).vertices
    return np.asarray(corners[np.append(hull, hull[0])])


def _arrow(ax: Axes, x: Float, y: Float, orbit: Orbit, colour: str) -> None:
    """An arrow along the motion: counterclockwise for electrons, the other way for holes."""
    start = int(np.argmax(x + 0.3 * y))
    end = (start + (4 if orbit.kind == "electron" else -4) * max(len(x) // 128, 1)) % len(x)
    ax.annotate(
        "", (x[end], y[end]), (x[start], y[start]),
        arrowprops={"arrowstyle": "-|>", "color": colour, "linewidth": 0, "mutation_scale": 9},
    )  # fmt: skip
