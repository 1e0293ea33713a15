"""A number with its unit, its sign convention and its uncertainty."""

import html
import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
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
    contributions : parts that add up to it, by name
    series : the same against time, a row for each saved time (of each valley, where the value is by valley)
    packets : the same for each packet
    valleys : names along the first axis of an array
    over_time : whether the first axis of the value, or of that of each valley, are the saved times
    facts : words, counts, shares and numbers of packets that belong to it: nothing with a unit
    old : names that it had in the last version

    """

    name: str
    value: Value
    uncertainty: Value | None = None
    unit: str = ""
    convention: str = ""
    contributions: Mapping[str, "Observable"] = field(default_factory=dict)
    series: "Observable | None" = None
    packets: "Observable | None" = None
    valleys: tuple[str, ...] = ()
    over_time: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)
    old: tuple[str, ...] = ()

    def named(self, name: str, unit: str, convention: str, old: tuple[str, ...] = ()) -> "Observable":
        """Return a result without a name with it; the convention it has follows the one that is given."""
        words = "; ".join(part for part in (convention, self.convention) if part)
        parts = {key: replace(each, name=key, unit=unit) for key, each in self.contributions.items()}
        series, packets = (
            each and replace(each, name=name, unit=unit) for each in (self.series, self.packets)
        )
        return replace(
            self, name=name, unit=unit, convention=words, contributions=parts, series=series, packets=packets, old=old,
        )  # fmt: skip

    def __repr__(self) -> str:
        """Return value, uncertainty and unit; long arrays are shortened."""
        unit = "" if self.unit in ("", "1") or plain(self.value) is None else f" {self.unit}"
        return f"{_shown(_listed(self.value), _listed(self.uncertainty))}{unit}"

    def __str__(self) -> str:
        """Return the same behind the name, and the convention below."""
        return f"{self.name}: {self!r}\n    {self.convention}"

    def as_json(self) -> dict[str, Any]:
        """Plain lists and numbers; not-a-number becomes null."""
        entry = self._numbers() | {"unit": self.unit, "convention": self.convention} | self._further()
        return {key: plain(value) for key, value in entry.items()}

    @property
    def details(self) -> dict[str, Any]:
        """What JSON has besides value, uncertainty, unit and convention: for scripts of the last version."""
        warnings.warn(
            "Observable.details is gone in the next version: use contributions, series, packets, valleys or facts",
            DeprecationWarning, stacklevel=2,
        )  # fmt: skip
        return self._further()

    def _numbers(self) -> dict[str, Any]:
        return {"value": self.value, "uncertainty": self.uncertainty}

    def _further(self) -> dict[str, Any]:
        found: dict[str, Any] = dict(self.facts)
        if self.contributions:
            found["contributions"] = {name: each._numbers() for name, each in self.contributions.items()}
        if self.series is not None:
            found["series"] = self.series.value
            if self.series.uncertainty is not None:
                found["series_uncertainty"] = self.series.uncertainty
        if self.packets is not None:
            found["packets"] = {**self.packets.facts, **self.packets._numbers()}
        return found | ({"valleys": list(self.valleys)} if self.valleys else {})


class Observables(dict[str, Observable]):
    """Observables by name; an old name leads to the new one for one version, with a warning."""

    def _renamed(self, name: object) -> Observable | None:
        return next((each for each in self.values() if name in each.old), None)

    def __missing__(self, name: str) -> Observable:
        """Return what had this name."""
        found = self._renamed(name)
        if found is None:
            raise KeyError(f"no observable {name!r} here; there are {', '.join(self) or 'none'}")
        warnings.warn(
            f"{name} is now {found.name}: the old name is for this version only",
            FutureWarning,  # one for users, which Python shows also where the package asks for them
            stacklevel=2,
        )
        return found

    def __contains__(self, name: object) -> bool:
        """Return whether there is one of this name, new or old."""
        return super().__contains__(name) or self._renamed(name) is not None

    def get(self, name: str, default: Any = None) -> Any:
        """Return the one of this name, new or old."""
        found = super().get(name)
        return self[name] if found is None and name in self else default if found is None else found

    def as_json(self) -> dict[str, Any]:
        """All of them, those that were renamed by their old names, too."""
        found = {name: each.as_json() for name, each in self.items()}
        for each in self.values():
            text = f"old name of {each.name}, for one version: {each.convention}"
            found |= {name: {**found[each.name], "convention": text} for name in each.old}
        return found

    def to_dataframe(self) -> Any:
        """Return a pandas table with one row for each number: observable, component, value, uncertainty, unit.

        Of a series against time it has the last entry. ImportError where pandas is not installed.
        """
        import pandas

        from wavepacket.observables.components import components

        rows = [
            (name, component, value, error, each.unit)
            for name, each in self.items()
            for component, value, error in components(each)
        ]
        return pandas.DataFrame(rows, columns=["observable", "component", "value", "uncertainty", "unit"])

    def _repr_html_(self) -> str:
        """Return a table for notebooks; the convention of each shows when the pointer rests on its name."""
        rows = "".join(
            f"<tr><td title='{html.escape(each.convention, quote=True)}'>{html.escape(name)}</td>"
            f"<td style='text-align:left'>{html.escape(repr(each))}</td></tr>"
            for name, each in self.items()
        )
        return f"<table><tr><th>observable</th><th style='text-align:left'>value</th></tr>{rows}</table>"


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
