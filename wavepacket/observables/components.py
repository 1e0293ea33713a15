"""Numbers of an observable by the names of its components, as in tables, figures and configs: ``K``, ``0.1``, ``K.x``."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from wavepacket.observables.observable import Observable

__all__ = ["by_number", "components", "items_of", "largest"]

# Longer lists are series against time: the table takes their last entry.
_TENSOR = 3


def by_number(component: str) -> str:
    """Return ``xy`` as ``0.1``: Cartesian indices as the tables have them."""
    parts = component.strip().split(".")
    if parts[-1] and set(parts[-1]) <= set("xyz"):
        parts[-1] = ".".join(str("xyz".index(letter)) for letter in parts[-1])
    return ".".join(parts)


def items_of(value: Any) -> list[tuple[str, Any]]:
    """Parts of a value by their names, of a series its last entry; none of a number."""
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, list):
        parts = enumerate(value) if len(value) <= _TENSOR else [("last", value[-1])]
        return [(str(key), item) for key, item in parts]
    return []


def largest(tensor: Any) -> tuple[int, ...]:
    """Indices of the largest component of a tensor [μ, T, a, b, ...], or of one [a, b] alone."""
    size = np.abs(tensor).max(axis=(0, 1)) if np.ndim(tensor) > 2 else np.abs(tensor)
    return tuple(map(int, np.unravel_index(int(size.argmax()), size.shape)))


def components(observable: Observable) -> list[tuple[str, Any, Any]]:
    """(name, value, uncertainty) of each number of an observable; of a series against time the last entry."""
    entry = observable.as_json()
    errors = dict(_flat(entry["uncertainty"]))
    return [(name, value, errors.get(name)) for name, value in _flat(entry["value"])]


def _flat(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    if not isinstance(value, dict | list):
        yield prefix, value
    for key, item in items_of(value):
        yield from _flat(item, f"{prefix}.{key}" if prefix else key)
