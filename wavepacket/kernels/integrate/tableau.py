"""Any explicit Runge-Kutta method of a config: its tableau in numbers behind ``scale``, read as the step runs.

Hairer, Nørsett and Wanner, Solving Ordinary Differential Equations I (1993), definition 1.1 of section II.1.
"""

from wavepacket.kernels.elementary import fma
from wavepacket.kernels.integrate.error_norm import no_error
from wavepacket.kernels.integrate.runge_kutta import cubic_interpolant, make_method
from wavepacket.kernels.jit.decorators import routine, scalar
from wavepacket.kernels.layout import LANES, STATE

W = LANES
BLOCK = STATE * W

# Place in ``scale`` of the number of stages s; then s nodes, s rows of s coefficients, and s weights.
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


tableau = make_method((_count, _node, _combine), no_error, cubic_interpolant())
