"""Times of collisions that single bands of a run have of their own: which band carries what is known once its states are."""

from collections.abc import Mapping
from dataclasses import replace

from wavepacket.config import CARRIERS, Config, TimesOfBand
from wavepacket.ensembles import are_holes
from wavepacket.protocols import protocol_of
from wavepacket.runs import transport as quantity
from wavepacket.simulation.problem import Problem

__all__ = ["with_own_times"]


def with_own_times(config: Config, parts: tuple[Problem, ...]) -> tuple[Config, tuple[Problem, ...]]:
    """The config of a run of several bands with the times of each band that carries packets by its number, and its parts.

    Raises
    ------
    ConfigError : a band that the crystal does not have, or times that do not fit the band
    """
    given, bands = protocol_of(config).own_times, parts[0].crystal.size
    if not given:
        return config, parts
    for name in given:
        if name not in CARRIERS and int(name) >= bands:
            raise config.problem(f"scattering.bands.{name}", f"the crystal has bands 0 to {bands - 1}")
    own = {}
    for index, part in zip(config.bands, parts, strict=True):
        times = given.get(str(index)) or _by_carriers(part, given)
        if times is not None:
            own[str(index)] = times
    config = config.with_times(own)
    found = tuple(
        replace(part, config=config.of_band(index)) for index, part in zip(config.bands, parts, strict=True)
    )
    for part in found:
        part.protocol.check(part.valley_names)
        _ = part.rates_by_state  # what does not fit the crystal is told before the run
    return config, found


def _by_carriers(part: Problem, given: Mapping[str, TimesOfBand]) -> TimesOfBand | None:
    """What a mapping has for the carriers of a band."""
    if part.sea is None or not any(name in given for name in CARRIERS):
        return None
    occupied, empty = part.sea.sum(axis=(0, 1))[[quantity.SEA_OCCUPIED, quantity.SEA_EMPTY]].tolist()
    holes = are_holes(part.config, part.crystal, occupied, empty)
    return given.get(CARRIERS[int(holes)])
