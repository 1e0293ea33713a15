"""Right-hand side of a packet in a group of bands. A module of its own: a kernel is compiled or loaded with its module."""

from wavepacket.kernels.bands.group import group_rows, state_rate
from wavepacket.kernels.jit.decorators import kernel
from wavepacket.kernels.lanes import used_lanes
from wavepacket.kernels.layout import RATES_SIGNATURE
from wavepacket.kernels.motion.equations import spatial_motion
from wavepacket.kernels.motion.fields import FORCE_FACTOR, MOMENT_FIELD, REDUCED_FIELD, electric_field


@kernel(RATES_SIGNATURE)
def group_rates(geometry, count, source, t, own, point, band, field, out):
    """Rates of k, r and the internal state u, of which the geometry is a part: ``geometry`` is not asked. See layout.py."""
    integers, reals, scratch, environment = source
    used = used_lanes(count)
    electric_field(environment, t, own[:used], field)
    b = (environment[REDUCED_FIELD], environment[REDUCED_FIELD + 1], environment[REDUCED_FIELD + 2])
    moment_field = (environment[MOMENT_FIELD], environment[MOMENT_FIELD + 1], environment[MOMENT_FIELD + 2])
    group_rows(used, integers, reals, scratch, moment_field, point, band)
    charge = environment[FORCE_FACTOR]
    for l in range(used):
        spatial_motion(band, field, charge, b, moment_field, l, out)
    state_rate(used, integers, reals, scratch, point, out)
