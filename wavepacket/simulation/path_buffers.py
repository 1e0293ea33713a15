"""Memory of paths, which is used again: fresh pages cost a third of the integration."""

from typing import NamedTuple

import numpy as np

from wavepacket.arrays import Float


class PathBuffer(NamedTuple):
    """Place for n paths: position (Å) and wavevector (1/Å), both (n, T, 3)."""

    position: Float
    wavevector: Float

    def part(self, first: int, number: int) -> "PathBuffer":
        """Place for some of them, in the same memory."""
        return PathBuffer(self.position[first : first + number], self.wavevector[first : first + number])


def new_path_buffer(number: int, saves: int) -> PathBuffer:
    """Return a buffer for so many paths, with anything in it."""
    return PathBuffer(np.empty((number, saves, 3)), np.empty((number, saves, 3)))


class PathBuffers:
    """PathBuffers of shards, by their numbers, until they are given back.

    Parameters
    ----------
    saves : T
    """

    def __init__(self, saves: int) -> None:
        self._saves = saves
        self._free: list[PathBuffer] = []
        self._lent: dict[int, PathBuffer] = {}

    def take(self, shard: int, number: int) -> PathBuffer:
        """Return a buffer for so many paths of a shard."""
        buffer = self._free.pop() if self._free else None
        if buffer is None or len(buffer.position) < number:
            buffer = new_path_buffer(number, self._saves)
        self._lent[shard] = buffer
        return buffer.part(0, number)

    def give(self, shard: int) -> None:
        """Take back the buffer of a shard, whose paths are needed no more."""
        self._free.append(self._lent.pop(shard))
