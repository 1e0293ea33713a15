"""Free flights between collisions: a packet with the integrals of its motion weighted by the chance to have survived.

Beside k the state has the exponent s of that chance, ds/dt = 1/τ(𝓔), which ends a flight, and quadratures: the
path r, the lifetime ∫ e^{-s} dt and the mean free path ∫ e^{-s} ṙ dt in its parts, all also with sin ωt in place of cos ωt.
They are rows of the state, so that the error of the step bounds theirs; nothing depends on them.
"""

import math

from wavepacket.kernels.elementary import exponential, sine_cosine
from wavepacket.kernels.jit.decorators import scalar
from wavepacket.kernels.layout import CURVATURE, ENERGY, GRADIENT, LANES
from wavepacket.kernels.motion.equations import (
    INVERSE_HBAR,
    density_of_states_factor,
    packet_velocity,
    three,
    zeeman_energy,
)
from wavepacket.kernels.motion.fields import CHARGE, FORCE_FACTOR, MOMENT_FIELD, REDUCED_FIELD
from wavepacket.kernels.vectors import add_scaled, cross, dot, scale

W = LANES

# Rows of the state. What the rates depend on comes first.
EXPONENT = 3  # s
FLOW = 4
PATH = 4  # r - r(0), Å
LIFETIME = 7  # ∫ e^{-s} cos ωt dt, fs
BAND, MOMENT_PART, CHIRAL, ANOMALOUS = 8, 11, 14, 17  # ∫ e^{-s} cos ωt of the parts of ṙ, Å
SINE = 13  # rows further down: the same with sin ωt
REAL_ROWS, ROWS = 20, 33

# Places in ``scattering``.
FREQUENCY = 0  # ω, rad/fs
UNIT_FIELD = 1  # 1: ANOMALOUS holds Ω/D (Å²) in place of -f×Ω/D, which is zero without E
EXPONENT_OF_ENERGY = 2  # p in 1/τ = rate (|𝓔 - origin|/unit)^-p
ORIGIN, UNIT, FLOOR = 3, 4, 5  # eV; energies nearer than FLOOR to the origin scatter like those at FLOOR
END = 6  # s at which a flight is over
LONGEST = 7  # no step is longer, fs
SCATTERING_PARAMS = 8


@scalar
def put(out, row, l, g, vector):
    """Three rows of g times a vector."""
    out[row * W + l] = g * vector[0]
    out[(row + 1) * W + l] = g * vector[1]
    out[(row + 2) * W + l] = g * vector[2]


@scalar
def collision_rate(scattering, rate, energy):
    """1/τ(𝓔) in 1/fs."""
    x = max(abs(energy - scattering[ORIGIN]), scattering[FLOOR]) / scattering[UNIT]
    return rate * math.exp(-scattering[EXPONENT_OF_ENERGY] * math.log(x))


@scalar
def flight_rates(band, field, environment, scattering, t, s, rate, varies, waves, l, out):
    """Rates of all rows of one lane, from the geometry in ``band`` and E in ``field``."""
    b = (environment[REDUCED_FIELD], environment[REDUCED_FIELD + 1], environment[REDUCED_FIELD + 2])
    moment_field = (environment[MOMENT_FIELD], environment[MOMENT_FIELD + 1], environment[MOMENT_FIELD + 2])
    f = scale(environment[FORCE_FACTOR], three(field, l))
    omega = three(band, CURVATURE * W + l)
    inverse = 1.0 / density_of_states_factor(dot(b, omega))
    v = packet_velocity(band, l, moment_field)
    group = scale(INVERSE_HBAR, three(band, GRADIENT * W + l))
    lorentz = add_scaled(add_scaled(f, 1.0, cross(v, b)), -dot(f, b), omega)
    put(out, 0, l, inverse, lorentz)
    gamma = rate
    if varies:
        gamma = collision_rate(scattering, rate, band[ENERGY * W + l] + zeeman_energy(band, l, moment_field))
    out[EXPONENT * W + l] = gamma
    anomalous = cross(omega, f)  # -f×Ω
    along = -dot(v, omega)
    moment = add_scaled(v, -1.0, group)
    total = add_scaled(add_scaled(v, 1.0, anomalous), along, b)
    put(out, PATH, l, inverse, total)
    last = omega if scattering[UNIT_FIELD] > 0.0 else anomalous
    g = exponential(-s)
    c = g
    if waves:
        sine, cosine = sine_cosine(scattering[FREQUENCY] * t)
        c, d = g * cosine, g * sine
        out[(LIFETIME + SINE) * W + l] = d
        put(out, BAND + SINE, l, d * inverse, group)
        put(out, MOMENT_PART + SINE, l, d * inverse, moment)
        put(out, CHIRAL + SINE, l, d * inverse * along, b)
        put(out, ANOMALOUS + SINE, l, d * inverse, last)
    out[LIFETIME * W + l] = c
    put(out, BAND, l, c * inverse, group)
    put(out, MOMENT_PART, l, c * inverse, moment)
    put(out, CHIRAL, l, c * inverse * along, b)
    put(out, ANOMALOUS, l, c * inverse, last)


@scalar
def conserved_energy(band, field, environment, path, l):
    """𝓔 + qφ after a path, eV."""
    moment_field = (environment[MOMENT_FIELD], environment[MOMENT_FIELD + 1], environment[MOMENT_FIELD + 2])
    energy = band[ENERGY * W + l] + zeeman_energy(band, l, moment_field)
    return energy - environment[CHARGE] * dot(three(field, l), path)
