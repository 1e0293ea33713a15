"""From the arrays that a simulation hands over to exactly what a shard holds. No files."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wavepacket.runs.layout import FIELDS, MADE, PATH_FIELDS, measure

Arrays = dict[str, NDArray[Any]]


def prepare(arrays: Mapping[str, ArrayLike]) -> Arrays:
    """Return everything that a shard will hold, in the types of the layout, or raise ValueError."""
    unknown = sorted(name for name in arrays if name not in FIELDS or name in MADE)
    missing = sorted(
        name for name, field in FIELDS.items() if field.required and name not in (*arrays, *MADE)
    )
    if unknown or missing:
        raise ValueError(f"unknown arrays {unknown}, missing arrays {missing}")
    content = {name: _converted(name, values) for name, values in arrays.items()}
    _place_paths(content)
    sizes = measure({name: values.shape for name, values in content.items()}, "path" not in content)
    identities = content["trajectory"]
    if not np.array_equal(identities, identities[0] + np.arange(identities.size)):
        raise ValueError("the trajectories of a shard must have consecutive identities")
    return {**content, **scales_of(sizes)}


def _converted(name: str, values: ArrayLike) -> NDArray[Any]:
    """Return an array in the type of its field; a type that could lose digits is refused."""
    given, dtype = np.asarray(values), np.dtype(FIELDS[name].dtype)
    if not np.can_cast(given.dtype, dtype, "safe"):
        raise ValueError(f"{name} is {given.dtype} instead of {dtype}")
    return given.astype(dtype, copy=False)


def _place_paths(content: Arrays) -> None:
    """Drop what need not be said: empty paths altogether, and ``path`` where every path is stored."""
    given = [name for name in PATH_FIELDS if name in content]
    if all(len(content[name]) == 0 for name in given):
        for name in given:
            del content[name]
    elif "position" not in content or "wavevector" not in content:
        raise ValueError("positions and wavevectors are stored together")
    elif "path" in content:
        path, identities = content["path"], content["trajectory"]
        if np.array_equal(path, identities):
            del content["path"]
        elif not np.all(np.diff(path) > 0) or not np.all(np.isin(path, identities)):
            raise ValueError("path must hold ascending identities out of trajectory")


def scales_of(sizes: Mapping[str, int]) -> Arrays:
    """Return the scales that follow from the sizes of the dimensions."""
    scales: Arrays = {"axis": np.array([b"x", b"y", b"z"])}
    if "sums/valley" in sizes:
        valleys = np.arange(sizes["sums/valley"], dtype="<i4")
        valleys[-1] = -1
        scales["sums/sign"] = np.array([1, -1], dtype="|i1")
        scales["sums/replica"] = np.arange(sizes["sums/replica"], dtype="<i4")
        scales["sums/valley"] = valleys
    if "sums/quantity" in sizes:
        scales["sums/quantity"] = np.arange(sizes["sums/quantity"], dtype="<i4")
    return scales
