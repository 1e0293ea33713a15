"""Figures of a strip: the exact profile of its current with that of M drawn through it, the density, and M against μ."""

from collections.abc import Callable
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from wavepacket.observables import symbol_of
from wavepacket.plots.figures import compose
from wavepacket.plots.labels import axis_label, power_of_ten
from wavepacket.plots.style import CATEGORIES, GREY, LINE, legend_above, prepare, text_size
from wavepacket.response import RibbonResult

__all__ = ["plot_edge_current", "plot_local_density", "plot_profile", "ribbon_figure"]

_SHOWN = 3
"""Chemical potentials that are drawn of a profile."""


def ribbon_figure(result: RibbonResult, title: str = "") -> Figure:
    """Draw profiles and density at the lowest temperature, and where μ is scanned the edge current against it."""
    panels: list[Callable[..., Axes]] = [partial(plot_profile, result), partial(plot_local_density, result)]
    if len(result.chemical_potential) > 1:
        panels.append(partial(plot_edge_current, result))
    return compose(panels, title)


def _chosen(result: RibbonResult) -> list[int]:
    number = len(result.chemical_potential)
    return sorted({int(n) for n in np.linspace(0, number - 1, _SHOWN).round()})


def _coldest(result: RibbonResult) -> int:
    return int(np.argmin(result.temperature))


def plot_profile(result: RibbonResult, *, ax: Axes | None = None) -> Axes:
    """Draw J of the strip as dots and ∂_yM(μ − V) as a line, for a few μ."""
    ax = prepare(ax)
    exact, expected = (
        np.asarray(result[name].value)[:, _coldest(result)]
        for name in ("local_current_density", "expected_current_density")
    )
    place, power = np.asarray(result["place"].value), power_of_ten([exact, expected])
    ax.axhline(0.0, color="0.8", linewidth=LINE, zorder=0.5)
    for colour, i in zip(CATEGORIES, _chosen(result), strict=False):
        ax.plot(place, expected[i] / 10.0**power, color=colour, linewidth=1.6 * LINE)
        ax.plot(
            place[::3], exact[i, ::3] / 10.0**power, "o", color=colour, markersize=0.3 * text_size(ax),
            markerfacecolor="white", markeredgewidth=LINE,
        )  # fmt: skip
    dots = Line2D([], [], color=GREY, linestyle="", marker="o", markersize=0.3 * text_size(ax), markerfacecolor="white",
                  label="exact")  # fmt: skip
    line = Line2D([], [], color=GREY, linewidth=1.6 * LINE, label=symbol_of("expected_current_density"))
    legend_above(ax, [dots, line])
    _finish(result, ax, axis_label("$J_x$", "A/m", power))
    return ax


def plot_local_density(result: RibbonResult, *, ax: Axes | None = None) -> Axes:
    """Draw the density of the strip, and V on an axis of its own."""
    ax = prepare(ax)
    observable, place = result["local_density"], np.asarray(result["place"].value)
    values = np.asarray(observable.value)[:, _coldest(result)]
    power = power_of_ten([values])
    handles: list[Line2D] = []
    for colour, i in zip(CATEGORIES, _chosen(result), strict=False):
        ax.plot(place, values[i] / 10.0**power, color=colour, linewidth=1.6 * LINE)
        number = f"{result.chemical_potential[i]:g}".replace("-", "\N{MINUS SIGN}")
        label = number + (" eV" if i == _chosen(result)[-1] else "")
        handles.append(Line2D([], [], color=colour, linewidth=1.6 * LINE, label=label))
    handles[0].set_label(rf"$\mu$ = {handles[0].get_label()}")
    legend_above(ax, handles)
    ax.set_ylim(bottom=0.0)
    other = ax.twinx()
    other.plot(
        place, np.asarray(result["local_potential"].value), color=GREY, linewidth=LINE, linestyle=(0, (4, 2))
    )
    other.set_ylabel(axis_label("$V$", "eV"), fontsize=text_size(ax), color=GREY)
    other.tick_params(direction="in", labelsize=text_size(ax) - 0.5, width=LINE, colors=GREY)
    ax.tick_params(right=False)
    _finish(result, ax, axis_label("$n$", observable.unit, power))
    return ax


def plot_edge_current(result: RibbonResult, *, ax: Axes | None = None) -> Axes:
    """Draw the current of an edge as dots with errors and M of the bulk as a line against μ."""
    ax = prepare(ax)
    mu, cold = result.chemical_potential, _coldest(result)
    current, bulk = (
        np.asarray(result[name].value)[:, cold] for name in ("edge_current", "bulk_magnetization")
    )
    error = np.asarray(result["edge_current"].uncertainty)[:, cold]
    power = power_of_ten([current, bulk])
    order = np.argsort(mu)
    ax.plot(mu[order], bulk[order] / 10.0**power, color=CATEGORIES[0], linewidth=1.6 * LINE, label="$M$")
    ax.errorbar(
        mu, current / 10.0**power, error / 10.0**power, fmt="o", color=GREY, markersize=0.4 * text_size(ax),
        markerfacecolor="white", linewidth=LINE, label=r"$\int J_x\,dy$",
    )  # fmt: skip
    legend_above(ax, ax.get_legend_handles_labels()[0])
    ax.set_xlabel(axis_label(r"$\mu$", "eV"))
    ax.set_ylabel(axis_label("current", "A", power))
    return ax


def _finish(result: RibbonResult, ax: Axes, label: str) -> None:
    place = np.asarray(result["place"].value)
    ax.set_xlim(place[0], place[-1])
    ax.set_xlabel(axis_label("$y$", "angstrom"))
    ax.set_ylabel(label)
