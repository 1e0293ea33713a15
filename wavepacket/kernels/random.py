"""Random numbers of a key and a counter: Philox 4x32 of ten rounds (J. K. Salmon et al., SC 2011, article 16)."""

import numpy as np

from wavepacket.kernels.jit.decorators import routine

_ROUNDS = 10
_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_WEYL = (np.uint64(0x9E3779B9), np.uint64(0xBB67AE85))
_WORD, _LOW = np.uint64(32), np.uint64(0xFFFFFFFF)


@routine
def philox(counter, key):
    """Four words of 32 bits, in 64, from a counter of four such words and a key of two."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(_ROUNDS):
        one, other = _MULTIPLIERS[0] * c0, _MULTIPLIERS[1] * c2
        c0, c1, c2, c3 = (other >> _WORD) ^ c1 ^ k0, other & _LOW, (one >> _WORD) ^ c3 ^ k1, one & _LOW
        k0, k1 = (k0 + _WEYL[0]) & _LOW, (k1 + _WEYL[1]) & _LOW
    return c0, c1, c2, c3


@routine
def two_uniforms(seed, number, event, draw):
    """Two numbers in (0, 1) of one draw at one event of one packet; all four are whole numbers, and not negative."""
    one, other = np.uint64(seed), np.uint64(number)
    counter = (other & _LOW, other >> _WORD, np.uint64(event) & _LOW, np.uint64(draw) & _LOW)
    words = philox(counter, (one & _LOW, one >> _WORD))
    return (float(words[0]) + 0.5) * 2.0**-32, (float(words[1]) + 0.5) * 2.0**-32
