"""One step of the classical Runge-Kutta method of order 4, for convergence studies with a fixed step.

W. Kutta's method; Hairer, Nørsett and Wanner, Solving Ordinary Differential Equations I (1993), table 1.2 of section II.1.
"""

from wavepacket.kernels.integrate.stages import make_stage
from wavepacket.kernels.jit.decorators import kernel, routine
from wavepacket.kernels.lanes import NOW, SIGN, STEP, TIME, begin_gaps, note_gaps, used_lanes
from wavepacket.kernels.layout import LANES, LAST_STAGE, STATE, STEP_SIGNATURE

W = LANES
BLOCK = STATE * W

_half_1 = make_stage({0: 0.5})
_half_2 = make_stage({1: 0.5})
_full_3 = make_stage({2: 1.0})
_solution = make_stage({0: 1 / 6, 1: 1 / 3, 2: 1 / 3, 3: 1 / 6})


@routine
def evaluate(rates, geometry, count, source, sign, lanes, stage_time, k, band, field, out):
    """Rates at one stage point."""
    integers, reals, scratch, environment = source
    rates(geometry, count, integers, reals, scratch, environment, stage_time, sign, k, band, field, out)
    note_gaps(lanes, band, len(sign))


@kernel(STEP_SIGNATURE)
def rk4_step(
    rates, geometry, count, dimension, integers, reals, scratch, environment, scale, lanes, K, new, point, stage_time,
    band, field, error,
):  # fmt: skip
    """Advance every lane by its own h; a fixed-step method has no error estimate, so ``error`` is zero."""
    used = used_lanes(count)
    source, sign = (integers, reals, scratch, environment), lanes[SIGN * W : SIGN * W + used]
    y, h = lanes[NOW * W : (NOW + STATE) * W], lanes[STEP * W : STEP * W + used]
    for l in range(used):
        stage_time[l] = lanes[TIME * W + l] + 0.5 * lanes[STEP * W + l]
        error[l] = 0.0
    begin_gaps(lanes, used)
    _half_1(y, h, K, dimension, point)
    evaluate(
        rates, geometry, count, source, sign, lanes, stage_time, point, band, field, K[BLOCK : 2 * BLOCK]
    )
    _half_2(y, h, K, dimension, point)
    evaluate(
        rates, geometry, count, source, sign, lanes, stage_time, point, band, field, K[2 * BLOCK : 3 * BLOCK]
    )
    for l in range(used):
        stage_time[l] = lanes[TIME * W + l] + lanes[STEP * W + l]
    _full_3(y, h, K, dimension, point)
    evaluate(
        rates, geometry, count, source, sign, lanes, stage_time, point, band, field, K[3 * BLOCK : 4 * BLOCK]
    )
    _solution(y, h, K, dimension, new)
    _solution(y[3 * W :], h, K[3 * W :], dimension, new[3 * W :])
    k, last = new[: 3 * W], K[LAST_STAGE * BLOCK : (LAST_STAGE + 1) * BLOCK]
    evaluate(rates, geometry, count, source, sign, lanes, stage_time, k, band, field, last)
