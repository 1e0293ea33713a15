"""One packet on a straight line in k: what is known of it, and the places on it at which the interband mixing is found."""

import math

from wavepacket.kernels.elementary import fma
from wavepacket.kernels.integrate.retire import DRIFT, FACTOR_HIGH, FACTOR_LOW, GAP_LOW, MIXED
from wavepacket.kernels.jit.decorators import routine
from wavepacket.kernels.layout import LANES, NEED_MIXING
from wavepacket.kernels.motion.equations import squared_mixing
from wavepacket.kernels.motion.fields import CHARGE, FORCE_FACTOR, static_field

W = LANES

# What is known of a packet: k and its rate, r at its start and now, the force qE, energy at the start, largest component of
# the velocity so far, time, and the length of the window.
K, RATE, R0, R, FORCE, ENERGY0, SIZE, NOW, LENGTH = 0, 3, 6, 9, 12, 15, 16, 17, 18
LINE = 19
BEGUN, ROW, TRIED = 0, 1, 2  # 1 where the node at the start of the window is known; next save; windows tried
COUNTS = 3

_STILL = 1e-200  # Å/fs: logarithms are taken of it


@routine
def begin(line, counts, start, sign, environment, monitors):
    """A packet at its start."""
    field = static_field(environment)
    for i in range(LINE):
        line[i] = 0.0
    for c in range(3):
        line[K + c], line[R0 + c], line[R + c] = start[c], start[3 + c], start[3 + c]
        line[RATE + c] = sign * environment[FORCE_FACTOR] * field[c]
        line[FORCE + c] = sign * environment[CHARGE] * field[c]
    line[SIZE] = _STILL
    for i in range(COUNTS):
        counts[i] = 0
    monitors[FACTOR_LOW] = monitors[FACTOR_HIGH] = 1.0
    monitors[GAP_LOW] = math.inf
    monitors[DRIFT] = monitors[MIXED] = 0.0


@routine
def unbalanced(line, energy):
    """Energy less the work that the field has done, compared with that at the start, eV; and the size of the work."""
    work, size = 0.0, 0.0
    for c in range(3):
        part = line[FORCE + c] * (line[R + c] - line[R0 + c])
        work, size = work + part, size + abs(part)
    return abs(energy - work - line[ENERGY0]), size


@routine
def note(line, place, mixed, packet):
    """Put k at a place of the window into the list of those at which the mixing will be found."""
    points, rates, packets = mixed[:3]
    l = packets[W]
    for c in range(3):
        points[c * W + l] = fma(line[RATE + c], fma(0.5 * line[LENGTH], place, line[NOW]), line[K + c])
        rates[c * W + l] = line[RATE + c]
    packets[l], packets[W] = packet, l + 1


@routine
def find_mixing(watch, watched, source, mixed, band, most, monitors):
    """Once there are more than ``most`` places, find the mixing at all and keep the largest of each packet."""
    points, rates, packets = mixed
    count = packets[W]
    if count <= most:
        return
    if watched[0] & NEED_MIXING:
        watch(points, count, watched, source[1], source[2], band)
    for l in range(count if watched[0] & NEED_MIXING else 0):
        largest = monitors[packets[l]]
        largest[MIXED] = max(largest[MIXED], squared_mixing(band, rates, l))
    packets[W] = 0
