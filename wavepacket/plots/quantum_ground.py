"""What lies under an exact packet: the potential and a texture, in a plane or over time, and walls."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from wavepacket.fields import potential_values
from wavepacket.hamiltonians.profiles import profile_values
from wavepacket.plots.contours import draw_arrows, draw_contours, draw_edges
from wavepacket.plots.field_marks import draw_field_marks
from wavepacket.plots.pictures import ground_of
from wavepacket.plots.style import CATEGORIES
from wavepacket.quantum import Comparison

__all__ = ["contour_handles", "draw_ground", "draw_ground_against_time", "mark_fields"]

_POTENTIAL, _TEXTURES = "0.72", CATEGORIES[4:]  # colours of contours
_TIMES, _PLACES = 81, 161  # at which V is looked at for contours over time


def draw_ground(ax: Axes, comparison: Comparison, unit: float) -> None:
    """Draw the potential and a direction at the beginning, and walls, over axes in units of ``unit`` Å as they are."""
    ground = ground_of(comparison.config)
    limits = ax.get_xlim(), ax.get_ylim()
    if ground.direction is not None:
        draw_arrows(ax, ground.direction, unit)
    if ground.energy is not None:
        draw_contours(ax, ground.energy, (0, 1), unit)
    draw_edges(ax, ground, unit)
    ax.set_xlim(limits[0])
    ax.set_ylim(limits[1])


def mark_fields(ax: Axes, comparison: Comparison, unit: float) -> None:
    """Mark E and B in a corner that no centre comes near; the axes are in units of ``unit`` Å."""
    every = [comparison.exact.centre, comparison.semiclassical.centre, *comparison.switched.values()]
    draw_field_marks(ax, comparison.config.fields, (0, 1), np.concatenate(every)[:, :2] / unit)


def draw_ground_against_time(
    ax: Axes, comparison: Comparison, span: tuple[float, float], units: tuple[float, float]
) -> None:
    """Draw contours of V(x, t), or of λ of textures, over a span of x in Å; the axes are in the given units of fs and Å."""
    time, x = np.linspace(0.0, comparison.exact.time[-1], _TIMES), np.linspace(*span, _PLACES)
    places = np.zeros((_PLACES, _TIMES, 3))
    places[..., 0] = x[:, None]
    config, times, where = comparison.config, np.tile(time, _PLACES), places.reshape(-1, 3)
    drawn = [(potential_values(config.fields, where, times, charge=config.charge).energy, _POTENTIAL, 7)]
    if config.textures:
        values = profile_values(config.textures, where, times).value.T
        drawn += [(one, colour, 3) for one, colour in zip(values, _TEXTURES, strict=False)]
    for values, colour, levels in drawn:
        if np.ptp(values) > 0.0:
            height = values.reshape(_PLACES, _TIMES)
            ax.contour(
                time / units[0], x / units[1], height, levels=levels, colors=[colour], linewidths=0.6, zorder=1.2,
                linestyles="solid",
            )  # fmt: skip


def contour_handles(comparison: Comparison) -> list[Line2D]:
    """Legend entries of the contours over time."""
    config = comparison.config
    named = [("$V$", _POTENTIAL)] if config.fields.potential else []
    if config.textures:
        count = profile_values(config.textures, np.zeros((1, 3)), np.zeros(1)).value.shape[1]
        named += list(zip([rf"$\lambda_{i + 1}$" for i in range(count)], _TEXTURES, strict=False))
    return [
        Line2D([], [], color=colour, linewidth=0.6, label=f"contours of {name}") for name, colour in named
    ]
