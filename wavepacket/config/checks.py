"""Checks of a whole config before anything is computed: its collisions, and whether fixed steps resolve E(t)."""

import math

from wavepacket.config.schema import Config, Integrator
from wavepacket.config.schema_ensemble import FermiDirac, FermiSurface
from wavepacket.config.schema_fields import (
    CircularField,
    Fields,
    PulseField,
    RampField,
    SampledField,
    SinusoidField,
    period,
)
from wavepacket.errors import InputError


def check_scattering(config: Config, names: tuple[str, ...]) -> None:
    """Raise ConfigError for collisions that this run cannot have."""
    scattering = config.scattering
    if scattering is None:
        return
    linear, given = isinstance(config.ensemble, FermiSurface), scattering.relaxation_time
    moving = any(
        isinstance(term, SampledField)
        or (bool(term.amplitude) if isinstance(term, CircularField) else any(term.amplitude))
        for term in config.fields.electric
    )
    if config.ensemble.kind in ("packets", "arrays", "gaussian", "optical"):
        raise config.problem("ensemble", "scattering needs an ensemble over the zone, such as fermi_dirac")
    if config.integrator.method != "dop853":
        raise config.problem(
            "integrator.method", "scattering needs dop853, which bounds the error of its integrals"
        )
    if isinstance(given, dict) and set(given) != set(names):
        known = ", ".join(names) or "none"
        raise config.problem(
            "scattering.relaxation_time", f"give a time for each valley of this model: {known}"
        )
    if linear and moving:
        raise config.problem(
            "fields.electric", "fermi_surface with scattering is the linear response about E = 0: leave E out, "
            "or take fermi_dirac for a steady state in E",
        )  # fmt: skip
    if scattering.intervalley_time is not None:
        _check_valleys(config, names)
    if scattering.monte_carlo is not None:
        _check_events(config, names, linear)
    oscillates = _oscillates(config)
    if scattering.frequency and not linear and not oscillates:
        raise config.problem(
            "scattering.frequency",
            "a static field drives no current at this frequency: let fields.electric oscillate",
        )


def _oscillates(config: Config) -> bool:
    """Whether E is periodic; ConfigError where it is neither that nor static."""
    try:
        return period(config.fields) is not None
    except ValueError as error:
        raise config.problem("fields.electric", str(error)) from error


def _check_valleys(config: Config, names: tuple[str, ...]) -> None:
    """Raise ConfigError for numbers of valleys that this run cannot conserve."""
    if not names or not isinstance(config.ensemble, FermiSurface | FermiDirac):
        raise config.problem(
            "scattering.intervalley_time",
            "needs a model with valleys and an ensemble of kind fermi_surface or fermi_dirac",
        )
    if isinstance(config.ensemble, FermiSurface):
        return
    if config.ensemble.temperature == 0:
        raise config.problem(
            "ensemble.temperature",
            "collisions that conserve the number in each valley need a temperature above 0",
        )
    if _oscillates(config):
        raise config.problem(
            "scattering.intervalley_time",
            "needs a static electric field: in one that oscillates the numbers in the valleys would follow it; "
            "fermi_surface has the linear response at a frequency",
        )


def _check_events(config: Config, names: tuple[str, ...], linear: bool) -> None:
    """Raise ConfigError for random collisions that this run cannot have."""
    assert config.scattering is not None
    events = config.scattering.monte_carlo
    assert events is not None
    if config.scattering.energy is not None:
        raise config.problem(
            "scattering.energy", "random collisions need a time that does not depend on energy"
        )
    if events.flights > 1 and not linear:
        raise config.problem(
            "scattering.monte_carlo.flights",
            "collisions on the energy shell heat a steady state without end: take fermi_surface, or one flight",
        )
    if events.kernel is not None and events.flights == 1:
        raise config.problem(
            "scattering.monte_carlo.kernel",
            "a single flight ends in equilibrium, whatever the collision: take more flights",
        )
    table = events.valleys
    elsewhere = table is not None or config.scattering.intervalley_time is not None
    if events.momentum == "kept" and not (elsewhere and events.flights > 1 and len(names) > 1):
        raise config.problem(
            "scattering.monte_carlo.momentum",
            "no collision leads to another valley: give scattering.monte_carlo.valleys or scattering.intervalley_time, "
            "and more than one flight",
        )
    if table is not None and (
        set(table) != set(names) or any(set(row) - set(names) for row in table.values())
    ):
        known = ", ".join(names) or "none"
        raise config.problem(
            "scattering.monte_carlo.valleys", f"give a row for each valley of this model: {known}"
        )


_TAIL = 9.0  # standard deviations after which a Gaussian is below the rounding of its largest value
_PHASE = 1e12  # rad; of a larger one double precision has lost the fourth digit of what is left modulo 2π


def pulse_span(pulse: PulseField) -> tuple[float, float]:
    """Times (fs) between which a pulse is not zero to rounding."""
    return pulse.center - _TAIL * pulse.width, pulse.center + _TAIL * pulse.width


def resolving_step(fields: Fields, begin: float, end: float) -> float:
    """Length (fs) of the shortest feature of E(t) between two times: half waves, widths of pulses, ramps; or infinite."""
    lengths = [math.inf]
    for term in fields.electric:
        if isinstance(term, SinusoidField | CircularField):
            lengths.append(math.pi / term.frequency)
        elif isinstance(term, SampledField):
            if term.spline.knots[0] < end and term.spline.knots[-1] > begin:
                lengths.append(term.spline.step)
        elif isinstance(term, PulseField):
            early, late = pulse_span(term)
            if early < end and late > begin:
                lengths.append(min(term.width, math.pi / term.frequency if term.frequency else math.inf))
        elif isinstance(term, RampField) and term.start < end and term.start + term.duration > begin:
            lengths.append(term.duration)
    return min(lengths)


def fixed_steps(interval: float, step: float) -> int:
    """Smallest number of equal steps between two saves, none longer than ``step``."""
    return max(1, math.ceil(interval / step * (1 - 1e-12)))


def check_steps(config: Config) -> None:
    """Raise ConfigError if fixed steps skip features of E(t), or if a phase exceeds double precision."""
    if config.time is None:
        return
    end = config.time.end
    for index, term in enumerate(config.fields.electric):
        if isinstance(term, SampledField):
            try:
                _ = term.spline
            except InputError as error:
                raise config.problem(f"fields.electric[{index}].file", str(error)) from error
        latest = max(abs(end - term.center), abs(term.center)) if isinstance(term, PulseField) else end
        if getattr(term, "frequency", 0.0) * latest > _PHASE:
            raise config.problem(
                f"fields.electric[{index}].frequency",
                f"the phase grows to more than {_PHASE:g} rad within the run, beyond the digits of a number: check its unit",
            )
    _check_fixed(config, config.integrator, end / (config.time.saves - 1))


def _check_fixed(config: Config, integrator: Integrator, interval: float) -> None:
    if integrator.step is None:
        return
    assert config.time is not None
    taken = interval / fixed_steps(interval, integrator.step)
    largest = resolving_step(config.fields, 0.0, config.time.end)
    if taken > largest * (1 + 1e-9):
        raise config.problem(
            "integrator.step",
            f"steps of {taken:.4g} fs lead over features of the electric field: give a step of at most {largest:.4g} fs, "
            "or take the method dop853, which sees to it itself",
        )
