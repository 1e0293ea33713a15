"""Profiles that are a strain (u_xx, u_yy, u_xy): functions of numbers, the place and the time, as in ``profiles.py``."""

import math

from wavepacket.kernels.elementary import exponential, fma
from wavepacket.kernels.jit.decorators import inner
from wavepacket.kernels.motion.jets import product


@inner
def uneven_strain(n, x, t):
    """A strain that grows evenly; numbers: its value at the centre (xx, yy, xy), then the gradient of each."""
    xx = (fma(n[3], x[0], fma(n[4], x[1], n[0])), n[3], n[4], 0.0, 0.0, 0.0, 0.0)
    yy = (fma(n[5], x[0], fma(n[6], x[1], n[1])), n[5], n[6], 0.0, 0.0, 0.0, 0.0)
    xy = (fma(n[7], x[0], fma(n[8], x[1], n[2])), n[7], n[8], 0.0, 0.0, 0.0, 0.0)
    return (xx, yy, xy), math.inf


@inner
def bump(n, x, t):
    """½ ∂_ih ∂_jh of a height h = A exp(-ρ²/2w²): A²/(2w²) X_i X_j exp(-X²) with X = x/w; numbers: A²/(2w²), 1/w, w."""
    w = n[1]
    a, b = w * x[0], w * x[1]
    g = n[0] * exponential(-fma(a, a, b * b))
    h, k = -2.0 * w * g, 2.0 * w * w * g
    height = (g, a * h, b * h, 0.0, fma(2.0 * a, a, -1.0) * k, 2.0 * a * b * k, fma(2.0 * b, b, -1.0) * k)
    xx = (a * a, 2.0 * a * w, 0.0, 0.0, 2.0 * w * w, 0.0, 0.0)
    yy = (b * b, 0.0, 2.0 * b * w, 0.0, 0.0, 0.0, 2.0 * w * w)
    xy = (a * b, b * w, a * w, 0.0, 0.0, w * w, 0.0)
    far = 0.5 * max(math.sqrt(fma(x[0], x[0], x[1] * x[1])), n[2])
    return (product(height, xx), product(height, yy), product(height, xy)), far
