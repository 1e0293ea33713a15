"""A number with its unit, its sign convention and its uncertainty."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Value = float | npt.NDArray[np.float64] | Mapping[str, Any]


_DIGITS = 6  # of a number whose uncertainty is not known
_MOST_DIGITS = 10


@dataclass(frozen=True, repr=False)
class Observable:
    """One result; printed with value, uncertainty and unit, and its convention on a second line.

    Attributes
    ----------
    name : the same in JSON, CSV and Python
    value : number, array, or mapping of names (such as valleys) to them
    uncertainty : of the same shape, not-a-number where it is not known; None where there is none, as of a bound
    unit : text, "1" for a pure number
    convention : signs, contractions, and how the uncertainty was found
    details : further numbers that belong to it

    """

    name: str
    value: Value
    uncertainty: Value | None
    unit: str
    convention: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Return value, uncertainty and unit; long arrays are shortened."""
        unit = "" if self.unit == "1" or plain(self.value) is None else f" {self.unit}"
        return f"{_shown(_listed(self.value), _listed(self.uncertainty))}{unit}"

    def __str__(self) -> str:
        """Return the same behind the name, and the convention below."""
        return f"{self.name}: {self!r}\n    {self.convention}"

    def as_json(self) -> dict[str, Any]:
        """Plain lists and numbers; not-a-number becomes null."""
        entry = {
            "value": plain(self.value),
            "uncertainty": plain(self.uncertainty),
            "unit": self.unit,
            "convention": self.convention,
        }
        return entry | {key: plain(value) for key, value in self.details.items()}


def plain(value: Any) -> Any:
    """Turn arrays and numpy numbers into what JSON knows."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    if isinstance(value, np.integer | np.bool_):
        return value.item()
    return value


def _listed(value: Any) -> Any:
    """Turn arrays into lists and numpy's numbers into Python's; not-a-number stays, it means something here."""
    if isinstance(value, Mapping):
        return {str(key): _listed(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return [_listed(item) for item in value] if isinstance(value, list | tuple) else value


def _shown(value: Any, error: Any) -> str:
    """Return plain values as a person reads them; of a long list the last entry."""
    if isinstance(value, dict):
        errors = error if isinstance(error, dict) else {}
        shown = {key: _shown(item, errors.get(key)) for key, item in value.items()}
        if shown.keys() == {"real", "imaginary"} and not np.any(value["imaginary"]):
            return shown["real"]
        return ", ".join(f"{key} {text}" for key, text in shown.items())
    shape = np.shape(value)
    if shape == (3, 3, 3):
        return _components(value, error)
    if shape and max(shape[:2]) > 3:
        return (
            f"{len(value)} values, last {_shown(value[-1], error[-1] if isinstance(error, list) else None)}"
        )
    if value is None or error is None or np.shape(error) != np.shape(value):
        return _each(_rounded, value)
    if not np.any(np.isfinite(error)) and np.any(np.isfinite(value)):
        return f"{_each(_rounded, value)} ± unknown"
    return f"{_each(_rounded, value, error)} ± {_each(_as_error, error)}"


def _components(value: Any, error: Any) -> str:
    """Return the components of a third-rank tensor that differ from zero."""
    numbers = np.array(value, dtype=np.float64)
    errors = np.zeros((3, 3, 3)) if error is None else np.array(error, dtype=np.float64)
    least = np.maximum(np.nan_to_num(errors), 1e-12 * np.nanmax(np.abs(numbers)))
    found = np.argwhere(np.abs(numbers) > least)
    each = (
        f"{''.join('xyz'[a] for a in place)} {_shown(numbers[*place], None if error is None else errors[*place])}"
        for place in found
    )
    known = bool(np.all(np.isfinite(errors)))
    return ", ".join(each) or (f"no component above {_as_error(errors.max())}" if known else "0 ± unknown")


def _each(shown: Callable[..., str], *values: Any) -> str:
    """Return numbers, or lists of them in brackets."""
    if isinstance(values[0], list):
        return "[" + ", ".join(_each(shown, *items) for items in zip(*values, strict=True)) + "]"
    return shown(*values)


def _rounded(value: float | None, error: float | None = None) -> str:
    """Return a number to the second digit of its uncertainty: what lies below is noise."""
    if value is None or math.isnan(value):
        return "not defined"
    known = error is not None and math.isfinite(error)
    digits = _MOST_DIGITS if known else _DIGITS
    if error and known:
        below = 1 - math.floor(math.log10(error))
        value = round(value, below)
        if value:
            digits = min(digits, max(1, math.floor(math.log10(abs(value))) + below + 1))
    return f"{value + 0.0:.{digits}g}"


def _as_error(error: float | None) -> str:
    return "unknown" if error is None or math.isnan(error) else f"{error:.2g}"
