"""Which values the datasets of a run may hold: a file that is whole may still be forged, or of a broken program."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wavepacket.errors import Status
from wavepacket.runs.description import RunDescription
from wavepacket.runs.layout import SUMS

Values = NDArray[Any]
Wrong = Callable[[Values], Values]
"""Tells which of some values are outside of the domain."""

_STATUSES = np.array(sorted(Status))


def _infinite(values: Values) -> Values:
    return ~np.isfinite(values)


def _negative(values: Values) -> Values:
    return values < 0  # NaN is not: it stands for what is not known


def _unsteady(values: Values) -> Values:
    steps = np.diff(values, prepend=values[:1] - 1)
    return ~(np.isfinite(values) & (steps > 0))


_WRONG: dict[str, Wrong] = {
    "trajectory": lambda values: (values < 0) | (np.diff(values, prepend=values[:1] - 1) != 1),
    "weight": _infinite,
    "band": _negative,
    "replica": _negative,
    "electric_sign": lambda values: np.abs(values) != 1,
    "status": lambda values: ~np.isin(values, _STATUSES),
    "time": _unsteady,
    "path": _unsteady,
    "diagnostics/minimum_gap": _negative,
    "diagnostics/energy_drift": _negative,
    "diagnostics/interband_mixing": _negative,
    "diagnostics/steps": _negative,
    **dict.fromkeys(SUMS, _infinite),
}
DOMAINS = (*_WRONG, "valley")
"""Datasets with values that are looked at."""


def check_domains(content: Mapping[str, Values], description: RunDescription) -> None:
    """Raise ValueError, with the name of the dataset, where one holds what it cannot hold.

    Parameters
    ----------
    content : arrays by the names of `layout.FIELDS`; those without a domain may be anything
    """
    for name, values in content.items():
        wrong = _not_a_valley(len(description.valley_names)) if name == "valley" else _WRONG.get(name)
        if wrong is None or not values.size:
            continue
        bad = wrong(values)
        if bad.any():
            first = int(np.argmax(bad))
            raise ValueError(f"{name} holds {values.flat[first]!s} at place {first}, which it cannot")
    for name in ("sums/population", "sums/occupation"):
        if name in content and "weight" in content:
            _check_states(name, content[name], content["weight"])


def _check_states(name: str, sums: Values, weight: Values) -> None:
    """Raise ValueError where sums of weights are more than all of them, or negative though none of them is."""
    with np.errstate(over="ignore"):
        most = np.abs(weight).sum() * (1 + 1e-9)
    least = -most if np.any(weight < 0) else 0.0
    if np.any((sums > most) | (sums < least)):
        raise ValueError(f"{name} holds numbers of states that these weights cannot have")


def _not_a_valley(number: int) -> Wrong:
    return lambda values: (values < -1) | (values >= number)
