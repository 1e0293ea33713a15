"""Splines through samples of a profile that has one to three components."""

import math
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float
from wavepacket.errors import InputError
from wavepacket.space_spline import SpaceSpline, space_spline

__all__ = ["AXES", "QUANTITY", "largest_turn", "profile_splines", "unit_samples"]

AXES, QUANTITY = "xyt", "profile"
_SHORT = 1e-6  # of the longest sample


def profile_splines(
    arrays: Mapping[str, npt.NDArray[Any]], periodic: Collection[str] = (), *, unit: bool = False
) -> tuple[SpaceSpline, ...]:
    """Return a spline for each component of ``profile`` over x, y and t, with a last axis where there are several.

    ``unit`` divides the samples by their lengths.

    Raises
    ------
    InputError
        as `space_spline`, for more than three components, and of a unit vector for other than three, or one of no length
    """
    samples = arrays.get(QUANTITY)
    there = sum(axis in arrays for axis in AXES)
    if samples is None or samples.ndim <= there:
        if unit and samples is not None:
            raise InputError("a unit vector has three components, the last axis of profile")
        return (space_spline(arrays, QUANTITY, "units of the term", periodic, axes=AXES),)
    number = samples.shape[-1]
    if samples.ndim > there + 1 or number > 3 or (unit and number != 3):
        raise InputError(
            f"profile must have the axes {', '.join(a for a in AXES if a in arrays)} and a last one of "
            f"{'three' if unit else 'one to three'} components, not the shape {samples.shape}"
        )
    if unit:
        samples = unit_samples(samples)
    return tuple(
        space_spline(
            {**arrays, QUANTITY: samples[..., c]}, QUANTITY, "units of the term", periodic, axes=AXES
        )
        for c in range(number)
    )


def unit_samples(samples: npt.NDArray[Any]) -> Float:
    """Vectors (..., 3) divided by their lengths; InputError where one has none, or is not finite."""
    if samples.dtype.kind not in "iuf" or not np.all(np.isfinite(samples)):
        raise InputError("profile must be finite real numbers")
    vectors = samples.astype(np.float64)
    largest = float(np.abs(vectors).max())
    lengths = np.linalg.norm(vectors / (largest or 1.0), axis=-1)
    empty = lengths <= _SHORT
    if empty.any():
        place = np.unravel_index(int(np.argmax(empty)), empty.shape)
        raise InputError(
            f"the vector is zero at {np.count_nonzero(empty)} sample(s), the first one at index "
            f"({', '.join(map(str, place))}): a direction must be known everywhere, cut the grid to where it is"
        )
    return np.asarray(vectors / (largest * lengths[..., None]))


def largest_turn(samples: npt.NDArray[Any]) -> float:
    """Largest angle (rad) between neighbouring samples (..., 3) of a direction."""
    n, smallest = unit_samples(samples), 1.0
    for axis in range(n.ndim - 1):
        cosine = np.sum(
            np.take(n, range(1, n.shape[axis]), axis) * np.take(n, range(n.shape[axis] - 1), axis), -1
        )
        smallest = min(smallest, float(cosine.min(initial=1.0)))
    return math.acos(max(smallest, -1.0))
