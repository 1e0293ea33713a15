"""The kernel of λ(r, t) for callers outside the right-hand side."""

from numba import types

from wavepacket.kernels.jit.decorators import REAL, kernel
from wavepacket.kernels.layout import LANES
from wavepacket.kernels.motion.profiles import profiles


@kernel(types.void(types.int64, REAL, REAL, REAL, REAL))
def texture_block(number, table, r, t, jets):
    """Reach (Å) and jets of one block of places r (three rows) and times, as in profiles.py."""
    profiles(number, table, r, t, LANES, jets)
