"""Parameters of a library model, once its builder has said what they are."""

from collections.abc import Mapping

from wavepacket.config.messages import unknown_key
from wavepacket.config.source import Node, Place
from wavepacket.config.types import integer
from wavepacket.errors import ConfigError
from wavepacket.units import parse_quantity, shown

__all__ = ["resolve_parameters"]

Parameters = dict[str, float | int | str]


def resolve_parameters(
    given: Mapping[str, object], dimensions: Mapping[str, str], source: Node | None = None
) -> Parameters:
    """Return the given parameters in internal units.

    Parameters
    ----------
    given : parameter → number, or text with a unit
    dimensions : parameter → a key of `wavepacket.units.DIMENSIONS`, ``integer`` or ``text``
    source : the node of the mapping, for the places of problems

    Raises
    ------
    ConfigError
        with all unknown parameters and unreadable values
    """
    source = source or Node({}, Place("", path="model"))
    resolved: Parameters = {}
    problems = []
    for name, value in given.items():
        place = source.where((name,))
        if name not in dimensions:
            key = node.key if (node := source.child(name)) else None
            problems.append((key or place).problem(unknown_key(name, dimensions, "parameter")))
            continue
        try:
            resolved[name] = _resolve(value, dimensions[name])
        except ValueError as error:
            problems.append(place.problem(str(error)))
    if problems:
        raise ConfigError(problems)
    return resolved


def _resolve(value: object, dimension: str) -> float | int | str:
    if dimension == "text":
        if not isinstance(value, str):
            raise ValueError(f"must be text, not {shown(value)}")
        return value
    if dimension == "integer":
        return int(str(integer(value)))
    number = parse_quantity(value, dimension)
    if dimension == "length" and number < 0:
        raise ValueError(f"must be at least 0, not {shown(value)}")
    return number
