"""One step of any explicit Runge-Kutta method with a fixed step, its tableau in numbers behind ``scale``.

Hairer, Nørsett and Wanner, Solving Ordinary Differential Equations I (1993), definition 1.1 of section II.1.
"""

from wavepacket.kernels.elementary import fma
from wavepacket.kernels.jit.decorators import kernel, routine
from wavepacket.kernels.lanes import NOW, SIGN, STEP, TIME, begin_gaps, note_gaps, used_lanes
from wavepacket.kernels.layout import LANES, LAST_STAGE, STATE, STEP_SIGNATURE

W = LANES
BLOCK = STATE * W

COUNT = (
    3  # place in ``scale`` of the number of stages s; then s nodes, s rows of s coefficients, and s weights
)


@routine
def combine(y, h, K, row, stages, dimension, out):
    """Set out = y + h Σ_j row_j K_j for the first ``dimension`` rows; see `stages.make_stage`."""
    for i in range(dimension):
        for l in range(len(h)):
            total = 0.0
            for j in range(stages):
                total = fma(row[j], K[j * BLOCK + i * W + l], total)
            out[i * W + l] = fma(h[l], total, y[i * W + l])


@kernel(STEP_SIGNATURE)
def tableau_step(
    rates, geometry, count, dimension, integers, reals, scratch, environment, scale, lanes, K, new, point, stage_time,
    band, field, error,
):  # fmt: skip
    """Advance every lane by its own h; a fixed-step method has no error estimate, so ``error`` is zero."""
    used, stages = used_lanes(count), int(scale[COUNT])
    nodes, rows = scale[COUNT + 1 : COUNT + 1 + stages], scale[COUNT + 1 + stages :]
    sign, h = lanes[SIGN * W : SIGN * W + used], lanes[STEP * W : STEP * W + used]
    y, t = lanes[NOW * W : (NOW + STATE) * W], stage_time[:used]
    begin_gaps(lanes, used)
    for i in range(1, stages):
        combine(y, h, K, rows[i * stages :], i, dimension, point)
        for l in range(used):
            t[l] = fma(nodes[i], h[l], lanes[TIME * W + l])
        out = K[i * BLOCK : (i + 1) * BLOCK]
        rates(geometry, count, integers, reals, scratch, environment, t, sign, point, band, field, out)
        note_gaps(lanes, band, used)
    weights = rows[stages * stages :]
    combine(y, h, K, weights, stages, dimension, new)
    combine(y[3 * W :], h, K[3 * W :], weights, stages, dimension, new[3 * W :])
    for l in range(used):
        t[l], error[l] = lanes[TIME * W + l] + h[l], 0.0
    k, last = new[: 3 * W], K[LAST_STAGE * BLOCK : (LAST_STAGE + 1) * BLOCK]
    rates(geometry, count, integers, reals, scratch, environment, t, sign, k, band, field, last)
    note_gaps(lanes, band, used)
