"""What lies under an exact packet: the potential as contours, in a plane or over time, and walls."""

import numpy as np
from matplotlib.axes import Axes

from wavepacket.fields import potential_values
from wavepacket.plots.contours import draw_contours, draw_edges
from wavepacket.plots.pictures import ground_of
from wavepacket.quantum import Comparison

__all__ = ["draw_ground", "draw_potential_against_time"]

_TIMES, _PLACES = 81, 161  # at which V is looked at for contours over time


def draw_ground(ax: Axes, comparison: Comparison, unit: float) -> None:
    """Draw the potential at the beginning as contours, and walls, over axes in units of ``unit`` Å as they are."""
    ground = ground_of(comparison.config)
    limits = ax.get_xlim(), ax.get_ylim()
    if ground.energy is not None:
        draw_contours(ax, ground.energy, (0, 1), unit)
    draw_edges(ax, ground, unit)
    ax.set_xlim(limits[0])
    ax.set_ylim(limits[1])


def draw_potential_against_time(
    ax: Axes, comparison: Comparison, span: tuple[float, float], units: tuple[float, float]
) -> None:
    """Draw contours of V(x, t) over a span of x in Å; the axes are in the given units of fs and Å."""
    time, x = np.linspace(0.0, comparison.exact.time[-1], _TIMES), np.linspace(*span, _PLACES)
    places = np.zeros((_PLACES, _TIMES, 3))
    places[..., 0] = x[:, None]
    config = comparison.config
    values = potential_values(
        config.fields, places.reshape(-1, 3), np.tile(time, _PLACES), charge=config.charge
    ).energy
    if np.ptp(values) > 0.0:
        height = values.reshape(_PLACES, _TIMES)
        ax.contour(time / units[0], x / units[1], height, levels=7, colors="0.72", linewidths=0.6, zorder=1.2)
