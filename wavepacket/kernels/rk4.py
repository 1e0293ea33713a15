"""One step of the classical Runge-Kutta method of order 4, for convergence studies with a fixed step.

W. Kutta's method; Hairer, Nørsett and Wanner, Solving Ordinary Differential Equations I (1993), table 1.2 of section II.1.
"""

from wavepacket.kernels._jit import kernel
from wavepacket.kernels.layout import LANES, LAST_STAGE, STATE, STEP_SIGNATURE
from wavepacket.kernels.motion import rates
from wavepacket.kernels.stages import make_stage

W = LANES
ROWS = STATE * W

_half_1 = make_stage({0: 0.5}, 3)
_half_2 = make_stage({1: 0.5}, 3)
_full_3 = make_stage({2: 1.0}, 3)
_solution = make_stage({0: 1 / 6, 1: 1 / 3, 2: 1 / 3, 3: 1 / 6}, STATE)


@kernel(STEP_SIGNATURE)
def rk4_step(
    geometry, count, integers, reals, scratch, environment, scale, t, h, sign, y, K, point, stage_time, band, field,
    new, error,
):  # fmt: skip
    """Advance every lane by its own h; a fixed-step method has no error estimate, so ``error`` is zero."""
    for l in range(W):
        stage_time[l] = t[l] + 0.5 * h[l]
        error[l] = 0.0
    _half_1(y, K, h, point)
    out = K[ROWS : 2 * ROWS]
    rates(geometry, count, integers, reals, scratch, environment, stage_time, sign, point, band, field, out)
    _half_2(y, K, h, point)
    out = K[2 * ROWS : 3 * ROWS]
    rates(geometry, count, integers, reals, scratch, environment, stage_time, sign, point, band, field, out)
    for l in range(W):
        stage_time[l] = t[l] + h[l]
    _full_3(y, K, h, point)
    out = K[3 * ROWS : 4 * ROWS]
    rates(geometry, count, integers, reals, scratch, environment, stage_time, sign, point, band, field, out)
    _solution(y, K, h, new)
    k, last = new[: 3 * W], K[LAST_STAGE * ROWS : (LAST_STAGE + 1) * ROWS]
    rates(geometry, count, integers, reals, scratch, environment, stage_time, sign, k, band, field, last)
