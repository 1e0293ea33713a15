"""Ranges and lists of values for one key: ``0:10:0.5 T``, ``0,1,2 T``, ``MoS2,WSe2`` or a YAML list."""

import re
from dataclasses import dataclass
from decimal import Decimal

from wavepacket.config.loader import parse
from wavepacket.errors import ConfigError, InputError
from wavepacket.units import shown

__all__ = ["Axis", "parse_axis", "scan"]

VALUES_LIMIT = 100_000

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_RANGE = re.compile(rf"\s*({_NUMBER})\s*:\s*({_NUMBER})\s*:\s*({_NUMBER})\s*(\S.*)?", re.DOTALL)
_QUANTITY = re.compile(rf"\s*({_NUMBER})\s*(\S.*)?", re.DOTALL)


@dataclass(frozen=True)
class Axis:
    """Values that one key takes, one after the other.

    Attributes
    ----------
    path : of the key, such as ``fields.magnetic.z``
    values : as one would write them in the config
    """

    path: str
    values: tuple[str, ...]

    @property
    def numbers(self) -> tuple[float, ...] | None:
        """The values where all are numbers with one unit (or none), in that unit."""
        quantities = [_QUANTITY.fullmatch(value) for value in self.values]
        matches = [match for match in quantities if match]
        if len(matches) < len(quantities) or len({match[2] for match in matches}) != 1:
            return None
        return tuple(float(match[1]) for match in matches)

    @property
    def unit(self) -> str:
        """The unit of ``numbers``, empty for none."""
        match = _QUANTITY.fullmatch(self.values[0])
        return (match[2] or "").strip() if match and self.numbers is not None else ""


def parse_axis(text: str) -> Axis:
    """Return the axis ``KEY=VALUES``.

    Raises
    ------
    InputError : it is no such thing, a step leads nowhere, or there are too many values
    """
    path, equals, values = text.partition("=")
    if not equals or not path.strip() or not values.strip():
        raise InputError(f"-s {shown(text)}: must be KEY=VALUES, such as fields.magnetic.z=0:10:0.5T")
    try:
        return Axis(path.strip(), scan(values))
    except InputError as error:
        raise InputError(f"-s {shown(text)}: {error}") from error


def scan(text: str) -> tuple[str, ...]:
    """Return the values of ``start:stop:step unit`` (both ends count), ``a,b,c unit``, ``name,name`` or a YAML list.

    A step that does not lead to the end is refused: nobody sees in a table that its last value was left out. In a list
    the last unit is that of the numbers without one. Decimal arithmetic: ``0:1:0.1`` has eleven values, and they read as
    one would write them.
    """
    if match := _RANGE.fullmatch(text):
        start, stop, step = (Decimal(match[i]) for i in (1, 2, 3))
        return tuple(_with_unit(value, match[4]) for value in _range(start, stop, step, match[4] or ""))
    if text.lstrip().startswith(("[", "{")):
        return _written(text)
    if ":" in text:
        raise InputError(f"{shown(text)} is no range; write start:stop:step with one unit at the end")
    parts = [part.strip() for part in text.split(",")]
    if not all(parts):
        raise InputError(f"{shown(text)}: a value is missing beside a comma")
    quantities = [_QUANTITY.fullmatch(part) for part in parts]
    if len(parts) == 1 or not all(quantities):
        return tuple(value for part in parts for value in _written(part))
    pairs = [(Decimal(match[1]), match[2]) for match in quantities if match]
    return tuple(_with_unit(number, unit or pairs[-1][1]) for number, unit in pairs)


def _range(start: Decimal, stop: Decimal, step: Decimal, unit: str) -> list[Decimal]:
    if step == 0 or (stop - start) / step < 0:
        raise InputError(f"a step of {step} does not lead from {start} to {stop}")
    if (stop - start) / step >= VALUES_LIMIT:
        raise InputError(f"more than {VALUES_LIMIT} values")
    steps = int((stop - start) / step)
    if start + steps * step != stop:
        ends = (start + steps * step, start + (steps + 1) * step)
        ways = " or ".join(
            f"{start}:{_with_unit(end, None)}:{step} {unit}".strip() for end in ends if end != start
        )
        raise InputError(
            f"steps of {step} from {start} miss the end {stop}: write {ways}, or a step that leads there"
        )
    return [start + i * step for i in range(steps + 1)]


def _with_unit(value: Decimal, unit: str | None) -> str:
    number = "0" if value == 0 else str(value)
    return f"{number} {unit.strip()}" if unit else number


def _written(text: str) -> tuple[str, ...]:
    """Values of a YAML list, of lists between commas, or the one value that the text is."""
    try:
        values = _plain(text)
    except InputError:
        if "," not in text:
            raise
        values = _plain(f"[{text}]")
    return tuple(_flow(value) for value in values) if isinstance(values, list) and values else (text.strip(),)


def _plain(text: str) -> object:
    try:
        node, problems = parse(text, "values")
    except ConfigError as error:
        raise InputError(str(error)) from error
    if problems:
        raise InputError("; ".join(problem.message for problem in problems))
    return node.plain()


def _flow(value: object) -> str:
    """Return a value as YAML on one line."""
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
