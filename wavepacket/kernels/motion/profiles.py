"""Profiles of textures, λ(r, t) in the plane: the parameters of H(k, λ), with the derivatives that the motion needs.

A kind is a function of its numbers, the place x = r - c - vt in a frame that moves with it (Å) and the time (fs), listed in
KINDS. It returns a jet, as in ``jets.py``, for each component, and the reach (Å), as a potential has it. Its ∂_t is that at
a place that moves along: `put_jet` adds what the motion of the frame does.
"""

import math
from collections.abc import Callable
from typing import Any

from wavepacket.kernels.elementary import fma, sine_cosine
from wavepacket.kernels.jit.decorators import inner, routine
from wavepacket.kernels.lanes import used_lanes
from wavepacket.kernels.layout import LANES
from wavepacket.kernels.motion.jets import on_circle, phase, ramp, scaled
from wavepacket.kernels.motion.profile_directions import domain_wall, helix, skyrmion, swirl
from wavepacket.kernels.motion.profile_grid import grid
from wavepacket.kernels.motion.profile_numbers import COMPONENT, JET, KIND, PROFILE, numbers_of, put_jet
from wavepacket.kernels.motion.profile_strain import bump, uneven_strain

W = LANES


@inner
def linear(n, x, t):
    """λ = offset + g·x + rate t; numbers: offset, g, rate."""
    value = fma(n[1], x[0], fma(n[2], x[1], fma(n[3], t, n[0])))
    return ((value, n[1], n[2], n[3], 0.0, 0.0, 0.0),), math.inf


@inner
def wave(n, x, t):
    """λ = offset + A cos(q·x - ωt + φ); numbers: offset, A, q, ω, φ, half a wavelength."""
    cosine = scaled(n[1], phase((n[2], n[3]), n[4], n[5], x, t)[0])
    return ((n[0] + cosine[0], *cosine[1:]),), n[6]


@inner
def step(n, x, t):
    """λ = low + change s(e·x/width); numbers: low, change, e, 1/width."""
    s, far = ramp((n[2], n[3]), n[4], x)
    rise = scaled(n[1], s)
    return ((n[0] + rise[0], *rise[1:]),), far


@inner
def loop(n, x, t):
    """(A cos α, B sin α), α = φ + turn s(e·x/width); numbers: A, B, turn (rad), e, 1/width, φ."""
    s, far = ramp((n[3], n[4]), n[5], x)
    angle = scaled(n[2], s)
    sine, cosine = sine_cosine(angle[0] + n[6])
    first, second = on_circle(sine, cosine, angle)
    return (scaled(n[0], first), scaled(n[1], second)), far


@inner
def put_one(rows, l, strength, velocity, jets):
    """Jets of one component."""
    put_jet(rows, l, strength, velocity, jets[0])


@inner
def put_two(rows, l, strength, velocity, jets):
    """Jets of two components."""
    put_jet(rows, l, strength, velocity, jets[0])
    put_jet(rows, JET * W + l, strength, velocity, jets[1])


@inner
def put_three(rows, l, strength, velocity, jets):
    """Jets of three components."""
    put_jet(rows, l, strength, velocity, jets[0])
    put_jet(rows, JET * W + l, strength, velocity, jets[1])
    put_jet(rows, 2 * JET * W + l, strength, velocity, jets[2])


def _by_lane(function: Callable[..., Any], put_jets: Callable[..., None]) -> Callable[..., None]:
    """Compiled profile of a block, from its function of one lane and what writes so many components.

    Reach and rows are arrays of their own: within one, at places that are known as it runs, nothing would vectorise.
    """

    @routine
    def fill(profile, r, t, used, reach, rows):
        used = used_lanes(used)  # the same number: the compiler must know once more what it can be
        strength, center, velocity, n = numbers_of(profile)
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
    ("swirl", _by_lane(swirl, put_three)), ("uneven_strain", _by_lane(uneven_strain, put_three)),
    ("bump", _by_lane(bump, put_three)), ("grid", grid),
)  # fmt: skip
"""Name and compiled profile of every function; a profile holds the number of its function in this order."""


def _chooser(number: int) -> Callable[..., None]:
    """Compiled choice among the kinds from ``number`` on."""
    fill = KINDS[number][1]
    if number + 1 == len(KINDS):

        @routine
        def last(profile, r, t, used, reach, rows):
            fill(profile, r, t, used, reach, rows)

        return last  # type: ignore[no-any-return]
    others = _chooser(number + 1)

    @routine
    def choose(profile, r, t, used, reach, rows):
        if int(profile[KIND]) == number:
            fill(profile, r, t, used, reach, rows)
        else:
            others(profile, r, t, used, reach, rows)

    return choose  # type: ignore[no-any-return]


_fill = _chooser(0)


@routine
def profiles(number, table, r, t, used, jets):
    """Jets of all components at places r (rows x, y) and times t, JET rows each behind a first one with the reach."""
    for l in range(used_lanes(used)):
        jets[l] = math.inf
    for i in range(number):
        profile = table[i * PROFILE :]
        _fill(profile, r, t, used, jets[:W], jets[(1 + int(profile[COMPONENT]) * JET) * W :])
