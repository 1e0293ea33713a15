"""Retire finished packets: write their results and compact the lanes."""

from wavepacket.kernels import lanes as rows
from wavepacket.kernels.integrate.control import MAX_STEPS, SURVIVAL
from wavepacket.kernels.integrate.saves import leave_out
from wavepacket.kernels.jit.decorators import routine
from wavepacket.kernels.lanes import NOW, copy, is_under_way, used_lanes
from wavepacket.kernels.layout import LANES
from wavepacket.kernels.motion.flight import EXPONENT

W = LANES

# Columns of ``monitors``. MIXED: largest Σ_m |k̇·A_nm|²/(ε_n - ε_m)² at the ends of steps, 1/(eV fs)².
FACTOR_LOW, FACTOR_HIGH, GAP_LOW, DRIFT, MIXED = 0, 1, 2, 3, 4
MONITORS = 5


@routine
def retire(lanes, counts, l, saves, paths, results):
    """Write what is known of the packet in lane l at its end; saves that it did not reach are not a number."""
    ends, status, steps, monitors = results
    packet = counts[rows.PACKET * W + l]
    status[packet] = int(lanes[rows.STOP * W + l])
    steps[packet] = counts[rows.TRIED * W + l]
    for row in range(ends.shape[1]):
        ends[packet, row] = lanes[(NOW + row) * W + l]
    monitors[packet, FACTOR_LOW] = lanes[rows.FACTOR_LOW * W + l]
    monitors[packet, FACTOR_HIGH] = lanes[rows.FACTOR_HIGH * W + l]
    monitors[packet, GAP_LOW] = lanes[rows.GAP_LOW * W + l]
    monitors[packet, DRIFT] = lanes[rows.DRIFT * W + l]
    monitors[packet, MIXED] = lanes[rows.MIXED * W + l]
    leave_out(counts, l, saves, paths[0], paths[1])


@routine
def any_is_done(lanes, counts, most, control, count):
    """Count a step of every lane, stop packets that have tried too many, and tell whether any packet is at its end."""
    used, done = used_lanes(count), 0
    if control[SURVIVAL] > 0.0:
        for l in range(used):
            spent = lanes[(NOW + EXPONENT) * W + l] >= control[SURVIVAL]
            lanes[rows.END * W + l] = lanes[rows.TIME * W + l] if spent else lanes[rows.END * W + l]
    for l in range(used):
        tried, stop = counts[rows.TRIED * W + l] + 1, lanes[rows.STOP * W + l]
        counts[rows.TRIED * W + l] = tried
        going = lanes[rows.TIME * W + l] < lanes[rows.END * W + l] and stop == 0.0
        lanes[rows.STOP * W + l] = MAX_STEPS if going and tried >= most else stop
        done += 0 if going and tried < most else 1
    return done > 0


@routine
def compact_lanes(lanes, rates, counts, active, saves, paths, results):
    """Retire the packets that are over; returns how many lanes are active now."""
    l = 0 * active
    while l < active:
        if is_under_way(lanes, l):
            l += 1
            continue
        retire(lanes, counts, l, saves, paths, results)
        active -= 1
        copy(lanes, rates, counts, active, lanes, rates, counts, l)
        lanes[rows.STEP * W + active] = 0.0  # an idle lane repeats steps of length zero
    return active
