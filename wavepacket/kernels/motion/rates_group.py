"""Right-hand side of a packet in a group of bands. A module of its own: a kernel is compiled or loaded with its module."""

from wavepacket.kernels.bands.group import fields_begin, group_rows
from wavepacket.kernels.bands.group_states import is_switched
from wavepacket.kernels.bands.group_turn import state_rate
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
from wavepacket.kernels.motion.equations import density_of_states_factor, spatial_motion, three, with_shift
from wavepacket.kernels.motion.fields import (
    CHARGE,
    FORCE_FACTOR,
    MOMENT_FIELD,
    POTENTIAL,
    REDUCED_FIELD,
    electric_field,
)
from wavepacket.kernels.motion.magnetic_vector import has_components, magnetic_vector, vector_fields_in_space
from wavepacket.kernels.motion.potentials import fields_in_space, magnetic
from wavepacket.kernels.vectors import dot

W = LANES


@routine
def put_moment_field(environment, t, own, factor, used, point, field, rows):
    """−(q/e) B at every packet into three rows, times a factor; ``field`` is written over."""
    used, in_space = used_lanes(used), environment[POTENTIAL] > 0.0
    vector = in_space and has_components(environment)
    if vector:
        magnetic_vector(environment, point[3 * W :], point, own, used, field)  # its gradient is not asked for
    elif in_space:
        magnetic(environment, point[3 * W :], t, own, used, field)
    for c in range(3):
        here = in_space and (vector or c == 2)
        row = REDUCED_SHIFT + c if vector else POTENTIAL_ENERGY
        for l in range(used):
            more = -environment[CHARGE] * field[row * W + l] if here else 0.0
            rows[c * W + l] = factor * (environment[MOMENT_FIELD + c] + more)


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
    """Rates of k and r, which are those of D, brought to 1 + part (D − 1); b + the rows of the field is (q/ħ) B."""
    for l in range(used_lanes(used)):
        here = with_shift(b, field, REDUCED_SHIFT, l)
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
    if in_space and has_components(environment):
        vector_fields_in_space(environment, point[3 * W :], t, own, band, used, field)
    elif in_space:
        fields_in_space(environment, point[3 * W :], t, own, band, used, field)
    b = (environment[REDUCED_FIELD], environment[REDUCED_FIELD + 1], environment[REDUCED_FIELD + 2])
    moment_field = (environment[MOMENT_FIELD], environment[MOMENT_FIELD + 1], environment[MOMENT_FIELD + 2])
    effective = field[EFFECTIVE * W :] if in_space else field
    for l in range(used):
        here = with_shift(b, field, REDUCED_SHIFT, l) if in_space else b
        moments = with_shift(moment_field, field, MOMENT_SHIFT, l) if in_space else moment_field
        spatial_motion(band, effective, environment[FORCE_FACTOR], here, moments, l, out)
    if switched:
        scale_factor(factors[2], used, b, field, band, out)
    state_rate(used, integers, reals, scratch, point, out)
