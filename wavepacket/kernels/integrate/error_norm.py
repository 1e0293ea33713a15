"""The error of a step in units of the tolerance: what a method estimates, and how each row of the state is measured."""

import math
from collections.abc import Mapping
from typing import Any

from wavepacket.kernels.integrate.runge_kutta import make_sum
from wavepacket.kernels.jit.decorators import routine
from wavepacket.kernels.lanes import NOW, PATH, STEP
from wavepacket.kernels.layout import INTEGRATED, LANES, STATE

W = LANES


def pair_of_estimates(
    low: Mapping[int, float], high: Mapping[int, float], stride: int = STATE * W
) -> tuple[Any, Any]:
    """Compiled sums of squares of two error estimates, and the error h e5²/sqrt(e5² + 0.01 e3²) made of them.

    Hairer, Nørsett and Wanner (1993), section II.10.
    """
    error_3, error_5 = make_sum(low, stride), make_sum(high, stride)

    @routine
    def add_squares(scale, K, rows, inverse, e3, e5):
        """Add the squares of both error estimates of the first ``rows`` rows, times ``inverse``."""
        for row in range(rows):
            for l in range(len(inverse)):
                place = row * W + l
                a, b = inverse[l] * error_3(K, place), inverse[l] * error_5(K, place)
                e3[l] += a * a
                e5[l] += b * b

    @routine
    def close(scale, h, e3, e5, error):
        for l in range(len(h)):
            error[l] = h[l] * e5[l] / math.sqrt(e5[l] + 0.01 * e3[l])

    return add_squares, close


@routine
def no_error(lanes, K, new, point, scale, sizes, used, error):
    """A fixed-step method has no error estimate."""
    for l in range(used):
        error[l] = 0.0


def path_norm(estimates: tuple[Any, Any]) -> Any:
    """Compiled norm of k and r.

    A position is measured by the length of its step, so that nothing depends on where a packet is; scale[1] is the
    smallest length that counts.
    """
    add_squares, close = estimates

    @routine
    def norm(lanes, K, new, point, scale, sizes, used, error):
        # The stage points have served: their rows hold the parts of the error.
        inverse, e3, e5 = point[:used], point[W : 2 * W], point[2 * W :]
        wavevector_scale, shortest, position_scale = scale[0], scale[1], scale[2]
        for l in range(len(inverse)):
            e3[l], e5[l], inverse[l] = 0.0, 1e-300, wavevector_scale
        add_squares(scale, K, sizes[INTEGRATED], inverse, e3, e5)
        for l in range(len(inverse)):
            x, y = new[3 * W + l] - lanes[(NOW + 3) * W + l], new[4 * W + l] - lanes[(NOW + 4) * W + l]
            path = abs(x) + abs(y)
            path = max(path + abs(new[5 * W + l] - lanes[(NOW + 5) * W + l]), lanes[PATH * W + l])
            lanes[PATH * W + l] = path
            inverse[l] = position_scale / (shortest + path)
        add_squares(scale, K[3 * W :], sizes[INTEGRATED + 1], inverse, e3, e5)
        close(scale, lanes[STEP * W : STEP * W + used], e3, e5, error)

    return norm
