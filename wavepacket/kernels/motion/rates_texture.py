"""The right-hand side in a texture. In a module of its own: a kernel is compiled or loaded with its module."""

from wavepacket.kernels.bands.phase_space import (
    AMPLITUDES,
    FACTORS,
    FORM,
    FRAME,
    LAMBDAS,
    POLYNOMIAL,
    PROFILES,
    SIGN,
    TERMS,
    amplitudes_of,
    lattice_parts,
    on_phase_space,
    polynomial_parts,
    spaces,
)
from wavepacket.kernels.jit.decorators import inner, kernel
from wavepacket.kernels.lanes import used_lanes
from wavepacket.kernels.layout import EFFECTIVE, LANES, RATES_SIGNATURE, REACH
from wavepacket.kernels.motion.fields import (
    FORCE_FACTOR,
    MOMENT_FIELD,
    POTENTIAL,
    REDUCED_FIELD,
    electric_field,
)
from wavepacket.kernels.motion.potentials import clear, fields_in_space
from wavepacket.kernels.motion.profiles import profiles
from wavepacket.kernels.motion.texture import move, put_band
from wavepacket.kernels.motion.texture_rates import texture_of

W = LANES


@inner
def crystal_of(reals):
    """S, directions a_i in the plane, their duals, a_1 × a_2, the factors of terms."""
    ax, ay, bx, by = reals[FRAME], reals[FRAME + 1], reals[FRAME + 3], reals[FRAME + 4]
    area = ax * by - ay * bx
    f = reals[FACTORS : FACTORS + 4]
    duals = (by / area, -bx / area), (-ay / area, ax / area)
    return reals[SIGN], ((ax, ay), (bx, by)), duals, area, (f[0], f[1], f[2], f[3])


@kernel(RATES_SIGNATURE)
def texture_rates(geometry, count, source, t, own, point, band, field, out):
    every, numbers, scratch, environment = source
    used = used_lanes(count)
    integers, reals = texture_of(every, numbers)
    total, jets, work, rest = spaces(integers, scratch)
    table = reals[AMPLITUDES + amplitudes_of(integers) * integers[TERMS] * (1 + integers[LAMBDAS]) :]
    profiles(integers[PROFILES], table, point[3 * W :], t, used, jets)
    if integers[FORM] == POLYNOMIAL:
        polynomial_parts(integers, reals, point, used, work, rest)
    else:
        lattice_parts(integers, reals, point, used, work, rest)
    on_phase_space(integers, reals, work, jets, used, total)
    crystal = crystal_of(reals)
    put_band(total, crystal, used, band)
    electric_field(environment, t, own[:used], field)
    in_space = environment[POTENTIAL] > 0.0
    if in_space:
        fields_in_space(environment, point[3 * W :], t, own, band, used, field)
    else:
        clear(used, field)
    effective = field[EFFECTIVE * W :] if in_space else field
    for l in range(used):
        field[REACH * W + l] = min(field[REACH * W + l], jets[l])
    fields = environment[REDUCED_FIELD + 2], environment[MOMENT_FIELD + 2], environment[FORCE_FACTOR]
    move(total, crystal, fields, effective, used, band, field, out)
