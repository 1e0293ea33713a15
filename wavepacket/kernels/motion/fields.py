"""The fields that a block of packets feels: uniform static B, and E(t) as a sum of terms.

``environment`` is one flat array: the magnetic part in the combinations that the equations of motion use, then
the terms of E. Every term has two amplitude vectors P and Q (V/Å), the second in quadrature:

    uniform      E = P                                   ramp   E = P s((t - t0)/width), s linear or 6x⁵ - 15x⁴ + 10x³
    sampled      E_a = P_a Σ_j c_ij,a (t - t_i)^j between knots t_i, zero outside; knots and coefficients follow the terms
    oscillation  E = P cos(ωt + φ) + Q sin(ωt + φ)       pulse  the same with t - t0, times exp(-(t - t0)²/(2 width²))
"""

from wavepacket.kernels.elementary import exponential, fma, sine_cosine
from wavepacket.kernels.jit.decorators import routine, scalar
from wavepacket.kernels.layout import LANES

W = LANES

# Places in ``environment``.
REDUCED_FIELD = 0  # (q/ħ) B, 1/Å²
MOMENT_FIELD = 3  # -(q/e) B, T: the geometry rows hold the moment of charge -e
FORCE_FACTOR = 6  # q/(e ħ), 1/(eV fs): E in V/Å times this is f
CHARGE = 7  # q/e
TERMS = 8  # number of terms of E
POTENTIAL = 9  # place at which the terms of a potential begin, as in potentials.py; 0 without one
FIRST_TERM = 10

# Places in one term.
KIND, ORIGIN, WIDTH, FREQUENCY, PHASE, AMPLITUDE, QUADRATURE, TERM = 0, 1, 2, 3, 4, 5, 8, 11

UNIFORM, LINEAR_RAMP, SMOOTH_RAMP, OSCILLATION, PULSE, SAMPLED = 0, 1, 2, 3, 4, 5

# Of a sampled term ORIGIN is the place of its first knot, and WIDTH the number of its intervals.
ORDER = 6  # coefficients of an interval along each axis, lowest power first; three axes for each power


@scalar
def ramp_profile(x, smooth):
    """s(x), clipped to 0 before and 1 after the ramp."""
    y = min(max(x, 0.0), 1.0)
    return y * y * y * fma(y, fma(y, 6.0, -15.0), 10.0) if smooth else y


@scalar
def add_field(field, l, p, q, term):
    """Add p P + q Q of one term to E of one lane."""
    field[l] += fma(p, term[AMPLITUDE], q * term[QUADRATURE])
    field[W + l] += fma(p, term[AMPLITUDE + 1], q * term[QUADRATURE + 1])
    field[2 * W + l] += fma(p, term[AMPLITUDE + 2], q * term[QUADRATURE + 2])


@routine
def add_ramp(term, t, sign, field, smooth):
    """E of a ramp."""
    origin, inverse = term[ORIGIN], 1.0 / term[WIDTH]
    for l in range(len(sign)):
        add_field(field, l, sign[l] * ramp_profile((t[l] - origin) * inverse, smooth), 0.0, term)


@routine
def add_oscillation(term, t, sign, field):
    """E of a plane wave that has always been on; origin and envelope are not used."""
    frequency, phase = term[FREQUENCY], term[PHASE]
    for l in range(len(sign)):
        s, c = sine_cosine(fma(frequency, t[l], phase))
        add_field(field, l, sign[l] * c, sign[l] * s, term)


@routine
def add_pulse(term, t, sign, field):
    """E of a wave under a Gaussian."""
    origin, inverse, frequency, phase = term[ORIGIN], 1.0 / term[WIDTH], term[FREQUENCY], term[PHASE]
    for l in range(len(sign)):
        late = t[l] - origin
        s, c = sine_cosine(fma(frequency, late, phase))
        envelope = sign[l] * exponential(-0.5 * (late * inverse) * (late * inverse))
        add_field(field, l, envelope * c, envelope * s, term)


@routine
def interval_of(knots, t):
    """Number of the interval that a time within the knots lies in."""
    low, high = 0, len(knots) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if knots[middle] <= t:
            low = middle
        else:
            high = middle
    return low


@routine
def add_sampled(environment, term, t, sign, field):
    """E of a spline, by Horner's rule."""
    first, number = int(term[ORIGIN]), int(term[WIDTH])
    knots = environment[first : first + number + 1]
    for l in range(len(sign)):
        if not (knots[0] <= t[l] <= knots[number]):
            continue
        i = interval_of(knots, t[l])
        late, place = t[l] - knots[i], first + number + 1 + 3 * ORDER * i
        for axis in range(3):
            value = environment[place + 3 * (ORDER - 1) + axis]
            for j in range(2, ORDER + 1):
                value = fma(value, late, environment[place + 3 * (ORDER - j) + axis])
            field[axis * W + l] += sign[l] * term[AMPLITUDE + axis] * value


@scalar
def static_field(environment):
    """All uniform terms together."""
    x, y, z = 0.0, 0.0, 0.0
    for i in range(int(environment[TERMS])):
        term = FIRST_TERM + i * TERM
        if int(environment[term + KIND]) == UNIFORM:
            x += environment[term + AMPLITUDE]
            y += environment[term + AMPLITUDE + 1]
            z += environment[term + AMPLITUDE + 2]
    return x, y, z


@routine
def electric_field(environment, t, sign, field):
    """E (V/Å) of every lane, three rows of ``field``."""
    x, y, z = static_field(environment)
    for l in range(len(sign)):
        field[l] = sign[l] * x
        field[W + l] = sign[l] * y
        field[2 * W + l] = sign[l] * z
    for i in range(int(environment[TERMS])):
        term = environment[FIRST_TERM + i * TERM : FIRST_TERM + (i + 1) * TERM]
        kind = int(term[KIND])
        if kind in (LINEAR_RAMP, SMOOTH_RAMP):
            add_ramp(term, t, sign, field, kind == SMOOTH_RAMP)
        elif kind == OSCILLATION:
            add_oscillation(term, t, sign, field)
        elif kind == PULSE:
            add_pulse(term, t, sign, field)
        elif kind == SAMPLED:
            add_sampled(environment, term, t, sign, field)
