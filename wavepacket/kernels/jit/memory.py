"""Work arrays of kernels."""

import numpy as np

from wavepacket.kernels.jit.decorators import allocating_routine

_LINE = 64  # bytes of a cache line, and of the widest registers


@allocating_routine
def numbers(count):
    """``count`` zeros that begin with a cache line: what lies across two lines takes twice as long to load and to store."""
    memory = np.zeros(count + _LINE // 8)
    first = (-memory.ctypes.data % _LINE) // 8
    return memory[first : first + count]
