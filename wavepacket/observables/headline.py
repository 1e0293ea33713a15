"""What a result is about: the one to three observables that stand first, each with the exact value and how near it is."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from wavepacket.observables.components import by_number, components
from wavepacket.observables.observable import Observable, Observables

__all__ = ["Headline", "headlines"]

_MOST = 3
_NEAR, _FAR = 1.0, 3.0
"""Uncertainties within which a value agrees, and beyond which it does not."""
_ALIKE = 1e-6
"""Of the exact value: it may be written with no more digits."""


@dataclass(frozen=True)
class Headline:
    """One of them.

    Attributes
    ----------
    name : of the observable, with its component: ``valley_drift.K.y``
    observable : the observable, or this component of it as one of its own
    exact : the value that it should have, in the same unit; None where none is known
    """

    name: str
    observable: Observable
    exact: float | None = None

    @property
    def verdict(self) -> str:
        """How near the value is to the exact one, in uncertainties; empty where there is no exact one."""
        value, error = self.observable.value, self.observable.uncertainty
        if self.exact is None or not isinstance(value, float):
            return ""
        spread = error if isinstance(error, float) and math.isfinite(error) else 0.0
        off = abs(value - self.exact)
        if spread and off <= _NEAR * spread:
            return "agrees within its uncertainty"
        if off == 0:
            return "the same"
        if off <= _ALIKE * abs(self.exact):
            return f"agrees to {math.floor(-math.log10(max(off / abs(self.exact), 1e-15)))} digits"
        if not spread:
            return f"off by {off:.1g}, and its uncertainty is not known"
        return f"{'off' if off <= _FAR * spread else 'DIFFERS'} by {off / spread:.2g} uncertainties"

    def __str__(self) -> str:
        """Return value, uncertainty and unit, the exact value and the verdict."""
        exact = f"    exact: {self.exact:.10g}, {self.verdict}" if self.verdict else ""
        return f"{self.observable!r}{exact}"

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        entry = self.observable.as_json()
        kept = {key: entry[key] for key in ("value", "uncertainty", "unit")}
        return {"name": self.name, **kept, "exact": self.exact, "verdict": self.verdict}


def headlines(
    observables: Observables, wanted: Mapping[str, float | None], defaults: Sequence[str] = ()
) -> list[Headline]:
    """The observables that are asked for; if none are, the first few of the defaults that are not zero within their error.

    Parameters
    ----------
    wanted : exact value, or None, by name: that of an observable, or one of its components such as ``conductivity.xy``.
        What a result has not is left out.
    """
    found = [_one(observables, name, exact) for name, exact in wanted.items()]
    if wanted:
        return [each for each in found if each is not None]
    there = [Headline(name, observables[name]) for name in defaults if name in observables]
    return [each for each in there if _is_resolved(each.observable)][:_MOST] or there[:1]


def _one(observables: Observables, name: str, exact: float | None) -> Headline | None:
    called, _, component = name.partition(".")
    whole = observables.get(called)
    if whole is None:
        return None
    if whole.over_time:
        whole = replace(whole, value=_last(whole.value), uncertainty=_last(whole.uncertainty))
    numbers = components(whole)
    if not component and len(numbers) > 1:
        return Headline(name, whole, exact)
    for key, value, error in numbers:
        if key == by_number(component) and value is not None:
            error = None if whole.uncertainty is None else math.nan if error is None else float(error)
            return Headline(name, Observable(name, float(value), error, whole.unit, whole.convention), exact)
    parts, errors = whole.value, whole.uncertainty
    if isinstance(parts, Mapping) and component in parts:  # all numbers of a valley
        error = errors[component] if isinstance(errors, Mapping) else errors
        return Headline(name, replace(whole, name=name, value=parts[component], uncertainty=error), exact)
    return None


def _last(series: Any) -> Any:
    """Values at the last saved time."""
    if isinstance(series, Mapping):
        return {name: _last(each) for name, each in series.items()}
    return None if series is None else np.asarray(series)[-1]


def _is_resolved(observable: Observable) -> bool:
    """Whether some number of it is larger than its uncertainty."""
    return any(
        isinstance(value, int | float) and abs(value) > (error or 0)
        for _, value, error in components(observable)
    )
