"""What the loop over free flights calls after each step, so that a run may follow packets from valley to valley.

A pointer, so that the loop is compiled once: most runs cross no border that matters and leave it at `cross_no_border`.
"""

from numba import types

from wavepacket.kernels.jit.decorators import INTEGER, REAL, kernel
from wavepacket.kernels.jit.pointer import Pointer
from wavepacket.kernels.layout import GEOMETRY_POINTER

_MATRIX = types.float64[:, ::1]

# cross(geometry, count, integers, reals, scratch, environment, scattering, y, new, K, t, h, sign, rate, stage_time, point,
# error, ids, spare, basis, inverse, images, owners, valleys, marks, stays): the blocks of one step as in flight_step.py,
# before any lane goes on; then the regions as in regions.py, and what is known of each packet.
CROSS_SIGNATURE = types.void(
    GEOMETRY_POINTER, types.int64, INTEGER, *([REAL] * 14), INTEGER, REAL, *([_MATRIX] * 3), INTEGER, INTEGER,
    _MATRIX, _MATRIX,
)  # fmt: skip
CROSS_POINTER = Pointer(CROSS_SIGNATURE)

# Columns of ``marks``: a place on the path (1/Å), how far k may move from there before another valley can be nearer, when
# the flight began and when the present valley was entered, fs.
HERE, REACH, BEGUN, ENTERED = 0, 3, 4, 5
MARKS = 6


@kernel(CROSS_SIGNATURE)
def cross_no_border(
    geometry, count, integers, reals, scratch, environment, scattering, y, new, K, t, h, sign, rate, stage_time, point,
    error, ids, spare, basis, inverse, images, owners, valleys, marks, stays,
):  # fmt: skip
    """Nothing to follow."""
