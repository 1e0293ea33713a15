"""An exact packet beside its semiclassical ones: both paths, what lies between them, spread and band population."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from wavepacket.analysis.maps import ZoneMap
from wavepacket.config import Term
from wavepacket.plots.colours import CATEGORIES, GREY
from wavepacket.plots.labels import length_unit, time_unit
from wavepacket.plots.reciprocal import folded_paths
from wavepacket.plots.series import Series, plot_series
from wavepacket.plots.style import FONT_SIZE, LINE, PAGE, add_axes, letter_panels, new_figure, text_size
from wavepacket.plots.zone import plot_zone_map
from wavepacket.schroedinger import Comparison

__all__ = ["density_cells", "quantum_figure", "view"]

Float = npt.NDArray[np.float64]

_DENSITY: Final = "Greys"
TERM_LABELS: Final[dict[Term, str]] = {
    "moment": "no $m$",
    "moment_sign": "$-m$",
    "curvature": r"no $\Omega$",
    "curvature_sign": r"$-\Omega$",
    "density_of_states": "$D=1$",
}
_EXACT, _ALL = GREY, CATEGORIES[0]
_PIXELS = 300
_VIEW = 3.0  # standard deviations of the packet around its path that are shown


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
    _draw_paths(axes[0], found)
    _draw_zone(axes[1], found, zone_map)
    _draw_distances(axes[2], found)
    _draw_spreads(axes[3], found)
    _draw_leakage(axes[4], found)
    _key(add_axes(figure, grid[1, 2]), found)
    letter_panels(axes)
    if title:
        figure.suptitle(title, fontsize=FONT_SIZE + 1)
    return figure


def _colour(index: int) -> str:
    return CATEGORIES[1 + index % (len(CATEGORIES) - 1)]


def _paths(found: Comparison) -> list[tuple[Float, dict[str, Any]]]:
    """Centres (T, 3) with the look of each: terms left out, all terms, and the exact one on top of them."""
    drawn: list[tuple[Float, dict[str, Any]]] = [
        (centre, {"color": _colour(i), "linewidth": LINE}) for i, centre in enumerate(found.switched.values())
    ]
    exact = {"color": _EXACT, "linewidth": 4 * LINE, "alpha": 0.55, "solid_capstyle": "round"}
    return [
        *drawn,
        (found.exact.centre, exact),
        (found.semiclassical.centre, {"color": _ALL, "linewidth": 1.5 * LINE}),
    ]


def _draw_paths(ax: Axes, found: Comparison) -> None:
    if found.band.hamiltonian.dimension == 1:
        _draw_against_time(ax, found)
        return
    unit, symbol = length_unit(float(np.ptp(found.exact.centre, axis=0).max()))
    if found.exact.density is not None:
        last = len(found.exact.time) - 1
        _draw_density(ax, found, [0, last], unit)
    for centre, look in _paths(found):
        ax.plot(centre[:, 0] / unit, centre[:, 1] / unit, **look)
    ax.plot(*found.exact.centre[0, :2] / unit, "o", color="white", markeredgecolor=_EXACT, markersize=3.5)
    ax.set_xlabel(f"$x$ ({symbol})")
    ax.set_ylabel(f"$y$ ({symbol})")
    ax.locator_params(nbins=5)


def _draw_against_time(ax: Axes, found: Comparison) -> None:
    scale, time_symbol = time_unit(float(found.exact.time[-1]))
    unit, symbol = length_unit(float(np.ptp(found.exact.centre)))
    if found.exact.density is not None:
        place = _cell_centres(found)
        ax.pcolormesh(
            found.exact.time / scale, place / unit, found.exact.density[:, :, 0, 0].T,
            cmap=_DENSITY, shading="nearest", rasterized=True,
        )  # fmt: skip
    for centre, look in _paths(found):
        ax.plot(found.exact.time / scale, centre[:, 0] / unit, **look)
    low, high = view(found)
    ax.set_ylim(low[0] / unit, high[0] / unit)
    ax.set_xlim(0.0, found.exact.time[-1] / scale)
    ax.set_xlabel(f"time ({time_symbol})")
    ax.set_ylabel(f"$x$ ({symbol})")


def _cell_centres(found: Comparison) -> Float:
    """Mean place of the orbitals of each cell along x, (n_1,), Å."""
    position = found.box.position.reshape(found.box.shape[0], -1, 3)
    return np.asarray(position[:, :, 0].mean(axis=1))


def view(found: Comparison) -> tuple[Float, Float]:
    """Lower and upper corner (3,) of the region that the packet visits, Å."""
    spread = np.sqrt(np.einsum("tii->ti", found.exact.covariance).clip(min=0.0)[:, 3:])
    return (
        (found.exact.centre - _VIEW * spread).min(axis=0),
        (found.exact.centre + _VIEW * spread).max(axis=0),
    )


def density_cells(found: Comparison, extent: tuple[float, float, float, float]) -> npt.NDArray[np.int64]:
    """Flat number of the cell under every pixel (rows along y) of a rectangle in Å; −1 outside of the box."""
    left, right, bottom, top = extent
    x, y = np.meshgrid(np.linspace(left, right, _PIXELS), np.linspace(bottom, top, _PIXELS))
    crystal, box = found.band.hamiltonian, found.box
    # A cell's density is drawn around the mean place of its orbitals.
    middle = box.position.reshape(-1, crystal.size, 3)[0].mean(axis=0)
    offset = np.stack([x - middle[0], y - middle[1], np.zeros_like(x)], axis=-1)
    cell = np.rint(offset @ np.linalg.inv(box.hamiltonian.lattice)).astype(np.int64)[..., :2]
    inside = np.all((cell >= 0) & (cell < np.array(box.shape[:2])), axis=-1)
    return np.where(inside, cell[..., 0] * box.shape[1] + cell[..., 1], -1)


def _draw_density(ax: Axes, found: Comparison, saves: list[int], unit: float) -> None:
    """Draw |ψ|² at some saves together, and set the limits to what the packet visits."""
    assert found.exact.density is not None
    low, high = view(found)
    extent = (float(low[0]), float(high[0]), float(low[1]), float(high[1]))
    cells = density_cells(found, extent)
    total = np.sum([found.exact.density[save][..., 0].ravel() for save in saves], axis=0)
    image = np.where(cells >= 0, total[cells], 0.0)
    ax.imshow(
        image, origin="lower", cmap=_DENSITY,
        extent=(extent[0] / unit, extent[1] / unit, extent[2] / unit, extent[3] / unit),
        vmax=1.6 * float(image.max()), interpolation="bilinear",
    )  # fmt: skip


def _draw_zone(ax: Axes, found: Comparison, zone_map: ZoneMap) -> None:
    plot_zone_map(zone_map, ax=ax, colour_bar=zone_map.dimension > 1)
    looks = _paths(found)[-2:]
    for k, (_, look) in zip(
        (found.exact.mean[:, :3], found.semiclassical.mean_wavevector), looks, strict=True
    ):
        (path,) = folded_paths(k[None], zone_map.faces)
        points = zone_map.plane.project(path)
        if zone_map.dimension == 1:
            points[:, 1] = np.interp(points[:, 0], zone_map.k[:, 0, 0], zone_map.values[:, 0])
        ax.plot(*points.T, **look)


def _draw_distances(ax: Axes, found: Comparison) -> None:
    scale, symbol = time_unit(float(found.exact.time[-1]))
    time = found.exact.time / scale
    lowest = np.inf
    drawn = [(each, _colour(i), LINE * 1.5) for i, each in enumerate(found.switched.values())]
    for centre, colour, width in [*drawn, (found.semiclassical.centre, _ALL, 2.5 * LINE)]:
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
        [each for _, each in _paths(found)[-2:]],
        strict=True,
    ):
        spread = np.sqrt(np.einsum("tii->ti", covariance).clip(min=0.0)[:, 3 : 3 + dimension])
        ax.plot(found.exact.time / scale, spread, **look)
    last = np.sqrt(np.diag(found.exact.covariance[-1]).clip(min=0.0))[3 : 3 + dimension]
    for axis, value in enumerate(last if dimension > 1 else ()):
        ax.annotate(
            f"${'xyz'[axis]}$", (1.0, value), xycoords=("axes fraction", "data"), xytext=(3, 0),
            textcoords="offset points", va="center", fontsize=text_size(ax),
        )  # fmt: skip
    ax.set_xlim(0.0, found.exact.time[-1] / scale)
    ax.set_xlabel(f"time ({symbol})")
    ax.set_ylabel("spread in space (Å)")


def _draw_leakage(ax: Axes, found: Comparison) -> None:
    known = np.isfinite(found.exact.population)
    lost = np.clip(1.0 - found.exact.population[known], 0.0, 1.0)
    plot_series(Series(found.exact.time[known], lost, "outside of the band"), ax=ax)
    ax.set_xlim(0.0, found.exact.time[-1] / time_unit(float(found.exact.time[-1]))[0])


def _key(ax: Axes, found: Comparison) -> None:
    """Legend of all panels in a place of its own."""
    ax.set_axis_off()
    (_, exact), (_, full) = _paths(found)[-2:]
    handles = [Line2D([], [], label="Schrödinger", **exact), Line2D([], [], label="semiclassical", **full)]
    handles += [
        Line2D([], [], color=_colour(i), linewidth=1.5 * LINE, label=f"semiclassical, {TERM_LABELS[term]}")
        for i, term in enumerate(found.switched)
    ]
    ax.legend(handles=handles, loc="center left", frameon=False, fontsize=text_size(ax))
