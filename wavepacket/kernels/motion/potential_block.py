"""The kernels of V(r, t) and B_z(r) for callers outside the right-hand side."""

from numba import types

from wavepacket.kernels.jit.decorators import REAL, kernel
from wavepacket.kernels.layout import LANES
from wavepacket.kernels.motion.potentials import magnetic, potential


@kernel(types.void(REAL, REAL, REAL, REAL, REAL))
def potential_block(environment, r, t, own, field):
    """V (eV), ∂V/∂r (eV/Å) and the reach (Å) of one block of places r (three rows) and times, as in layout.py."""
    potential(environment, r, t, own, LANES, field)


@kernel(types.void(REAL, REAL, REAL, REAL, REAL))
def magnetic_block(environment, r, t, own, field):
    """B_z (T), ∂B_z/∂r (T/Å) and the reach (Å) in the same rows."""
    magnetic(environment, r, t, own, LANES, field)
