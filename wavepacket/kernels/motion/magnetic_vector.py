"""B(r) with all three components, of crystals that are no layers, as a sum of terms.

A kind of term is a function of its numbers, the place and a vector w, as magnetic_terms.py says.
"""

from collections.abc import Callable
from typing import Any

from wavepacket.kernels.jit.decorators import routine
from wavepacket.kernels.lanes import used_lanes
from wavepacket.kernels.layout import (
    EFFECTIVE,
    LANES,
    MOMENT,
    MOMENT_SHIFT,
    REACH,
    REDUCED_SHIFT,
    VALLEY_FACTOR,
)
from wavepacket.kernels.motion.equations import three
from wavepacket.kernels.motion.fields import CHARGE, POTENTIAL
from wavepacket.kernels.motion.magnetic_terms import dipole, linear_field, wire
from wavepacket.kernels.motion.potential_grid import add_grid_field
from wavepacket.kernels.motion.potentials import AXES, add_force, clear, count_of, numbers_of, sum_of
from wavepacket.units import E_OVER_HBAR

W = LANES


def _by_lane(function: Callable[..., Any]) -> Callable[..., None]:
    """Compiled sum of a term to a block, from its function of one lane."""

    @routine
    def add(numbers, r, w, used, field):
        used = used_lanes(used)  # the same number: the compiler must know once more what it can be
        n, factor, reach = numbers_of(numbers), field[VALLEY_FACTOR * W :], field[REACH * W :]
        field, slope = field[REDUCED_SHIFT * W :], field[EFFECTIVE * W :]
        for l in range(used):
            value, gradient, far = function(n, three(r, l), three(w, l))
            for c in range(3):
                field[c * W + l] += factor[l] * value[c]
                slope[c * W + l] += factor[l] * gradient[c]
            reach[l] = min(reach[l], far)

    return add  # type: ignore[no-any-return]


KINDS: tuple[tuple[str, Any], ...] = (
    ("linear", _by_lane(linear_field)), ("dipole", _by_lane(dipole)), ("wire", _by_lane(wire)), ("grid", add_grid_field),
)  # fmt: skip
"""Name and sum to a block of every kind; a term holds the number of its kind in this order."""

_add_vectors = sum_of(KINDS)


@routine
def has_components(environment):
    """Whether B(r) has three components: the crystal can be moved along z."""
    return environment[int(environment[POTENTIAL]) + AXES + 2] > 0.0


@routine
def magnetic_vector(environment, r, w, own, used, field):
    """B (T) in the rows REDUCED_SHIFT, ∂(w·B)/∂r for three rows w in the rows EFFECTIVE, and the reach, of every lane."""
    clear(used, field)
    _add_vectors(environment, count_of(environment), r, w, own, used, field)


@routine
def vector_fields_in_space(environment, r, t, own, band, used, field):
    """Rows of ``field`` behind E, as `fields_in_space` leaves them, with all components of B(r)."""
    charge, (terms, every), used = environment[CHARGE], count_of(environment), used_lanes(used)
    magnetic_vector(environment, r, band[MOMENT * W :], own, used, field)
    for c in range(3 if every > terms else 0):
        for l in range(used):
            more = field[(REDUCED_SHIFT + c) * W + l]
            field[(REDUCED_SHIFT + c) * W + l] = charge * E_OVER_HBAR * more
            field[(MOMENT_SHIFT + c) * W + l] = -charge * more
            field[(EFFECTIVE + c) * W + l] *= charge  # the rows of the band hold m of charge -e
    add_force(environment, r, t, own, used, field)
