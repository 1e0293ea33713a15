"""The look that all figures share: sizes fit for a paper's column, fonts, frames, colours, and how figures are saved."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize, SymLogNorm, to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.legend import Legend
from matplotlib.ticker import (
    FixedFormatter,
    FixedLocator,
    Formatter,
    FuncFormatter,
    Locator,
    MaxNLocator,
    ScalarFormatter,
)

from wavepacket.errors import InputError
from wavepacket.plots.labels import axis_label, common_length_unit, length_unit, power_of_ten

__all__ = [
    "CATEGORIES", "COLUMN", "FONT_SIZE", "GREY", "PAGE", "ColourScale", "add_axes", "add_colour_bar",
    "colour_scale", "legend_above", "length_of", "letter_panels", "narrow", "new_figure", "paler",
    "polish", "prepare", "save_figure", "text_size", "valley_colour",
]  # fmt: skip

COLUMN: Final = 3.4
"""Width of one column, inch."""
PAGE: Final = 7.0
"""Width of a page of two columns, inch."""
FONT_SIZE: Final = 8.0
"""Points, as printed."""
LINE: Final = 0.7
"""Width of frames and ticks, points."""

_RESOLUTION = 200
_SCREEN = 130  # dots per inch in a notebook
_SUFFIXES = (".png", ".pdf", ".svg")


class _ShownFigure(Figure):
    """A figure that a notebook shows where it is the value of a cell, without pyplot.

    ``length`` is the unit of length of all its axes, Å in one unit and its symbol; None where each has its own.
    """

    length: tuple[float, str] | None = None

    def _repr_png_(self) -> bytes:
        picture = io.BytesIO()
        self.savefig(picture, format="png", dpi=_SCREEN)
        return picture.getvalue()


def new_figure(
    width: float = COLUMN, height: float = 2.7, font_size: float = FONT_SIZE, spans: Sequence[float] = ()
) -> Figure:
    """Empty figure of the given size in inches whose parts keep clear of each other.

    ``spans`` are the lengths that its axes will show, Å: all of them get one unit.
    """
    pad = font_size / 72 / 2
    layout = ConstrainedLayoutEngine(w_pad=pad, h_pad=pad, wspace=0.03, hspace=0.03)
    figure = _ShownFigure(figsize=(width, height), layout=layout)
    figure.length = common_length_unit(spans)
    return figure


def length_of(ax: Axes, span: float) -> tuple[float, str]:
    """Unit of length of the figure of axes, else one for lengths up to ``span`` Å: (Å in one unit, its symbol)."""
    return getattr(ax.figure, "length", None) or length_unit(span)


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
        handlelength=1.1,
        columnspacing=0.8,
        borderaxespad=0.3,
    )


def narrow(handles: Sequence[Artist]) -> int:
    """Columns of a legend that is no wider than a small panel: three of a few or of short words, else two."""
    short = all(len(str(one.get_label()).strip("$")) <= 5 for one in handles)
    return 3 if len(handles) < 4 or (short and len(handles) <= 6) else 2


def letter_panels(axes: list[Axes]) -> None:
    """Write (a), (b), … at the upper left of each axes, outside of their frame."""
    for letter, ax in zip("abcdefghijkl", axes, strict=False):
        size = text_size(ax) + 0.5
        ax.annotate(
            f"({letter})",
            (0.0, 1.0),
            xycoords="axes fraction",
            xytext=(-3.2 * size, 0.8 * size),
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


CATEGORIES: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Okabe and Ito's colours: distinct for all common kinds of colour blindness."""
GREY: Final = "#4D4D4D"
_VALLEYS: Final = ("#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#F0E442")  # none is a red or blue of the map

_PALE = 0.45  # of the distance from white that a lighter shade keeps
_PEAKED = 25.0  # largest over mean of |Ω| from which a linear scale would show nothing but the peaks
_DECADES = 3  # of a logarithmic scale


@dataclass(frozen=True)
class ColourScale:
    """How values become colours, with the ticks of the colour bar.

    Parameters
    ----------
    extend : ``neither``, or ``both`` where values beyond the limits exist
    """

    colours: Colormap
    norm: Normalize
    extend: str
    locator: Locator
    formatter: Formatter


def paler(colour: str) -> str:
    """Return a lighter shade of a colour."""
    red, green, blue = (1.0 - _PALE * (1.0 - part) for part in to_rgb(colour))
    return to_hex((red, green, blue))


def valley_colour(index: int) -> str:
    """Colour of a valley; −1, none, is dark grey."""
    return GREY if index < 0 else _VALLEYS[index % len(_VALLEYS)]


def colour_scale(
    values: npt.ArrayLike, *, signed: bool, usual_part: float = 0.999, beyond: float = 30.0
) -> ColourScale:
    """Scale for an array with NaN or huge values in it.

    Signed quantities get diverging colours, white at zero, the same for both signs; where they are sharply peaked the
    scale is logarithmic in their size. It ends at the largest value, or at that which ``usual_part`` of all do not exceed
    where the largest is more than ``beyond`` times that.
    """
    finite = np.asarray(values, dtype=np.float64)
    finite = finite[np.isfinite(finite)]
    if not signed:
        low, high = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
        high = high if high > low else low + 1.0
        return _linear(_part("Purples", 0.04, 0.62), float(low), float(high), "neither")
    sizes = np.abs(finite)
    largest = float(sizes.max(initial=0.0))
    # A monopole of the curvature on the map would leave the rest white.
    usual = float(np.quantile(sizes, usual_part)) if largest else 1.0
    top, extend = (usual, "both") if largest > beyond * usual > 0 else (largest or 1.0, "neither")
    if largest and top > _PEAKED * float(np.minimum(sizes, top).mean()):
        return _logarithmic(top, extend)
    return _linear(_diverging(), -top, top, extend)


def _diverging() -> Colormap:
    """Blue, white, red: pure white at zero, where the original is grey."""
    shades = _part("RdBu_r", 0.06, 0.94)(np.linspace(0.0, 1.0, 511))
    near = 1.0 - np.abs(np.linspace(-1.0, 1.0, 511))[:, None]
    shades[:, :3] = np.minimum(shades[:, :3] + near**2 * (1.0 - shades[255, :3]), 1.0)
    return LinearSegmentedColormap.from_list("curvature", list(shades), N=511).with_extremes(bad="0.8")


def _part(name: str, low: float, high: float) -> Colormap:
    """Part of a colour map without its darkest shades, on which paths could not be seen."""
    shades = matplotlib.colormaps[name](np.linspace(low, high, 255))
    return LinearSegmentedColormap.from_list(name, list(shades), N=511).with_extremes(bad="0.8")


def _linear(colours: Colormap, low: float, high: float, extend: str) -> ColourScale:
    return ColourScale(colours, Normalize(low, high), extend, MaxNLocator(5), ScalarFormatter())


def _logarithmic(top: float, extend: str) -> ColourScale:
    highest = int(np.floor(np.log10(top)))
    powers = range(highest - _DECADES + 1, highest + 1)
    norm = SymLogNorm(linthresh=10.0 ** powers[0], linscale=0.8, vmin=-top, vmax=top)
    positive = [10.0**power for power in powers]
    texts = [f"10^{{{power}}}" for power in powers]
    ticks = [-size for size in reversed(positive)] + [0.0, *positive]
    marks = [f"$-{text}$" for text in reversed(texts)] + ["0"] + [f"${text}$" for text in texts]
    return ColourScale(_diverging(), norm, extend, FixedLocator(ticks), FixedFormatter(marks))


def add_colour_bar(ax: Axes, image: ScalarMappable, scale: ColourScale, name: str, unit: str) -> Colorbar:
    """Colour bar beside axes, as high as they are, in their font; a power of ten of its numbers goes to its label."""
    size = float(ax.xaxis.label.get_fontsize())
    bar_axes = ax.inset_axes((1.04, 0.0, 0.045, 1.0))
    power, formatter = 0, scale.formatter
    if isinstance(formatter, ScalarFormatter):
        power = power_of_ten([scale.norm.vmin or 0.0, scale.norm.vmax or 0.0])
        if power:
            formatter = FuncFormatter(lambda tick, _: f"{tick / 10.0**power:.6g}".replace("-", "−"))
    bar = ax.figure.colorbar(image, cax=bar_axes, extend=scale.extend, ticks=scale.locator, format=formatter)
    bar.set_label(axis_label(name, unit, power), size=size)
    bar_axes.tick_params(which="major", direction="in", labelsize=size - 0.5, width=0.7, length=size * 0.3)
    bar_axes.tick_params(which="minor", length=0)
    bar.outline.set_linewidth(0.7)
    return bar
