"""A number with its unit, its sign convention and its uncertainty."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Value = float | npt.NDArray[np.float64] | Mapping[str, Any]


@dataclass(frozen=True)
class Observable:
    """One result.

    Attributes
    ----------
    name : the same in JSON, CSV and Python
    value : number, array, or mapping of names (such as valleys) to them
    uncertainty : of the same shape; None where there is only one estimate
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
