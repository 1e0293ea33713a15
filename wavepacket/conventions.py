"""Words for signs that depend on the charge q of the carriers: one text for everything that is printed.

Every formula is written with q, which is right for any charge, and says once what q is.

Examples
--------
>>> carrier(-1.0), carrier(1.0), carrier(-0.5)
('charge q = -e', 'charge q = +e', 'charge q = -0.5e')
>>> with_carrier(DENSITY_OF_STATES_FACTOR, -1.0)
'D = 1 - (q/hbar) B.Omega, charge q = -e'

"""

from typing import Final

from wavepacket.carrier import carriers

__all__ = ["DENSITY_OF_STATES_FACTOR", "carrier", "current_density", "not_a_hole", "with_carrier"]

DENSITY_OF_STATES_FACTOR: Final = "D = 1 - (q/hbar) B.Omega"
"""States of a wavepacket in phase space."""


def carrier(charge: float) -> str:
    """Say what q is; ``charge`` in e."""
    return f"charge q = {carriers(charge).removeprefix('charge ')}"


def with_carrier(formula: str, charge: float) -> str:
    """A formula with q in it, followed by what q is."""
    return f"{formula}, {carrier(charge)}"


def current_density(charge: float) -> str:
    """The convention of a current."""
    return f"current density q sum(D f dr/dt), {carrier(charge)} included"


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
