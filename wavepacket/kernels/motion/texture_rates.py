"""The band of a packet in a texture: where its numbers are, and its geometry between the ends of a step."""

from wavepacket.kernels.jit.decorators import inner, kernel
from wavepacket.kernels.lanes import used_lanes
from wavepacket.kernels.layout import GAP, GEOMETRY, GEOMETRY_SIGNATURE, LANES

W = LANES

# Places in the integers of a band in a texture, which begin with those of the crystal at r = 0, t = 0: where the integers of
# the texture begin, as in phase_space.py; their first number is where its reals begin.
BEGINNING = 3
_WIDE = 1e300  # eV: a gap in which nobody looks for a narrow place


@inner
def texture_of(integers, reals):
    """Integers and reals of the texture, as in phase_space.py."""
    begin = integers[BEGINNING]
    return integers[begin + 1 :], reals[integers[begin] :]


@kernel(GEOMETRY_SIGNATURE)
def unseen_geometry(k, count, integers, reals, scratch, out):
    """Geometry between the ends of a step, where nothing is known of λ: an open gap. The stages look at the true one."""
    for l in range(used_lanes(count)):
        for row in range(GEOMETRY):
            out[row * W + l] = 0.0
        out[GAP * W + l] = _WIDE
