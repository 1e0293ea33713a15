"""What the loop calls after each step, so that a run may follow packets from valley to valley.

A pointer, so that the loop is compiled once: most runs cross no border that matters and leave it at `cross_no_border`.
"""

from numba import types

from wavepacket.kernels.jit.decorators import INTEGER, REAL, kernel
from wavepacket.kernels.jit.pointer import Pointer
from wavepacket.kernels.layout import BLOCK, GEOMETRY_POINTER, METHOD_POINTER, RATES_POINTER, SOURCE

_MATRIX = types.float64[:, ::1]

# followed = (basis, inverse, images, owners, valleys, marks, stays): regions as in regions.py, where each packet is (n,),
# what is known of it (n, MARKS), and the time that it has survived in each valley (n, V). Without valleys nothing is called.
FOLLOWED = types.Tuple((_MATRIX, _MATRIX, _MATRIX, INTEGER, INTEGER, _MATRIX, _MATRIX))

# cross(method, rates, geometry, count, source, block, packets, followed, polynomial): one step as in layout.py, judged
# already, before any lane goes on; ``packets`` are the numbers of those in the lanes. The step's band and field are kept.
CROSS_SIGNATURE = types.void(
    METHOD_POINTER, RATES_POINTER, GEOMETRY_POINTER, types.int64, SOURCE, BLOCK, INTEGER, FOLLOWED, REAL
)
CROSS_POINTER = Pointer(CROSS_SIGNATURE)

# Columns of ``marks``: a place on the path (1/Å), how far k may move from there before another valley can be nearer, when
# the flight began and when the present valley was entered, fs.
HERE, REACH, BEGUN, ENTERED = 0, 3, 4, 5
MARKS = 6


@kernel(CROSS_SIGNATURE)
def cross_no_border(method, rates, geometry, count, source, block, packets, followed, polynomial):
    """Nothing to follow."""
