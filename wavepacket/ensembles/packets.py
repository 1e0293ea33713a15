"""A set of packets at their start."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float64]
Integer = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Packets:
    """n packets.

    Attributes
    ----------
    wavevector : (n, 3), 1/Å, not folded
    position : (n, 3), Å
    weight : (n,) states that a packet stands for: per Å^d in ensembles over the zone, a bare number in the others
    replica : (n,) which independent estimate of every average it belongs to

    """

    wavevector: Float
    position: Float
    weight: Float
    replica: Integer
