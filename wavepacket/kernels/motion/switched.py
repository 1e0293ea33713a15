"""The equations of motion with Berry terms left out or reversed, for comparisons with the exact dynamics.

The last three numbers of ``environment`` are the factors of m, of Ω and of D - 1.
"""

from wavepacket.kernels.jit.decorators import kernel
from wavepacket.kernels.lanes import used_lanes
from wavepacket.kernels.layout import CURVATURE, GAP, LANES, MOMENT, RATES_SIGNATURE, STATE
from wavepacket.kernels.motion.equations import density_of_states_factor, spatial_motion, three
from wavepacket.kernels.motion.fields import FORCE_FACTOR, MOMENT_FIELD, REDUCED_FIELD, electric_field
from wavepacket.kernels.vectors import dot

W = LANES


@kernel(RATES_SIGNATURE)
def switched_rates(geometry, count, source, t, own, point, band, field, out):
    """Right-hand side with scaled terms. Contract in layout.py."""
    integers, reals, scratch, environment = source
    end, used = environment.shape[0], used_lanes(count)
    moment, curvature, factor = environment[end - 3], environment[end - 2], environment[end - 1]
    geometry(point, count, integers, reals, scratch, band)
    electric_field(environment, t, own[:used], field)
    b = (environment[REDUCED_FIELD], environment[REDUCED_FIELD + 1], environment[REDUCED_FIELD + 2])
    moment_field = (environment[MOMENT_FIELD], environment[MOMENT_FIELD + 1], environment[MOMENT_FIELD + 2])
    for row in range(CURVATURE, GAP):
        for l in range(used):
            band[row * W + l] *= curvature if row < MOMENT else moment
    for l in range(used):
        spatial_motion(band, field, environment[FORCE_FACTOR], b, moment_field, l, out)
        whole = density_of_states_factor(dot(b, three(band, CURVATURE * W + l)))
        for row in range(STATE):
            out[row * W + l] *= whole / (1.0 + factor * (whole - 1.0))
