"""What a run with collisions or a drift protocol has measured: tensors by contribution, and curvature from drifts."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from wavepacket.analysis.price_cooper import drift_map
from wavepacket.arrays import Float
from wavepacket.bandstructure.maps import ZoneMap
from wavepacket.bandstructure.zone import fold_by_faces
from wavepacket.observables import Observable, symbol_of
from wavepacket.plots.devices import plot_transmission
from wavepacket.plots.figures import Panel
from wavepacket.plots.labels import axis_label, power_of_ten
from wavepacket.plots.style import CATEGORIES, LINE, legend_above, prepare, text_size, valley_colour
from wavepacket.plots.zone import plot_zone_map

__all__ = ["measured_panels", "plot_contributions", "plot_drift_curvature"]


_BAND = "band "
_SHOWN = 1e-3  # of the largest component: smaller ones get no bar
_STACKED = ("conductivity", "current_density")


def measured_panels(
    observables: Mapping[str, Observable],
    zone_map: ZoneMap,
    reference: Mapping[str, Observable] | None = None,
    wanted: Collection[str] = (),
) -> list[Panel]:
    """Panels of what a run has measured that is no series in time, as many as there are.

    Parameters
    ----------
    reference : what theory says of some of the observables
    wanted : the observables that the run is about; a current with E as given, which has the noise of its starts, is left out
        where it is none of them
    """
    theory = reference or {}
    about = {name.partition(".")[0] for name in wanted}
    stacked = [name for name in _STACKED if not about or name in about or name != "current_density"]
    panels: list[Panel] = [
        partial(plot_contributions, _by_band(name, observables), theory.get(name))
        for name in stacked
        if name in observables and observables[name].contributions
    ]
    if "berry_curvature_from_drifts" in observables:
        panels.append(partial(plot_zone_map, drift_map(observables, zone_map), like=zone_map))
        panels.append(partial(plot_drift_curvature, observables, zone_map.faces))
    if "transmission" in observables:
        panels.append(partial(plot_transmission, observables["transmission"]))
    return panels


def _by_band(name: str, observables: Mapping[str, Observable]) -> Observable:
    """An observable with the shares of bands as its contributions, where the run has several."""
    found, shares = observables[name], observables.get(f"{name}_by_band")
    if shares is None or not isinstance(shares.value, Mapping):
        return found
    parts = {
        f"{_BAND}{band}" if band.isdigit() else band: Observable("", value)
        for band, value in shares.value.items()
    }
    return replace(found, contributions=parts)


def plot_contributions(
    observable: Observable, reference: Observable | None = None, *, ax: Axes | None = None
) -> Axes:
    """Draw a conductivity (3, 3) or a current density (3,): a stack of contributions for each component, and its sum.

    Contributions of opposite sign are stacked on opposite sides of zero; the sum is a dot with its uncertainty, and the
    value of a reference a ring round its place.
    """
    ax = prepare(ax)
    symbol = _symbol(observable)
    totals = _components(observable.value, symbol)
    largest = max(abs(value) for value in totals.values())
    names = [name for name, value in totals.items() if abs(value) > _SHOWN * largest] or list(totals)[:1]
    sums = np.array([totals[name] for name in names])
    factor = 10.0 ** power_of_ten(sums)
    handles = _stacks(ax, observable, names, factor)
    errors = _uncertainties(observable, names) / factor
    label = "sum" if np.all(np.isfinite(errors)) else "sum ± ?"
    rows = np.arange(len(names))
    ax.errorbar(
        sums / factor,
        rows,
        xerr=np.nan_to_num(errors),
        fmt="o",
        color="0.1",
        markersize=3,
        elinewidth=LINE,
        capsize=2,
    )
    ring: dict[str, Any] = {
        "linestyle": "",
        "marker": "o",
        "markersize": 7,
        "fillstyle": "none",
        "color": "0.1",
    }
    extra = [Line2D([], [], color="0.1", marker="o", markersize=3, linestyle="", label=label)]
    if reference is not None:
        exact = _components(reference.value, symbol)
        ax.plot([exact[name] / factor for name in names], rows, markeredgewidth=LINE, **ring)
        extra.append(Line2D([], [], markeredgewidth=LINE, label="reference", **ring))
    ax.use_sticky_edges = False  # a stack that ends at the largest sum would leave no room for its dot
    ax.axvline(0, color="0.1", linewidth=LINE)
    ax.set_yticks(rows, [f"${name}$" for name in names])
    ax.invert_yaxis()
    ax.tick_params(axis="y", length=0, labelsize=text_size(ax))
    ax.set_xlabel(axis_label(f"${symbol}$", observable.unit, power_of_ten(sums)))
    legend_above(ax, [*handles, *extra], columns=2)
    return ax


def _stacks(ax: Axes, observable: Observable, names: list[str], factor: float) -> list[Patch]:
    """Draw the bars; a legend entry for each contribution that is seen."""
    rows = np.arange(len(names))
    ends = {1.0: np.zeros(len(names)), -1.0: np.zeros(len(names))}
    handles = []
    symbol = _symbol(observable)
    parts = {name: _components(share.value, symbol) for name, share in observable.contributions.items()}
    largest = max(abs(part[name]) for part in parts.values() for name in names)
    bands = all(label.startswith(_BAND) for label in list(parts)[:1])  # in the colours of their paths
    colours = [valley_colour(i) if bands else shade for i, shade in enumerate(CATEGORIES)]
    for colour, (label, part) in zip(colours, parts.items(), strict=False):
        values = np.array([part[name] for name in names])
        if not np.any(np.abs(values) > _SHOWN * largest):
            continue
        for sign, base in ends.items():
            shown = np.where(values * sign > 0, values, 0.0) / factor
            ax.barh(rows, shown, 0.6, left=base, color=colour, linewidth=0)
            ends[sign] = base + shown
        handles.append(Patch(color=colour, label=label))
    return handles


def _symbol(observable: Observable) -> str:
    """In TeX, without dollars, for indices to follow."""
    return symbol_of(observable.name).strip("$")


def _components(value: Any, symbol: str) -> dict[str, float]:
    """Number of each component by its label; of amplitudes, real and imaginary parts."""
    if isinstance(value, Mapping):
        parts = (("Re", value["real"]), ("Im", value["imaginary"]))
        return {
            rf"\mathrm{{{part}}}\,{name}": number
            for part, array in parts
            for name, number in _components(array, symbol).items()
        }
    array = np.asarray(value, dtype=np.float64)
    return {
        f"{symbol}_{{{''.join('xyz'[i] for i in index)}}}": float(number)
        for index, number in np.ndenumerate(array)
    }


def _uncertainties(observable: Observable, names: list[str]) -> Float:
    if observable.uncertainty is None:
        return np.zeros(len(names))
    found = _components(observable.uncertainty, _symbol(observable))
    return np.array([found[name] for name in names])


def plot_drift_curvature(
    observables: Mapping[str, Observable], faces: Float, *, ax: Axes | None = None
) -> Axes:
    """Draw the curvature from drifts over that of the band, along the row across the force where it varies most.

    Both are means over the way of a packet; ``faces`` (g, 3) are the face vectors of the zone, for folding.
    """
    ax = prepare(ax)
    names = ("drift_wavevector", "drift_way", "berry_curvature_from_drifts", "berry_curvature_on_way")
    k, ways, measured, exact = (np.asarray(observables[name].value) for name in names)
    k, way = fold_by_faces(k, faces), ways[0]
    step = float(np.linalg.norm(way))
    along = way / step
    across = np.cross([0.0, 0.0, 1.0], along)
    rows = np.unique(np.round((k @ along) / step, 3), return_inverse=True)[1]
    varies = [np.ptp(measured[rows == i]) for i in range(rows.max() + 1)]
    row = np.flatnonzero(rows == int(np.argmax(varies)))
    row = row[np.argsort(k[row] @ across)]
    x = k[row] @ across
    ax.plot(x, exact[row], color=CATEGORIES[1], linewidth=2 * LINE, label="band")
    ax.plot(x, measured[row], "o", color=CATEGORIES[0], markersize=3, fillstyle="none", label="drifts")
    handles, _ = ax.get_legend_handles_labels()
    legend_above(ax, list(handles))
    ax.set_xlabel(r"$k$ across the force (Å$^{-1}$)")
    ax.set_ylabel(axis_label(r"$\Omega_z$", observables[names[2]].unit))
    return ax
