"""The packets in flight: LANES of them side by side, each with its own time and step, in one flat array.

One array with constant row offsets, because the compiler can then prove that rows do not overlap and vectorises; integer
counts live beside it.
"""

import math

from wavepacket.kernels.jit.decorators import routine, scalar
from wavepacket.kernels.layout import GAP, LANES, STATE

W = LANES

# Rows: the state at the start of a step, r at the packet's start, then one row each.
NOW = 0
ORIGIN = STATE
TIME = ORIGIN + 3  # fs
STEP = TIME + 1  # h, fs
REACHED = TIME + 2  # time at the end of the step, fs
SIGN = TIME + 3  # ±1, reverses E
ERROR = TIME + 4  # of the step, in units of the tolerance
ACCEPTED = TIME + 5  # 0 or 1
STOP = TIME + 6  # status code
FRESH = TIME + 7  # 1 until the first step
REJECTED = TIME + 8  # 1 after a rejection
CONSERVED = TIME + 9  # 𝓔 + qφ at the start, eV
DRIFT = TIME + 10  # largest change of it, eV
FACTOR_LOW = TIME + 11  # extremes of D
FACTOR_HIGH = TIME + 12
GAP_LOW = TIME + 13  # smallest gap, eV
PATH = TIME + 14  # longest path of a step so far, Å
TARGET = TIME + 15  # the next time at which a step has to end, fs
BEFORE = TIME + 16  # error of the last accepted step
MIXED = TIME + 17  # largest squared_mixing
HERE = TIME + 18  # gap at the start of the step, eV
LOWEST = TIME + 19  # extremes of the gap at the start and the stages of the step
HIGHEST = TIME + 20
SUSPECT = TIME + 21  # 1 where gap or D could pass a limit within the step
ROWS = TIME + 22

# Rows of the integer counts: number of the packet, saves done, steps tried.
PACKET, SAVED, TRIED = 0, 1, 2
COUNTS = 3


@scalar
def used_lanes(count):
    """How far loops over lanes go for ``count`` packets, at least one: to a multiple of eight, which fill a wide register.

    From this form the compiler knows that the number is a multiple of eight, above zero and at most LANES (a power of two).
    Without the last two it keeps, in some loops, numba's test for a negative index, and does not vectorise them.
    """
    return ((count - 1) & (W - 8)) + 8


@routine
def begin_gaps(lanes, used):
    """Extremes of the gap in a step begin with that at its start."""
    for l in range(used):
        lanes[LOWEST * W + l] = lanes[HERE * W + l]
        lanes[HIGHEST * W + l] = lanes[HERE * W + l]


@routine
def note_gaps(lanes, band, used):
    """Extend them by the gap at a stage."""
    for l in range(used):
        gap, low, high = band[GAP * W + l], lanes[LOWEST * W + l], lanes[HIGHEST * W + l]
        lanes[LOWEST * W + l] = gap if gap < low else low
        lanes[HIGHEST * W + l] = gap if gap > high else high


@scalar
def load(lanes, new, counts, l, packet, start, sign, begin):
    """Put a packet at its start into lane l, as if a step of length zero had just been accepted."""
    for row in range(ROWS):
        lanes[row * W + l] = 0.0
    for row in range(STATE):
        lanes[(NOW + row) * W + l] = start[row]
        new[row * W + l] = start[row]
    for row in range(3):
        lanes[(ORIGIN + row) * W + l] = start[3 + row]
    lanes[TIME * W + l] = begin
    lanes[REACHED * W + l] = begin
    lanes[SIGN * W + l] = sign
    lanes[ACCEPTED * W + l] = 1.0
    lanes[FRESH * W + l] = 1.0
    lanes[FACTOR_LOW * W + l] = math.inf
    lanes[FACTOR_HIGH * W + l] = -math.inf
    lanes[GAP_LOW * W + l] = math.inf
    counts[PACKET * W + l] = packet
    counts[SAVED * W + l] = 0
    counts[TRIED * W + l] = 0


@scalar
def copy(lanes, rates, counts, source, to_lanes, to_rates, to_counts, target):
    """Copy a packet with the rates at its state from one lane to another."""
    for row in range(ROWS):
        to_lanes[row * W + target] = lanes[row * W + source]
    for row in range(STATE):
        to_rates[row * W + target] = rates[row * W + source]
    for row in range(COUNTS):
        to_counts[row * W + target] = counts[row * W + source]
