"""Profiles that are a direction n: functions of their numbers, the place and the time, as in ``profiles.py``."""

import math

from wavepacket.kernels.elementary import fma, round_to_integer, sine_cosine
from wavepacket.kernels.jit.decorators import inner
from wavepacket.kernels.motion.fields import ramp_profile
from wavepacket.kernels.motion.jets import (
    chain,
    constant,
    direction_of,
    on_circle,
    phase,
    ramp,
    scaled,
    smooth,
)

_NARROW = 1e-12  # Å: nearer than this to the axis of a skyrmion there is no direction


@inner
def helix(n, x, t):
    """N = (sin β cos ψ, sin β sin ψ, cos β), ψ = q·x - ωt + φ; numbers: cos β, sin β, q, ω, φ, half a wavelength."""
    c, s = phase((n[2], n[3]), n[4], n[5], x, t)
    return (scaled(n[1], c), scaled(n[1], s), constant(n[0])), n[6]


@inner
def domain_wall(n, x, t):
    """N = (sin θ cos ψ, sin θ sin ψ, cos θ), θ = π s(e·x/width), ψ = q·x - ωt + φ; numbers: e, 1/width, q, ω, φ,
    half a wavelength.
    """
    s, far = ramp((n[0], n[1]), n[2], x)
    angle = scaled(math.pi, s)
    sine, cosine = sine_cosine(angle[0])
    polar = on_circle(sine, cosine, angle)
    return direction_of(polar, phase((n[3], n[4]), n[5], n[6], x, t)), min(far, n[7])


@inner
def cosine_rises(u):
    """(f, f′, f″) of cos θ = 2s(u) - 1 and of sin θ = 2√(s (1 - s))."""
    s, slope, bend = smooth(u)
    rest, turn = ramp_profile(1.0 - u, True), fma(-2.0, s, 1.0)  # 1 - s would lose its digits near the edge
    g, g1, g2 = s * rest, slope * turn, fma(bend, turn, -2.0 * slope * slope)
    root = math.sqrt(g)
    inverse = 1.0 / max(root, 1e-100)
    return (
        (fma(2.0, s, -1.0), 2.0 * slope, 2.0 * bend),
        (2.0 * root, g1 * inverse, fma(-0.5 * g1 * inverse, g1 * inverse * inverse, g2 * inverse)),
    )


@inner
def powers(cosine, sine, winding):
    """Cosine and sine of winding times an angle, for windings from -3 to 3."""
    size = abs(winding)
    odd, twice = size == 1.0 or size == 3.0, size >= 2.0
    a, b = cosine if odd else 1.0, sine if odd else 0.0
    c, d = fma(cosine, cosine, -sine * sine) if twice else 1.0, 2.0 * cosine * sine if twice else 0.0
    s = fma(a, d, b * c)
    return fma(a, c, -b * d), -s if winding < 0.0 else s


@inner
def nearest(x, period, inverse):
    """Place in the cell around the nearest point of a lattice; without one (inverse 0) the place itself."""
    return fma(-period, round_to_integer(x * inverse), x)


@inner
def around(n, x):
    """Of a centre: jet of u = 1 - (radius - ρ)/wall, those of cos φ and sin φ, φ = winding · azimuth + helicity, the reach.

    Numbers: radius, radius - wall, 1/wall, winding, cos and sin of the helicity, periods along x and y and their inverses
    (0 without).
    """
    x, y = nearest(x[0], n[6], n[8]), nearest(x[1], n[7], n[9])
    rho = math.sqrt(fma(x, x, fma(y, y, _NARROW * _NARROW)))
    inverse = 1.0 / rho
    cosine, sine = x * inverse, y * inverse
    bent = n[2] * inverse
    radial = (
        (rho - n[1]) * n[2], n[2] * cosine, n[2] * sine, 0.0, bent * sine * sine, -bent * cosine * sine,
        bent * cosine * cosine,
    )  # fmt: skip
    turn, again = n[3] * inverse, n[3] * inverse * inverse
    azimuth = (
        0.0, -turn * sine, turn * cosine, 0.0, 2.0 * again * sine * cosine, again * fma(sine, sine, -cosine * cosine),
        -2.0 * again * sine * cosine,
    )  # fmt: skip
    a, b = powers(cosine, sine, n[3])
    far = 0.5 * n[0]
    if n[8] == 0.0 and n[9] == 0.0:
        far = max(rho - n[0], far)
    return radial, on_circle(fma(b, n[4], a * n[5]), fma(a, n[4], -b * n[5]), azimuth), far


@inner
def skyrmion(n, x, t):
    """N with cos θ from -polarity at the centre to polarity at the radius; numbers: as of ``around``, polarity."""
    radial, azimuth, far = around(n, x)
    c, s = cosine_rises(radial[0])
    return direction_of((scaled(n[10], chain(c, radial)), chain(s, radial)), azimuth), far


@inner
def swirl(n, x, t):
    """N with θ = first + turn s(u): a skyrmion by its angle, a vortex; numbers: as of ``around``, first, turn."""
    radial, azimuth, far = around(n, x)
    s, slope, bend = smooth(radial[0])
    sine, cosine = sine_cosine(fma(n[11], s, n[10]))
    angle = chain((s, n[11] * slope, n[11] * bend), radial)
    return direction_of(on_circle(sine, cosine, angle), azimuth), far
