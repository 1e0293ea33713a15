"""One adaptive step of DOP853 for a block of packets, and its dense output. The tableau is data."""

import math

from wavepacket.kernels.elementary import fma
from wavepacket.kernels.integrate import dop853_coefficients as tableau
from wavepacket.kernels.integrate.stages import make_increment, make_stage, make_sum
from wavepacket.kernels.jit.decorators import kernel, routine, scalar
from wavepacket.kernels.lanes import NOW, PATH, SIGN, STEP, TIME, begin_gaps, note_gaps, used_lanes
from wavepacket.kernels.layout import LANES, LAST_STAGE, STATE, STEP_SIGNATURE

W = LANES
BLOCK = STATE * W


_stage_1, _stage_2, _stage_3, _stage_4 = (make_stage(tableau.STAGES[i]) for i in (1, 2, 3, 4))
_stage_5, _stage_6, _stage_7, _stage_8 = (make_stage(tableau.STAGES[i]) for i in (5, 6, 7, 8))
_stage_9, _stage_10, _stage_11 = (make_stage(tableau.STAGES[i]) for i in (9, 10, 11))
_stage_13, _stage_14, _stage_15 = (make_stage(tableau.STAGES[i]) for i in (13, 14, 15))
_solution = make_stage(tableau.STAGES[12])
_error_3, _error_5 = make_sum(tableau.ERROR_3), make_sum(tableau.ERROR_5)
_dense_3, _dense_4 = make_increment(tableau.DENSE[0]), make_increment(tableau.DENSE[1])
_dense_5, _dense_6 = make_increment(tableau.DENSE[2]), make_increment(tableau.DENSE[3])
_NODES = tableau.NODES


@routine
def set_time(node, lanes, stage_time):
    """Times t + node h."""
    for l in range(len(stage_time)):
        stage_time[l] = fma(node, lanes[STEP * W + l], lanes[TIME * W + l])


@scalar
def evaluate(node, out, rates, geometry, count, source, block):
    """Rates of one stage at the stage point: one call of the right-hand side for the block.

    The rates depend on k only, so stage points hold nothing else.
    """
    integers, reals, scratch, environment = source
    lanes, point, stage_time, band, field = block
    set_time(node, lanes, stage_time)
    sign = lanes[SIGN * W : SIGN * W + len(stage_time)]
    rates(geometry, count, integers, reals, scratch, environment, stage_time, sign, point, band, field, out)
    note_gaps(lanes, band, len(stage_time))


@routine
def add_squares(K, dimension, inverse, e3, e5):
    """Add the squares of both error estimates of the first ``dimension`` components, times ``inverse``."""
    for row in range(dimension):
        for l in range(len(inverse)):
            place = row * W + l
            a, b = inverse[l] * _error_3(K, place), inverse[l] * _error_5(K, place)
            e3[l] += a * a
            e5[l] += b * b


@routine
def error_norm(lanes, K, new, inverse, e3, e5, dimension, scale, error):
    """Error estimate of each lane in units of the tolerance: |h| e5²/sqrt(e5² + 0.01 e3²).

    Hairer, Nørsett and Wanner (1993), section II.10. A position is measured by the length of its step, so that
    nothing depends on where a packet is; scale[1] is the smallest length that counts.
    """
    wavevector_scale, shortest, position_scale = scale[0], scale[1], scale[2]
    for l in range(len(inverse)):
        e3[l], e5[l], inverse[l] = 0.0, 1e-300, wavevector_scale
    add_squares(K, dimension, inverse, e3, e5)
    for l in range(len(inverse)):
        path = abs(new[3 * W + l] - lanes[(NOW + 3) * W + l]) + abs(new[4 * W + l] - lanes[(NOW + 4) * W + l])
        path = max(path + abs(new[5 * W + l] - lanes[(NOW + 5) * W + l]), lanes[PATH * W + l])
        lanes[PATH * W + l] = path
        inverse[l] = position_scale / (shortest + path)
    add_squares(K[3 * W :], dimension, inverse, e3, e5)
    for l in range(len(inverse)):
        error[l] = lanes[STEP * W + l] * e5[l] / math.sqrt(e5[l] + 0.01 * e3[l])


@kernel(STEP_SIGNATURE)
def dop853_step(
    rates, geometry, count, dimension, integers, reals, scratch, environment, scale, lanes, K, new, point, stage_time,
    band, field, error,
):  # fmt: skip
    """Advance every lane by its own h; ``error`` is the estimate in units of the tolerance."""
    used = used_lanes(count)
    source, block = (integers, reals, scratch, environment), (lanes, point, stage_time[:used], band, field)
    y, h = lanes[NOW * W : (NOW + STATE) * W], lanes[STEP * W : STEP * W + used]
    begin_gaps(lanes, used)
    _stage_1(y, h, K, dimension, point)
    evaluate(_NODES[1], K[BLOCK : 2 * BLOCK], rates, geometry, count, source, block)
    _stage_2(y, h, K, dimension, point)
    evaluate(_NODES[2], K[2 * BLOCK : 3 * BLOCK], rates, geometry, count, source, block)
    _stage_3(y, h, K, dimension, point)
    evaluate(_NODES[3], K[3 * BLOCK : 4 * BLOCK], rates, geometry, count, source, block)
    _stage_4(y, h, K, dimension, point)
    evaluate(_NODES[4], K[4 * BLOCK : 5 * BLOCK], rates, geometry, count, source, block)
    _stage_5(y, h, K, dimension, point)
    evaluate(_NODES[5], K[5 * BLOCK : 6 * BLOCK], rates, geometry, count, source, block)
    _stage_6(y, h, K, dimension, point)
    evaluate(_NODES[6], K[6 * BLOCK : 7 * BLOCK], rates, geometry, count, source, block)
    _stage_7(y, h, K, dimension, point)
    evaluate(_NODES[7], K[7 * BLOCK : 8 * BLOCK], rates, geometry, count, source, block)
    _stage_8(y, h, K, dimension, point)
    evaluate(_NODES[8], K[8 * BLOCK : 9 * BLOCK], rates, geometry, count, source, block)
    _stage_9(y, h, K, dimension, point)
    evaluate(_NODES[9], K[9 * BLOCK : 10 * BLOCK], rates, geometry, count, source, block)
    _stage_10(y, h, K, dimension, point)
    evaluate(_NODES[10], K[10 * BLOCK : 11 * BLOCK], rates, geometry, count, source, block)
    _stage_11(y, h, K, dimension, point)
    evaluate(_NODES[11], K[11 * BLOCK : 12 * BLOCK], rates, geometry, count, source, block)
    _solution(y, h, K, dimension, new)
    _solution(y[3 * W :], h, K[3 * W :], dimension, new[3 * W :])
    block = (lanes, new[: 3 * W], stage_time[:used], band, field)
    last = K[LAST_STAGE * BLOCK : (LAST_STAGE + 1) * BLOCK]
    evaluate(1.0, last, rates, geometry, count, source, block)
    # The stage points have served: their rows hold the parts of the error.
    inverse, e3, e5 = point[:used], point[W : 2 * W], point[2 * W :]
    error_norm(lanes, K, new, inverse, e3, e5, dimension, scale, error)


@routine
def hermite(y, new, h, K, dimension, polynomial):
    """The first three coefficients of the interpolating polynomial, from the states and rates at both ends."""
    for row in range(dimension):
        for l in range(len(h)):
            place = row * W + l
            change = new[place] - y[place]
            begin, end = h[l] * K[place], h[l] * K[LAST_STAGE * BLOCK + place]
            polynomial[place] = change
            polynomial[BLOCK + place] = begin - change
            polynomial[2 * BLOCK + place] = 2.0 * change - (end + begin)


@routine
def dense_half(y, new, h, K, dimension, polynomial):
    """Coefficients for the wavevector or, through views shifted by three rows, the position."""
    hermite(y, new, h, K, dimension, polynomial)
    _dense_3(h, K, dimension, polynomial[3 * BLOCK :])
    _dense_4(h, K, dimension, polynomial[4 * BLOCK :])
    _dense_5(h, K, dimension, polynomial[5 * BLOCK :])
    _dense_6(h, K, dimension, polynomial[6 * BLOCK :])


@kernel(STEP_SIGNATURE)
def dop853_dense(
    rates, geometry, count, dimension, integers, reals, scratch, environment, scale, lanes, K, new, point, stage_time,
    band, field, polynomial,
):  # fmt: skip
    """Coefficients of the interpolating polynomial of the last step: 7 blocks of the state's rows."""
    used = used_lanes(count)
    source, block = (integers, reals, scratch, environment), (lanes, point, stage_time[:used], band, field)
    y, h = lanes[NOW * W : (NOW + STATE) * W], lanes[STEP * W : STEP * W + used]
    _stage_13(y, h, K, dimension, point)
    evaluate(_NODES[13], K[13 * BLOCK : 14 * BLOCK], rates, geometry, count, source, block)
    _stage_14(y, h, K, dimension, point)
    evaluate(_NODES[14], K[14 * BLOCK : 15 * BLOCK], rates, geometry, count, source, block)
    _stage_15(y, h, K, dimension, point)
    evaluate(_NODES[15], K[15 * BLOCK : 16 * BLOCK], rates, geometry, count, source, block)
    dense_half(y, new, h, K, dimension, polynomial)
    dense_half(y[3 * W :], new[3 * W :], h, K[3 * W :], dimension, polynomial[3 * W :])
