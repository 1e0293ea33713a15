"""One adaptive step of DOP853 for a block of packets, and its dense output. The tableau is data."""

import math

from wavepacket.kernels import dop853_coefficients as tableau
from wavepacket.kernels._jit import kernel, routine
from wavepacket.kernels.layout import LANES, LAST_STAGE, STATE, STEP_SIGNATURE
from wavepacket.kernels.motion import rates
from wavepacket.kernels.stages import make_stage, make_sum

W = LANES
ROWS = STATE * W


def make_evaluation(i):
    """Compiled rates of stage i: sum the stage point, then one call of the right-hand side for the block.

    The rates depend on k only, so the point is summed for its three rows.
    """
    stage, node = make_stage(tableau.STAGES[i], 3), tableau.NODES[i]

    @routine
    def evaluate(geometry, count, source, block):
        integers, reals, scratch, environment = source
        t, h, sign, y, K, point, stage_time, band, field = block
        stage(y, K, h, point)
        for l in range(W):
            stage_time[l] = t[l] + node * h[l]
        out = K[i * ROWS : (i + 1) * ROWS]
        rates(
            geometry, count, integers, reals, scratch, environment, stage_time, sign, point, band, field, out
        )

    return evaluate


_stage_1, _stage_2, _stage_3, _stage_4 = (make_evaluation(i) for i in (1, 2, 3, 4))
_stage_5, _stage_6, _stage_7, _stage_8 = (make_evaluation(i) for i in (5, 6, 7, 8))
_stage_9, _stage_10, _stage_11 = (make_evaluation(i) for i in (9, 10, 11))
_stage_13, _stage_14, _stage_15 = (make_evaluation(i) for i in (13, 14, 15))
_solution = make_stage(tableau.STAGES[12], STATE)
_error_3, _error_5 = make_sum(tableau.ERROR_3), make_sum(tableau.ERROR_5)
_dense_3, _dense_4 = make_sum(tableau.DENSE[0]), make_sum(tableau.DENSE[1])
_dense_5, _dense_6 = make_sum(tableau.DENSE[2]), make_sum(tableau.DENSE[3])


@kernel(STEP_SIGNATURE)
def dop853_step(
    geometry, count, integers, reals, scratch, environment, scale, t, h, sign, y, K, point, stage_time, band, field,
    new, error,
):  # fmt: skip
    """Advance every lane by its own h; ``error`` is the estimate in units of the tolerance, ``scale`` = (k, r) scales.

    Error norm of Hairer, Nørsett and Wanner, section II.10: |h| e5²/sqrt(e5² + 0.01 e3²). A position is measured by the
    length of its step, so that nothing depends on where a packet is; scale[1] is the smallest length that counts.
    """
    source = (integers, reals, scratch, environment)
    block = (t, h, sign, y, K, point, stage_time, band, field)
    _stage_1(geometry, count, source, block)
    _stage_2(geometry, count, source, block)
    _stage_3(geometry, count, source, block)
    _stage_4(geometry, count, source, block)
    _stage_5(geometry, count, source, block)
    _stage_6(geometry, count, source, block)
    _stage_7(geometry, count, source, block)
    _stage_8(geometry, count, source, block)
    _stage_9(geometry, count, source, block)
    _stage_10(geometry, count, source, block)
    _stage_11(geometry, count, source, block)
    _solution(y, K, h, new)
    for l in range(W):
        stage_time[l] = t[l] + h[l]
    k, last = new[: 3 * W], K[LAST_STAGE * ROWS : (LAST_STAGE + 1) * ROWS]
    rates(geometry, count, integers, reals, scratch, environment, stage_time, sign, k, band, field, last)
    for l in range(W):
        length = scale[1]
        for row in range(3, STATE):
            length += abs(new[row * W + l] - y[row * W + l])
        e3, e5 = 0.0, 0.0
        for row in range(STATE):
            inverse = scale[0] if row < 3 else scale[2] / length
            x, z = inverse * _error_3(K, row * W + l), inverse * _error_5(K, row * W + l)
            e3 += x * x
            e5 += z * z
        error[l] = h[l] * e5 / math.sqrt(e5 + 0.01 * e3 + 1e-300)


@kernel(STEP_SIGNATURE)
def dop853_dense(
    geometry, count, integers, reals, scratch, environment, scale, t, h, sign, y, K, point, stage_time, band, field,
    new, polynomial,
):  # fmt: skip
    """Coefficients of the interpolating polynomial of the last step: 7 blocks of the state's rows."""
    source = (integers, reals, scratch, environment)
    block = (t, h, sign, y, K, point, stage_time, band, field)
    _stage_13(geometry, count, source, block)
    _stage_14(geometry, count, source, block)
    _stage_15(geometry, count, source, block)
    for row in range(STATE):
        for l in range(W):
            place = row * W + l
            difference = new[place] - y[place]
            first, last = h[l] * K[place], h[l] * K[LAST_STAGE * ROWS + place]
            polynomial[place] = difference
            polynomial[ROWS + place] = first - difference
            polynomial[2 * ROWS + place] = 2.0 * difference - (last + first)
            polynomial[3 * ROWS + place] = h[l] * _dense_3(K, place)
            polynomial[4 * ROWS + place] = h[l] * _dense_4(K, place)
            polynomial[5 * ROWS + place] = h[l] * _dense_5(K, place)
            polynomial[6 * ROWS + place] = h[l] * _dense_6(K, place)
