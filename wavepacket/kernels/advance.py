"""The one integration loop: any band source, any method, many packets.

Compiled once. Band source, step and dense output come in as typed function pointers; nothing that a packet does
depends on the packets beside it.
"""

import numpy as np
from numba import types

from wavepacket.kernels._jit import INTEGER, REAL, kernel, scalar
from wavepacket.kernels.control import (
    MAX_STEPS,
    MAXIMUM_STEPS,
    SUBSTEPS,
    fixed_step,
    judge,
    monitor,
    next_step,
)
from wavepacket.kernels.lanes import allocate, load, move, park
from wavepacket.kernels.layout import GEOMETRY_POINTER, LANES, STEP_POINTER
from wavepacket.kernels.saves import erase_rest, needs_dense, save

W = LANES

# Columns of ``monitors``.
FACTOR_LOW, FACTOR_HIGH, GAP_LOW, DRIFT, END_TIME = 0, 1, 2, 3, 4
MONITORS = 5

_MATRIX = types.float64[:, ::1]
_PATHS = types.float64[:, :, ::1]


@scalar
def finish(lanes, l, position, wavevector, status, steps, monitors):
    """Write what is known of the packet in lane l at its end."""
    packet = lanes.packet[l]
    erase_rest(packet, lanes.saved[l], position, wavevector)
    status[packet] = int(lanes.stop[l])
    steps[packet] = lanes.steps[l] - 1  # without the step of length zero
    monitors[packet, FACTOR_LOW] = lanes.factor_low[l]
    monitors[packet, FACTOR_HIGH] = lanes.factor_high[l]
    monitors[packet, GAP_LOW] = lanes.gap_low[l]
    monitors[packet, DRIFT] = lanes.drift[l]
    monitors[packet, END_TIME] = lanes.t[l]


@kernel(
    types.void(
        STEP_POINTER, STEP_POINTER, GEOMETRY_POINTER, INTEGER, REAL, REAL, REAL, REAL, types.int64, REAL,
        _MATRIX, REAL, _PATHS, _PATHS, INTEGER, INTEGER, _MATRIX,
    )
)  # fmt: skip
def advance(
    step, dense, geometry, integers, reals, environment, scale, control, scratch_size, times,
    starts, signs, position, wavevector, status, steps, monitors,
):  # fmt: skip
    """Integrate packets from times[0] to times[-1] and save them at ``times`` (fs, increasing).

    starts: (n, 6) k in 1/Å and r in Å; signs: (n,) ±1, reverses E. Results: position, wavevector (n, T, 3), status and
    steps (n,), monitors (n, MONITORS). scale and control as in layout.py and control.py.
    """
    lanes = allocate()
    scratch = np.empty(scratch_size)
    end, number, queued, active = times[-1], starts.shape[0], 0, 0
    substeps, most = int(control[SUBSTEPS]), int(control[MAXIMUM_STEPS])
    while active < W and queued < number:
        load(lanes, active, queued, starts[queued], signs[queued], times[0])
        active += 1
        queued += 1
    while active > 0:
        if substeps > 0:
            for l in range(active):
                lanes.h[l], lanes.next_time[l] = fixed_step(lanes, l, times, substeps)
        step(
            geometry, active, integers, reals, scratch, environment, scale, lanes.t, lanes.h, lanes.sign, lanes.y,
            lanes.K, lanes.point, lanes.stage_time, lanes.band, lanes.field, lanes.new, lanes.error,
        )  # fmt: skip
        if substeps > 0:
            for l in range(W):
                lanes.accepted[l] = 1.0
        else:
            judge(lanes, end)
        monitor(lanes, environment, control)
        if substeps == 0 and needs_dense(lanes, times, active):
            dense(
                geometry, active, integers, reals, scratch, environment, scale, lanes.t, lanes.h, lanes.sign, lanes.y,
                lanes.K, lanes.point, lanes.stage_time, lanes.band, lanes.field, lanes.new, lanes.polynomial,
            )  # fmt: skip
        for l in range(active):
            lanes.steps[l] += 1
            if lanes.accepted[l] > 0.0 and lanes.stop[l] == 0.0:
                save(lanes, l, times, position, wavevector)
        next_step(lanes, end, control)
        l = 0
        while l < active:
            if lanes.stop[l] == 0.0 and lanes.t[l] < end and lanes.steps[l] > most:
                lanes.stop[l] = float(MAX_STEPS)
            if lanes.stop[l] == 0.0 and lanes.t[l] < end:
                l += 1
                continue
            finish(lanes, l, position, wavevector, status, steps, monitors)
            if queued < number:
                load(lanes, l, queued, starts[queued], signs[queued], times[0])
                queued += 1
                l += 1
            else:
                active -= 1
                move(lanes, active, l)
                park(lanes, active)
