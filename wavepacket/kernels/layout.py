"""Where each number of a packet stands: rows of the flat block arrays shared by all kernels.

A block array of ``rows`` rows holds ``rows * LANES`` numbers; row ``i`` of lane ``l`` is element ``i * LANES + l``.
"""

from numba import types

from wavepacket.kernels.jit.decorators import INTEGER, REAL
from wavepacket.kernels.jit.pointer import Pointer

LANES = 32

# Rows of the state of a packet: k in 1/Å first, then r in Å; from STATE on what a problem integrates besides, such as the
# survival of a free flight. In a planar problem (a crystal, E and k in the xy plane, B along z) rows 2 and 5 never change,
# and nobody computes them.
STATE = 6

# Places in ``sizes``. The state has three parts: k, r, and the rows from STATE on. First how many rows of each part the
# rates depend on, which stage points therefore need; then how many of each are integrated; then all rows of the state, and
# the numbers of working space that band sources need.
FLOW, INTEGRATED, STATE_ROWS, SCRATCH = 0, 3, 6, 7
PARTS = 3

# Rows of the geometry of a band at k. A band source of a planar crystal leaves the rows that are zero by symmetry alone.
ENERGY = 0  # ε, eV
GRADIENT = 1  # ∂ε/∂k_a, eV Å
CURVATURE = 4  # Ω_c, Å²
MOMENT = 7  # m_c for a carrier of charge -e, eV/T
MOMENT_GRADIENT = 10  # ∂m_c/∂k_a in row 10 + 3 c + a, eV Å/T
GAP = 19  # distance to the nearest other band, eV (infinite where there is none)
MIXING = 20  # Re Σ_m A_nm,a A_mn,b / (ε_m - ε_n)² for ab = xx, yy, zz, yz, xz, xy, Å²/eV²
GEOMETRY = 26

# Rows of the block ``field``. With a potential V the right-hand side leaves more there than E.
ELECTRIC = 0  # E, V/Å
POTENTIAL_ENERGY = 3  # V, eV; zero without a potential
EFFECTIVE = 4  # E - (∂V/∂r)/q, V/Å
REACH = 7  # how far a step may lead from here, Å
REDUCED_SHIFT = (
    8  # what (q/ħ) B and -(q/e) B are more than those of the uniform field, 1/Å² and T; of a layer along z
)
MOMENT_SHIFT = 11
VALLEY_FACTOR = 14  # of the term that is being added
GRID = 15  # working space of fields on grids
FIELD = GRID + 57

# Bits of integers[0] of every band source: what a caller needs beyond ε, ∂ε/∂k, Ω and the gap.
NEED_MOMENT = 1
NEED_MIXING = 2

# geometry(k, count, integers, reals, scratch, out): the one contract of all band sources. ``k`` has 3 rows, ``out``
# GEOMETRY rows, zero at first; the first ``count`` lanes are wanted, the others may be computed or left alone.
GEOMETRY_SIGNATURE = types.void(REAL, types.int64, INTEGER, REAL, REAL, REAL)
GEOMETRY_POINTER = Pointer(GEOMETRY_SIGNATURE)

# rates(geometry, count, source, t, own, point, band, field, out): the right-hand side for a block, in the state's rows of
# ``out``. ``source`` is (integers, reals, scratch, environment); ``point`` holds the rows of the state that the rates
# depend on. It leaves the geometry in ``band`` and E (V/Å, 3 rows) in ``field``. ``t`` (fs) has one number a lane, and
# ``own`` what belongs to each packet: the sign of E (±1), then 1/τ (1/fs), or in space the number of its valley, where the
# right-hand side asks for it.
RATES_SOURCE = types.Tuple((INTEGER, REAL, REAL, REAL))
RATES_SIGNATURE = types.void(GEOMETRY_POINTER, types.int64, RATES_SOURCE, *([REAL] * 6))
RATES_POINTER = Pointer(RATES_SIGNATURE)

# method(part, rates, geometry, count, source, block, out): one step of a Runge-Kutta method for a block of packets
# (part STEP), or its dense output (part INTERPOLANT).
# source = (integers, reals, scratch, environment, last, scale, sizes): ``last`` are the integers with which the band is
# evaluated at the end of a step; scale = (a/tolerance, a, 1/tolerance), then the tableau of a config.
# block = (lanes, K, new, point, time, band, field): for lanes see lanes.py. K holds STAGES blocks of the state's rows: on
# entry the rates at the lanes' state in the first, on return of a step those at ``new`` in stage LAST_STAGE, with ``band``
# and ``field`` belonging to it.
# ``out`` is one error a lane for a step, and DENSE blocks of STATE rows of polynomial coefficients for dense output.
STEP, INTERPOLANT = 0, 1
STAGES = 16
LAST_STAGE = 12
DENSE = 7
SOURCE = types.Tuple((INTEGER, REAL, REAL, REAL, INTEGER, REAL, INTEGER))
BLOCK = types.UniTuple(REAL, 7)
METHOD_SIGNATURE = types.void(types.int64, RATES_POINTER, GEOMETRY_POINTER, types.int64, SOURCE, BLOCK, REAL)
METHOD_POINTER = Pointer(METHOD_SIGNATURE)
