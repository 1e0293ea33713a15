"""An exact packet and its semiclassical ones: both paths, what lies between them, spread and band population."""

from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from wavepacket.arrays import Float
from wavepacket.bandstructure.maps import ZoneMap
from wavepacket.config import Term
from wavepacket.plots.labels import axis_label, power_of_ten, time_unit
from wavepacket.plots.quantum_courses import Pixels, draw_course, draw_spreads
from wavepacket.plots.quantum_ground import (
    contour_handles,
    draw_ground,
    draw_ground_against_time,
    mark_fields,
)
from wavepacket.plots.quantum_states import state_panels
from wavepacket.plots.style import (
    CATEGORIES,
    FONT_SIZE,
    GREY,
    LINE,
    PAGE,
    add_axes,
    length_of,
    letter_panels,
    new_figure,
    text_size,
)
from wavepacket.plots.zone import folded_paths, plot_zone_map
from wavepacket.quantum import Comparison

__all__ = [
    "ALL_TERMS",
    "EXACT",
    "density_pixels",
    "draw_centres",
    "quantum_figure",
    "styled_centres",
    "term_look",
    "view",
]

EXACT, ALL_TERMS = GREY, CATEGORIES[0]
_DENSITY: Final = "Greys"
_PIXELS = 300
_NOTHING = 1e-12  # of a packet: less outside of the band is rounding
_SLENDER = 8.0  # length to width of a path beyond which equal scales would show a line only
_MARGIN = 0.7  # from the middle of what is shown to the ends of the axes, in units of its size
_FLAT = 0.3  # of the largest density
_VIEW = 3.0  # standard deviations of the packet around its path that are shown


def term_look(index: int) -> dict[str, Any]:
    """Colour and dashes of what a term is left out of, by its place in the list of them: of equal lines all are seen."""
    return {
        "color": CATEGORIES[1 + index % (len(CATEGORIES) - 1)],
        "linestyle": "-" if index == 0 else (0, (5.0 / 1.3 ** (index - 1), 2.5)),
    }


def styled_centres(comparison: Comparison) -> list[tuple[Float, dict[str, Any]]]:
    """Centres (T, 3) with the look of each: terms left out, all terms, and the exact one on top of them."""
    drawn: list[tuple[Float, dict[str, Any]]] = [
        (centre, {**term_look(i), "linewidth": LINE}) for i, centre in enumerate(comparison.switched.values())
    ]
    exact = {"color": EXACT, "linewidth": 4 * LINE, "alpha": 0.55, "solid_capstyle": "round"}
    return [
        *drawn,
        (comparison.exact.centre, exact),
        (comparison.semiclassical.centre, {"color": ALL_TERMS, "linewidth": 1.5 * LINE}),
    ]


def draw_centres(ax: Axes, comparison: Comparison) -> None:
    """Draw the paths of all centres over |ψ|²: at the end in a plane, at all times in 1D."""
    if comparison.band.hamiltonian.dimension == 1:
        _draw_against_time(ax, comparison)
        return
    extent, slender = _frame(comparison)
    size = max(extent[1] - extent[0], extent[3] - extent[2]) / (2 * _MARGIN)
    unit, symbol = length_of(ax, size)
    if comparison.exact.density is not None:
        _draw_density(ax, comparison, extent, unit)
    ax.set_aspect("auto" if slender else "equal")
    for centre, look in styled_centres(comparison):
        ax.plot(centre[:, 0] / unit, centre[:, 1] / unit, **look)
    ax.plot(*comparison.exact.centre[0, :2] / unit, "o", color="white", markeredgecolor=EXACT, markersize=3.5)
    ax.set_xlim(extent[0] / unit, extent[1] / unit)
    ax.set_ylim(extent[2] / unit, extent[3] / unit)
    draw_ground(ax, comparison, unit)
    mark_fields(ax, comparison, unit)
    ax.set_xlabel(f"$x$ ({symbol})")
    ax.set_ylabel(f"$y$ ({symbol})")
    ax.locator_params(nbins=5)


def _frame(comparison: Comparison) -> tuple[tuple[float, float, float, float], bool]:
    """Left, right, bottom and top in Å of what is shown of space, and whether scales along x and y must differ.

    Where something stands in space all of the packet is shown, else the paths.
    """
    every = np.concatenate([centre[:, :2] for centre, _ in styled_centres(comparison)])
    config = comparison.config
    if config.fields.potential or config.textures or config.sample is not None:
        every = np.array(view(comparison))[:, :2]
    size = np.ptp(every, axis=0)
    slender = bool(size.max() > _SLENDER * size.min())
    half = _MARGIN * (size if slender else np.full(2, size.max())).clip(min=1e-3 * size.max())
    x, y = 0.5 * (every.min(axis=0) + every.max(axis=0))
    return (x - half[0], x + half[0], y - half[1], y + half[1]), slender


def _draw_against_time(ax: Axes, comparison: Comparison) -> None:
    scale, time_symbol = time_unit(float(comparison.exact.time[-1]))
    unit, symbol = length_of(ax, float(np.ptp(comparison.exact.centre)))
    if comparison.exact.density is not None:
        centre_of_cells = _cell_centres(comparison)
        ax.pcolormesh(
            comparison.exact.time / scale, centre_of_cells / unit, comparison.exact.density[:, :, 0, 0].T,
            cmap=_DENSITY, shading="gouraud", rasterized=True,
        )  # fmt: skip
    for centre, look in styled_centres(comparison):
        ax.plot(comparison.exact.time / scale, centre[:, 0] / unit, **look)
    low, high = view(comparison)
    draw_ground_against_time(ax, comparison, (float(low[0]), float(high[0])), (scale, unit))
    ax.set_ylim(low[0] / unit, high[0] / unit)
    ax.set_xlim(0.0, comparison.exact.time[-1] / scale)
    ax.set_xlabel(f"time ({time_symbol})")
    ax.set_ylabel(f"$x$ ({symbol})")


def _cell_centres(comparison: Comparison) -> Float:
    """Mean place of the orbitals of each cell along x, (n_1,), Å."""
    position = comparison.box.position.reshape(comparison.box.shape[0], -1, 3)
    return np.asarray(position[:, :, 0].mean(axis=1))


def view(comparison: Comparison) -> tuple[Float, Float]:
    """Lower and upper corner (3,) of the region that the packet visits, Å."""
    spread = np.sqrt(np.einsum("tii->ti", comparison.exact.covariance).clip(min=0.0)[:, 3:])
    return (
        (comparison.exact.centre - _VIEW * spread).min(axis=0),
        (comparison.exact.centre + _VIEW * spread).max(axis=0),
    )


def density_pixels(comparison: Comparison, extent: tuple[float, float, float, float]) -> Pixels:
    """What cells the pixels (rows along y) of a rectangle in Å lie between, each around the mean place of its orbitals."""
    left, right, bottom, top = extent
    x, y = np.meshgrid(np.linspace(left, right, _PIXELS), np.linspace(bottom, top, _PIXELS))
    crystal, box = comparison.band.hamiltonian, comparison.box
    middle = box.position.reshape(-1, crystal.size, 3)[0].mean(axis=0)
    offset = np.stack([x - middle[0], y - middle[1], np.zeros_like(x)], axis=-1)
    return Pixels((offset @ np.linalg.inv(box.hamiltonian.lattice))[..., :2], (box.shape[0], box.shape[1]))


def _draw_density(
    ax: Axes, comparison: Comparison, extent: tuple[float, float, float, float], unit: float
) -> None:
    """Draw |ψ|² at the end over a rectangle in Å, axes in units of ``unit`` Å."""
    assert comparison.exact.density is not None
    image = density_pixels(comparison, extent).image(comparison.exact.density[-1][..., 0])
    if image.min() > _FLAT * image.max():
        return  # of a packet that is much wider than its path there is nothing to see but a grey ground
    ax.imshow(
        image, origin="lower", cmap=_DENSITY,
        extent=(extent[0] / unit, extent[1] / unit, extent[2] / unit, extent[3] / unit),
        vmin=0.0, vmax=3.0 * float(image.max()), interpolation="bilinear",
    )  # fmt: skip


TERM_LABELS: Final[dict[Term, str]] = {
    "moment": "no $m$",
    "moment_sign": "$-m$",
    "moment_force": r"no $\nabla(m\cdot B)$",
    "curvature": r"no $\Omega$",
    "curvature_sign": r"$-\Omega$",
    "density_of_states": "$D=1$",
    "place_curvature": r"no $\Omega_{xy}$",
    "mixed_curvature": r"no $\Omega_{rk}$",
    "time_curvature": r"no $\Omega_{kt},\Omega_{rt}$",
    "gradient_energy": "no gradient energy",
}


def quantum_figure(comparison: Comparison, zone_map: ZoneMap) -> Figure:
    """Draw paths in space and over the zone, distances, spreads and the part of the packet that left its band.

    Of packets in a group also the populations of its bands, where these are told apart, and the spin.

    Parameters
    ----------
    found : kept with densities
    zone_map : of the packet's band
    """
    states = state_panels(comparison, [look for _, look in styled_centres(comparison)[-2:]])
    columns = 3 if not states else 4
    low, high = view(comparison)
    figure = new_figure(PAGE * columns / 3, 4.4, spans=[float((high - low).max())])
    grid = figure.add_gridspec(2, columns)
    lost = np.nanmax(1.0 - comparison.exact.population) > _NOTHING
    axes = [add_axes(figure, grid[i // columns, i % columns]) for i in range(4 + bool(lost) + len(states))]
    draw_centres(axes[0], comparison)
    _draw_zone(axes[1], comparison, zone_map)
    _draw_distances(axes[2], comparison)
    draw_spreads(axes[3], comparison, [look for _, look in styled_centres(comparison)[-2:]])
    if lost:
        _draw_leakage(axes[4], comparison)
    for draw, ax in zip(states, axes[4 + bool(lost) :], strict=True):
        draw(ax)
    _key(add_axes(figure, grid[1, columns - 1]), comparison)
    letter_panels(axes)
    figure.suptitle(comparison.config.heading, fontsize=FONT_SIZE + 1)
    return figure


def _draw_zone(ax: Axes, comparison: Comparison, zone_map: ZoneMap) -> None:
    plot_zone_map(zone_map, ax=ax, colour_bar=zone_map.dimension > 1)
    looks = styled_centres(comparison)[-2:]
    for k, (_, look) in zip(
        (comparison.exact.mean[:, :3], comparison.semiclassical.mean_wavevector), looks, strict=True
    ):
        (path,) = folded_paths(k[None], zone_map.faces)
        points = zone_map.plane.project(path)
        if zone_map.dimension == 1:
            points[:, 1] = np.interp(points[:, 0], zone_map.k[:, 0, 0], zone_map.values[:, 0])
        # Above the names of points, which a short path near one of them would hide behind.
        ax.plot(*points.T, **look, zorder=3.1)
    ax.plot(*points[0], "o", color="white", markeredgecolor=EXACT, markersize=3.5, zorder=3.2)


def _draw_distances(ax: Axes, comparison: Comparison) -> None:
    scale, symbol = time_unit(float(comparison.exact.time[-1]))
    time = comparison.exact.time / scale
    lowest = np.inf
    unit, length = length_of(ax, float(np.nanmax(comparison.distance(comparison.semiclassical.centre))))
    drawn = [
        (each, {**term_look(i), "linewidth": 1.5 * LINE})
        for i, each in enumerate(comparison.switched.values())
    ]
    full = {"color": ALL_TERMS, "linewidth": 2.5 * LINE}
    for centre, look in [*drawn, (comparison.semiclassical.centre, full)]:
        distance = np.maximum(comparison.distance(centre)[1:] / unit, 1e-12)
        draw_course(ax, time[1:], distance, look)
        lowest = min(lowest, float(np.quantile(distance, 0.1)))
    ax.set_yscale("log")
    ax.set_ylim(bottom=max(0.3 * lowest, 1e-12))
    ax.set_xlim(0.0, time[-1])
    ax.set_xlabel(f"time ({symbol})")
    ax.set_ylabel(f"distance ({length})")


def _draw_leakage(ax: Axes, comparison: Comparison) -> None:
    scale, symbol = time_unit(float(comparison.exact.time[-1]))
    known = np.isfinite(comparison.exact.population)
    lost = np.clip(1.0 - comparison.exact.population[known], 0.0, 1.0)
    power = power_of_ten(lost)
    few: dict[str, Any] = {"marker": "o", "markersize": 3.0} if known.sum() < 20 else {}
    look = {"color": EXACT, "linewidth": 2 * LINE, **few}
    draw_course(ax, comparison.exact.time[known] / scale, lost / 10.0**power, look)
    ax.set_xlim(0.0, comparison.exact.time[-1] / scale)
    ax.set_xlabel(f"time ({symbol})")
    ax.set_ylabel(axis_label("outside of the band", "", power))


def _key(ax: Axes, comparison: Comparison) -> None:
    """Legend of all panels in a place of its own."""
    ax.set_axis_off()
    (_, exact), (_, full) = styled_centres(comparison)[-2:]
    handles = [Line2D([], [], label="Schrödinger", **exact), Line2D([], [], label="semiclassical", **full)]
    handles += [
        Line2D([], [], **term_look(i), linewidth=1.5 * LINE, label=f"semiclassical, {TERM_LABELS[term]}")
        for i, term in enumerate(comparison.switched)
    ]
    if comparison.band.hamiltonian.dimension == 1:
        handles += contour_handles(comparison)
    ax.legend(handles=handles, loc="center left", frameon=False, fontsize=text_size(ax))
