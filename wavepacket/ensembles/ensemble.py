"""A numbered set of packets, any range of which can be made on its own."""

from collections.abc import Callable
from dataclasses import dataclass, field

from wavepacket.arrays import Integer
from wavepacket.ensembles.packets import Packets
from wavepacket.ensembles.resolution import Resolution


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Packets numbered 0 to size − 1.

    Attributes
    ----------
    size : number of packets
    replicas : number of independent estimates (or sub-grids) that they form
    field_reversal : whether every packet is also run with E reversed
    over_zone : whether weights are states per Å^d, so that sums are densities
    packets : function (first, number) → Packets
    emitters : function (first, number) → numbers of the contacts that packets come from, None where they come from none
    equal_weights : whether all weights are equal, but for D
    resolution : of the points over the zone that they start from, None where they are not over the zone

    """

    size: int
    replicas: int
    field_reversal: bool
    over_zone: bool
    packets: Callable[[int, int], Packets] = field(repr=False)
    resolution: Resolution | None = None
    equal_weights: bool = False
    emitters: Callable[[int, int], Integer] | None = field(default=None, repr=False)
