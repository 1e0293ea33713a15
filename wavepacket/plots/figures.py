"""Composed figures: a run at a glance, and the bands of a crystal beside a map of one of them."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec

from wavepacket.arrays import Float
from wavepacket.bandstructure.maps import ZoneMap
from wavepacket.bandstructure.path import BandPath
from wavepacket.errors import InputError
from wavepacket.plots.bands import plot_bands
from wavepacket.plots.contours import Ground
from wavepacket.plots.paths import motion_axes, plot_paths, span_of_paths
from wavepacket.plots.series import Series, plot_series
from wavepacket.plots.style import COLUMN, FONT_SIZE, PAGE, add_axes, letter_panels, new_figure
from wavepacket.plots.zone import plot_reciprocal_paths, plot_zone_map

__all__ = ["bands_figure", "compose", "run_figure", "spans_of"]

Panel = Callable[..., Axes]
"""Draws on the axes given by its keyword ``ax``."""

_HEIGHTS: Final = {1: 2.7, 2: 2.6, 3: 2.2}  # inches of a row, by its number of panels


def run_figure(
    *,
    time: Float | None = None,
    position: Float | None = None,
    wavevector: Float | None = None,
    valley: npt.ArrayLike | None = None,
    valley_names: Sequence[str] = (),
    zone_map: ZoneMap | None = None,
    series: Sequence[Series] = (),
    measured: Sequence[Panel] = (),
    title: str = "",
    most: int = 60,
    ground: Ground | None = None,
    axes: Sequence[int] | None = None,
    sign: npt.ArrayLike | None = None,
) -> Figure:
    """Draw k paths over the zone, real-space paths and time series, each where there are data for it.

    Parameters
    ----------
    time : (T,) fs, of the paths
    position, wavevector : (n, T, 3) Å and 1/Å
    valley, valley_names : (n,) index of each packet's valley, −1 for none, and the names
    series : each in a panel of its own
    measured : panels of what is no series in time
    most : paths drawn, chosen at random
    ground : drawn under the paths in real space
    axes : Cartesian axes of the paths in real space; default the two along which packets move most
    sign : (n,) of E, where some packets are under −E
    """
    keys: dict[str, Any] = {"valley": valley, "valley_names": valley_names, "most": most, "sign": sign}
    panels: list[Panel] = []
    if zone_map is not None and wavevector is not None and time is not None:
        panels.append(partial(plot_reciprocal_paths, time, wavevector, zone_map, **keys))
    elif zone_map is not None:
        panels.append(partial(plot_zone_map, zone_map))
    if position is not None and time is not None:
        panels.append(partial(plot_paths, time, position, ground=ground, axes=axes, **keys))
    panels.extend(partial(plot_series, one) for one in series)
    panels.extend(measured)
    if not panels:
        raise InputError("there is nothing to draw: no paths, no map and no observable")
    return compose(panels, title, spans=spans_of(position, series, axes), filled=True)


def spans_of(
    position: Float | None, series: Sequence[Series] = (), axes: Sequence[int] | None = None
) -> list[float]:
    """Lengths in Å that a figure of paths (n, T, 3) and series will show."""
    spans = [one.span for one in series if one.unit == "angstrom" and one.resolved]
    if position is not None and len(position):
        spans.append(span_of_paths(position, motion_axes(position) if axes is None else axes))
    return spans


def bands_figure(
    band_path: BandPath,
    zone_map: ZoneMap | None = None,
    *,
    colour: str | None = "berry_curvature",
    others: Float | None = None,
    window: tuple[float, float] | None = None,
    fermi_level: float | None = None,
) -> Figure:
    """Draw the bands along a path and, where given, a map of one of them beside it; the rest as in `plot_bands`."""
    one = partial(plot_bands, band_path, colour=colour, others=others, window=window, fermi_level=fermi_level)
    panels: list[Panel] = [one]
    if zone_map is not None:
        panels.append(partial(plot_zone_map, zone_map))
    return compose(panels, "")


def compose(
    panels: Sequence[Panel], title: str, spans: Sequence[float] = (), *, filled: bool = False
) -> Figure:
    """Panels in one row (up to three) or in rows of two; one panel in a single column; ``spans`` as of `new_figure`.

    With ``filled`` an odd number ends with a row of three, for which legends must be as narrow as those of three panels.
    """
    rows = _rows(len(panels), filled)
    heights = [_HEIGHTS[row] for row in rows]
    width = COLUMN if len(panels) == 1 else PAGE
    figure = new_figure(width, sum(heights), spans=spans)
    axes = [
        draw(ax=add_axes(figure, place))
        for draw, place in zip(panels, _places(figure, rows, heights), strict=False)
    ]
    if len(axes) > 1:
        letter_panels(axes)
    if title:
        figure.suptitle(title, fontsize=FONT_SIZE + 1)
    return figure


def _rows(panels: int, filled: bool) -> list[int]:
    """Places of each row."""
    if panels <= 3:
        return [panels]
    return [2] * (panels // 2 - 1) + [3] if filled and panels % 2 else [2] * -(-panels // 2)


def _places(figure: Figure, rows: Sequence[int], heights: Sequence[float]) -> list[SubplotSpec]:
    """Places of panels, row by row."""
    if len(set(rows)) == 1:
        grid = figure.add_gridspec(len(rows), rows[0])
        return [grid[row, column] for row in range(len(rows)) for column in range(rows[0])]
    # A grid of its own for each row: in a common one, of narrow columns, labels would leave panels no room.
    outer = figure.add_gridspec(len(rows), 1, height_ratios=heights)
    inner = [outer[row].subgridspec(1, number) for row, number in enumerate(rows)]
    return [grid[0, column] for grid, number in zip(inner, rows, strict=True) for column in range(number)]
