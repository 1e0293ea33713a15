"""Field terms of a config (or a script) packed into the flat array of the kernels.

The terms themselves are data and live in ``wavepacket.config``: ``UniformField``, ``RampField``, ``SinusoidField``,
``CircularField``, ``PulseField``, ``CircularPulseField``; their time profiles are one text, ``kernels.fields``.
"""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float
from wavepacket.config import (
    CircularField,
    CircularPulseField,
    ElectricTerm,
    Fields,
    OwnField,
    PulseField,
    RampField,
    SampledField,
    SinusoidField,
    pulse_span,
)
from wavepacket.fields.potential import potential_terms
from wavepacket.kernels.layout import LANES
from wavepacket.kernels.motion import fields as kernel
from wavepacket.units import E_OVER_HBAR, HBAR


def environment(fields: Fields, charge: float, axes: int = 3, *, valleys: Sequence[str] = ()) -> Float:
    """Everything that the equations of motion need to know of the fields, for a carrier of charge ``charge`` e.

    Parameters
    ----------
    axes : along how many of x, y, z the crystal can be moved. In a plane only the E in it and B_z act, on a line only E_x:
        the rest would only move k along directions on which nothing in such a crystal depends.
    valleys : names of the valleys in their order, for terms that depend on the valley

    """
    magnetic = np.array(fields.magnetic, dtype=np.float64)
    magnetic[: 3 if axes == 1 else 2 * (axes == 2)] = 0.0
    head = [
        *(charge * E_OVER_HBAR * magnetic),
        *(-charge * magnetic),
        charge / HBAR,
        charge,
        len(fields.electric),
        0.0,
    ]
    terms = [_term(term) for term in fields.electric]
    for term in terms:
        term[kernel.AMPLITUDE + axes : kernel.AMPLITUDE + 3] = 0.0
        term[kernel.QUADRATURE + axes : kernel.QUADRATURE + 3] = 0.0
    packed = np.concatenate([head, *terms, *_samples(fields, terms)]).astype(np.float64)
    if not fields.vary_in_space:
        return packed
    packed[kernel.POTENTIAL] = len(packed)
    return np.concatenate([packed, potential_terms(fields, charge, axes, valleys)])


def _samples(fields: Fields, terms: list[Float]) -> list[Float]:
    """Knots and coefficients of sampled terms; writes their offsets into the terms."""
    splines, offset = [], kernel.FIRST_TERM + len(terms) * kernel.TERM
    for term, packed in zip(fields.electric, terms, strict=True):
        if isinstance(term, SampledField | OwnField):
            spline = term.spline
            packed[[kernel.ORIGIN, kernel.WIDTH]] = offset, len(spline.coefficients)
            splines += [spline.knots, spline.coefficients.ravel()]
            offset += spline.knots.size + spline.coefficients.size
    return splines


def _term(term: ElectricTerm) -> Float:
    packed = np.zeros(kernel.TERM)
    packed[kernel.WIDTH] = 1.0
    amplitude, quadrature = np.zeros(3), np.zeros(3)
    if isinstance(term, CircularField | CircularPulseField):
        packed[[kernel.KIND, kernel.FREQUENCY, kernel.PHASE]] = kernel.OSCILLATION, term.frequency, term.phase
        first, second = _plane(np.array(term.normal))
        amplitude, quadrature = term.amplitude * first, term.handedness * term.amplitude * second
    elif isinstance(term, SampledField | OwnField):
        packed[kernel.KIND] = kernel.SAMPLED
        amplitude = term.scale * np.any(term.spline.coefficients, axis=(0, 1))
    else:
        amplitude = np.array(term.amplitude)
    if isinstance(term, RampField):
        shape = kernel.SMOOTH_RAMP if term.shape == "smooth" else kernel.LINEAR_RAMP
        packed[[kernel.KIND, kernel.ORIGIN, kernel.WIDTH]] = shape, term.start, term.duration
    elif isinstance(term, SinusoidField):
        packed[[kernel.KIND, kernel.FREQUENCY, kernel.PHASE]] = kernel.OSCILLATION, term.frequency, term.phase
    elif isinstance(term, PulseField | CircularPulseField):
        packed[[kernel.KIND, kernel.ORIGIN, kernel.WIDTH]] = kernel.PULSE, term.center, term.width
        packed[[kernel.FREQUENCY, kernel.PHASE]] = term.frequency, term.phase
    packed[kernel.AMPLITUDE : kernel.AMPLITUDE + 3] = amplitude
    packed[kernel.QUADRATURE : kernel.QUADRATURE + 3] = quadrature
    return packed


def _plane(normal: Float) -> tuple[Float, Float]:
    """Two unit vectors across the normal that turn by the right hand around it; for +z they are x and y."""
    normal = (
        normal / np.abs(normal).max()
    )  # squares of huge and of tiny components leave the range of numbers
    normal = normal / np.linalg.norm(normal)
    helper = np.eye(3)[0] if abs(normal[0]) < 0.9 else np.eye(3)[1]
    first = helper - normal * (helper @ normal)
    first /= np.linalg.norm(first)
    return first, np.cross(normal, first)


def is_static(fields: Fields) -> bool:
    """Whether E and the potential do not depend on time: then 𝓔 + qφ is conserved."""
    still = all(term.kind == "uniform" for term in fields.electric)
    return still and not any(term.rate for term in fields.potential)


def moves_on_lines(fields: Fields) -> bool:
    """Whether k moves at a constant rate: B = 0, and E does not depend on time or place."""
    return is_static(fields) and not fields.is_magnetic and not fields.vary_in_space


def is_planar(fields: Fields) -> bool:
    """Whether E and the force of a potential stay in the xy plane, and B along z."""
    flat = not any(
        np.any(_term(term)[[kernel.AMPLITUDE + 2, kernel.QUADRATURE + 2]]) for term in fields.electric
    )
    return flat and not any(fields.magnetic[:2]) and all(term.is_flat for term in fields.potential)


def without_effect(fields: Fields, axes: int) -> list[str]:
    """Names of the components of the fields that do nothing to a crystal, such as ``E_z``; ``axes`` as in `environment`."""
    uniform = fields.model_copy(
        update={"potential": (), "magnetic_terms": (), "magnetic_gradient": (0.0,) * 3}
    )
    whole, left = (environment(uniform, -1.0, number) for number in (3, axes))
    lost = whole != left
    last = kernel.FIRST_TERM + len(fields.electric) * kernel.TERM
    terms = lost[kernel.FIRST_TERM : last].reshape(-1, kernel.TERM)
    electric = [terms[:, [kernel.AMPLITUDE + i, kernel.QUADRATURE + i]].any() for i in range(3)]
    # On spins every component acts.
    magnetic = lost[kernel.REDUCED_FIELD : kernel.REDUCED_FIELD + 3] & (fields.zeeman is None)
    fields_of = [(letter, which) for letter, which in (("E", electric), ("B", magnetic))]
    lost_names = [f"{letter}_{'xyz'[i]}" for letter, which in fields_of for i in range(3) if which[i]]
    in_plane = axes < 3 and any(term.in_plane for term in fields.magnetic_terms)
    return lost_names + ["B_x and B_y of magnetic_terms"] * in_plane


def longest_step(fields: Fields) -> float:
    """A step (fs) that cannot jump over a half wave of E(t), or a potential at a place, that is always there; or infinite.

    Pulses and sampled fields limit steps only where they are (`pulses`), and no step leads over an end of a ramp (`breaks`).
    """
    waves = [term for term in fields.electric if isinstance(term, SinusoidField | CircularField)]
    rates = [term.frequency for term in waves] + [term.rate for term in fields.potential if term.rate]
    return min((math.pi / rate for rate in rates), default=math.inf)


def pulses(fields: Fields) -> tuple[tuple[float, float, float], ...]:
    """Of each pulse and sampled field: when it begins and is over, and a step that cannot jump over it, all in fs."""
    gaussians = [term for term in fields.electric if isinstance(term, PulseField | CircularPulseField)]
    splines = [term.spline for term in fields.electric if isinstance(term, SampledField | OwnField)]
    sampled = [
        (float(each.knots[0]), float(each.knots[-1]), each.step) for each in splines if each.step < math.inf
    ]
    return (*((*pulse_span(term), term.width) for term in gaussians), *sampled)


def breaks(fields: Fields) -> tuple[float, ...]:
    """Times (fs) at which a derivative of E(t) jumps: steps of a high order must end there."""
    ramps = [term for term in fields.electric if isinstance(term, RampField)]
    times = {time for term in ramps for time in (term.start, term.start + term.duration)}
    sampled = [term for term in fields.electric if isinstance(term, SampledField | OwnField)]
    return tuple(sorted(times.union(*(term.spline.breaks for term in sampled))))


def electric_field(fields: Fields, times: npt.ArrayLike) -> Float:
    """E (n, 3) in V/Å at times (n,) in fs, from the same kernel that moves the packets."""
    from wavepacket.kernels.motion.field_block import field_block  # compiled when first needed

    times = np.atleast_1d(np.asarray(times, dtype=np.float64))
    packed = environment(fields, -1.0)
    result, block = np.empty((len(times), 3)), np.empty(3 * LANES)
    for first in range(0, len(times), LANES):
        count = min(LANES, len(times) - first)
        t = np.zeros(LANES)
        t[:count] = times[first : first + count]
        field_block(packed, t, np.ones(LANES), block)
        result[first : first + count] = block.reshape(3, LANES)[:, :count].T
    return result
