"""Sums for the checksum that HDF5 calls fletcher32; its own loop is fifty times slower."""

import numpy as np
from numba import types

from wavepacket.kernels.jit.decorators import kernel


@kernel(types.UniTuple(types.uint64, 2)(types.uint16[::1]))
def fletcher_sums(words):
    """Σ w_i and Σ (n - i) w_i over n words, i from 0; exact for n < 2^24."""
    n = len(words)
    plain, weighted = np.uint64(0), np.uint64(0)
    for i in range(n):
        word = np.uint64(words[i])
        plain += word
        weighted += np.uint64(np.uint32(n - i)) * word
    return plain, weighted
