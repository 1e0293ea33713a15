"""Band structure along a path, coloured by the geometry of the bands."""

import itertools

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from wavepacket.arrays import Float
from wavepacket.bandstructure.path import BandPath
from wavepacket.bandstructure.quantities import NOTHING, QUANTITIES
from wavepacket.errors import InputError
from wavepacket.plots.labels import axis_label
from wavepacket.plots.style import GREY, LINE, add_colour_bar, colour_scale, prepare

__all__ = ["plot_bands"]


_COLOURS = ("berry_curvature", "orbital_moment", "spin")
_BEYOND = 200.0  # the logarithmic scale shows two and a half decades


def plot_bands(
    band_path: BandPath,
    *,
    colour: str | None = "berry_curvature",
    others: Float | None = None,
    window: tuple[float, float] | None = None,
    fermi_level: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw all bands of a path with its named points as ticks.

    Parameters
    ----------
    colour : ``berry_curvature``, ``orbital_moment``, ``spin`` or None for plain lines, as where all of it is zero
    others : (n, M) energies of more bands along the same path, eV, drawn as thin dashes behind
    window : lowest and highest energy, eV; default all. The scale of the colours is that of the states within
    fermi_level : energy of a line across, eV; energies are then labelled as counted from there if it is 0
    """
    ax = prepare(ax)
    if colour is not None and colour not in _COLOURS:
        raise InputError(f"unknown colour {colour!r}: {', '.join(_COLOURS)} or none")
    values = {"orbital_moment": band_path.moment, "spin": band_path.spin}.get(
        colour or "", band_path.curvature
    )
    if values is None:
        raise InputError("the spin of this crystal is not known: give model.spin, or another colour")
    energies = band_path.energies if others is None else np.concatenate([band_path.energies, others], axis=1)
    if window is not None:
        _check_window(energies, window)
        seen = (band_path.energies >= window[0]) & (band_path.energies <= window[1])
        values = np.where(seen, values, np.nan)
    largest = np.max(np.abs(values), where=np.isfinite(values), initial=0.0)
    if colour is None or largest <= NOTHING:
        for piece in _pieces(band_path):
            ax.plot(band_path.distance[piece], band_path.energies[piece], color=GREY, linewidth=1.8 * LINE)
    else:
        _draw_coloured(ax, band_path, values, colour)
    if others is not None:
        for piece in _pieces(band_path):
            ax.plot(band_path.distance[piece], others[piece], "--", color="0.6", linewidth=LINE, zorder=1.5)
    for position in band_path.tick_positions[1:-1]:
        ax.axvline(position, color="0.75", linewidth=LINE, zorder=0.5)
    ax.set_xticks(band_path.tick_positions, band_path.tick_labels)
    ax.tick_params(axis="x", length=0)
    ax.set_xlim(band_path.distance[0], band_path.distance[-1])
    ax.set_ylim(*(window or _energy_limits(energies)))
    ax.set_ylabel(
        axis_label("energy", "eV") if fermi_level != 0 else axis_label(r"$\varepsilon - E_F$", "eV")
    )
    if fermi_level is not None:
        ax.axhline(fermi_level, color=GREY, linewidth=LINE, linestyle=":", zorder=1.8)
    return ax


def _check_window(energies: Float, window: tuple[float, float]) -> None:
    """InputError where no band (n, N) comes into the window: the figure would be empty."""
    if not ((energies.min(axis=0) <= window[1]) & (energies.max(axis=0) >= window[0])).any():
        raise InputError(
            f"no band is between {window[0]:g} and {window[1]:g} eV: along this path they are between "
            f"{energies.min():g} and {energies.max():g} eV"
        )


def _pieces(band_path: BandPath) -> list[slice]:
    """Points between the jumps of the path, which no line may cross."""
    return [slice(a, b) for a, b in itertools.pairwise([*band_path.starts, len(band_path.distance)])]


def _energy_limits(energies: Float) -> tuple[float, float]:
    low, high = float(np.nanmin(energies)), float(np.nanmax(energies))
    margin = 0.06 * (high - low) or 0.1
    return low - margin, high + margin


def _draw_coloured(ax: Axes, band_path: BandPath, values: Float, colour: str) -> None:
    # Where bands all but cross Ω has no bound: a few points of a metal would leave all of the rest white.
    scale = colour_scale(values, signed=True, usual_part=0.95, beyond=_BEYOND)
    for piece in _pieces(band_path):
        distance, energies = band_path.distance[piece], band_path.energies[piece]
        # The lines lie on a grey ground, else a band without curvature would be white on white.
        ax.plot(distance, energies, color="0.7", linewidth=3.6 * LINE, solid_capstyle="round")
        for energy, value in zip(energies.T, values[piece].T, strict=True):
            points = np.stack([distance, energy], axis=1)
            lines = LineCollection(
                list(np.stack([points[:-1], points[1:]], axis=1)),
                array=(value[:-1] + value[1:]) / 2,
                cmap=scale.colours,
                norm=scale.norm,
                linewidth=2.4 * LINE,
                capstyle="round",
                zorder=2.1,
            )
            ax.add_collection(lines, autolim=False)
    label, unit = QUANTITIES[colour]
    add_colour_bar(ax, lines, scale, label.format(band_path.component), unit)
