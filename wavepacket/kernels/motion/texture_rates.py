"""The right-hand side in a texture, made for lattices and for k·p models in modules of their own."""

from collections.abc import Callable
from typing import Any

from wavepacket.kernels.bands.phase_space import (
    AMPLITUDES,
    FACTORS,
    FRAME,
    LAMBDAS,
    PROFILES,
    SIGN,
    TERMS,
    on_phase_space,
    spaces,
)  # fmt: skip
from wavepacket.kernels.jit.decorators import kernel, scalar
from wavepacket.kernels.lanes import used_lanes
from wavepacket.kernels.layout import (
    EFFECTIVE,
    GAP,
    GEOMETRY,
    GEOMETRY_SIGNATURE,
    LANES,
    RATES_SIGNATURE,
    REACH,
)  # fmt: skip
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

W = LANES

# Places in the integers of a band in a texture, which begin with those of the crystal at r = 0, t = 0: where the integers of
# the texture begin, as in phase_space.py; their first number is where its reals begin.
BEGINNING = 3
_WIDE = 1e300  # eV: a gap in which nobody looks for a narrow place


@scalar
def texture_of(integers, reals):
    """Integers and reals of the texture, as in phase_space.py."""
    begin = integers[BEGINNING]
    return integers[begin + 1 :], reals[integers[begin] :]


@kernel(GEOMETRY_SIGNATURE)
def unseen_geometry(k, count, integers, reals, scratch, out):
    """Geometry between the ends of a step, where nothing is known of λ: an open gap. The stages look at the true one."""
    for l in range(used_lanes(count)):
        for row in range(GEOMETRY):
            out[row * W + l] = 0.0
        out[GAP * W + l] = _WIDE


def texture_rates(parts: Callable[..., None], amplitudes: int) -> Any:
    """Compiled right-hand side; ``parts`` fills d of each H_a, which have so many amplitudes a term."""

    @kernel(RATES_SIGNATURE)
    def rates(geometry, count, source, t, own, point, band, field, out):
        every, numbers, scratch, environment = source
        used = used_lanes(count)
        integers, reals = texture_of(every, numbers)
        total, jets, work, rest = spaces(integers, scratch)
        table = reals[AMPLITUDES + amplitudes * integers[TERMS] * (1 + integers[LAMBDAS]) :]
        profiles(integers[PROFILES], table, point[3 * W :], t, used, jets)
        parts(integers, reals, point, used, work, rest)
        on_phase_space(integers, work, jets, used, total)
        a = reals[FRAME : FRAME + 6]
        frame = (a[0], a[1]), (a[3], a[4])
        f = reals[FACTORS : FACTORS + 4]
        crystal = reals[SIGN], frame, (f[0], f[1], f[2], f[3])
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

    return rates
