"""The paths of an exact packet and of its semiclassical ones in space, over the exact one's density."""

from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes

from wavepacket.arrays import Float, Integer
from wavepacket.plots.colours import CATEGORIES, GREY
from wavepacket.plots.labels import length_unit, time_unit
from wavepacket.plots.style import LINE
from wavepacket.quantum import Comparison

__all__ = ["ALL_TERMS", "EXACT", "density_cells", "draw_centres", "styled_centres", "term_colour", "view"]


EXACT, ALL_TERMS = GREY, CATEGORIES[0]
_DENSITY: Final = "Greys"
_PIXELS = 300
_SLENDER = 8.0  # length to width of a path beyond which equal scales would show a line only
_VIEW = 3.0  # standard deviations of the packet around its path that are shown


def term_colour(index: int) -> str:
    """Colour of the path without a term, by its place in the list of them."""
    return CATEGORIES[1 + index % (len(CATEGORIES) - 1)]


def styled_centres(found: Comparison) -> list[tuple[Float, dict[str, Any]]]:
    """Centres (T, 3) with the look of each: terms left out, all terms, and the exact one on top of them."""
    drawn: list[tuple[Float, dict[str, Any]]] = [
        (centre, {"color": term_colour(i), "linewidth": LINE})
        for i, centre in enumerate(found.switched.values())
    ]
    exact = {"color": EXACT, "linewidth": 4 * LINE, "alpha": 0.55, "solid_capstyle": "round"}
    return [
        *drawn,
        (found.exact.centre, exact),
        (found.semiclassical.centre, {"color": ALL_TERMS, "linewidth": 1.5 * LINE}),
    ]


def draw_centres(ax: Axes, found: Comparison) -> None:
    """Draw the paths of all centres over |ψ|²: at the end in a plane, at all times in 1D."""
    if found.band.hamiltonian.dimension == 1:
        _draw_against_time(ax, found)
        return
    every = np.concatenate([centre[:, :2] for centre, _ in styled_centres(found)])
    size = np.ptp(every, axis=0)
    slender = size.max() > _SLENDER * size.min()
    half = 0.7 * (size if slender else np.full(2, size.max())).clip(min=1e-3 * size.max())
    middle = 0.5 * (every.min(axis=0) + every.max(axis=0))
    extent = (middle[0] - half[0], middle[0] + half[0], middle[1] - half[1], middle[1] + half[1])
    unit, symbol = length_unit(float(size.max()))
    if found.exact.density is not None:
        _draw_density(ax, found, extent, unit)
    ax.set_aspect("auto" if slender else "equal")
    for centre, look in styled_centres(found):
        ax.plot(centre[:, 0] / unit, centre[:, 1] / unit, **look)
    ax.plot(*found.exact.centre[0, :2] / unit, "o", color="white", markeredgecolor=EXACT, markersize=3.5)
    ax.set_xlim(extent[0] / unit, extent[1] / unit)
    ax.set_ylim(extent[2] / unit, extent[3] / unit)
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
    for centre, look in styled_centres(found):
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


def density_cells(found: Comparison, extent: tuple[float, float, float, float]) -> Integer:
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


def _draw_density(
    ax: Axes, found: Comparison, extent: tuple[float, float, float, float], unit: float
) -> None:
    """Draw |ψ|² at the end over a rectangle in Å, axes in units of ``unit`` Å."""
    assert found.exact.density is not None
    cells = density_cells(found, extent)
    last = found.exact.density[-1][..., 0].ravel()
    image = np.where(cells >= 0, last[cells], 0.0)
    ax.imshow(
        image, origin="lower", cmap=_DENSITY,
        extent=(extent[0] / unit, extent[1] / unit, extent[2] / unit, extent[3] / unit),
        vmin=0.0, vmax=3.0 * float(image.max()), interpolation="bilinear",
    )  # fmt: skip
