"""Right-hand side of free flights. In a module of its own: a kernel is compiled or loaded with its module."""

from wavepacket.kernels.jit.decorators import kernel
from wavepacket.kernels.lanes import RATE, SIGN, used_lanes
from wavepacket.kernels.layout import LANES, RATES_SIGNATURE
from wavepacket.kernels.motion.fields import electric_field
from wavepacket.kernels.motion.flight import EXPONENT, SCATTERING_PARAMS, flight_motion

W = LANES


@kernel(RATES_SIGNATURE)
def flight_rates(geometry, count, source, t, own, point, band, field, out):
    """Rates of all rows of a block of free flights. Contract in layout.py."""
    integers, reals, scratch, environment = source
    used = used_lanes(count)
    geometry(point, count, integers, reals, scratch, band)
    electric_field(environment, t, own[:used], field)
    scattering, rates = environment[len(environment) - SCATTERING_PARAMS :], own[(RATE - SIGN) * W :]
    for l in range(used):
        flight_motion(band, field, environment, scattering, t[l], point[EXPONENT * W + l], rates[l], l, out)
