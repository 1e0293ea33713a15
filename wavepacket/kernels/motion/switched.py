"""The equations of motion with Berry terms left out or reversed, for comparisons with the exact dynamics.

The last four numbers of ``environment`` are the factors of m, of Ω, of D - 1 and of the force ∂(m·B)/∂r.
"""

from wavepacket.kernels.jit.decorators import kernel
from wavepacket.kernels.lanes import used_lanes
from wavepacket.kernels.layout import (
    CURVATURE,
    EFFECTIVE,
    GAP,
    LANES,
    MOMENT,
    MOMENT_GRADIENT,
    MOMENT_SHIFT,
    RATES_SIGNATURE,
    REDUCED_SHIFT,
    STATE,
)
from wavepacket.kernels.motion.equations import density_of_states_factor, spatial_motion, three, with_shift
from wavepacket.kernels.motion.fields import (
    FORCE_FACTOR,
    MOMENT_FIELD,
    POTENTIAL,
    REDUCED_FIELD,
    electric_field,
)
from wavepacket.kernels.motion.magnetic_vector import has_components, vector_fields_in_space
from wavepacket.kernels.motion.potentials import clear, fields_in_space
from wavepacket.kernels.vectors import dot

W = LANES


@kernel(RATES_SIGNATURE)
def switched_rates(geometry, count, source, t, own, point, band, field, out):
    """Right-hand side with scaled terms, in uniform fields or in V(r, t) and B(r). Contract in layout.py."""
    integers, reals, scratch, environment = source
    end, used = environment.shape[0], used_lanes(count)
    moment, curvature = environment[end - 4], environment[end - 3]
    factor, pull = environment[end - 2], environment[end - 1]
    in_space = environment[POTENTIAL] > 0.0
    geometry(point, count, integers, reals, scratch, band)
    electric_field(environment, t, own[:used], field)
    for row in range(CURVATURE, GAP):
        scale = curvature if row < MOMENT else moment * pull if row < MOMENT_GRADIENT else moment
        for l in range(used):
            band[row * W + l] *= scale
    if in_space and has_components(environment):
        vector_fields_in_space(environment, point[3 * W :], t, own, band, used, field)
    elif in_space:
        fields_in_space(environment, point[3 * W :], t, own, band, used, field)
    else:
        clear(used, field)
    uniform = (environment[REDUCED_FIELD], environment[REDUCED_FIELD + 1], environment[REDUCED_FIELD + 2])
    moments = (environment[MOMENT_FIELD], environment[MOMENT_FIELD + 1], environment[MOMENT_FIELD + 2])
    electric = field[EFFECTIVE * W :] if in_space else field
    for l in range(used):
        b, moment_field = (
            with_shift(uniform, field, REDUCED_SHIFT, l),
            with_shift(moments, field, MOMENT_SHIFT, l),
        )
        spatial_motion(band, electric, environment[FORCE_FACTOR], b, moment_field, l, out)
        whole = density_of_states_factor(dot(b, three(band, CURVATURE * W + l)))
        for row in range(STATE):
            out[row * W + l] *= whole / (1.0 + factor * (whole - 1.0))
