"""Words for signs that depend on the charge q of the carriers: one text for everything that is printed.

Every formula is written with q, which is right for any charge, and says once what q is.

Examples
--------
>>> carriers(-1.0), carriers(1.0), carriers(-0.5)
('charge -e', 'charge +e', 'charge -0.5e')
>>> with_carrier(DENSITY_OF_STATES_FACTOR, -1.0)
'D = 1 - (q/hbar) B.Omega, charge q = -e'

"""

from collections.abc import Sequence
from typing import Final

__all__ = [
    "DENSITY_OF_STATES_FACTOR",
    "band_names",
    "carriers",
    "charge_text",
    "current_density",
    "moment_text",
    "not_a_hole",
    "over_hbar",
    "with_carrier",
]

DENSITY_OF_STATES_FACTOR: Final = "D = 1 - (q/hbar) B.Omega"
"""States of a wavepacket in phase space."""


def carriers(charge: float) -> str:
    """Return ``charge -e``, ``charge +e`` or ``charge +2e`` for a charge in units of e."""
    return f"charge {'-' if charge < 0 else '+'}{_size(charge)}e"


def band_names(bands: Sequence[int], valleys: Sequence[str] = ()) -> tuple[str, ...]:
    """Names of the bins of a run of several bands: ``band 3``, or those of each of its valleys, ``band 3 K``."""
    return tuple(f"band {band} {valley}".strip() for band in bands for valley in valleys or ("",))


def over_hbar(charge: float, power: int = 1, *, signed: bool = False) -> str:
    """Return q^power/ħ as text: ``(e/hbar)``, ``(4e^2/hbar)``.

    Parameters
    ----------
    charge : q in units of e
    signed : whether a plus is written, too, with a space behind the sign
    """
    value = charge**power
    factor = "e" if power == 1 else f"e^{power}"
    return f"{_sign(value, signed)}({_size(value)}{factor}/hbar)"


def charge_text(charge: float, *, signed: bool = False) -> str:
    """Return the charge as a factor: ``e``, ``-2e``; see `over_hbar`."""
    return f"{_sign(charge, signed)}{_size(charge)}e"


def moment_text(charge: float) -> str:
    """Return the definition of the orbital magnetic moment, ``m = -i(e/2hbar)<∂u|x[H-ε]|∂u>`` for charge −e."""
    return f"m = {_sign(charge, False)}i({_size(charge)}e/2hbar)<∂u|x[H-ε]|∂u>"


def with_carrier(formula: str, charge: float) -> str:
    """Return a formula with q in it, followed by what q is, from a charge in e."""
    return f"{formula}, charge q = {carriers(charge).removeprefix('charge ')}"


def current_density(charge: float) -> str:
    """The convention of a current."""
    return f"{with_carrier('current density q sum(D f dr/dt)', charge)} included"


def not_a_hole(charge: float, bands: int, lattice: bool) -> str | None:
    """What to say of a positive charge in a Bloch band, None where there is nothing to say.

    A Bloch band is one of electrons, and its holes are the states that they leave empty: a charge of +e in the same band
    reverses every force instead. One band near a point (``bands`` = 1, no ``lattice``) may well be meant as that of holes.
    """
    if charge < 0 or (bands == 1 and not lattice):
        return None
    return (
        f"charge: {charge:.6g}: a positive charge in a Bloch band is not a hole: Hall effects and drifts have the sign "
        "opposite to that of its holes. Holes are the states that electrons leave empty: leave charge out "
        "(docs/transport.md, Holes)"
    )


def _sign(value: float, signed: bool) -> str:
    sign = "-" if value < 0 else "+"
    return f"{sign} " if signed else sign.replace("+", "")


def _size(value: float) -> str:
    return "" if abs(value) == 1 else f"{abs(value):g}"
