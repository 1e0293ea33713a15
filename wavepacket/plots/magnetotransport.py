"""The figure of a sweep of B along one direction: resistivity, Hall effect with what was fitted, Kohler's plot."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from wavepacket.arrays import Float
from wavepacket.plots.figures import Panel, compose
from wavepacket.plots.labels import axis_label, power_of_ten
from wavepacket.plots.style import CATEGORIES, LINE, prepare, text_size
from wavepacket.sweeps.magnetotransport import Magnetotransport

__all__ = ["magnetotransport_figure", "plot_hall", "plot_kohler", "plot_resistivity"]

_LEAST = 1e-3  # magnetoresistance that Kohler's plot spans: rounding must not look like a signal
_FINE = 200  # points of a fitted curve


def magnetotransport_figure(measured: Sequence[Magnetotransport]) -> Figure:
    """Panels: ρ_aa(B), ρ_H(B), and for several series magnetoresistance against B/ρ(0)."""
    panels: list[Panel] = [partial(plot_resistivity, measured), partial(plot_hall, measured)]
    if len(measured) > 1:
        panels.append(partial(plot_kohler, measured))
    return compose(panels, "")


def plot_resistivity(measured: Sequence[Magnetotransport], *, ax: Axes | None = None) -> Axes:
    """Draw the diagonal of ρ against B; of several series its mean across B, with the fits of two kinds of carriers."""
    ax = prepare(ax)
    power = power_of_ten(np.concatenate([each.across[0] for each in measured]))
    if len(measured) == 1:
        only = measured[0]
        for axis, shade in zip(range(only.dimension), CATEGORIES, strict=False):
            values, errors = only.resistivity[:, axis, axis], only.errors[:, axis, axis]
            name = rf"$\rho_{{{2 * 'xyz'[axis]}}}$"
            _dots(ax, only.field, _scaled((values, errors), power), shade, name)
    colours: list[Any] = _colours(len(measured))
    for each, colour in zip(measured, colours, strict=True):
        if len(measured) > 1:
            _dots(ax, each.field, _scaled(each.across, power), colour, _name(each))
        if each.carriers.carriers:
            field = _fine(each)
            fit = each.carriers.resistivity(field).real / 10.0**power
            ax.plot(field, fit, color="0.3" if len(measured) == 1 else colour, linewidth=LINE, zorder=1.5)
    return _finish(ax, r"$\rho$", measured[0].unit, power)


def plot_hall(measured: Sequence[Magnetotransport], *, ax: Axes | None = None) -> Axes:
    """Draw ρ_H against B with ρ_AH + R₀B (dashed) and the fit of two kinds of carriers (full)."""
    ax = prepare(ax)
    power = power_of_ten(np.concatenate([each.hall[0] for each in measured]))
    for each, colour in zip(measured, _colours(len(measured)), strict=True):
        _dots(ax, each.field, _scaled(each.hall, power), colour, _name(each))
        field = _fine(each)
        line = each.anomalous.value + each.slope * field
        ax.plot(field, line / 10.0**power, color="0.3", linewidth=LINE, linestyle="--", zorder=1.5)
        if each.carriers.carriers:
            fit = each.anomalous.value - each.carriers.resistivity(field).imag
            ax.plot(field, fit / 10.0**power, color="0.3", linewidth=LINE, zorder=1.5)
    return _finish(ax, r"$\rho_\mathrm{H}$", measured[0].unit, power, legend=len(measured) > 1)


def plot_kohler(measured: Sequence[Magnetotransport], *, ax: Axes | None = None) -> Axes:
    """Draw ρ(B)/ρ(0) − 1 against |B|/ρ(0): one curve where Kohler's rule holds."""
    ax = prepare(ax)
    for each, colour in zip(measured, _colours(len(measured)), strict=True):
        zero = each.without_field.value
        x, y = np.abs(each.field) / zero, each.across[0] / zero - 1
        order = np.argsort(x)
        ax.plot(x[order], y[order], "o-", color=colour, markersize=3, linewidth=LINE, label=_name(each))
    ax.set_xlabel(axis_label(r"$|B|/\rho(0)$", f"T/({measured[0].unit})"))
    ax.set_ylabel(r"$\Delta\rho/\rho(0)$")
    low, high = ax.get_ylim()
    ax.set_ylim(min(low, -_LEAST), max(high, _LEAST))
    return ax


def _dots(ax: Axes, field: Float, drawn: tuple[Float, Float], colour: Any, name: str) -> None:
    ax.errorbar(
        field, drawn[0], yerr=drawn[1], color=colour, marker="o", markersize=3, linestyle="none", label=name,
        elinewidth=LINE, capsize=1.5,
    )  # fmt: skip


def _scaled(pair: tuple[Float, Float], power: int) -> tuple[Float, Float]:
    return pair[0] / 10.0**power, pair[1] / 10.0**power


def _finish(ax: Axes, name: str, unit: str, power: int, *, legend: bool = True) -> Axes:
    ax.set_xlabel(axis_label("$B$", "T"))
    ax.set_ylabel(axis_label(name, unit, power))
    if legend:
        ax.legend(frameon=False, fontsize=text_size(ax) - 0.5)
    return ax


def _fine(each: Magnetotransport) -> Float:
    return np.linspace(each.field.min(), each.field.max(), _FINE)


def _colours(number: int) -> list[Any]:
    return [CATEGORIES[0]] if number == 1 else list(colormaps["viridis"](np.linspace(0.0, 0.85, number)))


def _name(each: Magnetotransport) -> str:
    return ", ".join(each.settings.values()) or r"$\rho_\mathrm{H}$"
