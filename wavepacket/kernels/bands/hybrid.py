"""Band source from a table that holds most cells of the zone: at wavevectors in the other cells the band is diagonalised.

Packets in those cells are gathered into a block of their own, so that eight of them are diagonalised at once. No lane knows
of its neighbours, so that a packet gets the same numbers whatever is beside it.

integers: those of the table (FIRST_DIRECT; see spline.py), then those of direct.py, which begin with a place for need bits.
Where reals of the second begin and where the cells' flags begin stand between them. reals: those of the table, those of
direct.py, and a number for each cell of the table, not zero where it is to be diagonalised.
"""

from wavepacket.kernels.bands.direct import lattice_rows
from wavepacket.kernels.bands.spline import SCRATCH as TABLE_SCRATCH
from wavepacket.kernels.bands.spline import cell_number, table_rows
from wavepacket.kernels.jit.decorators import kernel, routine
from wavepacket.kernels.layout import GEOMETRY, GEOMETRY_SIGNATURE, LANES, MIXING, NEED_MIXING

W = LANES
TABLE = 6  # integers of the table
REALS, FLAGS, FIRST_DIRECT = TABLE, TABLE + 1, TABLE + 2

# Scratch space behind that of the table: numbers of the gathered lanes, their k, their rows; then that of direct.py.
_LANES = TABLE_SCRATCH
_POINTS = _LANES + W
_ROWS = _POINTS + 3 * W
SCRATCH = _ROWS + GEOMETRY * W


@routine
def gather(k, count, integers, flags, axes, lanes, points):
    """Numbers and wavevectors of the lanes that the table does not serve; how many they are."""
    many = 0
    for l in range(count):
        if flags[cell_number(axes, integers, l)] != 0.0:
            lanes[many] = float(l)
            for c in range(3):
                points[c * W + many] = k[c * W + l]
            many += 1
    # Lanes without a packet are computed as well, and must hold numbers.
    for l in range(many, W if many > 0 else 0):
        for c in range(3):
            points[c * W + l] = points[c * W]
    return many


@kernel(GEOMETRY_SIGNATURE)
def hybrid_geometry(k, count, integers, reals, scratch, out):
    """Geometry rows from the table, and by diagonalisation in the cells that it leaves out."""
    need = integers[0]
    lanes, points, rows = scratch[_LANES:_POINTS], scratch[_POINTS:_ROWS], scratch[_ROWS:SCRATCH]
    table_rows(k, count, integers[:TABLE], reals, scratch, out)
    many = gather(k, count, integers, reals[integers[FLAGS] :], scratch, lanes, points)
    if many > 0:
        lattice_rows(
            need, points, many, integers[FIRST_DIRECT:], reals[integers[REALS] :], scratch[SCRATCH:], rows
        )
    for row in range(GEOMETRY if need & NEED_MIXING else MIXING):
        for i in range(many):
            out[row * W + int(lanes[i])] = rows[row * W + i]
