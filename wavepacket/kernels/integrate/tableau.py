"""Any explicit Runge-Kutta method of a config: its tableau in numbers behind ``scale``, read as the step runs.

With an embedded formula it has an error estimate, and its steps end at the saves: a cubic between them would be less exact
than the ends of steps by orders of magnitude.

Hairer, Nørsett and Wanner, Solving Ordinary Differential Equations I (1993), definition 1.1 of section II.1.
"""

import math

from wavepacket.kernels.elementary import fma
from wavepacket.kernels.integrate.error_norm import no_error, path_norm
from wavepacket.kernels.integrate.runge_kutta import cubic_interpolant, make_method
from wavepacket.kernels.jit.decorators import routine, scalar
from wavepacket.kernels.layout import LANES, LAST_STAGE, STATE

W = LANES
BLOCK = STATE * W

# Place in ``scale`` of the number of stages s; then s nodes, s rows of s coefficients, and s weights. With an embedded
# formula then s + 1 weights of the error, the last of the rates at the end of the step, and 8/q for an error of order q.
COUNT = 3
NODES = COUNT + 1


@scalar
def _count(scale):
    return int(scale[COUNT])


@scalar
def _node(i, scale):
    return scale[NODES + i] if i < _count(scale) else 1.0


@routine
def _combine(i, scale, y, h, K, rows, out):
    """Set out = y + h Σ_j a_ij K_j for the first ``rows`` rows; row s of the coefficients are the weights."""
    stages = _count(scale)
    row = scale[NODES + (i + 1) * stages :]
    for r in range(rows):
        for l in range(len(h)):
            total = 0.0
            for j in range(i):
                total = fma(row[j], K[j * BLOCK + r * W + l], total)
            out[r * W + l] = fma(h[l], total, y[r * W + l])


@scalar
def _errors(scale):
    """Place of the weights of the error, which is the end where there are none."""
    stages = _count(scale)
    return NODES + stages * (stages + 2)


@routine
def _add_squares(scale, K, rows, inverse, _, squares):
    """Add the squares of the error estimate of the first ``rows`` rows, times ``inverse``."""
    stages, weights = _count(scale), scale[_errors(scale) :]
    for r in range(rows):
        for l in range(len(inverse)):
            total = weights[stages] * K[LAST_STAGE * BLOCK + r * W + l]
            for j in range(stages):
                total = fma(weights[j], K[j * BLOCK + r * W + l], total)
            squares[l] += (inverse[l] * total) * (inverse[l] * total)


@routine
def _close(scale, h, _, squares, error):
    """H times the root of the squares, to the power 8/q: the step control takes the eighth root of every error."""
    power = scale[len(scale) - 1]
    for l in range(len(h)):
        error[l] = math.exp(power * math.log(h[l] * math.sqrt(squares[l]))) if h[l] > 0.0 else 0.0


_embedded_norm = path_norm((_add_squares, _close))


@routine
def _norm(lanes, K, new, point, scale, sizes, used, error):
    if _errors(scale) < len(scale):
        _embedded_norm(lanes, K, new, point, scale, sizes, used, error)
    else:
        no_error(lanes, K, new, point, scale, sizes, used, error)


tableau = make_method((_count, _node, _combine), _norm, cubic_interpolant())
