"""Where the numbers of a profile stand, and the rows that its jets are written to."""

from wavepacket.kernels.elementary import fma
from wavepacket.kernels.jit.decorators import inner
from wavepacket.kernels.layout import LANES

W = LANES

JET = 7  # rows of one component, as in jets.py
# Places in a profile: its kind, the number of its first component, the factor of all, centre and velocity in the plane, and
# the numbers of the kind. The length is the same for all kinds; behind all profiles come the coefficients of grids.
KIND, COMPONENT, STRENGTH, CENTER, VELOCITY, NUMBERS, PROFILE = 0, 1, 2, 3, 5, 7, 20


@inner
def numbers_of(p):
    """Factor, centre, velocity and the numbers of the kind, as tuples that are read once, before a loop over lanes."""
    n = (p[7], p[8], p[9], p[10], p[11], p[12], p[13], p[14], p[15], p[16], p[17], p[18], p[19])
    return p[STRENGTH], (p[CENTER], p[CENTER + 1]), (p[VELOCITY], p[VELOCITY + 1]), n


@inner
def put_jet(rows, l, strength, velocity, jet):
    """Write one component to the element l of its rows, with ∂_t at a fixed place."""
    moving = fma(-velocity[0], jet[1], fma(-velocity[1], jet[2], jet[3]))
    rows[l] = strength * jet[0]
    rows[W + l] = strength * jet[1]
    rows[2 * W + l] = strength * jet[2]
    rows[3 * W + l] = strength * moving
    rows[4 * W + l] = strength * jet[4]
    rows[5 * W + l] = strength * jet[5]
    rows[6 * W + l] = strength * jet[6]
