"""DOP853 for packets in free flight: the rows of ``motion/flight.py``, with the error of their integrals."""

from wavepacket.kernels.integrate import dop853_coefficients as numbers
from wavepacket.kernels.integrate.error_norm import pair_of_estimates
from wavepacket.kernels.integrate.runge_kutta import compiled_table, interpolant, make_method
from wavepacket.kernels.jit.decorators import routine, scalar
from wavepacket.kernels.lanes import STEP
from wavepacket.kernels.layout import LANES, LAST_STAGE, STAGES
from wavepacket.kernels.motion.flight import ANOMALOUS, BAND, EXPONENT, LIFETIME, ROWS, SINE

W = LANES
BLOCK = ROWS * W

_add_squares, _close = pair_of_estimates(numbers.ERROR_3, numbers.ERROR_5, BLOCK)


@scalar
def _stage_time(node, h, t):
    """Node times h plus t, rounded twice: the last bit of stored currents in an alternating field hangs on it."""
    return t + node * h


@routine
def _add_integrals(parts, row, rows, least):
    """Errors of one integral and its twin with sin ωt, against its own size and what the step adds to it."""
    h, scale, K, new, inverse, e3, e5 = parts
    last = K[LAST_STAGE * BLOCK :]
    for l in range(len(inverse)):
        size = least
        for c in range(rows):
            place = (row + c) * W + l
            twin = place + SINE * W
            size += abs(new[place]) + abs(new[twin]) + h[l] * (abs(last[place]) + abs(last[twin]))
        inverse[l] = scale[2] / size
    _add_squares(scale, K[row * W :], rows, inverse, e3, e5)
    _add_squares(scale, K[(row + SINE) * W :], rows, inverse, e3, e5)


@routine
def flight_norm(lanes, K, new, point, scale, sizes, used, error):
    """Errors of k, of the exponent and of each integral; the path serves the check of energy alone."""
    # The stage points have served: their rows hold the parts of the error.
    inverse, e3, e5 = point[:used], point[W : 2 * W], point[2 * W :]
    h = lanes[STEP * W : STEP * W + used]
    for l in range(len(inverse)):
        e3[l], e5[l], inverse[l] = 0.0, 1e-300, scale[0]
    _add_squares(scale, K, 3, inverse, e3, e5)
    for l in range(len(inverse)):
        inverse[l] = scale[2]
    _add_squares(scale, K[EXPONENT * W :], 1, inverse, e3, e5)
    parts = (h, scale, K, new, inverse, e3, e5)
    _add_integrals(parts, LIFETIME, 1, 1e-200)
    for row in range(BAND, ANOMALOUS + 1, 3):
        least = 1e-200 if scale[3] > 0.0 and row == ANOMALOUS else scale[1]
        _add_integrals(parts, row, 3, least)
    _close(scale, h, e3, e5, error)


flight = make_method(
    compiled_table(numbers.STAGES, numbers.NODES, LAST_STAGE, BLOCK),
    flight_norm,
    interpolant(numbers.DENSE, range(LAST_STAGE + 1, STAGES), BLOCK),
    stride=BLOCK,
    interpolated=1,
    stage_time=_stage_time,
)
