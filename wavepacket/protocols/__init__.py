"""What a run is: one object, chosen once from its config, that answers what depends on it; every other file asks the object.

A protocol says where packets start, what they are integrated as, which sums are kept, which checks apply, and which works
stand behind it. Observables are chosen by its name.
"""

from wavepacket.protocols.ballistic import Ballistic
from wavepacket.protocols.base import Motions, Protocol
from wavepacket.protocols.choice import flying, linear_response_of, protocol_of
from wavepacket.protocols.collisional import Collisional
from wavepacket.protocols.collisions import RandomEvents, SurvivalWeight
from wavepacket.protocols.linear_response import LinearResponse
from wavepacket.protocols.steady_state import ConservingSteadyState, SteadyState

__all__ = [
    "Ballistic",
    "Collisional",
    "ConservingSteadyState",
    "LinearResponse",
    "Motions",
    "Protocol",
    "RandomEvents",
    "SteadyState",
    "SurvivalWeight",
    "flying",
    "linear_response_of",
    "protocol_of",
]
