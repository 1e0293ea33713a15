"""Figures of the intrinsic response: conductivities, magnetization and identities against μ."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from wavepacket.arrays import Float
from wavepacket.bandstructure.maps import ZoneMap
from wavepacket.config.schema_response import SPIN_QUANTITIES
from wavepacket.errors import InputError
from wavepacket.observables import Value, largest, symbol_of
from wavepacket.plots.figures import compose
from wavepacket.plots.identities import plot_identity
from wavepacket.plots.labels import axis_label, power_of_ten
from wavepacket.plots.phase_diagram import plot_phase_diagram
from wavepacket.plots.scan_axes import (
    by_name,
    finish_scan,
    place_legend,
    scan_legend,
    scan_line,
    temperature_colours,
)
from wavepacket.plots.style import CATEGORIES, GREY, LINE, prepare
from wavepacket.plots.zone import plot_zone_map
from wavepacket.response import ResponseResult
from wavepacket.response.phases import PhaseDiagram
from wavepacket.response.result import PLANES

__all__ = [
    "curve_panels", "plot_magnetization", "plot_scan", "plot_valley_hall",
    "response_figure",
]  # fmt: skip


_TENSORS = ("anomalous_hall_conductivity", "anomalous_nernst_conductivity")
_LARGEST = (
    "berry_curvature_dipole", "berry_curvature_dipole_sea", "drude_weight", "ordinary_hall_conductivity",
    "nonlinear_drude_conductivity",
)  # fmt: skip


def response_figure(
    result: ResponseResult | None = None,
    *,
    zone_map: ZoneMap | None = None,
    diagram: PhaseDiagram | None = None,
    title: str = "",
    exact: Mapping[str, float | None] | None = None,
) -> Figure:
    """Draw σ(μ), α(μ, T), M(μ), the Středa identity, where σ comes from and the phase diagram, as far as there are.

    ``exact`` has exact values by the names of components, as the headline of a config: a ring marks each.
    """
    panels: list[Callable[..., Axes]] = []
    if diagram is not None:
        panels.append(partial(plot_phase_diagram, diagram))
    if result is not None:
        panels += curve_panels(result, exact)
    if zone_map is not None:
        panels.append(partial(plot_zone_map, zone_map))
    if not panels and result is not None:
        every = _every_panel(result, exact or {})
        panels = [draw for name, draw in every if _is_there(result, name)] or [draw for _, draw in every]
    if not panels:
        raise InputError("there is nothing to draw: no response and no map")
    return compose(panels, title)


def curve_panels(
    result: ResponseResult, exact: Mapping[str, float | None] | None = None
) -> list[Callable[..., Axes]]:
    """One panel for each quantity that differs from zero somewhere in a scan of more than one μ."""
    if len(result.chemical_potential) < 2:
        return []
    return [draw for name, draw in _every_panel(result, exact or {}) if _is_there(result, name)]


def _every_panel(
    result: ResponseResult, exact: Mapping[str, float | None]
) -> list[tuple[str, Callable[..., Axes]]]:
    """What can be drawn of each quantity against μ, by its name; of the valleys where there is nothing in sum."""
    draw: dict[str, Callable[..., Axes]] = {
        "electron_density": partial(plot_density, result),
        **{name: partial(plot_scan, result, name) for name in _TENSORS},
        "valley_hall_conductivity": partial(plot_valley_hall, result),
        "orbital_magnetization": partial(plot_magnetization, result),
        **{name: partial(plot_largest, result, name, exact=exact) for name in (*_LARGEST, *SPIN_QUANTITIES)},
        "quantum_metric": partial(plot_metric, result),
        "streda": partial(plot_identity, result),
        "nernst_identity": partial(plot_identity, result, "nernst_identity"),
        **{name: partial(plot_own, result, name) for name in result.own if result.over_scan(name)},
    }
    if result.symmetry.allowed_vector().any():
        del draw["valley_hall_conductivity"]
    return [(name, one) for name, one in draw.items() if name in result.observables]


def _is_there(result: ResponseResult, name: str) -> bool:
    """Whether a quantity differs from zero somewhere."""
    value = result[name].value
    parts = value.values() if isinstance(value, dict) else [value]
    return any(bool(np.any(np.nan_to_num(np.asarray(part)))) for part in parts)


def plot_valley_hall(result: ResponseResult, *, ax: Axes | None = None) -> Axes:
    """Draw the Hall conductivity of each valley and region against μ at the lowest temperature."""
    ax = prepare(ax)
    observable = result["valley_hall_conductivity"]
    values, errors = by_name(observable), observable.uncertainty
    assert isinstance(errors, dict)
    coldest = int(np.argmin(result.temperature))
    sizes = [max(np.abs(part[..., a, b]).max() for part in values.values()) for a, b in PLANES]
    a, b = PLANES[int(np.argmax(sizes))]
    power = power_of_ten([part[:, coldest, a, b] for part in values.values()])
    colours = [CATEGORIES[i % len(CATEGORIES)] for i in range(len(values))]
    for (name, part), colour in zip(values.items(), colours, strict=True):
        shown, error = (np.asarray(each)[:, coldest, a, b] / 10.0**power for each in (part, errors[name]))
        scan_line(ax, result.chemical_potential, shown, error, colour)
    finish_scan(ax, axis_label(rf"valley $\sigma_{{{'xyz'[a]}{'xyz'[b]}}}$", observable.unit, power))
    scan_legend(ax, colours, list(values))
    return ax


def plot_scan(result: ResponseResult, name: str, *, ax: Axes | None = None) -> Axes:
    """Draw the largest component of a conductivity against μ, a line for each temperature with its uncertainty."""
    observable = result[name]
    a, b = result.main_plane
    warm = result.temperature > 0 if "nernst" in name else np.ones(len(result.temperature), dtype=bool)
    values, errors = (
        np.asarray(part)[..., a, b][:, warm] for part in (observable.value, observable.uncertainty)
    )
    label = _symbol(name, a, b)
    ax = _against_mu(
        result, label, values, errors, unit=observable.unit, temperature=result.temperature[warm], ax=ax
    )
    if (
        "nernst" in name
        and "mott_nernst_conductivity" in result.observables
        and len(result.chemical_potential) > 1
    ):
        mott = np.asarray(result["mott_nernst_conductivity"].value)[..., a, b][:, warm]
        _dashed(
            ax,
            result,
            mott / 10.0 ** power_of_ten([values, errors]),
            temperature_colours(result.temperature[warm]),
        )
    return ax


def _dashed(ax: Axes, result: ResponseResult, values: Float, colours: list[str]) -> None:
    """Mott's limit (M, T) as dashed lines, with a word in the legend."""
    style = (0, (3, 2))
    for column, colour in zip(values.T, colours, strict=True):
        ax.plot(result.chemical_potential, column, color=colour, linewidth=1.2 * LINE, linestyle=style)
    legend = ax.get_legend()
    lines = [] if legend is None else [line for line in legend.legend_handles if isinstance(line, Line2D)]
    place_legend(
        ax, [*lines, Line2D([], [], color=GREY, linewidth=1.2 * LINE, linestyle=style, label="Mott")]
    )


def plot_density(result: ResponseResult, *, ax: Axes | None = None) -> Axes:
    """Draw the density against μ, a line for each temperature."""
    observable = result["electron_density"]
    symbol = symbol_of(observable.name)
    return _against_mu(result, symbol, observable.value, observable.uncertainty, unit=observable.unit, ax=ax)


def plot_largest(
    result: ResponseResult,
    name: str,
    *,
    exact: Mapping[str, float | None] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a component of a tensor against μ, a line for each temperature: one with an exact value or the largest."""
    observable = result[name]
    value, error = np.asarray(observable.value), np.asarray(observable.uncertainty)
    known = {
        tuple(map(int, key.split(".")[1:])): number
        for key, number in (exact or {}).items()
        if key.startswith(f"{name}.") and key.count(".") == value.ndim and number is not None
    }
    place = next(iter(known))[2:] if known else largest(value)
    at: Any = (..., *place)
    ax = _against_mu(result, _symbol(name, *place), value[at], error[at], unit=observable.unit, ax=ax)
    scale = 10.0 ** power_of_ten([value[at], error[at]])
    rings = [
        (result.chemical_potential[one[0]], number / scale)
        for one, number in known.items()
        if one[2:] == place
    ]
    if rings:
        keys: dict[str, Any] = {
            "linestyle": "",
            "marker": "o",
            "fillstyle": "none",
            "color": "0.1",
            "markersize": 7,
        }
        ax.plot(*np.transpose(rings), clip_on=False, **keys)
        legend = ax.get_legend()
        lines = [] if legend is None else [one for one in legend.legend_handles if isinstance(one, Line2D)]
        place_legend(ax, [*lines, Line2D([], [], label="exact", **keys)])
    return ax


def plot_metric(result: ResponseResult, *, ax: Axes | None = None) -> Axes:
    """Draw the trace of the quantum metric at T = 0 against μ."""
    trace = result["quantum_metric_trace"]
    value, error = (np.asarray(each)[:, None] for each in (trace.value, trace.uncertainty))
    symbol = symbol_of(trace.name)
    return _against_mu(result, symbol, value, error, unit=trace.unit, temperature=np.zeros(1), ax=ax)


def plot_own(result: ResponseResult, name: str, *, ax: Axes | None = None) -> Axes:
    """Draw an observable [μ, T] of a script against μ, a line for each temperature."""
    observable = result[name]
    none = np.zeros_like(observable.value)
    return _against_mu(result, symbol_of(name), observable.value, none, unit=observable.unit, ax=ax)


def _against_mu(
    result: ResponseResult,
    symbol: str,
    values: Value,
    errors: Value | None,
    *,
    unit: str,
    temperature: Float | None = None,
    ax: Axes | None,
) -> Axes:
    """Draw values (M, T) with their uncertainties, a line for each temperature (default: all of the scan)."""
    ax = prepare(ax)
    temperature = result.temperature if temperature is None else temperature
    shown, error = np.asarray(values), np.asarray(errors)
    power = power_of_ten([shown, error])
    colours = temperature_colours(temperature)
    for i, colour in enumerate(colours):
        scan_line(ax, result.chemical_potential, shown[:, i] / 10.0**power, error[:, i] / 10.0**power, colour)
    finish_scan(ax, axis_label(symbol, unit, power))
    scan_legend(ax, colours, [f"{t:g} K" for t in temperature])
    return ax


def plot_magnetization(result: ResponseResult, *, ax: Axes | None = None) -> Axes:
    """Draw M against μ at the lowest temperature, with its local and itinerant parts."""
    ax = prepare(ax)
    observable = result["orbital_magnetization"]
    axis, coldest = result.main_component, int(np.argmin(result.temperature))
    parts = {
        "total": (observable.value, observable.uncertainty, GREY),
        **{
            name: (part.value, part.uncertainty, colour)
            for (name, part), colour in zip(observable.contributions.items(), CATEGORIES, strict=False)
        },
    }
    power = power_of_ten([np.asarray(part)[:, coldest] for each in parts.values() for part in each[:2]])
    for values, errors, colour in parts.values():
        shown, error = (np.asarray(each)[:, coldest, axis] / 10.0**power for each in (values, errors))
        scan_line(ax, result.chemical_potential, shown, error, colour)
    finish_scan(ax, axis_label(_symbol(observable.name, axis), observable.unit, power))
    scan_legend(ax, [part[2] for part in parts.values()], list(parts))
    return ax


def _symbol(name: str, *index: int) -> str:
    """In TeX, with Cartesian indices."""
    symbol = symbol_of(name).strip("$")
    symbol = f"({symbol})" if "/" in symbol else symbol
    return f"${symbol}_{{{''.join('xyz'[i] for i in index)}}}$"
