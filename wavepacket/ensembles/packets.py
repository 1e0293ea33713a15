"""A set of packets at their start."""

from dataclasses import dataclass

from wavepacket.arrays import Float, Integer


@dataclass(frozen=True, eq=False)
class Packets:
    """n packets.

    Attributes
    ----------
    wavevector : (n, 3), 1/Å, not folded
    position : (n, 3), Å
    weight : (n,) states that a packet stands for: per Å^d in ensembles over the zone, a bare number in the others
    replica : (n,) which independent estimate of every average it belongs to
    phase : (n,) in [0, 1), where in a period of an oscillating field its flight begins
    internal : (n,) which of the internal states of its group of bands it starts in; None for packets in one band

    """

    wavevector: Float
    position: Float
    weight: Float
    replica: Integer
    phase: Float
    internal: Integer | None = None

    def take(self, rows: Integer) -> "Packets":
        """The packets that stand in some rows."""
        return Packets(
            self.wavevector[rows],
            self.position[rows],
            self.weight[rows],
            self.replica[rows],
            self.phase[rows],
            None if self.internal is None else self.internal[rows],
        )
