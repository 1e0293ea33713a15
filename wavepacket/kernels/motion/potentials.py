"""Potential energy V(r, t) of a block of packets as a sum of terms: value, gradient, and how far a step may lead.

Each kind of term is one function of its numbers, the place (Å) and the time (fs), registered in KINDS. It returns V (eV),
the three components of ∂V/∂r (eV/Å), and the reach (Å): a step of that length cannot lead over a feature of V unseen,
because it is at most as long as the feature, or as the way to it where V is flat.
"""

import math
from collections.abc import Callable
from typing import Any

from wavepacket.kernels.elementary import fma, sine_cosine
from wavepacket.kernels.jit.decorators import routine, scalar
from wavepacket.kernels.layout import (
    EFFECTIVE,
    LANES,
    MOMENT,
    MOMENT_SHIFT,
    POTENTIAL_ENERGY,
    REACH,
    REDUCED_SHIFT,
)
from wavepacket.kernels.motion.fields import CHARGE, POTENTIAL, ramp_profile
from wavepacket.kernels.vectors import add_scaled, dot, scale
from wavepacket.units import E_OVER_HBAR

W = LANES

# Places behind environment[POTENTIAL]: number of terms, 1 for each axis along which the crystal can be moved or 0, then
# ∂B_z/∂r in T/Å, then the terms.
AXES, MAGNETIC_GRADIENT, TERMS = 1, 4, 7
KIND, NUMBERS, TERM = 0, 1, 14  # places in a term, whose length is the same for all kinds


@scalar
def smooth_step(x):
    """s(x) of a smooth ramp, from 0 at x = 0 to 1 at x = 1 and flat outside, and ds/dx = 30 x² (1 - x)²."""
    y = min(max(x, 0.0), 1.0)
    down = 1.0 - y
    return ramp_profile(x, True), 30.0 * (y * down) * (y * down)


@scalar
def rising_reach(x, rise):
    """Way to where a step rises, x in units of ``rise`` from its foot, or ``rise`` where it is nearer."""
    return rise * max(max(-x, x - 1.0), 1.0)


@scalar
def linear(n, r, t):
    """V = g·r; numbers: g."""
    g = (n[0], n[1], n[2])
    return dot(g, r), g, math.inf


@scalar
def harmonic(n, r, t):
    """V = ½ Σ K_a d_a², d = r - c; numbers: K, c."""
    x, y, z = r[0] - n[3], r[1] - n[4], r[2] - n[5]
    g = (n[0] * x, n[1] * y, n[2] * z)
    return 0.5 * dot(g, (x, y, z)), g, math.inf


@scalar
def step(n, r, t):
    """V = height s(n·(r - c)/rise); numbers: height, 1/rise, rise, direction n, c."""
    direction = (n[3], n[4], n[5])
    x = n[1] * dot(direction, (r[0] - n[6], r[1] - n[7], r[2] - n[8]))
    s, slope = smooth_step(x)
    return n[0] * s, scale(n[0] * n[1] * slope, direction), rising_reach(x, n[2])


@scalar
def shell(n, r, t):
    """V = inside + change s((d - radius)/rise), d the distance from c, from an axis or from a plane through c.

    Numbers: inside, change, radius, 1/rise, rise, then α, β, n, c in d² = α |r - c|² + β (n·(r - c))².
    """
    x, normal = (r[0] - n[10], r[1] - n[11], r[2] - n[12]), (n[7], n[8], n[9])
    along = dot(normal, x)
    across = scale(n[5], x)
    d = math.sqrt(max(fma(n[6] * along, along, dot(across, x)), 0.0))
    u = (d - n[2]) * n[3]
    s, slope = smooth_step(u)
    # In the middle, d = 0, there is no direction; V is flat there.
    strength = n[1] * n[3] * slope / d if d > 0.0 else 0.0
    return (
        fma(n[1], s, n[0]),
        scale(strength, add_scaled(across, n[6] * along, normal)),
        rising_reach(u, n[4]),
    )


@scalar
def wave(n, r, t):
    """V = A cos(q·r - ωt + φ); numbers: A, q, ω, φ, half a wavelength."""
    q = (n[1], n[2], n[3])
    sine, cosine = sine_cosine(fma(-n[4], t, n[5] + dot(q, r)))
    return n[0] * cosine, scale(-n[0] * sine, q), n[6]


@scalar
def point_charge(n, r, t):
    """V = A/√(|r - c|² + core²); numbers: A, core², c."""
    x = (r[0] - n[2], r[1] - n[3], r[2] - n[4])
    square = n[1] + dot(x, x)
    distance = math.sqrt(square)
    value = n[0] / distance
    return value, scale(-value / square, x), distance


KINDS: tuple[tuple[str, Any], ...] = (
    ("linear", linear), ("harmonic", harmonic), ("step", step), ("shell", shell), ("wave", wave),
    ("point_charge", point_charge),
)  # fmt: skip
"""Name and function of every kind; a term holds the number of its kind in this order."""


def _adder(number: int) -> Callable[..., None]:
    """Compiled sum of a term to a block, for the kinds from ``number`` on."""
    function = KINDS[number][1]
    others = _adder(number + 1) if number + 1 < len(KINDS) else None

    @routine
    def add(term, r, t, used, field):
        numbers, energy, slope = term[NUMBERS:], field[POTENTIAL_ENERGY * W :], field[EFFECTIVE * W :]
        reach = field[REACH * W :]
        for l in range(used):
            value, gradient, far = function(numbers, (r[l], r[W + l], r[2 * W + l]), t[l])
            energy[l] += value
            slope[l] += gradient[0]
            slope[W + l] += gradient[1]
            slope[2 * W + l] += gradient[2]
            reach[l] = min(reach[l], far)

    if others is None:
        return add  # type: ignore[no-any-return]

    @routine
    def choose(term, r, t, used, field):
        if int(term[KIND]) == number:
            add(term, r, t, used, field)
        else:
            others(term, r, t, used, field)

    return choose  # type: ignore[no-any-return]


_add = _adder(0)


@routine
def potential(environment, r, t, used, field):
    """V, ∂V/∂r in the rows EFFECTIVE, and the reach, of every lane, from places r (three rows) and times t."""
    first = int(environment[POTENTIAL])
    for l in range(used):
        field[REACH * W + l] = math.inf
        for row in range(POTENTIAL_ENERGY, EFFECTIVE + 3):
            field[row * W + l] = 0.0
    for i in range(int(environment[first])):
        place = first + TERMS + i * TERM
        _add(environment[place : place + TERM], r, t, used, field)


@routine
def effective_field(environment, r, t, used, field):
    """E - (∂V/∂r)/q in the rows EFFECTIVE: with it the equations of motion are those of a uniform field."""
    potential(environment, r, t, used, field)
    axes, inverse = int(environment[POTENTIAL]) + AXES, 1.0 / environment[CHARGE]
    for row in range(3):
        factor = -inverse * environment[axes + row]
        for l in range(used):
            place = (EFFECTIVE + row) * W + l
            field[place] = fma(factor, field[place], field[row * W + l])


@routine
def magnetic_gradient(environment, r, band, used, field):
    """What B_z(r) is more than at r = 0, and the force ∂(m·B)/∂r, which goes to the effective field as q times -m ∂B/∂r.

    The rows of ``band`` hold m of charge -e, and m is proportional to the charge.
    """
    first = int(environment[POTENTIAL]) + MAGNETIC_GRADIENT
    gx, gy, gz = environment[first], environment[first + 1], environment[first + 2]
    reduced, moment = environment[CHARGE] * E_OVER_HBAR, -environment[CHARGE]
    for l in range(used):
        more = dot((gx, gy, gz), (r[l], r[W + l], r[2 * W + l]))
        field[REDUCED_SHIFT * W + l] = reduced * more
        field[MOMENT_SHIFT * W + l] = moment * more
        m = band[(MOMENT + 2) * W + l]
        field[EFFECTIVE * W + l] = fma(-m, gx, field[EFFECTIVE * W + l])
        field[(EFFECTIVE + 1) * W + l] = fma(-m, gy, field[(EFFECTIVE + 1) * W + l])
