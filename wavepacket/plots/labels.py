"""How quantities are written on figures: units, powers of ten, and the unit that suits the size of a number."""

import re
from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["axis_label", "common_length_unit", "length_unit", "power_of_ten", "time_unit", "unit_text"]


_SYMBOLS: Final = {
    "angstrom": "Å",
    "k_B": r"$k_\mathrm{B}$",
    "mu_B": r"$\mu_\mathrm{B}$",
    "m_e": r"$m_\mathrm{e}$",
    "ohm": "Ω",
    "hbar": r"$\hbar$",
    "deg": "°",
}
# Unit in the smallest one, its symbol, and how many of it a span must hold.
_LENGTHS: Final = ((1.0, "Å", 0.0), (10.0, "nm", 30.0), (1e4, "µm", 2.0), (1e7, "mm", 2.0))
_HANDY: Final = 1.5  # decimal logarithm of the numbers that read best
_TIMES: Final = ((1.0, "fs", 0.0), (1e3, "ps", 1.0), (1e6, "ns", 1.0), (1e9, "µs", 1.0))


def unit_text(unit: str) -> str:
    """Write a unit such as ``angstrom^2`` or ``e^2/h`` for print.

    Examples
    --------
    >>> unit_text("angstrom^2"), unit_text("e^2/h"), unit_text("1")
    ('Å$^{2}$', '$e$$^{2}$/$h$', '')
    >>> unit_text("uV/K"), unit_text("ohm cm")
    ('µV/K', 'Ω cm')
    """
    if unit == "1":
        return ""
    pieces = re.split(r"([*/ ()]|\^-?\d+)", unit)
    return "".join(_piece(piece) for piece in pieces)


def _piece(piece: str) -> str:
    if piece.startswith("^"):
        return f"$^{{{piece[1:]}}}$"
    if piece in ("e", "h"):  # constants, not units, are set in italics
        return f"${piece}$"
    if re.fullmatch("u[A-Z]", piece):  # micro, of V or A; "us" and "um" are no units of observables
        return f"µ{piece[1:]}"
    return {"*": " "}.get(piece, _SYMBOLS.get(piece, piece))


def axis_label(name: str, unit: str = "", power: int = 0) -> str:
    """Name of an axis with its unit and the power of ten that its numbers were divided by."""
    scale = f"$10^{{{power}}}$" if power else ""
    inside = " ".join(part for part in (scale, unit_text(unit)) if part)
    return f"{name} ({inside})" if inside else name


def power_of_ten(values: npt.ArrayLike) -> int:
    """Power that brings the largest of the values between 1 and 1000, a multiple of 3; 0 for ordinary sizes."""
    finite = np.abs(np.asarray(values, dtype=np.float64))
    largest = float(np.max(finite, where=np.isfinite(finite), initial=0.0))
    if largest == 0.0 or 0.01 <= largest < 1e4:
        return 0
    return 3 * int(np.floor(np.log10(largest) / 3))


def length_unit(span: float) -> tuple[float, str]:
    """Unit for lengths up to ``span`` Å: (Å in one unit, its symbol)."""
    return _suitable(span, _LENGTHS)


def common_length_unit(spans: Iterable[float]) -> tuple[float, str] | None:
    """Unit for lengths up to each of some spans in Å, in which none is a very large or small number; None for no spans.

    Examples
    --------
    >>> common_length_unit([8000.0, 4.0]), common_length_unit([300.0])
    ((10.0, 'nm'), (10.0, 'nm'))
    """
    seen = [span for span in spans if np.isfinite(span) and span > 0]
    if not seen:
        return None
    if length_unit(min(seen)) == length_unit(max(seen)):
        return length_unit(max(seen))
    return min(
        ((size, symbol) for size, symbol, _ in _LENGTHS),
        key=lambda unit: max(abs(np.log10(span / unit[0]) - _HANDY) for span in seen),
    )


def time_unit(span: float) -> tuple[float, str]:
    """Unit for times up to ``span`` fs: (fs in one unit, its symbol)."""
    return _suitable(span, _TIMES)


def _suitable(span: float, units: tuple[tuple[float, str, float], ...]) -> tuple[float, str]:
    """Largest unit of which the span holds enough."""
    return [(size, symbol) for size, symbol, least in units if span / size >= least or size == 1.0][-1]
