"""Right-hand side with all terms. In a module of its own: a kernel is compiled or loaded with its module."""

from wavepacket.kernels.jit.decorators import kernel
from wavepacket.kernels.lanes import used_lanes
from wavepacket.kernels.layout import RATES_SIGNATURE
from wavepacket.kernels.motion.equations import spatial_motion
from wavepacket.kernels.motion.fields import FORCE_FACTOR, MOMENT_FIELD, REDUCED_FIELD, electric_field


@kernel(RATES_SIGNATURE)
def spatial_rates(geometry, count, source, t, own, point, band, field, out):
    """Right-hand side with all terms. Contract in layout.py."""
    integers, reals, scratch, environment = source
    used = used_lanes(count)
    geometry(point, count, integers, reals, scratch, band)
    electric_field(environment, t, own[:used], field)
    b = (environment[REDUCED_FIELD], environment[REDUCED_FIELD + 1], environment[REDUCED_FIELD + 2])
    moment_field = (environment[MOMENT_FIELD], environment[MOMENT_FIELD + 1], environment[MOMENT_FIELD + 2])
    charge = environment[FORCE_FACTOR]
    for l in range(used):
        spatial_motion(band, field, charge, b, moment_field, l, out)
