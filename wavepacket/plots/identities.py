"""Maxwell relations of the response against μ: both sides, and the terms that they are made of."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from wavepacket.plots.labels import axis_label, power_of_ten
from wavepacket.plots.scan_axes import by_name, finish_scan, place_legend
from wavepacket.plots.style import CATEGORIES, GREY, LINE, prepare, text_size
from wavepacket.response import ResponseResult

__all__ = ["plot_identity"]


@dataclass(frozen=True)
class _Sides:
    """Keys of an identity and their names: two derivatives that are equal, and the terms that they are the sum of."""

    equal: tuple[str, str]
    terms: tuple[str, str]
    words: tuple[str, str, str]


_IDENTITIES = {
    "streda": _Sides(
        ("dM_dmu", "dn_dB"), ("hall", "fermi_surface_term"),
        (r"$\partial M/\partial\mu$, $\partial n/\partial B$", "Hall", "Fermi surface"),
    ),
    "nernst_identity": _Sides(
        ("dM_dT", "dS_dB"), ("nernst", "fermi_surface_term"),
        (r"$\partial M/\partial T$, $\partial S/\partial B$", "Nernst", "Fermi surface"),
    ),
}  # fmt: skip


def plot_identity(result: ResponseResult, name: str = "streda", *, ax: Axes | None = None) -> Axes:
    """Draw both sides of a Maxwell relation and its two terms at the lowest temperature above zero.

    ``streda`` is ∂n/∂B = ∂M/∂μ, ``nernst_identity`` ∂S/∂B = ∂M/∂T.
    """
    ax = prepare(ax)
    observable, sides = result[name], _IDENTITIES[name]
    warm = np.where(result.temperature > 0, result.temperature, np.inf)
    at = int(np.argmin(warm)) if np.isfinite(warm).any() else 0
    mu = result.chemical_potential
    values = {key: np.asarray(each)[:, at] for key, each in by_name(observable).items()}
    power = power_of_ten([values[key] for key in (*sides.terms, sides.equal[0])])
    values = {key: each / 10.0**power for key, each in values.items()}
    styles: list[dict[str, Any]] = [
        {"color": colour, "linewidth": 1.6 * LINE, "linestyle": dashes}
        for colour, dashes in zip(CATEGORIES, ((0, (5, 2)), (0, (1.5, 1.5))), strict=False)
    ]
    for key, style in zip(sides.terms, styles, strict=True):
        ax.plot(mu, values[key], **style)
    rings: dict[str, Any] = {
        "color": GREY, "markersize": 0.42 * text_size(ax), "markerfacecolor": "white", "markeredgewidth": LINE,
        "marker": "o",
    }  # fmt: skip
    ax.plot(mu, values[sides.equal[0]], color=GREY, linewidth=1.8 * LINE)
    every = max(1, len(mu) // 24)
    ax.plot(mu[::every], values[sides.equal[1]][::every], linestyle="", **rings)
    finish_scan(ax, axis_label("identity", observable.unit, power))
    handles = [Line2D([], [], linewidth=1.8 * LINE, label=sides.words[0], **rings)]
    handles += [
        Line2D([], [], label=word, **style) for word, style in zip(sides.words[1:], styles, strict=True)
    ]
    place_legend(ax, handles)
    return ax
