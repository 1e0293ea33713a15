"""The packets in flight: LANES of them side by side, each with its own time and step, in one flat array.

One array with constant row offsets, because the compiler can then prove that rows do not overlap and vectorises; integer
counts live beside it.
"""

import math

from wavepacket.kernels.jit.decorators import routine, scalar
from wavepacket.kernels.layout import GAP, LANES

W = LANES

# Rows: r at the packet's start, one row each, and from NOW on the state at the start of a step.
ORIGIN = 0
TIME = 3  # fs
STEP = 4  # h, fs
REACHED = 5  # time at the end of the step, fs
SIGN = 6  # ±1, reverses E
RATE = 7  # 1/τ of the packet, 1/fs; of paths in space the number of its valley
END = 8  # time at which the packet is over, fs; brought forward where the chance to have survived is spent
ERROR = 9  # of the step, in units of the tolerance
ACCEPTED = 10  # 0 or 1
STOP = 11  # status code
FRESH = 12  # 1 until the first step
REJECTED = 13  # 1 after a rejection
CONSERVED = 14  # 𝓔 + qφ at the start, eV
DRIFT = 15  # largest change of it, eV
FACTOR_LOW = 16  # extremes of D
FACTOR_HIGH = 17
GAP_LOW = 18  # smallest gap, eV
PATH = 19  # longest path of a step so far, Å
TARGET = 20  # the next time at which a step has to end, fs
BEFORE = 21  # error of the last accepted step
MIXED = 22  # largest squared_mixing
HERE = 23  # gap at the start of the step, eV
LOWEST = 24  # extremes of the gap at the start and the stages of the step
HIGHEST = 25
SUSPECT = 26  # 1 where gap or D could pass a limit within the step
FAR = 27  # how far a step from here may lead, Å, where rates depend on place
NOW = 28

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
def load(lanes, new, counts, l, packet, start, own):
    """Put a packet at its start into lane l, as if a step of length zero had just been accepted.

    start: k, and r unless that begins at 0; own: sign of E, 1/τ, and the times at which it begins and is over.
    """
    for row in range(NOW):
        lanes[row * W + l] = 0.0
    for row in range(len(new) // W):
        new[row * W + l] = start[row] if row < len(start) else 0.0
        lanes[(NOW + row) * W + l] = new[row * W + l]
    for row in range(3):
        lanes[(ORIGIN + row) * W + l] = new[(3 + row) * W + l]
    lanes[SIGN * W + l], lanes[RATE * W + l] = own[0], own[1]
    lanes[TIME * W + l], lanes[REACHED * W + l], lanes[END * W + l] = own[2], own[2], own[3]
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
    for row in range(NOW):
        to_lanes[row * W + target] = lanes[row * W + source]
    for row in range(len(to_lanes) // W - NOW):
        to_lanes[(NOW + row) * W + target] = lanes[(NOW + row) * W + source]
        to_rates[row * W + target] = rates[row * W + source]
    for row in range(COUNTS):
        to_counts[row * W + target] = counts[row * W + source]


@routine
def keep_still(lanes, new, planar, count):
    """Rows 2 and 5 of a planar problem, which no method computes: k_z and z at the end of a step are those at its start."""
    for l in range(used_lanes(count) if planar else 0):
        new[2 * W + l] = lanes[(NOW + 2) * W + l]
        new[5 * W + l] = lanes[(NOW + 5) * W + l]


@scalar
def is_under_way(lanes, l):
    """Whether a packet has not come to its end."""
    return lanes[STOP * W + l] == 0.0 and lanes[TIME * W + l] < lanes[END * W + l]
