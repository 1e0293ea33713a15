"""Where each number of a packet stands: rows of the flat block arrays shared by all kernels.

A block array of ``rows`` rows holds ``rows * LANES`` numbers; row ``i`` of lane ``l`` is element ``i * LANES + l``.
"""

from numba import types

from wavepacket.kernels.jit.decorators import INTEGER, REAL
from wavepacket.kernels.jit.pointer import Pointer

LANES = 32

# Rows of the state of a packet: k in 1/Å first (all that the equations of motion depend on), then r in Å. In a planar
# problem (a crystal, E and k in the xy plane, B along z) rows 2 and 5 never change, and nobody computes them.
STATE = 6

# Rows of the geometry of a band at k. A band source of a planar crystal leaves the rows that are zero by symmetry alone.
ENERGY = 0  # ε, eV
GRADIENT = 1  # ∂ε/∂k_a, eV Å
CURVATURE = 4  # Ω_c, Å²
MOMENT = 7  # m_c for a carrier of charge -e, eV/T
MOMENT_GRADIENT = 10  # ∂m_c/∂k_a in row 10 + 3 c + a, eV Å/T
GAP = 19  # distance to the nearest other band, eV (infinite where there is none)
MIXING = 20  # Re Σ_m A_nm,a A_mn,b / (ε_m - ε_n)² for ab = xx, yy, zz, yz, xz, xy, Å²/eV²
GEOMETRY = 26

# Bits of integers[0] of every band source: what a caller needs beyond ε, ∂ε/∂k, Ω and the gap.
NEED_MOMENT = 1
NEED_MIXING = 2

# geometry(k, count, integers, reals, scratch, out): the one contract of all band sources. ``k`` has 3 rows, ``out``
# GEOMETRY rows, zero at first; the first ``count`` lanes are wanted, the others may be computed or left alone.
GEOMETRY_SIGNATURE = types.void(REAL, types.int64, INTEGER, REAL, REAL, REAL)
GEOMETRY_POINTER = Pointer(GEOMETRY_SIGNATURE)

# rates(geometry, count, integers, reals, scratch, environment, t, sign, k, band, field, out): the right-hand side for a
# block, (k̇, ṙ) in the state's rows of ``out``. It leaves the geometry in ``band`` and E (V/Å, 3 rows) in ``field``;
# ``t`` (fs) and ``sign`` (±1, reverses E) have one number a lane, if only of those lanes that are used.
RATES_SIGNATURE = types.void(GEOMETRY_POINTER, types.int64, INTEGER, *([REAL] * 9))
RATES_POINTER = Pointer(RATES_SIGNATURE)

# One step of a method for a block of packets, and its dense output, share one contract: (rates, geometry, count,
# dimension, integers, reals, scratch, environment, scale, lanes, K, new, point, stage_time, band, field, out). For lanes
# see lanes.py. K holds STAGES blocks of the state's rows: on entry the rates at the lanes' state in the first, on return of
# a step those at ``new`` in stage LAST_STAGE, with ``band`` and ``field`` belonging to it. ``out`` is one error a lane
# for a step and DENSE blocks of polynomial coefficients for dense output. dimension is 2 for a planar problem, else 3;
# scale = (a/tolerance, a, 1/tolerance).
STAGES = 16
LAST_STAGE = 12
DENSE = 7
STEP_SIGNATURE = types.void(
    RATES_POINTER, GEOMETRY_POINTER, types.int64, types.int64, INTEGER, *([REAL] * 12)
)
STEP_POINTER = Pointer(STEP_SIGNATURE)
