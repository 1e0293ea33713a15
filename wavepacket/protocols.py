"""The three things that a run can be, told from its config once: every other file asks the protocol."""

from dataclasses import dataclass
from typing import Final

from wavepacket.config import Config, FermiSurface

__all__ = [
    "BALLISTIC",
    "CONSERVING_STEADY_STATE",
    "LINEAR_RESPONSE",
    "STEADY_STATE",
    "Protocol",
    "protocol_of",
]


@dataclass(frozen=True)
class Protocol:
    """How the packets of a run move, where they start, and what is made of them.

    Attributes
    ----------
    name : as users know it
    flights : whether packets fly freely from one collision to the next, in place of paths through all saves
    deviation : whether packets stand for the deviation from equilibrium, so that they start at the Fermi surface, and
        the filled states below it are summed apart
    conserves_valleys : whether packets are followed from valley to valley, since collisions conserve the number in each

    """

    name: str
    flights: bool = False
    deviation: bool = False
    conserves_valleys: bool = False


BALLISTIC: Final = Protocol("ballistic")
"""Paths without collisions."""
LINEAR_RESPONSE: Final = Protocol("linear_response", flights=True, deviation=True)
"""Collisions, to first order in E about E = 0."""
STEADY_STATE: Final = Protocol("steady_state", flights=True)
"""Collisions, at the E that is given."""
CONSERVING_STEADY_STATE: Final = Protocol(
    "steady_state", flights=True, deviation=True, conserves_valleys=True
)
"""The same where collisions conserve the number in each valley."""


def protocol_of(config: Config) -> Protocol:
    """The protocol of a run.

    Examples
    --------
    >>> from wavepacket.config import config_from_mapping
    >>> ensemble = {"kind": "filled_band", "grid": [4, 4]}
    >>> time = {"end": 1.0, "saves": 2}
    >>> given = {"name": "some", "model": {"name": "haldane"}, "band": 0, "ensemble": ensemble, "time": time}
    >>> protocol_of(config_from_mapping(given)).name
    'ballistic'

    """
    if config.scattering is None:
        return BALLISTIC
    if isinstance(config.ensemble, FermiSurface):
        return LINEAR_RESPONSE
    return STEADY_STATE if config.scattering.intervalley_time is None else CONSERVING_STEADY_STATE
