"""Random numbers that depend on the seed and a packet's number alone: any range of packets can be made on its own."""

import numpy as np

from wavepacket.arrays import Float

_BLOCK = 4  # 64-bit numbers that one count of the generator gives


def uniforms(seed: int, stream: int, first: int, number: int, columns: int) -> Float:
    """Uniform numbers in (0, 1), (number, columns), for packets first, first + 1, ...

    Philox 4x64 (J. K. Salmon et al., Parallel random numbers: as easy as 1, 2, 3, 2011) keyed by seed and stream,
    counted by packets.
    """
    blocks = -(-columns // _BLOCK)
    generator = np.random.Philox(key=np.array([seed, stream], dtype=np.uint64))
    generator.advance(first * blocks)
    raw = generator.random_raw(number * blocks * _BLOCK).reshape(number, blocks * _BLOCK)[:, :columns]
    return ((raw >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52
