"""Profiles of textures, λ(r, t) in the plane: the parameters of H(k, λ), with the derivatives that the motion needs.

A kind is a function of its numbers, the place x = r - c - vt in a frame that moves with it (Å) and the time (fs), listed in
KINDS. It returns a jet, as in ``jets.py``, for each component, and the reach (Å), as a potential has it. Its ∂_t is that at
a place that moves along: `put_jet` adds what the motion of the frame does.
"""

import math
from collections.abc import Callable
from typing import Any

from wavepacket.kernels.elementary import fma, round_to_integer, sine_cosine
from wavepacket.kernels.jit.decorators import routine, scalar
from wavepacket.kernels.lanes import used_lanes
from wavepacket.kernels.layout import LANES
from wavepacket.kernels.motion.fields import ramp_profile
from wavepacket.kernels.motion.jets import chain, constant, direction_of, on_circle, scaled, smooth

W = LANES

JET = 7
# Places in a profile: its kind, the number of its first component, the factor of all, centre and velocity in the plane, and
# the numbers of the kind. The length is the same for all kinds.
KIND, COMPONENT, STRENGTH, CENTER, VELOCITY, NUMBERS, PROFILE = 0, 1, 2, 3, 5, 7, 18
_NARROW = 1e-12  # Å: nearer than this to the axis of a skyrmion there is no direction


@scalar
def phase(q, frequency, offset, x, t):
    """Jets of the cosine and the sine of q·x - ωt + φ."""
    sine, cosine = sine_cosine(fma(q[0], x[0], fma(q[1], x[1], fma(-frequency, t, offset))))
    return on_circle(sine, cosine, (0.0, q[0], q[1], -frequency, 0.0, 0.0, 0.0))


@scalar
def ramp(direction, inverse, x):
    """Jet of s(e·x/width), and the reach; inverse is 1/width."""
    ex, ey = direction[0] * inverse, direction[1] * inverse
    u = fma(ex, x[0], ey * x[1])
    far = max(max(-u, u - 1.0), 1.0) / inverse
    return chain(smooth(u), (u, ex, ey, 0.0, 0.0, 0.0, 0.0)), far


@scalar
def linear(n, x, t):
    """λ = offset + g·x + rate t; numbers: offset, g, rate."""
    value = fma(n[1], x[0], fma(n[2], x[1], fma(n[3], t, n[0])))
    return ((value, n[1], n[2], n[3], 0.0, 0.0, 0.0),), math.inf


@scalar
def wave(n, x, t):
    """λ = offset + A cos(q·x - ωt + φ); numbers: offset, A, q, ω, φ, half a wavelength."""
    cosine = scaled(n[1], phase((n[2], n[3]), n[4], n[5], x, t)[0])
    return ((n[0] + cosine[0], *cosine[1:]),), n[6]


@scalar
def step(n, x, t):
    """λ = low + change s(e·x/width); numbers: low, change, e, 1/width."""
    s, far = ramp((n[2], n[3]), n[4], x)
    rise = scaled(n[1], s)
    return ((n[0] + rise[0], *rise[1:]),), far


@scalar
def loop(n, x, t):
    """(A cos α, B sin α), α = φ + turn s(e·x/width); numbers: A, B, turn (rad), e, 1/width, φ."""
    s, far = ramp((n[3], n[4]), n[5], x)
    angle = scaled(n[2], s)
    sine, cosine = sine_cosine(angle[0] + n[6])
    first, second = on_circle(sine, cosine, angle)
    return (scaled(n[0], first), scaled(n[1], second)), far


@scalar
def helix(n, x, t):
    """N = (sin β cos ψ, sin β sin ψ, cos β), ψ = q·x - ωt + φ; numbers: cos β, sin β, q, ω, φ, half a wavelength."""
    c, s = phase((n[2], n[3]), n[4], n[5], x, t)
    return (scaled(n[1], c), scaled(n[1], s), constant(n[0])), n[6]


@scalar
def domain_wall(n, x, t):
    """N = (sin θ cos ψ, sin θ sin ψ, cos θ), θ = π s(e·x/width), ψ = q·x - ωt + φ; numbers: e, 1/width, q, ω, φ,
    half a wavelength.
    """
    s, far = ramp((n[0], n[1]), n[2], x)
    angle = scaled(math.pi, s)
    sine, cosine = sine_cosine(angle[0])
    polar = on_circle(sine, cosine, angle)
    return direction_of(polar, phase((n[3], n[4]), n[5], n[6], x, t)), min(far, n[7])


@scalar
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


@scalar
def angle_falls(u):
    """The same where θ = π (1 - s(u))."""
    s, slope, bend = smooth(u)
    sine, cosine = sine_cosine(math.pi * (1.0 - s))
    a, b = -math.pi * slope, -math.pi * bend
    return (cosine, -sine * a, fma(-cosine * a, a, -sine * b)), (
        sine,
        cosine * a,
        fma(-sine * a, a, cosine * b),
    )


@scalar
def powers(cosine, sine, winding):
    """Cosine and sine of winding times an angle, for windings from -3 to 3."""
    size = abs(winding)
    c2, s2 = fma(cosine, cosine, -sine * sine), 2.0 * cosine * sine
    a, b = (cosine, sine) if size == 1.0 or size == 3.0 else (1.0, 0.0)
    c, d = (c2, s2) if size >= 2.0 else (1.0, 0.0)
    s = fma(a, d, b * c)
    return fma(a, c, -b * d), -s if winding < 0.0 else s


@scalar
def nearest(x, period, inverse):
    """Place in the cell around the nearest point of a lattice; without one (inverse 0) the place itself."""
    return fma(-period, round_to_integer(x * inverse), x)


@scalar
def skyrmion(n, x, t):
    """N with θ from π at the centre to 0 at the radius, φ = winding · azimuth + helicity.

    Numbers: radius, 1/radius, winding, cos and sin of the helicity, polarity, 1 where θ and 0 where cos θ follows s, periods
    along x and y and their inverses (0 without).
    """
    x, y = nearest(x[0], n[7], n[9]), nearest(x[1], n[8], n[10])
    square = fma(x, x, fma(y, y, _NARROW * _NARROW))
    rho = math.sqrt(square)
    inverse = 1.0 / rho
    cosine, sine = x * inverse, y * inverse
    u = rho * n[1]
    bent = n[1] * inverse
    radial = (
        u, n[1] * cosine, n[1] * sine, 0.0, bent * sine * sine, -bent * cosine * sine, bent * cosine * cosine,
    )  # fmt: skip
    c, s = angle_falls(u) if n[6] > 0.0 else cosine_rises(u)
    polar = scaled(n[5], chain(c, radial)), chain(s, radial)
    turn, again = n[2] * inverse, n[2] * inverse * inverse
    azimuth = (
        0.0, -turn * sine, turn * cosine, 0.0, 2.0 * again * sine * cosine, again * fma(sine, sine, -cosine * cosine),
        -2.0 * again * sine * cosine,
    )  # fmt: skip
    a, b = powers(cosine, sine, n[2])
    around = on_circle(fma(b, n[3], a * n[4]), fma(a, n[3], -b * n[4]), azimuth)
    far = max(rho - n[0], 0.5 * n[0]) if n[9] == 0.0 and n[10] == 0.0 else 0.5 * n[0]
    return direction_of(polar, around), far


@scalar
def numbers_of(p):
    """Factor, centre, velocity and the numbers of the kind, as tuples that are read once, before a loop over lanes."""
    n = (p[7], p[8], p[9], p[10], p[11], p[12], p[13], p[14], p[15], p[16], p[17])
    return p[STRENGTH], (p[CENTER], p[CENTER + 1]), (p[VELOCITY], p[VELOCITY + 1]), n


@scalar
def put_jet(rows, l, strength, velocity, jet):
    """Write one component of one lane, with ∂_t at a fixed place."""
    moving = fma(-velocity[0], jet[1], fma(-velocity[1], jet[2], jet[3]))
    rows[l] = strength * jet[0]
    rows[W + l] = strength * jet[1]
    rows[2 * W + l] = strength * jet[2]
    rows[3 * W + l] = strength * moving
    rows[4 * W + l] = strength * jet[4]
    rows[5 * W + l] = strength * jet[5]
    rows[6 * W + l] = strength * jet[6]


@scalar
def put_one(rows, l, strength, velocity, jets):
    """Jets of one component."""
    put_jet(rows, l, strength, velocity, jets[0])


@scalar
def put_two(rows, l, strength, velocity, jets):
    """Jets of two components."""
    put_jet(rows, l, strength, velocity, jets[0])
    put_jet(rows[JET * W :], l, strength, velocity, jets[1])


@scalar
def put_three(rows, l, strength, velocity, jets):
    """Jets of three components."""
    put_jet(rows, l, strength, velocity, jets[0])
    put_jet(rows[JET * W :], l, strength, velocity, jets[1])
    put_jet(rows[2 * JET * W :], l, strength, velocity, jets[2])


def _by_lane(function: Callable[..., Any], put_jets: Callable[..., None]) -> Callable[..., None]:
    """Compiled profile of a block, from its function of one lane and what writes so many components."""

    @routine
    def fill(profile, r, t, used, jets):
        used = used_lanes(used)  # the same number: the compiler must know once more what it can be
        strength, center, velocity, n = numbers_of(profile)
        reach, rows = jets[:W], jets[(1 + int(profile[COMPONENT]) * JET) * W :]
        for l in range(used):
            x = fma(-velocity[0], t[l], r[l] - center[0])
            y = fma(-velocity[1], t[l], r[W + l] - center[1])
            found, far = function(n, (x, y), t[l])
            put_jets(rows, l, strength, velocity, found)
            reach[l] = min(reach[l], far)

    return fill  # type: ignore[no-any-return]


KINDS: tuple[tuple[str, Any], ...] = (
    ("linear", _by_lane(linear, put_one)), ("wave", _by_lane(wave, put_one)), ("step", _by_lane(step, put_one)),
    ("loop", _by_lane(loop, put_two)), ("helix", _by_lane(helix, put_three)),
    ("domain_wall", _by_lane(domain_wall, put_three)), ("skyrmion", _by_lane(skyrmion, put_three)),
)  # fmt: skip
"""Name and compiled profile of every kind; a profile holds the number of its kind in this order."""


def _chooser(number: int) -> Callable[..., None]:
    """Compiled choice among the kinds from ``number`` on."""
    fill = KINDS[number][1]
    if number + 1 == len(KINDS):

        @routine
        def last(profile, r, t, used, jets):
            fill(profile, r, t, used, jets)

        return last  # type: ignore[no-any-return]
    others = _chooser(number + 1)

    @routine
    def choose(profile, r, t, used, jets):
        if int(profile[KIND]) == number:
            fill(profile, r, t, used, jets)
        else:
            others(profile, r, t, used, jets)

    return choose  # type: ignore[no-any-return]


_fill = _chooser(0)


@routine
def profiles(number, table, r, t, used, jets):
    """Jets of all components at places r (rows x, y) and times t, JET rows each behind a first one with the reach."""
    for l in range(used_lanes(used)):
        jets[l] = math.inf
    for i in range(number):
        _fill(table[i * PROFILE : (i + 1) * PROFILE], r, t, used, jets)
