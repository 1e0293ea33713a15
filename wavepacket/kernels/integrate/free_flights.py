"""The loop over free flights: many packets, each until its chance to have survived is spent or its time is over."""

import math

import numpy as np
from numba import types

from wavepacket.kernels.elementary import inverse_eighth_root
from wavepacket.kernels.integrate.control import (
    CUTOFF,
    DENSITY_OF_STATES,
    FIRST_PHASE,
    GAP_TOO_SMALL,
    GROW,
    LEFT_DOMAIN,
    MAX_STEPS,
    MAXIMUM_STEPS,
    MINIMUM_FACTOR,
    MINIMUM_GAP,
    NON_FINITE,
    SAFETY,
    SHRINK,
    STEP_UNDERFLOW,
)
from wavepacket.kernels.integrate.flight_step import BLOCK, evaluate, flight_step
from wavepacket.kernels.integrate.inside import LONGEST_PHASE, STACK, UNSEEN, cubic, doubt, look
from wavepacket.kernels.integrate.valley_crossing import CROSS_POINTER
from wavepacket.kernels.jit.decorators import INTEGER, REAL, kernel, routine
from wavepacket.kernels.layout import (
    CURVATURE,
    DENSE,
    GAP,
    GEOMETRY,
    GEOMETRY_POINTER,
    LANES,
    LAST_STAGE,
    NEED_MIXING,
    STAGES,
    STATE,
)
from wavepacket.kernels.motion.equations import density_of_states_factor, squared_mixing, three
from wavepacket.kernels.motion.fields import REDUCED_FIELD
from wavepacket.kernels.motion.flight import END, EXPONENT, FLOW, LONGEST, PATH, ROWS, conserved_energy
from wavepacket.kernels.vectors import dot

W = LANES
_TINY = 1e-14
_MATRIX = types.float64[:, ::1]

# Columns of ``monitors``.
FACTOR_LOW, FACTOR_HIGH, GAP_LOW, DRIFT, END_TIME, CONSERVED = 0, 1, 2, 3, 4, 5
MIXED = 6  # largest of squared_mixing
MONITORS = 7


@routine
def inspect(l, state, rates, band, field, environment, control, row, fresh):
    """Extremes and drift of one lane, and its reason to stop (0: none)."""
    b = (environment[REDUCED_FIELD], environment[REDUCED_FIELD + 1], environment[REDUCED_FIELD + 2])
    factor, gap = density_of_states_factor(dot(b, three(band, CURVATURE * W + l))), band[GAP * W + l]
    energy = conserved_energy(band, field, environment, three(state, PATH * W + l), l)
    if fresh:
        row[CONSERVED] = energy
    row[FACTOR_LOW], row[FACTOR_HIGH] = min(row[FACTOR_LOW], factor), max(row[FACTOR_HIGH], factor)
    row[GAP_LOW], row[DRIFT] = min(row[GAP_LOW], gap), max(row[DRIFT], abs(energy - row[CONSERVED]))
    mixed = squared_mixing(band, rates, l)
    row[MIXED] = max(row[MIXED], mixed if mixed == mixed else 0.0)
    k = three(state, l)
    if factor < control[MINIMUM_FACTOR]:
        return DENSITY_OF_STATES
    if gap < control[MINIMUM_GAP]:
        return GAP_TOO_SMALL
    if dot(k, k) > control[CUTOFF] * control[CUTOFF]:
        return LEFT_DOMAIN
    return 0.0 if energy - energy == 0.0 else NON_FINITE


@routine
def may_hide(l, K, h, stage_time, row, control, length):
    """Whether gap or D of one lane could pass a limit within its step."""
    last = K[LAST_STAGE * BLOCK :]
    phase = h[l] * (abs(last[l]) + abs(last[W + l]) + abs(last[2 * W + l])) * length / LONGEST_PHASE
    departure = max(1.0 - row[FACTOR_LOW], row[FACTOR_HIGH] - 1.0)
    low, high = stage_time[W + l], stage_time[2 * W + l]
    return doubt(low, high, departure, phase, UNSEEN, control[MINIMUM_GAP], control[MINIMUM_FACTOR]) > 0.0


@routine
def begin_gaps(stage_time, gap):
    """Extremes of the gap in a step begin with that at its start."""
    for l in range(W):
        stage_time[W + l] = gap[l]
        stage_time[2 * W + l] = gap[l]


@routine
def first_step(l, K, control, scattering):
    """Length of a first step from the rates at the start."""
    speed = abs(K[l]) + abs(K[W + l]) + abs(K[2 * W + l])
    h = min(control[FIRST_PHASE] / max(speed, 1e-300), 0.1 / max(K[EXPONENT * W + l], 1e-300))
    return min(h, scattering[LONGEST])


@routine
def judge(l, y, new, K, t, h, error, rejected, scattering, end):
    """Accept or reject the step of one lane and choose its next length; returns whether it was accepted."""
    factor = SAFETY * inverse_eighth_root(max(error[l], 1e-12)) if error[l] >= 0.0 else SHRINK
    following = min(max(factor, SHRINK), 1.0 if rejected[l] else GROW) * h[l]
    accepted = error[l] <= 1.0
    if accepted:
        t[l] = end if h[l] >= end - t[l] else t[l] + h[l]
        for row in range(ROWS):
            y[row * W + l] = new[row * W + l]
            K[row * W + l] = K[LAST_STAGE * BLOCK + row * W + l]
    h[l] = min(min(following, scattering[LONGEST]), end - t[l])
    rejected[l] = not accepted
    return accepted


@routine
def close_gap(source, target, y, K, t, h, sign, rate, gap, ids, rejected, fresh):
    """Move the last active lane into a lane that has become idle."""
    for row in range(ROWS):
        y[row * W + target], K[row * W + target] = y[row * W + source], K[row * W + source]
    t[target], h[target], sign[target], rate[target] = t[source], h[source], sign[source], rate[source]
    gap[target] = gap[source]
    ids[target], rejected[target], fresh[target] = ids[source], rejected[source], fresh[source]
    h[source] = 0.0


@kernel(
    types.void(
        GEOMETRY_POINTER, INTEGER, REAL, REAL, REAL, REAL, REAL, types.int64, _MATRIX, _MATRIX, _MATRIX, INTEGER,
        INTEGER, _MATRIX, CROSS_POINTER, types.int64, _MATRIX, _MATRIX, _MATRIX, INTEGER, INTEGER, _MATRIX, _MATRIX,
    ),
    allocates=True,
)  # fmt: skip
def free_flights(
    geometry, integers, reals, environment, scattering, scale, control, scratch_size, starts, flights, results, status,
    steps, monitors, cross, spare_size, basis, inverse_basis, images, owners, valleys, marks, stays,
):  # fmt: skip
    """Integrate free flights.

    starts: (n, 3) k in 1/Å; flights: (n, 4) sign of E, 1/τ in 1/fs (at the unit energy where it varies), time at the
    start and at the end in fs, the latter may be infinite. Results: rows of flight.py (n, ROWS), status and steps (n,),
    monitors (n, MONITORS). scattering in flight.py; scale and control as in layout.py and control.py. With a ``spare_size``
    above 0, ``cross`` is called after each step with so much working space and what follows, as in valley_crossing.py.
    """
    # The last stages serve dense output alone.
    stages = STAGES if spare_size > 0 else LAST_STAGE + 1
    y, new, K, spare = np.zeros(BLOCK), np.zeros(BLOCK), np.zeros(stages * BLOCK), np.zeros(spare_size)
    point, band, field = np.zeros(FLOW * W), np.zeros(GEOMETRY * W), np.zeros(3 * W)
    t, h, sign, rate, stage_time = np.zeros(W), np.zeros(W), np.ones(W), np.zeros(W), np.zeros(3 * W)
    gap, within, polynomial = np.zeros(W), np.zeros(GEOMETRY * W), np.zeros(DENSE * STATE * W)
    stack, found = np.zeros(STACK), np.zeros(3)
    error, inverse, e3, e5 = np.zeros(W), np.zeros(W), np.zeros(W), np.zeros(W)
    ids, fresh, rejected = np.zeros(W, np.int64), np.zeros(W, np.bool_), np.zeros(W, np.bool_)
    source = (integers, reals, np.empty(scratch_size), environment, scattering)
    watched = (integers.copy(), reals, source[2], environment, scattering)
    watched[0][0] |= NEED_MIXING
    lanes, buffers = (t, h, sign, rate, stage_time), (inverse, e3, e5, error)
    number, active, queued = starts.shape[0], min(W, starts.shape[0]), 0
    for l in range(active):
        ids[l], fresh[l], queued = queued, True, queued + 1
    while active > 0:
        started = False
        for l in range(active):
            if not fresh[l]:
                continue
            started = True
            for row in range(ROWS):
                y[row * W + l] = starts[ids[l], row] if row < 3 else 0.0
            sign[l], rate[l], t[l] = flights[ids[l], 0], flights[ids[l], 1], flights[ids[l], 2]
            h[l], rejected[l], steps[ids[l]] = 0.0, False, 0
            m = monitors[ids[l]]
            m[:] = 0.0
            m[FACTOR_LOW], m[FACTOR_HIGH], m[GAP_LOW] = math.inf, -math.inf, math.inf
        if started:
            evaluate(0, geometry, active, watched, y, lanes, K, band, field)
        for l in range(active):
            if fresh[l]:
                status[ids[l]] = int(
                    inspect(l, y, K, band, field, environment, control, monitors[ids[l]], True)
                )
                gap[l] = band[GAP * W + l]
                h[l] = min(first_step(l, K, control, scattering), flights[ids[l], 3] - t[l])
                fresh[l] = False
        begin_gaps(stage_time, gap)
        flight_step(geometry, active, source, watched, scale, y, lanes, K, new, point, band, field, buffers)
        if spare_size > 0:
            cross(
                geometry, active, integers, reals, source[2], environment, scattering, y, new, K, t, h, sign, rate,
                stage_time, point, error, ids, spare, basis, inverse_basis, images, owners, valleys, marks, stays,
            )  # fmt: skip
        l = active - 1
        while l >= 0:
            packet, end = ids[l], flights[ids[l], 3]
            steps[packet] += 1
            reason = 0.0
            if (
                status[packet] == 0
                and error[l] <= 1.0
                and may_hide(l, K, h, stage_time, monitors[packet], control, scale[1])
            ):
                cubic(l, y, new, h[l], K, K[LAST_STAGE * BLOCK :], polynomial)
                reason = look(
                    geometry, integers, reals, source[2], environment, control, l, y, polynomial, True, point, within,
                    stack, found,
                )  # fmt: skip
                m = monitors[packet]
                m[GAP_LOW], m[FACTOR_LOW] = min(m[GAP_LOW], found[0]), min(m[FACTOR_LOW], found[1])
                m[FACTOR_HIGH] = max(m[FACTOR_HIGH], found[2])
            if status[packet] == 0 and judge(l, y, new, K, t, h, error, rejected, scattering, end):
                status[packet] = int(
                    inspect(l, y, K, band, field, environment, control, monitors[packet], False)
                )
                gap[l] = band[GAP * W + l]
                status[packet] = status[packet] if reason == 0.0 else int(reason)
            elif status[packet] == 0 and h[l] <= _TINY * max(abs(t[l]), 1e-3):
                status[packet] = int(STEP_UNDERFLOW if error[l] >= 0.0 else NON_FINITE)
            over = t[l] >= end or y[EXPONENT * W + l] >= scattering[END]
            if status[packet] == 0 and not over and steps[packet] >= control[MAXIMUM_STEPS]:
                status[packet] = int(MAX_STEPS)
            if over or status[packet] != 0:
                for row in range(ROWS):
                    results[packet, row] = y[row * W + l]
                monitors[packet, END_TIME] = t[l]
                if queued < number:
                    ids[l], fresh[l], queued = queued, True, queued + 1
                else:
                    active -= 1
                    close_gap(active, l, y, K, t, h, sign, rate, gap, ids, rejected, fresh)
            l -= 1
