"""Collisions that a run cannot have, said before anything is computed."""

from wavepacket.config.schema import Config
from wavepacket.config.schema_ensemble import FermiDirac, FermiSurface
from wavepacket.config.schema_fields import CircularField, SampledField, period


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
