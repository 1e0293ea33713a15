"""What an ensemble has to know of packets with an internal state in a group of bands."""

from collections.abc import Callable
from dataclasses import dataclass

from wavepacket.arrays import Float

__all__ = ["InGroup"]


@dataclass(frozen=True, eq=False)
class InGroup:
    """A group of bands, and one of the internal states that packets start in there.

    Attributes
    ----------
    bands : first and last one
    levels : function k (n, 3) → energies (n,), eV, that occupations follow, and D (n,) of the state; None where those of
        the band are meant
    light : function k (n, 3) → weights (n,), eV² Å², that light gives the state, and those of all its states together;
        None where it does not make the states
    """

    bands: tuple[int, int]
    levels: Callable[[Float], tuple[Float, Float]] | None = None
    light: Callable[[Float], tuple[Float, Float]] | None = None
