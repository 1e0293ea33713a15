"""Jets of functions of place and time, (f, ∂_xf, ∂_yf, ∂_tf, ∂_x∂_xf, ∂_x∂_yf, ∂_y∂_yf), and rules for them."""

import math

from wavepacket.kernels.elementary import fma, sine_cosine
from wavepacket.kernels.jit.decorators import inner
from wavepacket.kernels.motion.fields import ramp_profile


@inner
def smooth(u):
    """s(u) = 6u⁵ - 15u⁴ + 10u³ between 0 and 1, flat outside, and its first two derivatives."""
    y = min(max(u, 0.0), 1.0)
    down = 1.0 - y
    both = y * down
    return ramp_profile(y, True), 30.0 * both * both, 60.0 * both * (down - y)


@inner
def chain(f, u):
    """Jet of f(u) from (f, f′, f″) and the jet of u."""
    value, slope, bend = f
    _, x, y, t, xx, xy, yy = u
    bx, by = bend * x, bend * y
    return (
        value,
        slope * x,
        slope * y,
        slope * t,
        fma(bx, x, slope * xx),
        fma(bx, y, slope * xy),
        fma(by, y, slope * yy),
    )


@inner
def product(a, b):
    """Jet of a b."""
    return (
        a[0] * b[0], fma(a[0], b[1], a[1] * b[0]), fma(a[0], b[2], a[2] * b[0]), fma(a[0], b[3], a[3] * b[0]),
        fma(a[0], b[4], fma(2.0 * a[1], b[1], a[4] * b[0])),
        fma(a[0], b[5], fma(a[1], b[2], fma(a[2], b[1], a[5] * b[0]))),
        fma(a[0], b[6], fma(2.0 * a[2], b[2], a[6] * b[0])),
    )  # fmt: skip


@inner
def added(a, b):
    """Jet of a + b."""
    return a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3], a[4] + b[4], a[5] + b[5], a[6] + b[6]


@inner
def scaled(s, a):
    """Jet of s a for a number s."""
    return s * a[0], s * a[1], s * a[2], s * a[3], s * a[4], s * a[5], s * a[6]


@inner
def on_circle(sine, cosine, angle):
    """Jets of cos and sin of an angle, of which the sine, the cosine and the jet (but for its value) are given."""
    return chain((cosine, -sine, -cosine), angle), chain((sine, cosine, -sine), angle)


@inner
def direction_of(polar, azimuth):
    """Jets of the unit vector from those of (cos θ, sin θ) and (cos φ, sin φ)."""
    return product(polar[1], azimuth[0]), product(polar[1], azimuth[1]), polar[0]


@inner
def unit_vector(a, b, c):
    """Jets of (a, b, c)/√(a² + b² + c²)."""
    square = added(product(a, a), added(product(b, b), product(c, c)))
    inverse = 1.0 / max(square[0], 1e-100)
    root = math.sqrt(inverse)
    slope = -0.5 * root * inverse
    over = chain((root, slope, -1.5 * slope * inverse), square)
    return product(a, over), product(b, over), product(c, over)


@inner
def constant(value):
    """Jet of a number."""
    return value, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0


@inner
def phase(q, frequency, offset, x, t):
    """Jets of the cosine and the sine of q·x - ωt + φ."""
    sine, cosine = sine_cosine(fma(q[0], x[0], fma(q[1], x[1], fma(-frequency, t, offset))))
    return on_circle(sine, cosine, (0.0, q[0], q[1], -frequency, 0.0, 0.0, 0.0))


@inner
def ramp(direction, inverse, x):
    """Jet of s(e·x/width), and the reach; inverse is 1/width."""
    ex, ey = direction[0] * inverse, direction[1] * inverse
    u = fma(ex, x[0], ey * x[1])
    far = max(max(-u, u - 1.0), 1.0) / inverse
    return chain(smooth(u), (u, ex, ey, 0.0, 0.0, 0.0, 0.0)), far
