"""Right-hand side of a planar problem in V(r, t) and B(r). In a module of its own: a kernel is compiled with its module."""

from wavepacket.kernels.jit.decorators import kernel
from wavepacket.kernels.lanes import used_lanes
from wavepacket.kernels.layout import EFFECTIVE, LANES, MOMENT_SHIFT, RATES_SIGNATURE, REDUCED_SHIFT
from wavepacket.kernels.motion.equations import planar_motion
from wavepacket.kernels.motion.fields import FORCE_FACTOR, MOMENT_FIELD, REDUCED_FIELD, electric_field
from wavepacket.kernels.motion.potentials import fields_in_space

W = LANES


@kernel(RATES_SIGNATURE)
def planar_potential_rates(geometry, count, source, t, own, point, band, field, out):
    """Rates of a planar problem in V(r, t) and B_z(r); rows 2 and 5 of ``out`` are left alone. Contract in layout.py."""
    integers, reals, scratch, environment = source
    used = used_lanes(count)
    geometry(point, count, integers, reals, scratch, band)
    electric_field(environment, t, own[:used], field)
    fields_in_space(environment, point[3 * W :], t, own, band, used, field)
    b, moment_field = environment[REDUCED_FIELD + 2], environment[MOMENT_FIELD + 2]
    charge, effective = environment[FORCE_FACTOR], field[EFFECTIVE * W :]
    for l in range(used):
        here = b + field[(REDUCED_SHIFT + 2) * W + l], moment_field + field[(MOMENT_SHIFT + 2) * W + l]
        planar_motion(band, effective, charge, here[0], here[1], l, out)
