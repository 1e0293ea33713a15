"""Times of collisions as a config gives them: which of them fit a run, and the rates that they make."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.config import CARRIERS, Config, Scattering

if TYPE_CHECKING:
    from wavepacket.protocols.collisional import Collisional

__all__ = ["check_bands", "check_between", "check_populations", "check_rates", "check_times", "rates_of"]


def rates_of(scattering: Scattering, names: Sequence[str], valley: Integer) -> Float:
    """1/τ (n,) in 1/fs of packets by their valley, where τ depends on energy at the unit of it."""
    given, between = scattering.relaxation_time, scattering.intervalley_time
    if isinstance(given, dict):
        rates = np.array([1.0 / given[name] for name in names])[valley]
    else:
        rates = np.full(len(valley), 1.0 / given)
    return rates if between is None else rates + 1.0 / between


def check_times(config: Config, scattering: Scattering, names: Sequence[str]) -> None:
    """Raise ConfigError where times are given for other valleys than these, or for bands of a run of one."""
    if scattering.bands is not None and config.band.each is None:
        raise config.problem(
            "scattering.bands", "is of a run of several bands: write 'bands: auto', or leave it out"
        )
    times = scattering.relaxation_time
    if isinstance(times, dict) and set(times) != set(names):
        known = ", ".join(names) or "none"
        raise config.problem(
            "scattering.relaxation_time", f"give a time for each valley of this model: {known}"
        )


def check_rates(protocol: "Collisional") -> None:
    """Raise ConfigError for rates of states, which are known where a flight begins, and causes that do not fit."""
    given, config = protocol.scattering, protocol.config
    if given.by_state and not protocol.knows_rates_at_start:
        _check_on_the_way(protocol)
    if (given.by_state or given.matthiessen) and given.intervalley_time is not None:
        raise config.problem(
            "scattering.intervalley_time",
            "needs one relaxation time within each valley: leave out what changes it",
        )
    if given.by_state and given.monte_carlo is not None:
        raise config.problem(
            f"scattering.{given.by_state}", "random collisions need a time that does not depend on the state"
        )
    if any(each.power for each in given.matthiessen) and protocol.temperature is None:
        raise config.problem("scattering.matthiessen", "this ensemble has no temperature: leave out 'power'")
    if given.map is not None and given.energy is not None and any(config.fields.magnetic):
        raise config.problem(
            "scattering.energy",
            "with a map of times in a magnetic field take 'table', which has a largest time",
        )


def _check_on_the_way(protocol: "Collisional") -> None:
    """Raise ConfigError for rates of states that E changes on the way, where no longest time or no static E is known."""
    given, config = protocol.scattering, protocol.config
    if protocol.oscillates:
        raise config.problem(
            f"scattering.{given.by_state}",
            "rates that depend on the state in this way are known in a static field or none: let fields.electric be static, "
            "or take 'kind: fermi_surface'",
        )
    if given.energy is not None:
        raise config.problem(
            "scattering.energy",
            "with other rates of states in an electric field take 'table', which has a largest time",
        )


def check_bands(protocol: "Collisional") -> None:
    """Raise ConfigError for times of bands that carry no packets here, or are told by what they carry where nobody knows."""
    given, carrying = protocol.scattering.bands or {}, protocol.config.bands
    unknown = [name for name in given if name not in CARRIERS and carrying and int(name) not in carrying]
    if unknown:
        raise protocol.config.problem(
            f"scattering.bands.{unknown[0]}",
            f"is no band of this run, which are {', '.join(map(str, carrying))}",
        )
    if (named := [name for name in CARRIERS if name in given]) and not protocol.knows_carriers:
        raise protocol.config.problem(
            f"scattering.bands.{named[0]}",
            "who carries is known in a linear response (fermi_surface): name bands by their numbers",
        )


def check_between(protocol: "Collisional", names: Sequence[str]) -> None:
    """Raise ConfigError for collisions between populations beside times that they do not know; ``names`` are of one band."""
    given, config = protocol.scattering, protocol.config
    of_bands = [given, *(given.of_band(name) for name in given.bands or {})]
    found = {
        "map": any(each.map is not None for each in of_bands),
        "intervalley_time": given.intervalley_time is not None,
        "monte_carlo": given.monte_carlo is not None,
    }
    for key, there in found.items():
        if there:
            raise config.problem(
                f"scattering.{key}", "is not known with scattering.between: leave one of the two out"
            )
    if config.textures:
        raise config.problem("scattering.between", "is not known in textures: leave it out")
    if config.band.each is None:
        check_populations(config, protocol.between, names)


def check_populations(
    config: Config, between: Mapping[str, Mapping[str, float]], names: Sequence[str]
) -> None:
    """Raise ConfigError where times are given between others than these."""
    for name in dict.fromkeys([*between, *(other for others in between.values() for other in others)]):
        if name not in names:
            known = ", ".join(names) or "none: it needs valleys or several bands"
            raise config.problem(
                "scattering.between", f"knows nothing of {name!r}; packets here are of {known}"
            )
