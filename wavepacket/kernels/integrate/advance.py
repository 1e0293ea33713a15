"""The one integration loop: any band source, any method, many packets, on paths or in free flight.

Compiled once. Method, right-hand side and band source come in as typed function pointers, and what is integrated as
numbers (`layout`): nothing that a packet does depends on the packets beside it.
"""

import numpy as np
from numba import types

from wavepacket.kernels import lanes as row_of
from wavepacket.kernels.integrate.control import (
    INTERPOLATES,
    MAXIMUM_STEPS,
    SUBSTEPS,
    SURVIVAL,
    ends_at_saves,
    fixed_step,
    judge,
    keep_to_saves,
    monitor,
    monitor_mixing,
    next_step,
)
from wavepacket.kernels.integrate.inside import STACK, any_suspect, clear, look_inside, suspect
from wavepacket.kernels.integrate.queue import prepare
from wavepacket.kernels.integrate.reach import approach, keep_in_reach
from wavepacket.kernels.integrate.retire import any_is_done, compact_lanes, retire
from wavepacket.kernels.integrate.saves import needs_dense, save, with_infinity
from wavepacket.kernels.integrate.valley_crossing import CROSS_POINTER, FOLLOWED
from wavepacket.kernels.jit.decorators import INTEGER, REAL, allocating_routine, kernel
from wavepacket.kernels.jit.memory import numbers
from wavepacket.kernels.lanes import copy, is_under_way, keep_still
from wavepacket.kernels.layout import (
    DENSE,
    FIELD,
    GEOMETRY,
    GEOMETRY_POINTER,
    INTEGRATED,
    INTERPOLANT,
    LANES,
    LAST_STAGE,
    METHOD_POINTER,
    RATES_POINTER,
    SCRATCH,
    STAGES,
    STATE,
    STATE_ROWS,
    STEP,
)
from wavepacket.kernels.simd import WIDTH

W = LANES

_MATRIX = types.float64[:, ::1]
_PATHS = types.float64[:, :, ::1]


@allocating_routine
def lane_arrays(rows):
    """Lanes, counts, and rates at the state of each lane."""
    lanes, counts = numbers((row_of.NOW + rows) * W), np.zeros(row_of.COUNTS * W, np.int64)
    return lanes, counts, numbers(rows * W)


@allocating_routine
def step_arrays(rows):
    """Stages, state at the end, stage point and time, geometry and E of one step."""
    K, new, point, time = numbers(STAGES * rows * W), numbers(rows * W), numbers(rows * W), numbers(W)
    return K, new, point, time, numbers(GEOMETRY * W), numbers(FIELD * W)


@kernel(
    types.void(
        METHOD_POINTER, RATES_POINTER, GEOMETRY_POINTER, GEOMETRY_POINTER, CROSS_POINTER,
        types.Tuple((INTEGER, REAL, REAL, INTEGER, REAL, INTEGER, INTEGER, REAL, REAL)), types.UniTuple(_MATRIX, 2),
        types.Tuple((_PATHS, _PATHS, _MATRIX, INTEGER, INTEGER, _MATRIX)), FOLLOWED,
    ),
    allocates=True,
)  # fmt: skip
def advance(method, rates, geometry, watch, cross, arrays, packets, results, followed):
    """Integrate packets from their starts to their ends and save them at requested times.

    arrays: integers, reals and environment of the right-hand side; integers for the ends of steps; scale and sizes as in
    layout.py; integers of ``watch``, a band source that gives the interband mixing, which is not looked at without the
    bit for it; control as in control.py; times of the saves, fs, increasing.
    packets: starts (n, 3) k in 1/Å or (n, 6) with r in Å; (n, 4) sign of E, 1/τ in 1/fs, and times of beginning and end.
    results: wavevector, position (n, T, 3), the rows of the state at the end (n, any), status, steps (n,), monitors (n,
    MONITORS). ``cross`` and what it follows are as in valley_crossing.py.
    """
    integers, reals, environment, last_integers, scale, sizes, watched, control, times = arrays
    wavevector, position, ends, status, steps, monitors = results
    rows, planar, is_flight = sizes[STATE_ROWS], sizes[INTEGRATED] == 2, control[SURVIVAL] > 0.0
    (lanes, counts, _), (waiting, waiting_counts, waiting_rates) = lane_arrays(rows), lane_arrays(rows)
    K, new, point, time, band, field = step_arrays(rows)
    start, error, scratch = numbers(rows * W), numbers(W), numbers(sizes[SCRATCH])
    polynomial, buffer, requested = numbers(DENSE * STATE * W + 6), numbers(3 * WIDTH), with_infinity(times)
    number, substeps, most = packets[0].shape[0], int(control[SUBSTEPS]), int(control[MAXIMUM_STEPS])
    # For counts that begin with a literal 0 numba would compile everything that is called with them once more.
    queued = ready = taken = active = 0 * number
    source = (integers, reals, scratch, environment, last_integers, scale, sizes)
    block = (lanes, K, new, point, time, band, field)
    aside = (*block[:5], numbers(GEOMETRY * W), numbers(FIELD * W))
    queue, work = (waiting, waiting_rates, waiting_counts, start), (numbers(STACK), numbers(3))
    buffers, paths = (band, field), (wavevector.reshape(-1), position.reshape(-1))
    outcome, last = (ends, status, steps, monitors), K[LAST_STAGE * rows * W :]
    while True:
        while active < W and (taken < ready or queued < number):
            if taken == ready:
                ready = prepare(
                    (rates, geometry, watch), source, (watched, control), requested, queue, buffers, paths, packets, queued
                )  # fmt: skip
                queued, taken = queued + ready, 0 * number
            copy(waiting, waiting_rates, waiting_counts, taken, lanes, K, counts, active)
            taken += 1
            if is_under_way(lanes, active):
                active += 1
            else:
                retire(lanes, counts, active, len(times), paths, outcome)
        if active == 0:
            return
        if substeps > 0:
            for l in range(active):
                fixed_step(lanes, l, counts[row_of.TRIED * W + l], times, substeps)
        method(STEP, rates, geometry, active, source, block, error)
        keep_still(lanes, new, planar, active)
        keep_in_reach(lanes, new, field, error, sizes, active)
        if substeps == 0:
            judge(lanes, error, active)
        if followed[6].shape[1] > 0:
            cross(method, rates, geometry, active, source, aside, counts, followed, polynomial)
        doubtful = suspect(lanes, last, control, scale[1], active) if is_flight else False
        monitor(lanes, new, band, field, environment, control, active)
        doubtful = doubtful if is_flight else suspect(lanes, last, control, scale[1], active)
        monitor_mixing(watch, watched, source, active, lanes, new, last, band)
        if doubtful:
            clear(geometry, source, control, block, last, polynomial, work, active)
            doubtful = any_suspect(lanes, active)
        if control[INTERPOLATES] > 0.0 and (doubtful or needs_dense(lanes, counts, requested, active)):
            method(INTERPOLANT, rates, geometry, active, source, block, polynomial)
        if doubtful:
            look_inside(geometry, source, control, block, polynomial, work, active)
        save(lanes, new, counts, polynomial, active, planar, requested, (error, buffer), paths)
        next_step(lanes, new, K, last, control, active)
        approach(lanes, K, sizes, active)
        if ends_at_saves(control):
            keep_to_saves(lanes, counts, requested, active)
        if any_is_done(lanes, counts, most, control, active):
            active = compact_lanes(lanes, K, counts, active, len(times), paths, outcome)
