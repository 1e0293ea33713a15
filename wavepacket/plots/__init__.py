"""Figures and movies from results: computes no physics, and only `pictures` reads a run.

Each ``plot_*`` takes arrays or a frozen dataclass and optional matplotlib axes, and returns the axes.
"""

from typing import TYPE_CHECKING

from wavepacket.lazy import loader
from wavepacket.plots.animation import animate
from wavepacket.plots.bands import plot_bands
from wavepacket.plots.figures import bands_figure, run_figure
from wavepacket.plots.observables import series_of_run
from wavepacket.plots.paths import plot_paths
from wavepacket.plots.response import response_figure
from wavepacket.plots.series import Series, plot_series
from wavepacket.plots.style import save_figure
from wavepacket.plots.sweep import plot_sweep
from wavepacket.plots.transport import measured_panels, plot_contributions, plot_drift_curvature
from wavepacket.plots.zone import plot_reciprocal_paths, plot_zone_map

if TYPE_CHECKING:
    from wavepacket.plots.page import view
    from wavepacket.plots.pictures import animate_run, plot
    from wavepacket.plots.sweep_panels import Wish, sweep_figure

__all__ = [
    "Series",
    "Wish",
    "animate",
    "animate_run",
    "bands_figure",
    "measured_panels",
    "plot",
    "plot_bands",
    "plot_contributions",
    "plot_drift_curvature",
    "plot_paths",
    "plot_reciprocal_paths",
    "plot_series",
    "plot_sweep",
    "plot_zone_map",
    "response_figure",
    "run_figure",
    "save_figure",
    "series_of_run",
    "sweep_figure",
    "view",
]

# All that a run is made of, loaded on first use.
__getattr__ = loader(
    __name__,
    {
        **dict.fromkeys(("animate_run", "plot"), "wavepacket.plots.pictures"),
        **dict.fromkeys(("Wish", "sweep_figure"), "wavepacket.plots.sweep_panels"),
        "view": "wavepacket.plots.page",
    },
)


def __dir__() -> list[str]:
    """Return the public names, loaded or not, for completion at a prompt."""
    return sorted(__all__)
