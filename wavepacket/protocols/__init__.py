"""What a run is: one object, chosen once from its config, that answers what depends on it; every other file asks the object.

A protocol says where packets start, what they are integrated as, which sums are kept, which checks apply, and which works
stand behind it. Observables are chosen by its name.
"""

from wavepacket.config import Config, ContactEnsemble, FermiSurface
from wavepacket.protocols.ballistic import Ballistic, Colliding
from wavepacket.protocols.base import Motions, Protocol
from wavepacket.protocols.collisional import Collisional
from wavepacket.protocols.collisions import RandomEvents, SurvivalWeight
from wavepacket.protocols.device import Device
from wavepacket.protocols.linear_response import LinearResponse
from wavepacket.protocols.steady_state import ConservingSteadyState, SteadyState
from wavepacket.protocols.times import check_populations

__all__ = [
    "Ballistic", "Colliding", "Collisional", "ConservingSteadyState", "Device", "LinearResponse", "Motions", "Protocol",
    "RandomEvents", "SteadyState", "SurvivalWeight", "check_populations", "collisional_of", "linear_response_of",
    "protocol_of",
]  # fmt: skip


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
        return Ballistic(config)
    if isinstance(config.ensemble, ContactEnsemble):
        return Device(config, config.scattering)
    if config.band.group is not None:
        return Colliding(config, config.scattering)
    if isinstance(config.ensemble, FermiSurface):
        return LinearResponse(config, config.scattering)
    conserving = config.scattering.intervalley_time is not None
    return (ConservingSteadyState if conserving else SteadyState)(config, config.scattering)


def collisional_of(config: Config) -> Collisional:
    """The protocol of a run that is known to have collisions."""
    protocol = protocol_of(config)
    assert isinstance(protocol, Collisional)
    return protocol


def linear_response_of(config: Config) -> LinearResponse | None:
    """The protocol of a linear response, None of another run."""
    protocol = protocol_of(config)
    return protocol if isinstance(protocol, LinearResponse) else None
