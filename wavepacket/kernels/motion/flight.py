"""Free flights between collisions: a packet with the integrals of its motion weighted by the chance to have survived.

Beside k and the path r the state has the exponent s of that chance, ds/dt = 1/τ(𝓔), which ends a flight, and quadratures:
the lifetime ∫ e^{-s} dt and the mean free path ∫ e^{-s} ṙ dt in its parts, all also with sin ωt in place of cos ωt.
They are rows of the state, so that the error of the step bounds theirs; the rates depend on k and s alone.
"""

import math

from wavepacket.kernels.elementary import exponential, sine_cosine
from wavepacket.kernels.jit.decorators import scalar
from wavepacket.kernels.layout import CURVATURE, ENERGY, GRADIENT, LANES, STATE
from wavepacket.kernels.motion.equations import (
    INVERSE_HBAR,
    anomalous_velocity,
    chiral_part,
    density_of_states_factor,
    force_on_packet,
    packet_velocity,
    put_three,
    three,
    zeeman_energy,
)
from wavepacket.kernels.motion.fields import FORCE_FACTOR, MOMENT_FIELD, REDUCED_FIELD
from wavepacket.kernels.vectors import add_scaled, dot, scale

W = LANES

# Rows of the state behind k.
PATH = 3  # r - r(0), Å
EXPONENT = STATE  # s
LIFETIME = 7  # ∫ e^{-s} cos ωt dt, fs
BAND, MOMENT_PART, CHIRAL, ANOMALOUS = 8, 11, 14, 17  # ∫ e^{-s} cos ωt of the parts of ṙ, Å
SINE = 13  # rows further down: the same with sin ωt
REAL_ROWS, ROWS = 20, 33

# The last numbers of ``environment``: what all flights of a run have in common.
FREQUENCY = 0  # ω, rad/fs
UNIT_FIELD = 1  # 1: ANOMALOUS holds Ω/D (Å²) in place of -f×Ω/D, which is zero without E
EXPONENT_OF_ENERGY = 2  # p in 1/τ = rate (|𝓔 - origin|/unit)^-p
ORIGIN, UNIT, FLOOR = 3, 4, 5  # eV; energies nearer than FLOOR to the origin scatter like those at FLOOR
SCATTERING_PARAMS = 6


@scalar
def put(out, row, l, g, vector):
    """Three rows of g times a vector."""
    put_three(out, row * W + l, scale(g, vector))


@scalar
def collision_rate(scattering, rate, energy):
    """1/τ(𝓔) in 1/fs."""
    x = max(abs(energy - scattering[ORIGIN]), scattering[FLOOR]) / scattering[UNIT]
    return rate * math.exp(-scattering[EXPONENT_OF_ENERGY] * math.log(x))


@scalar
def survival_weight(s):
    """e^{-s}, the chance that no collision has ended a flight, ds/dt = 1/τ(𝓔)."""
    return exponential(-s)


@scalar
def flight_motion(band, field, environment, scattering, t, s, rate, l, out):
    """Rates of all rows of one lane, from the geometry in ``band`` and E in ``field``."""
    b = (environment[REDUCED_FIELD], environment[REDUCED_FIELD + 1], environment[REDUCED_FIELD + 2])
    moment_field = (environment[MOMENT_FIELD], environment[MOMENT_FIELD + 1], environment[MOMENT_FIELD + 2])
    f = scale(environment[FORCE_FACTOR], three(field, l))
    omega = three(band, CURVATURE * W + l)
    inverse = 1.0 / density_of_states_factor(dot(b, omega))
    v = packet_velocity(band, l, moment_field)
    group = scale(INVERSE_HBAR, three(band, GRADIENT * W + l))
    put(out, 0, l, inverse, force_on_packet(v, omega, f, b))
    gamma = rate
    if scattering[EXPONENT_OF_ENERGY] != 0.0:
        gamma = collision_rate(scattering, rate, band[ENERGY * W + l] + zeeman_energy(band, l, moment_field))
    out[EXPONENT * W + l] = gamma
    anomalous, along = anomalous_velocity(f, omega), chiral_part(v, omega)
    moment = add_scaled(v, -1.0, group)
    put(out, PATH, l, inverse, add_scaled(add_scaled(v, 1.0, anomalous), along, b))
    last = omega if scattering[UNIT_FIELD] > 0.0 else anomalous
    g = survival_weight(s)
    c = g
    if scattering[FREQUENCY] != 0.0:
        sine, cosine = sine_cosine(scattering[FREQUENCY] * t)
        c, d = g * cosine, g * sine
        put_parts(out, LIFETIME + SINE, l, (d, d * inverse, d * inverse * along), (group, moment, b, last))
    put_parts(out, LIFETIME, l, (c, c * inverse, c * inverse * along), (group, moment, b, last))


@scalar
def put_parts(out, row, l, weights, parts):
    """The lifetime and the four parts of the mean free path, weighted by the chance to have survived and by D."""
    group, moment, b, last = parts
    out[row * W + l] = weights[0]
    put(out, row + BAND - LIFETIME, l, weights[1], group)
    put(out, row + MOMENT_PART - LIFETIME, l, weights[1], moment)
    put(out, row + CHIRAL - LIFETIME, l, weights[2], b)
    put(out, row + ANOMALOUS - LIFETIME, l, weights[1], last)
