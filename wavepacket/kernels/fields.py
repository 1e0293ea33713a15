"""The fields that a block of packets feels: uniform static B, and E(t) as a sum of terms.

``environment`` is one flat array: the magnetic part in the combinations that the equations of motion use, then
the terms of E. Every term has two amplitude vectors P and Q (V/Å), the second in quadrature:

    uniform      E = P                                   ramp   E = P s((t - t0)/width), s linear or 6x⁵ - 15x⁴ + 10x³
    oscillation  E = P cos(ωt + φ) + Q sin(ωt + φ)       pulse  the same with t - t0, times exp(-(t - t0)²/(2 width²))
"""

from numba import types

from wavepacket.kernels._jit import REAL, kernel, scalar
from wavepacket.kernels.elementary import exponential, fma, sine_cosine
from wavepacket.kernels.layout import LANES

W = LANES

# Places in ``environment``.
REDUCED_FIELD = 0  # (q/ħ) B, 1/Å²
MOMENT_FIELD = 3  # -(q/e) B, T: the geometry rows hold the moment of charge -e
FORCE_FACTOR = 6  # q/(e ħ), 1/(eV fs): E in V/Å times this is f
CHARGE = 7  # q/e
TERMS = 8  # number of terms of E
FIRST_TERM = 9

# Places in one term.
KIND, ORIGIN, WIDTH, FREQUENCY, PHASE, AMPLITUDE, QUADRATURE, TERM = 0, 1, 2, 3, 4, 5, 8, 11

UNIFORM, LINEAR_RAMP, SMOOTH_RAMP, OSCILLATION, PULSE = 0, 1, 2, 3, 4


@scalar
def time_profile(kind, t, origin, width, frequency, phase):
    """Factors of P and of Q at time t (fs)."""
    x = min(max((t - origin) / width, 0.0), 1.0)
    if kind == UNIFORM:
        return 1.0, 0.0
    if kind == LINEAR_RAMP:
        return x, 0.0
    if kind == SMOOTH_RAMP:
        return x * x * x * fma(x, fma(x, 6.0, -15.0), 10.0), 0.0
    late = t - origin
    s, c = sine_cosine(fma(frequency, late, phase))
    envelope = 1.0
    if kind == PULSE:
        envelope = exponential(-0.5 * (late / width) * (late / width))
    return envelope * c, envelope * s


@scalar
def electric_field(environment, t, sign, field):
    """E (V/Å) of every lane, three rows of ``field``."""
    for l in range(3 * W):
        field[l] = 0.0
    for term in range(int(environment[TERMS])):
        start = FIRST_TERM + term * TERM
        kind = int(environment[start + KIND])
        origin, width = environment[start + ORIGIN], environment[start + WIDTH]
        frequency, phase = environment[start + FREQUENCY], environment[start + PHASE]
        p0, q0 = environment[start + AMPLITUDE], environment[start + QUADRATURE]
        p1, q1 = environment[start + AMPLITUDE + 1], environment[start + QUADRATURE + 1]
        p2, q2 = environment[start + AMPLITUDE + 2], environment[start + QUADRATURE + 2]
        for l in range(W):
            p, q = time_profile(kind, t[l], origin, width, frequency, phase)
            p, q = sign[l] * p, sign[l] * q
            field[l] += fma(p, p0, q * q0)
            field[W + l] += fma(p, p1, q * q1)
            field[2 * W + l] += fma(p, p2, q * q2)


@kernel(types.void(REAL, REAL, REAL, REAL))
def field_block(environment, t, sign, field):
    """E of one block of lanes, for callers outside the right-hand side."""
    electric_field(environment, t, sign, field)
