"""Devices: their walls and contacts, and transmissions between contacts as a table of shades and numbers."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from wavepacket.observables import Observable, symbol_of
from wavepacket.plots.contours import Ground, draw_edges
from wavepacket.plots.field_marks import draw_field_marks
from wavepacket.plots.labels import axis_label
from wavepacket.plots.style import length_of, prepare, text_size

__all__ = ["plot_sample", "plot_transmission"]

_DARK = 0.55  # of the largest: numbers on darker shades are white


def plot_sample(ground: Ground, *, ax: Axes | None = None) -> Axes:
    """Draw walls, contacts, and E and B of a sample of whose packets no path is stored."""
    ax = prepare(ax)
    every = np.concatenate([*ground.walls, *ground.contacts.values()])
    unit, symbol = length_of(ax, float(np.ptp(every, axis=0).max()))
    ax.set_aspect("equal", adjustable="box")
    draw_edges(ax, ground, unit)
    ax.update_datalim(every / unit)
    ax.margins(0.06)
    ax.autoscale_view()
    draw_field_marks(ax, ground.fields, (0, 1))
    ax.set_xlabel(f"$x$ ({symbol})")
    ax.set_ylabel(f"$y$ ({symbol})")
    return ax


def plot_transmission(observable: Observable, *, ax: Axes | None = None) -> Axes:
    """Draw T of every pair of contacts: a column for each that sends, a row for each that packets arrive at."""
    ax, found = prepare(ax), observable.value
    assert isinstance(found, Mapping)
    pairs = [name.split(" to ", 1) for name in found]
    senders, arrivals = (list(dict.fromkeys(pair[side] for pair in pairs)) for side in (0, 1))
    values = np.array(list(found.values())).reshape(len(senders), len(arrivals)).T
    largest = max(float(values.max()), 1e-300)
    ax.imshow(values, cmap="Purples", vmin=0.0, vmax=1.3 * largest, aspect="auto")
    size = text_size(ax) * min(0.9, 4.5 / max(values.shape))
    for (row, column), value in np.ndenumerate(values):
        colour = "white" if value > _DARK * 1.3 * largest else "0.15"
        told = f"{value:.3g}" if value >= 0.1 else f"{value:.2f}".rstrip("0").rstrip(".")
        ax.text(column, row, told, ha="center", va="center", fontsize=size, color=colour)
    ax.set_xticks(range(len(senders)), senders, rotation=90, fontsize=0.85 * text_size(ax))
    ax.set_yticks(range(len(arrivals)), arrivals, fontsize=0.85 * text_size(ax))
    ax.tick_params(length=0)
    ax.set_xlabel("from")
    ax.set_ylabel("to")
    ax.set_title(axis_label(symbol_of(observable.name), observable.unit), fontsize=text_size(ax))
    return ax
