"""Densities and currents of a layer as functions of the place: profiles of a strip, or maps with streamlines."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from wavepacket.arrays import Float
from wavepacket.ensembles import Cells
from wavepacket.observables import Observable, symbol_of
from wavepacket.plots.figures import Panel
from wavepacket.plots.labels import axis_label, power_of_ten
from wavepacket.plots.style import (
    CATEGORIES,
    LINE,
    add_colour_bar,
    colour_scale,
    legend_above,
    length_of,
    prepare,
    text_size,
)

__all__ = ["local_panels", "plot_currents", "plot_density", "plot_flow", "plot_magnetization"]

Theory = Callable[[Float], Float]
"""M (n,) in A at places (n, 3) in Å, of an equilibrium."""

_FINE = 9  # points of a curve in each cell, an odd number
_NAMES = {
    "total": r"$J_\mathrm{total}$",
    "magnetization": r"$\nabla\times M$",
    "transport": r"$J_\mathrm{T}$",
}


def local_panels(
    observables: Mapping[str, Observable], cells: Cells, theory: Theory | None = None
) -> list[Panel]:
    """Panels of a run with ``local``: profiles where nothing varies along one axis, else maps of the three currents.

    ``theory`` gives the M of which ∇×M is drawn through the profile.
    """
    density, current = observables["local_density"], observables["local_current"]
    if 1 not in cells.shape:
        parts = {
            "total": current,
            **{name: current.contributions[name] for name in ("magnetization", "transport")},
        }
        largest = float(np.linalg.norm(np.asarray(current.value), axis=-1).max())
        return [
            partial(plot_flow, part, density, cells, name=_NAMES[name], largest=largest)
            for name, part in parts.items()
        ]
    return [
        partial(plot_density, density, cells),
        partial(plot_currents, current, cells, theory),
        partial(plot_magnetization, observables["local_magnetization"], cells),
    ]


def _varied(cells: Cells) -> int:
    """The axis of a strip's profile."""
    return 0 if cells.shape[1] == 1 else 1


def _profile_axes(ax: Axes | None, cells: Cells) -> tuple[Axes, int, float]:
    ax, axis = prepare(ax), _varied(cells)
    factor, symbol = length_of(ax, float(np.ptp(cells.region[axis])))
    ax.set_xlabel(f"${'xy'[axis]}$ ({symbol})")
    ax.set_xlim(*(np.array(cells.region[axis]) / factor))
    return ax, axis, factor


def _curve(ax: Axes, x: Float, values: Any, error: Any, **keys: Any) -> None:
    """Values with a band for their uncertainty."""
    y, spread = np.ravel(values), np.nan_to_num(np.ravel(error))
    ax.plot(x, y, linewidth=2 * LINE, **keys)
    ax.fill_between(x, y - spread, y + spread, color=keys["color"], alpha=0.25, linewidth=0)


def plot_density(density: Observable, cells: Cells, *, ax: Axes | None = None) -> Axes:
    """Draw n across a strip."""
    ax, axis, factor = _profile_axes(ax, cells)
    x = cells.coordinates(axis, corners=False) / factor
    _curve(ax, x, density.value, density.uncertainty, color=CATEGORIES[0])
    ax.set_ylabel(axis_label(symbol_of(density.name), density.unit))
    ax.set_ylim(bottom=0.0)
    return ax


def plot_currents(
    current: Observable, cells: Cells, theory: Theory | None = None, *, ax: Axes | None = None
) -> Axes:
    """Draw J_total, ∇×M and J_T along a strip, and ∇×M of the theory through them."""
    ax, axis, factor = _profile_axes(ax, cells)
    along, x = 1 - axis, cells.coordinates(axis, corners=False) / factor
    power = power_of_ten(np.asarray(current.value))
    scale = 10.0**power
    parts = {"total": current, **current.contributions}
    handles = []
    for colour, name in zip(CATEGORIES, _NAMES, strict=False):
        style: Any = (0, (1, 1.2)) if name == "magnetization" else "-"
        part = parts[name]
        values, error = (np.asarray(each)[..., along] / scale for each in (part.value, part.uncertainty))
        _curve(ax, x, values, error, color=colour, linestyle=style)
        handles.append(Line2D([], [], color=colour, linestyle=style, linewidth=2 * LINE, label=_NAMES[name]))
    if theory is not None:
        fine, exact = _curl(theory, cells, axis)
        keys: dict[str, Any] = {"color": "0.1", "linestyle": (0, (4, 2.5)), "linewidth": 1.3 * LINE}
        ax.plot(fine / factor, exact / scale, zorder=3, **keys)
        name = r"$\partial_y M(\mu-V)$" if axis == 1 else r"$-\partial_x M(\mu-V)$"
        handles.append(Line2D([], [], label=name, **keys))
    ax.set_ylabel(axis_label(f"$J_{'xy'[along]}$", current.unit, power))
    legend_above(ax, handles, columns=2)
    return ax


def _curl(theory: Theory, cells: Cells, axis: int) -> tuple[Float, Float]:
    """Fine coordinates (Å) and ∇×M along a strip (A/m), smoothed as the currents are: five boxes of a cell."""
    step, (low, high) = float(cells.steps[axis]) / _FINE, cells.region[axis]
    beyond = 3 * _FINE * step
    fine = np.arange(low - beyond, high + beyond, step)
    places = np.zeros((len(fine), 3))
    places[:, axis], places[:, 1 - axis] = fine, np.mean(cells.region[1 - axis])
    # A over Å in A/m; J_x = ∂_yM, J_y = −∂_xM.
    exact = (1 if axis == 1 else -1) * 1e10 * np.gradient(theory(places), fine)
    for _ in range(5):
        exact = np.convolve(exact, np.full(_FINE, 1.0 / _FINE), mode="same")
    inside = (fine >= low) & (fine <= high)
    return fine[inside], exact[inside]


def plot_magnetization(magnetization: Observable, cells: Cells, *, ax: Axes | None = None) -> Axes:
    """Draw M across a strip, and its parts."""
    ax, axis, factor = _profile_axes(ax, cells)
    x = cells.coordinates(axis, corners=True) / factor
    whole = {"M": magnetization, **magnetization.contributions}
    power = power_of_ten(np.concatenate([np.ravel(np.asarray(part.value)) for part in whole.values()]))
    handles = []
    for colour, (name, part) in zip(CATEGORIES, whole.items(), strict=False):
        values, error = (np.asarray(each) / 10.0**power for each in (part.value, part.uncertainty))
        _curve(ax, x, values, error, color=colour)
        label = "$M$" if name == "M" else name
        handles.append(Line2D([], [], color=colour, linewidth=2 * LINE, label=label))
    ax.set_ylabel(axis_label(symbol_of(magnetization.name), magnetization.unit, power))
    legend_above(ax, handles)
    return ax


def plot_flow(
    current: Observable,
    density: Observable,
    cells: Cells,
    *,
    name: str,
    largest: float,
    ax: Axes | None = None,
) -> Axes:
    """Draw the density as a map, and a current as streamlines over it, wider where it is stronger.

    Parameters
    ----------
    name : of the current, in TeX
    largest : |J| (A/m) of the widest line; what is below a hundredth of it is not drawn
    """
    ax = prepare(ax)
    factor, symbol = length_of(ax, float(max(np.ptp(side) for side in cells.region)))
    x, y = (cells.coordinates(axis, corners=False) / factor for axis in range(2))
    values = np.asarray(density.value).T
    scale = colour_scale(values, signed=False)
    edges = [np.array(side) / factor for side in cells.region]
    image = ax.imshow(
        values, extent=(*edges[0], *edges[1]), origin="lower", interpolation="bilinear", cmap="Greys", alpha=0.35,
        vmin=0.0, vmax=float(values.max()),
    )  # fmt: skip
    add_colour_bar(ax, image, scale, symbol_of(density.name), density.unit)
    flow = np.moveaxis(np.asarray(current.value), 2, 0).transpose(0, 2, 1)
    strength = np.linalg.norm(flow, axis=0) / largest
    largest_here = float(np.nanmax(strength)) * largest
    shown = np.where(strength > 0.01, flow, np.nan)
    if np.isfinite(shown).any():
        ax.streamplot(
            x,
            y,
            shown[0],
            shown[1],
            color=CATEGORIES[0],
            linewidth=2.0 * np.sqrt(strength) + 0.2,
            density=0.9,
            arrowsize=0.7,
        )
    ax.set_xlabel(f"$x$ ({symbol})")
    ax.set_ylabel(f"$y$ ({symbol})")
    ax.set_title(rf"{name} $\leq$ {largest_here:.2g} {current.unit}", loc="right", fontsize=text_size(ax))
    return ax
