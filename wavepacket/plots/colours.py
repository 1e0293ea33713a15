"""Colours that tell valleys apart and show the sign of a curvature to everybody, colour-blind readers included."""

from dataclasses import dataclass
from typing import Final

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize, SymLogNorm
from matplotlib.ticker import (
    FixedFormatter,
    FixedLocator,
    Formatter,
    FuncFormatter,
    Locator,
    MaxNLocator,
    ScalarFormatter,
)

from wavepacket.plots.labels import axis_label, power_of_ten

__all__ = ["CATEGORIES", "GREY", "ColourScale", "add_colour_bar", "colour_scale", "valley_colour"]


CATEGORIES: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Okabe and Ito's colours: distinct for all common kinds of colour blindness."""
GREY: Final = "#4D4D4D"
_VALLEYS: Final = ("#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#F0E442")  # none is a red or blue of the map

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


def valley_colour(index: int) -> str:
    """Colour of a valley; −1, none, is dark grey."""
    return GREY if index < 0 else _VALLEYS[index % len(_VALLEYS)]


def colour_scale(values: npt.ArrayLike, *, signed: bool) -> ColourScale:
    """Scale for an array with NaN or huge values in it.

    Signed quantities get diverging colours, white at zero, the same for both signs; where they are sharply peaked the
    scale is logarithmic in their size.
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
    usual = float(np.quantile(sizes, 0.999)) if largest else 1.0
    top, extend = (usual, "both") if largest > 30 * usual > 0 else (largest or 1.0, "neither")
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
    place = ax.inset_axes((1.04, 0.0, 0.045, 1.0))
    power, formatter = 0, scale.formatter
    if isinstance(formatter, ScalarFormatter):
        power = power_of_ten([scale.norm.vmin or 0.0, scale.norm.vmax or 0.0])
        if power:
            formatter = FuncFormatter(lambda tick, _: f"{tick / 10.0**power:.6g}".replace("-", "−"))
    bar = ax.figure.colorbar(image, cax=place, extend=scale.extend, ticks=scale.locator, format=formatter)
    bar.set_label(axis_label(name, unit, power), size=size)
    place.tick_params(which="major", direction="in", labelsize=size - 0.5, width=0.7, length=size * 0.3)
    place.tick_params(which="minor", length=0)
    bar.outline.set_linewidth(0.7)
    return bar
