"""The kernel of V(r, t) for callers outside the right-hand side."""

from numba import types

from wavepacket.kernels.jit.decorators import REAL, kernel
from wavepacket.kernels.layout import LANES
from wavepacket.kernels.motion.potentials import potential


@kernel(types.void(REAL, REAL, REAL, REAL))
def potential_block(environment, r, t, field):
    """V (eV), ∂V/∂r (eV/Å) and the reach (Å) of one block of places r (three rows) and times, as in layout.py."""
    potential(environment, r, t, LANES, field)
