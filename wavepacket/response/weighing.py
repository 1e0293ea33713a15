"""What wavevectors count in each channel of an integral."""

from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Float, Integer

__all__ = ["Weighing"]


@dataclass(frozen=True, eq=False)
class Weighing:
    """Weights of n wavevectors in [dk], 1/Å^d.

    Attributes
    ----------
    measure : (n, m) in m channels, the first of which is `first` (n,), of `channels` in all
    share : (n,) what a wavevector adds to a value, whatever it takes from it later
    """

    measure: Float
    share: Float
    first: Integer
    channels: int

    @classmethod
    def alone(cls, measure: Float, share: float = 1.0) -> "Weighing":
        """One channel, of which a value gets the part ``share``."""
        return cls(measure[:, None], share * np.abs(measure), np.zeros(len(measure), dtype=np.int64), 1)

    def shape(self, weights: Float) -> tuple[int, int]:
        """How many numbers a state adds to its channels, and to those of rounding errors."""
        _, _, layers, columns = weights.shape
        return self.measure.shape[1] * columns, (layers - 1) * columns

    def of(self, weights: Float) -> tuple[Float, Float, Integer, Float]:
        """What kernels read of weights (n, N, layers, C)."""
        flat = np.ascontiguousarray(weights.reshape(-1, *weights.shape[2:]))
        return flat, self.measure, self.first, self.share
