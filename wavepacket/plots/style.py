"""The look that all figures share: sizes fit for a paper's column, fonts, frames, and how figures are saved.

Only matplotlib's objects are used, never pyplot or its global settings: figures can be made in any thread.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.legend import Legend

from wavepacket.errors import InputError

__all__ = [
    "COLUMN",
    "FONT_SIZE",
    "PAGE",
    "add_axes",
    "legend_above",
    "letter_panels",
    "new_figure",
    "polish",
    "prepare",
    "save_figure",
    "text_size",
]

COLUMN: Final = 3.4
"""Width of one column, inch."""
PAGE: Final = 7.0
"""Width of a page of two columns, inch."""
FONT_SIZE: Final = 8.0
"""Points, as printed."""
LINE: Final = 0.7
"""Width of frames and ticks, points."""

_RESOLUTION = 200
_SUFFIXES = (".png", ".pdf", ".svg")


def new_figure(width: float = COLUMN, height: float = 2.7, font_size: float = FONT_SIZE) -> Figure:
    """Empty figure of the given size in inches whose parts keep clear of each other."""
    pad = font_size / 72 / 2
    layout = ConstrainedLayoutEngine(w_pad=pad, h_pad=pad, wspace=0.03, hspace=0.03)
    return Figure(figsize=(width, height), layout=layout)


def add_axes(
    figure: Figure, spec: SubplotSpec | None = None, font_size: float = FONT_SIZE, **keys: Any
) -> Axes:
    """Axes of the house in a figure."""
    ax: Axes = figure.add_subplot(111 if spec is None else spec, **keys)
    polish(ax, font_size)
    return ax


def prepare(ax: Axes | None, height: float = 2.7) -> Axes:
    """Return the caller's axes as they are, or new ones in a figure of a column's width."""
    return add_axes(new_figure(COLUMN, height)) if ax is None else ax


def polish(ax: Axes, font_size: float = FONT_SIZE) -> None:
    """Set fonts, frame and ticks; every text drawn later takes its size from the axis labels."""
    ax.tick_params(which="both", direction="in", top=True, right=True, width=LINE, labelsize=font_size - 0.5)
    ax.tick_params(which="major", length=font_size * 0.4)
    ax.tick_params(which="minor", length=font_size * 0.2)
    for axis in (ax.xaxis, ax.yaxis):
        axis.label.set_fontsize(font_size)
        axis.get_offset_text().set_fontsize(font_size - 1)
    for spine in ax.spines.values():
        spine.set_linewidth(LINE)


def text_size(ax: Axes) -> float:
    """Font size of the axis labels, points."""
    return float(ax.xaxis.label.get_fontsize())


def legend_above(
    ax: Axes, handles: Sequence[Artist], side: Literal["left", "right"] = "right", columns: int = 6
) -> Legend:
    """Legend in one row (of ``columns`` entries) above the axes, where it covers nothing."""
    return ax.legend(
        handles=handles,
        loc="lower left" if side == "left" else "lower right",
        bbox_to_anchor=(float(side == "right"), 1.0),
        ncols=columns,
        frameon=False,
        fontsize=text_size(ax) - 0.5,
        handlelength=1.4,
        columnspacing=1.0,
        borderaxespad=0.3,
    )


def letter_panels(axes: list[Axes]) -> None:
    """Write (a), (b), … at the upper left of each axes, outside of their frame."""
    for letter, ax in zip("abcdefghijkl", axes, strict=False):
        size = text_size(ax) + 0.5
        ax.annotate(
            f"({letter})",
            (0.0, 1.0),
            xycoords="axes fraction",
            xytext=(-3.2 * size, 0.5 * size),
            textcoords="offset points",
            fontsize=size,
            fontweight="bold",
        )


def check_figure_path(path: str | Path) -> Path:
    """Return the path of a figure; InputError where its suffix is none that is written."""
    target = Path(path)
    if target.suffix.lower() not in _SUFFIXES:
        raise InputError(
            f"cannot write a figure as {target.name!r}: the name must end in {', '.join(_SUFFIXES)}"
        )
    return target


def save_figure(figure: Figure, path: str | Path) -> Path:
    """Write a figure as PNG (200 dpi), PDF or SVG, by the suffix of the path; the same figure gives the same bytes."""
    target = check_figure_path(path)
    suffix = target.suffix.lower()
    metadata = {".png": {}, ".pdf": {"CreationDate": None}, ".svg": {"Date": None}}[suffix]
    # The ticks follow the sizes of the axes and the layout follows the ticks: the second pass fits.
    figure.draw_without_rendering()
    try:
        figure.savefig(target, dpi=_RESOLUTION, metadata=metadata)
    except OSError as error:
        raise InputError(f"cannot write {target}: {error.strerror or error}") from error
    return target
