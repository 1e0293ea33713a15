"""Fields in space that a block of packets feels, V(r, t) and, on a layer, B_z(r), as sums of terms.

A kind of term is a function of its numbers, the place (Å) and the time (fs), registered in KINDS. It returns V (eV) or
B_z (T), the three components of its gradient (per Å), and the reach (Å): a step of that length cannot lead over a feature
unseen, because it is at most as long as the feature, or as the way to it where V is flat. A term may have a factor for each
valley: it then depends on the valley in which a packet starts. B(r) with three components: magnetic_vector.py.
"""

import math
from collections.abc import Callable
from typing import Any

from wavepacket.kernels.elementary import fma, sine_cosine
from wavepacket.kernels.jit.decorators import routine, scalar
from wavepacket.kernels.lanes import RATE, SIGN, used_lanes
from wavepacket.kernels.layout import (
    EFFECTIVE,
    LANES,
    MOMENT,
    MOMENT_SHIFT,
    POTENTIAL_ENERGY,
    REACH,
    REDUCED_SHIFT,
    VALLEY_FACTOR,
)
from wavepacket.kernels.motion.fields import CHARGE, POTENTIAL, ramp_profile
from wavepacket.kernels.motion.magnetic_terms import dipole, upright, wire
from wavepacket.kernels.motion.potential_grid import add_grid
from wavepacket.kernels.vectors import add_scaled, dot, scale
from wavepacket.units import E_OVER_HBAR

W = LANES

# Places behind environment[POTENTIAL]: number of terms of V, 1 for each axis along which the crystal can be moved or 0,
# number of terms of B_z, then the terms, those of V first, and behind them what some refer to.
AXES, MAGNETIC_TERMS, TERMS = 1, 4, 5
# Places in a term, whose length is the same for all kinds. VALLEYS is where its factors of the valleys begin, from the term
# on, or 0 without.
KIND, VALLEYS, NUMBERS, TERM = 0, 1, 2, 16
VALLEY = RATE - SIGN  # row of ``own`` with the number of the valley: paths in space have no collisions


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
    """V = g·r + V_0; numbers: g, V_0."""
    g = (n[0], n[1], n[2])
    return dot(g, r) + n[3], g, math.inf


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


@scalar
def numbers_of(n):
    """The numbers of a term as a tuple: read once, before a loop over lanes, it lets the loop be vectorised."""
    return n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8], n[9], n[10], n[11], n[12], n[13]


def _by_lane(function: Callable[..., Any]) -> Callable[..., None]:
    """Compiled sum of a term to a block, from its function of one lane."""

    @routine
    def add(numbers, r, t, used, field):
        used = used_lanes(used)  # the same number: the compiler must know once more what it can be
        n, energy, slope = numbers_of(numbers), field[POTENTIAL_ENERGY * W :], field[EFFECTIVE * W :]
        reach, factor = field[REACH * W :], field[VALLEY_FACTOR * W :]
        for l in range(used):
            value, gradient, far = function(n, (r[l], r[W + l], r[2 * W + l]), t[l])
            energy[l] += factor[l] * value
            slope[l] += factor[l] * gradient[0]
            slope[W + l] += factor[l] * gradient[1]
            slope[2 * W + l] += factor[l] * gradient[2]
            reach[l] = min(reach[l], far)

    return add  # type: ignore[no-any-return]


KINDS: tuple[tuple[str, Any], ...] = (
    ("linear", _by_lane(linear)), ("harmonic", _by_lane(harmonic)), ("step", _by_lane(step)), ("shell", _by_lane(shell)),
    ("wave", _by_lane(wave)), ("point_charge", _by_lane(point_charge)), ("grid", add_grid),
    ("dipole", _by_lane(upright(dipole))), ("wire", _by_lane(upright(wire))),
)  # fmt: skip
"""Name and sum to a block of every kind; a term holds the number of its kind in this order."""


def _adder(kinds: tuple[tuple[str, Any], ...], number: int = 0) -> Callable[..., None]:
    """Compiled sum of a term to a block, for the kinds from ``number`` on."""
    add = kinds[number][1]
    if number + 1 == len(kinds):

        @routine
        def last(term, r, t, used, field):
            add(term[NUMBERS:], r, t, used, field)

        return last  # type: ignore[no-any-return]
    others = _adder(kinds, number + 1)

    @routine
    def choose(term, r, t, used, field):
        if int(term[KIND]) == number:
            add(term[NUMBERS:], r, t, used, field)
        else:
            others(term, r, t, used, field)

    return choose  # type: ignore[no-any-return]


def sum_of(kinds: tuple[tuple[str, Any], ...]) -> Callable[..., None]:
    """Compiled sum of terms of these kinds to a block."""
    add = _adder(kinds)

    @routine
    def add_some(environment, numbers, r, t, own, used, field):
        (first, last), used = numbers, used_lanes(used)
        for i in range(first, last):
            term = environment[int(environment[POTENTIAL]) + TERMS + i * TERM :]
            factors = int(term[VALLEYS])
            for l in range(used):
                field[VALLEY_FACTOR * W + l] = 1.0
            for l in range(used if factors > 0 else 0):
                field[VALLEY_FACTOR * W + l] = term[factors + int(own[VALLEY * W + l])]
            add(term, r, t, used, field)

    return add_some  # type: ignore[no-any-return]


add_terms = sum_of(KINDS)
"""Add the terms first, ..., last - 1 of ``numbers`` at places r (three rows) and times t to the sums."""


@routine
def clear(used, field):
    """Rows of the sums where nothing has been added, and what B(r) is more than the uniform field."""
    used = used_lanes(used)
    for l in range(used):
        field[REACH * W + l] = math.inf
        for row in range(REDUCED_SHIFT, VALLEY_FACTOR):
            field[row * W + l] = 0.0
        for row in range(POTENTIAL_ENERGY, EFFECTIVE + 3):
            field[row * W + l] = 0.0


@routine
def count_of(environment):
    """Number of the terms of V, and of all."""
    first = int(environment[POTENTIAL])
    terms = int(environment[first])
    return terms, terms + int(environment[first + MAGNETIC_TERMS])


@routine
def potential(environment, r, t, own, used, field):
    """V, ∂V/∂r in the rows EFFECTIVE, and the reach, of every lane."""
    clear(used, field)
    add_terms(environment, (0, count_of(environment)[0]), r, t, own, used, field)


@routine
def magnetic(environment, r, t, own, used, field):
    """B_z in the row of V, ∂B_z/∂r in the rows EFFECTIVE, and the reach, of every lane."""
    clear(used, field)
    add_terms(environment, count_of(environment), r, t, own, used, field)


@routine
def fields_in_space(environment, r, t, own, band, used, field):
    """Rows of ``field`` behind E: with EFFECTIVE, E - (∂V/∂r - ∂(m·B)/∂r)/q, the equations are those of uniform fields.

    Of B(r) that along z: on a layer nothing else acts. The rows of ``band`` hold m of charge -e, and m is proportional to
    the charge.
    """
    charge, (terms, every), used = environment[CHARGE], count_of(environment), used_lanes(used)
    clear(used, field)
    if every > terms:
        add_terms(environment, (terms, every), r, t, own, used, field)
        for l in range(used):
            more, m = field[POTENTIAL_ENERGY * W + l], charge * band[(MOMENT + 2) * W + l]
            field[(REDUCED_SHIFT + 2) * W + l] = charge * E_OVER_HBAR * more
            field[(MOMENT_SHIFT + 2) * W + l] = -charge * more
            field[POTENTIAL_ENERGY * W + l] = 0.0  # the monitor has -m·B from the band
            for row in range(EFFECTIVE, EFFECTIVE + 3):
                field[row * W + l] *= m
    add_force(environment, r, t, own, used, field)


@routine
def add_force(environment, r, t, own, used, field):
    """Add V, and make E - (∂V/∂r + what is there)/q of the rows EFFECTIVE."""
    used = used_lanes(used)
    add_terms(environment, (0, count_of(environment)[0]), r, t, own, used, field)
    axes, inverse = int(environment[POTENTIAL]) + AXES, 1.0 / environment[CHARGE]
    for row in range(3):
        factor = -inverse * environment[axes + row]
        for l in range(used):
            place = (EFFECTIVE + row) * W + l
            field[place] = fma(factor, field[place], field[row * W + l])
