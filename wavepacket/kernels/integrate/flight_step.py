"""One step of DOP853 for packets in free flight, with the error of their integrals."""

import math

from wavepacket.kernels.integrate import dop853_coefficients as tableau
from wavepacket.kernels.integrate.stages import make_stage, make_sum
from wavepacket.kernels.jit.decorators import routine
from wavepacket.kernels.lanes import used_lanes
from wavepacket.kernels.layout import GAP, LANES, LAST_STAGE
from wavepacket.kernels.motion.fields import electric_field
from wavepacket.kernels.motion.flight import (
    ANOMALOUS,
    BAND,
    EXPONENT,
    FLOW,
    LIFETIME,
    REAL_ROWS,
    ROWS,
    SINE,
    flight_rates,
)

W = LANES
BLOCK = ROWS * W

_stage_1, _stage_2, _stage_3, _stage_4 = (make_stage(tableau.STAGES[i], BLOCK) for i in (1, 2, 3, 4))
_stage_5, _stage_6, _stage_7, _stage_8 = (make_stage(tableau.STAGES[i], BLOCK) for i in (5, 6, 7, 8))
_stage_9, _stage_10, _stage_11 = (make_stage(tableau.STAGES[i], BLOCK) for i in (9, 10, 11))
_solution = make_stage(tableau.STAGES[12], BLOCK)
_error_3, _error_5 = make_sum(tableau.ERROR_3, BLOCK), make_sum(tableau.ERROR_5, BLOCK)
_NODES = tableau.NODES


@routine
def evaluate(i, geometry, count, source, point, lanes, K, band, field):
    """Rates of all rows at stage i, whose flow rows stand in ``point``.

    Behind the times in ``stage_time`` stand the extremes of the gap at the stages so far.
    """
    integers, reals, scratch, environment, scattering = source
    time, step, sign, rate, stage_time = lanes
    varies, waves, used = scattering[2] != 0.0, scattering[0] != 0.0, used_lanes(count)
    for l in range(used):
        stage_time[l] = time[l] + _NODES[i] * step[l]
    geometry(point, count, integers, reals, scratch, band)
    for l in range(used):
        gap, low, high = band[GAP * W + l], stage_time[W + l], stage_time[2 * W + l]
        stage_time[W + l] = gap if gap < low else low
        stage_time[2 * W + l] = gap if gap > high else high
    electric_field(environment, stage_time, sign[:used], field)
    out = K[i * BLOCK : (i + 1) * BLOCK]
    for l in range(used):
        s = point[EXPONENT * W + l]
        flight_rates(band, field, environment, scattering, stage_time[l], s, rate[l], varies, waves, l, out)


@routine
def add_squares(K, first, last, inverse, e3, e5):
    """Add the squares of both error estimates of rows first, ..., last − 1, times ``inverse``."""
    for row in range(first, last):
        for l in range(len(inverse)):
            a, b = inverse[l] * _error_3(K, row * W + l), inverse[l] * _error_5(K, row * W + l)
            e3[l] += a * a
            e5[l] += b * b


@routine
def add_integrals(K, new, h, row, rows, least, inverse_tolerance, inverse, e3, e5):
    """Errors of one integral and its twin with sin ωt, against its own size and what the step adds to it."""
    last = K[LAST_STAGE * BLOCK :]
    for l in range(len(inverse)):
        size = least
        for c in range(rows):
            place = (row + c) * W + l
            twin = place + SINE * W
            size += abs(new[place]) + abs(new[twin]) + h[l] * (abs(last[place]) + abs(last[twin]))
        inverse[l] = inverse_tolerance / size
    add_squares(K, row, row + rows, inverse, e3, e5)
    add_squares(K, row + SINE, row + SINE + rows, inverse, e3, e5)


@routine
def error_norm(K, new, h, scale, unit_field, inverse, e3, e5, error):
    """Error estimate of each lane in units of the tolerance: Hairer, Nørsett and Wanner (1993), section II.10."""
    for l in range(len(inverse)):
        e3[l], e5[l], inverse[l] = 0.0, 1e-300, scale[0]
    add_squares(K, 0, EXPONENT, inverse, e3, e5)
    for l in range(len(inverse)):
        inverse[l] = scale[2]
    add_squares(K, EXPONENT, FLOW, inverse, e3, e5)
    add_integrals(K, new, h, LIFETIME, 1, 1e-200, scale[2], inverse, e3, e5)
    for row in range(BAND, ANOMALOUS + 1, 3):
        least = 1e-200 if unit_field and row == ANOMALOUS else scale[1]
        add_integrals(K, new, h, row, 3, least, scale[2], inverse, e3, e5)
    for l in range(len(inverse)):
        error[l] = h[l] * e5[l] / math.sqrt(e5[l] + 0.01 * e3[l])


@routine
def flight_step(geometry, count, source, watched, scale, y, lanes, K, new, point, band, field, buffers):
    """Advance every lane by its own h from y to ``new``; the rates at y stand in the first stage of K.

    ``band`` is left with the geometry at ``new``, with what ``watched``, the same source, asks for besides.
    """
    used = used_lanes(count)
    h, rows = lanes[1][:used], REAL_ROWS + SINE if source[4][0] != 0.0 else REAL_ROWS
    _stage_1(y, h, K, FLOW, point)
    evaluate(1, geometry, count, source, point, lanes, K, band, field)
    _stage_2(y, h, K, FLOW, point)
    evaluate(2, geometry, count, source, point, lanes, K, band, field)
    _stage_3(y, h, K, FLOW, point)
    evaluate(3, geometry, count, source, point, lanes, K, band, field)
    _stage_4(y, h, K, FLOW, point)
    evaluate(4, geometry, count, source, point, lanes, K, band, field)
    _stage_5(y, h, K, FLOW, point)
    evaluate(5, geometry, count, source, point, lanes, K, band, field)
    _stage_6(y, h, K, FLOW, point)
    evaluate(6, geometry, count, source, point, lanes, K, band, field)
    _stage_7(y, h, K, FLOW, point)
    evaluate(7, geometry, count, source, point, lanes, K, band, field)
    _stage_8(y, h, K, FLOW, point)
    evaluate(8, geometry, count, source, point, lanes, K, band, field)
    _stage_9(y, h, K, FLOW, point)
    evaluate(9, geometry, count, source, point, lanes, K, band, field)
    _stage_10(y, h, K, FLOW, point)
    evaluate(10, geometry, count, source, point, lanes, K, band, field)
    _stage_11(y, h, K, FLOW, point)
    evaluate(11, geometry, count, source, point, lanes, K, band, field)
    _solution(y, h, K, rows, new)
    evaluate(LAST_STAGE, geometry, count, watched, new, lanes, K, band, field)
    inverse, e3, e5, error = buffers
    error_norm(K, new, h, scale, source[4][1] > 0.0, inverse[:used], e3, e5, error)
