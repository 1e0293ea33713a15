"""The kernel of B(r) with three components for callers outside the right-hand side."""

from numba import types

from wavepacket.kernels.jit.decorators import REAL, kernel
from wavepacket.kernels.layout import LANES
from wavepacket.kernels.motion.magnetic_vector import magnetic_vector


@kernel(types.void(REAL, REAL, REAL, REAL, REAL))
def magnetic_vector_block(environment, r, w, own, field):
    """B (T), ∂(w·B)/∂r (T/Å) and the reach (Å) of one block of places r and vectors w (three rows each)."""
    magnetic_vector(environment, r, w, own, LANES, field)
