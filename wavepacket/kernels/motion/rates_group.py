"""Right-hand side of a packet in a group of bands. A module of its own: a kernel is compiled or loaded with its module."""

from wavepacket.kernels.bands.group import fields_begin, group_rows, state_rate
from wavepacket.kernels.bands.group_states import is_switched
from wavepacket.kernels.jit.decorators import kernel, routine
from wavepacket.kernels.lanes import used_lanes
from wavepacket.kernels.layout import (
    CURVATURE,
    EFFECTIVE,
    GAP,
    LANES,
    MOMENT,
    MOMENT_GRADIENT,
    MOMENT_SHIFT,
    POTENTIAL_ENERGY,
    RATES_SIGNATURE,
    REDUCED_SHIFT,
    STATE,
)
from wavepacket.kernels.motion.equations import density_of_states_factor, spatial_motion, three
from wavepacket.kernels.motion.fields import (
    CHARGE,
    FORCE_FACTOR,
    MOMENT_FIELD,
    POTENTIAL,
    REDUCED_FIELD,
    electric_field,
)
from wavepacket.kernels.motion.potentials import fields_in_space, magnetic
from wavepacket.kernels.vectors import dot

W = LANES


@routine
def put_moment_field(environment, t, own, factor, used, point, field, rows):
    """−(q/e) B at every packet into three rows, times a factor; ``field`` is written over."""
    used = used_lanes(used)
    if environment[POTENTIAL] > 0.0:
        magnetic(environment, point[3 * W :], t, own, used, field)
    for l in range(used):
        more = -environment[CHARGE] * field[POTENTIAL_ENERGY * W + l] if environment[POTENTIAL] > 0.0 else 0.0
        rows[l] = factor * environment[MOMENT_FIELD]
        rows[W + l] = factor * environment[MOMENT_FIELD + 1]
        rows[2 * W + l] = factor * (environment[MOMENT_FIELD + 2] + more)


@routine
def scale_terms(factors, used, band):
    """Rows of Ω, m and ∂m times the factors of m, Ω, D − 1 and of the force on m, of which the third is not used."""
    moment, curvature, pull = factors[0], factors[1], factors[3]
    for row in range(CURVATURE, GAP):
        scale = curvature if row < MOMENT else moment * pull if row < MOMENT_GRADIENT else moment
        for l in range(used_lanes(used)):
            band[row * W + l] *= scale


@routine
def scale_factor(part, used, b, field, band, out):
    """Rates of k and r, which are those of D, brought to 1 + part (D − 1); b + the row of the field is (q/ħ) B."""
    for l in range(used_lanes(used)):
        here = (b[0], b[1], b[2] + field[(REDUCED_SHIFT + 2) * W + l])
        whole = density_of_states_factor(dot(here, three(band, CURVATURE * W + l)))
        for row in range(STATE):
            out[row * W + l] *= whole / (1.0 + part * (whole - 1.0))


@kernel(RATES_SIGNATURE)
def group_rates(geometry, count, source, t, own, point, band, field, out):
    """Rates of k, r and the internal state u, of which the geometry is a part: ``geometry`` is not asked. See layout.py.

    Of comparisons, which integers tell, the last four numbers of ``environment`` are factors as in switched.py.
    """
    integers, reals, scratch, environment = source
    used, in_space, switched = used_lanes(count), environment[POTENTIAL] > 0.0, is_switched(integers)
    factors = environment[environment.shape[0] - 4 :]
    rows = scratch[fields_begin(integers[1]) :]
    put_moment_field(environment, t, own, factors[0] if switched else 1.0, used, point, field, rows)
    group_rows(used, integers, reals, scratch, point, band)
    electric_field(environment, t, own[:used], field)
    if switched:
        scale_terms(factors, used, band)
    if in_space:
        fields_in_space(environment, point[3 * W :], t, own, band, used, field)
    b = (environment[REDUCED_FIELD], environment[REDUCED_FIELD + 1], environment[REDUCED_FIELD + 2])
    moment_field = (environment[MOMENT_FIELD], environment[MOMENT_FIELD + 1], environment[MOMENT_FIELD + 2])
    effective = field[EFFECTIVE * W :] if in_space else field
    for l in range(used):
        shift = field[(REDUCED_SHIFT + 2) * W + l] if in_space else 0.0
        more = field[(MOMENT_SHIFT + 2) * W + l] if in_space else 0.0
        here = (b[0], b[1], b[2] + shift)
        moments = (moment_field[0], moment_field[1], moment_field[2] + more)
        spatial_motion(band, effective, environment[FORCE_FACTOR], here, moments, l, out)
    if switched:
        scale_factor(factors[2], used, b, field, band, out)
    state_rate(used, integers, reals, scratch, point, out)
