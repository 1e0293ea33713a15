"""Whether fixed steps of time resolve the fields."""

import math
import warnings

from wavepacket.config.schema import Config
from wavepacket.config.schema_fields import (
    CircularField,
    CircularPulseField,
    Fields,
    OwnField,
    PulseField,
    RampField,
    SampledField,
    SinusoidField,
)
from wavepacket.config.schema_integrator import Integrator
from wavepacket.config.schema_space import GridTerm
from wavepacket.errors import InputError

_TAIL = 9.0  # standard deviations after which a Gaussian is below the rounding of its largest value
_PHASE = 1e12  # rad; of a larger one double precision has lost the fourth digit of what is left modulo 2π

_TOO_FAR = f"the phase grows to more than {_PHASE:g} rad within the run, beyond the digits of a number: check its unit"


def pulse_span(pulse: PulseField | CircularPulseField) -> tuple[float, float]:
    """Times (fs) between which a pulse is not zero to rounding."""
    return pulse.center - _TAIL * pulse.width, pulse.center + _TAIL * pulse.width


def resolving_step(fields: Fields, begin: float, end: float) -> float:
    """Length (fs) of the shortest feature between two times of E(t), and of V at a place: half waves, pulses, ramps."""
    lengths = [math.inf, *(math.pi / term.rate for term in fields.potential if term.rate)]
    for term in fields.electric:
        if isinstance(term, SinusoidField | CircularField):
            lengths.append(math.pi / term.frequency)
        elif isinstance(term, SampledField | OwnField):
            if term.spline.knots[0] < end and term.spline.knots[-1] > begin:
                lengths.append(term.spline.step)
        elif isinstance(term, PulseField | CircularPulseField):
            early, late = pulse_span(term)
            if early < end and late > begin:
                lengths.append(min(term.width, math.pi / term.frequency if term.frequency else math.inf))
        elif isinstance(term, RampField) and term.start < end and term.start + term.duration > begin:
            lengths.append(term.duration)
    return min(lengths)


def warn_of_idle_fields(config: Config) -> None:
    """Warn of terms of E(t) that are zero as long as the run lasts, after `check_steps`."""
    check_steps(config)
    if config.time is None:
        return
    for index, term in enumerate(config.fields.electric):
        span = 0.0, math.inf
        if isinstance(term, SampledField | OwnField):
            span = float(term.spline.knots[0]), float(term.spline.knots[-1])
        elif isinstance(term, PulseField | CircularPulseField):
            span = pulse_span(term)
        elif isinstance(term, RampField):
            span = term.start, math.inf
        if span[0] >= config.time.end or span[1] <= 0.0:
            lasts = (
                f"begins at {span[0]:.6g} fs"
                if math.isinf(span[1])
                else f"lasts from {span[0]:.6g} to {span[1]:.6g} fs"
            )
            said = f"without effect: this {term.kind} {lasts}, and the run from 0 to {config.time.end:.6g} fs"
            warnings.warn(
                str(config.where(f"fields.electric[{index}]").problem(said)), UserWarning, stacklevel=3
            )


def fixed_steps(interval: float, step: float) -> int:
    """Smallest number of equal steps between two saves, none longer than ``step``."""
    return max(1, math.ceil(interval / step * (1 - 1e-12)))


def check_steps(config: Config) -> None:
    """Raise ConfigError if fixed steps skip features of E(t), or if a phase exceeds double precision."""
    if config.time is None:
        return
    end = config.time.end
    for index, term in enumerate(config.fields.electric):
        if isinstance(term, SampledField | OwnField):
            try:
                _ = term.spline
            except InputError as error:
                key = ".file" if isinstance(term, SampledField) else ""
                raise config.problem(f"fields.electric[{index}]{key}", str(error)) from error
        latest = end
        if isinstance(term, PulseField | CircularPulseField):
            latest = max(abs(end - term.center), abs(term.center))
        if getattr(term, "frequency", 0.0) * latest > _PHASE:
            raise config.problem(f"fields.electric[{index}].frequency", _TOO_FAR)
    for key, local in config.fields.in_space().items():
        if isinstance(local, GridTerm):
            try:
                _ = local.spline
            except InputError as error:
                raise config.problem(f"{key}.file", str(error)) from error
        if local.rate * end > _PHASE:
            raise config.problem(f"{key}.frequency", _TOO_FAR)
    _check_fixed(config, config.integrator, end / (config.time.saves - 1))


def _check_fixed(config: Config, integrator: Integrator, interval: float) -> None:
    if integrator.step is None:
        return
    assert config.time is not None
    if config.sample is not None:
        raise config.problem(
            "integrator.step", "fixed steps do not end at walls: take the method dop853, whose steps do"
        )
    if config.fields.vary_in_space:
        raise config.problem(
            "integrator.step",
            "fixed steps may lead over features of fields in space: take the method dop853, which sees to it itself",
        )
    taken = interval / fixed_steps(interval, integrator.step)
    largest = resolving_step(config.fields, 0.0, config.time.end)
    if taken > largest * (1 + 1e-9):
        raise config.problem(
            "integrator.step",
            f"steps of {taken:.4g} fs lead over features of the electric field: give a step of at most {largest:.4g} fs, "
            "or take the method dop853, which sees to it itself",
        )
