"""Right-hand side with all terms in V(r, t) and B(r). In a module of its own: a kernel is compiled with its module."""

from wavepacket.kernels.jit.decorators import kernel
from wavepacket.kernels.lanes import used_lanes
from wavepacket.kernels.layout import EFFECTIVE, LANES, MOMENT_SHIFT, RATES_SIGNATURE, REDUCED_SHIFT
from wavepacket.kernels.motion.equations import spatial_motion, with_shift
from wavepacket.kernels.motion.fields import FORCE_FACTOR, MOMENT_FIELD, REDUCED_FIELD, electric_field
from wavepacket.kernels.motion.magnetic_vector import vector_fields_in_space

W = LANES


@kernel(RATES_SIGNATURE)
def spatial_potential_rates(geometry, count, source, t, own, point, band, field, out):
    """Rates with all terms in V(r, t) and B(r). Contract in layout.py."""
    integers, reals, scratch, environment = source
    used = used_lanes(count)
    geometry(point, count, integers, reals, scratch, band)
    electric_field(environment, t, own[:used], field)
    vector_fields_in_space(environment, point[3 * W :], t, own, band, used, field)
    b = (environment[REDUCED_FIELD], environment[REDUCED_FIELD + 1], environment[REDUCED_FIELD + 2])
    moment_field = (environment[MOMENT_FIELD], environment[MOMENT_FIELD + 1], environment[MOMENT_FIELD + 2])
    charge, effective = environment[FORCE_FACTOR], field[EFFECTIVE * W :]
    for l in range(used):
        here, moments = (
            with_shift(b, field, REDUCED_SHIFT, l),
            with_shift(moment_field, field, MOMENT_SHIFT, l),
        )
        spatial_motion(band, effective, charge, here, moments, l, out)
