"""The kernel of E(t) for callers outside the right-hand side."""

from numba import types

from wavepacket.kernels.jit.decorators import REAL, kernel
from wavepacket.kernels.motion.fields import electric_field


@kernel(types.void(REAL, REAL, REAL, REAL))
def field_block(environment, t, sign, field):
    """E (V/Å) of one block of lanes, three rows of ``field``."""
    electric_field(environment, t, sign, field)
