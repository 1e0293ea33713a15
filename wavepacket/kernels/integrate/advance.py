"""The one integration loop: any band source, any method, many packets.

Compiled once. Band source, step and dense output come in as typed function pointers; nothing that a packet does
depends on the packets beside it.
"""

import numpy as np
from numba import types

from wavepacket.kernels import lanes as rows
from wavepacket.kernels.integrate.control import (
    MAXIMUM_STEPS,
    SUBSTEPS,
    fixed_step,
    judge,
    monitor,
    monitor_mixing,
    next_step,
)
from wavepacket.kernels.integrate.inside import STACK, any_suspect, clear, look_inside, suspect
from wavepacket.kernels.integrate.queue import prepare
from wavepacket.kernels.integrate.retire import any_is_done, compact_lanes, retire
from wavepacket.kernels.integrate.saves import needs_dense, save
from wavepacket.kernels.jit.decorators import INTEGER, REAL, kernel
from wavepacket.kernels.jit.memory import numbers
from wavepacket.kernels.lanes import copy
from wavepacket.kernels.layout import (
    DENSE,
    GEOMETRY,
    GEOMETRY_POINTER,
    LANES,
    LAST_STAGE,
    RATES_POINTER,
    STAGES,
    STATE,
    STEP_POINTER,
)
from wavepacket.kernels.simd import WIDTH

W = LANES

_MATRIX = types.float64[:, ::1]
_PATHS = types.float64[:, :, ::1]


@kernel(
    types.void(
        STEP_POINTER, STEP_POINTER, RATES_POINTER, GEOMETRY_POINTER, types.int64, INTEGER, REAL, REAL, REAL, REAL,
        types.int64, GEOMETRY_POINTER, INTEGER, REAL, _MATRIX, REAL, _PATHS, _PATHS, INTEGER, INTEGER, _MATRIX,
    ),
    allocates=True,
)  # fmt: skip
def advance(
    step, dense, rates, geometry, dimension, integers, reals, environment, scale, control, scratch_size, watch,
    watch_integers, times, starts, signs, position, wavevector, status, steps, monitors,
):  # fmt: skip
    """Integrate packets from times[0] to times[-1] and save them at ``times`` (fs, increasing).

    starts: (n, 6) k in 1/Å and r in Å; signs: (n,) ±1, reverses E. Results: position, wavevector (n, T, 3), status and
    steps (n,), monitors (n, MONITORS). scale and control as in layout.py and control.py. ``watch`` is the band source that
    gives the interband mixing, with integers of its own; without the bit for it the mixing is not looked at.
    """
    lanes, counts, K = (
        numbers(rows.ROWS * W),
        np.zeros(rows.COUNTS * W, np.int64),
        numbers(STAGES * STATE * W),
    )
    waiting, waiting_counts = numbers(rows.ROWS * W), np.zeros(rows.COUNTS * W, np.int64)
    waiting_rates, start = numbers(STATE * W), numbers(STATE * W)
    new, point, stage_time, error = numbers(STATE * W), numbers(3 * W), numbers(W), numbers(W)
    band, field, polynomial = numbers(GEOMETRY * W), numbers(3 * W), numbers(DENSE * STATE * W)
    scratch, buffer = numbers(scratch_size), numbers(3 * WIDTH)
    stack, found = numbers(STACK), numbers(3)
    requested = np.full(len(times) + WIDTH, np.inf)
    for i in range(len(times)):
        requested[i] = times[i]
    end, number, saves = times[-1], starts.shape[0], len(times)
    # For counts that begin with a literal 0 numba would compile everything that is called with them once more.
    none = 0 * number
    queued, ready, taken, active = none, none, none, none
    substeps, most = int(control[SUBSTEPS]), int(control[MAXIMUM_STEPS])
    source, block = (integers, reals, scratch, environment), (band, field, polynomial, error, buffer)
    queue, packets = (waiting, waiting_rates, waiting_counts, start), (starts, signs, end)
    k, r = wavevector.reshape(-1), position.reshape(-1)
    results, last = (k, r, status, steps, monitors), K[LAST_STAGE * STATE * W :]
    while True:
        while active < W and (taken < ready or queued < number):
            if taken == ready:
                ready = prepare(
                    rates, geometry, dimension, source, (watch, watch_integers), control, requested, times[0], queue,
                    block, (k, r), packets, queued,
                )  # fmt: skip
                queued, taken = queued + ready, 0
            copy(waiting, waiting_rates, waiting_counts, taken, lanes, K, counts, active)
            taken += 1
            if lanes[rows.STOP * W + active] == 0.0 and times[0] < end:
                active += 1
            else:
                retire(lanes, counts, active, saves, results)
        if active == 0:
            return
        if substeps > 0:
            for l in range(active):
                fixed_step(lanes, l, counts[rows.TRIED * W + l], times, substeps)
        step(
            rates, geometry, active, dimension, integers, reals, scratch, environment, scale, lanes, K, new, point,
            stage_time, band, field, error,
        )  # fmt: skip
        if substeps == 0:
            judge(lanes, error, active)
        monitor(lanes, new, band, field, environment, control, active)
        doubtful = suspect(lanes, last, control, scale[1], active)
        monitor_mixing(watch, watch_integers, reals, scratch, active, lanes, new[: 3 * W], last, band)
        if doubtful:
            clear(
                geometry, integers, reals, scratch, environment, control, lanes, active, new, K, polynomial, point, band,
                stack, found,
            )  # fmt: skip
            doubtful = any_suspect(lanes, active)
        if substeps == 0 and (doubtful or needs_dense(lanes, counts, requested, active)):
            dense(
                rates, geometry, active, dimension, integers, reals, scratch, environment, scale, lanes, K, new, point,
                stage_time, band, field, polynomial,
            )  # fmt: skip
        if doubtful:
            look_inside(
                geometry, integers, reals, scratch, environment, control, lanes, active, polynomial, point, band, stack,
                found,
            )  # fmt: skip
        save(lanes, new, counts, polynomial, active, dimension, requested, error, buffer, k, r)
        next_step(lanes, new, K, last, end, control, active)
        if any_is_done(lanes, counts, most, end, active):
            active = compact_lanes(lanes, K, counts, active, end, saves, results)
