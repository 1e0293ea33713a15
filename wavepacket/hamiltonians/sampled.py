"""λ(r, t) that a script gives, as samples or as a function of place and time."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float, packed
from wavepacket.config import GridProfile
from wavepacket.config.profile_samples import QUANTITY, profile_splines, unit_samples
from wavepacket.errors import InputError

__all__ = ["sampled_profile"]

ProfileFunction = Callable[..., npt.ArrayLike]

_FIRST = 32  # intervals along each axis that a function is sampled at first
_MOST, _FINEST = 2**20, 2**11  # samples, and intervals along an axis
_BEST = 1e-12  # accuracy: double precision gives no more
_MIDDLE = (
    np.array([1.0, 237.0, 1682.0, 1682.0, 237.0, 1.0]) / 3840.0
)  # quintic B-splines half way between two points


def sampled_profile(
    values: npt.ArrayLike | ProfileFunction,
    *,
    x: npt.ArrayLike,
    y: npt.ArrayLike | None = None,
    t: npt.ArrayLike | None = None,
    unit: bool = False,
    periodic: Sequence[str] = (),
    accuracy: float = 1e-8,
) -> GridProfile:
    """Return a profile of textures for λ(r, t); the folder of the run keeps its samples to the last bit.

    Parameters
    ----------
    values : samples over the axes that are given, in the order x, y, t, with a last axis of components where there are two
        or three; or a function of floats, of x (Å) and those of y (Å) and t (fs) that are given, that returns one to
        three numbers, compiled by numba or not
    x, y, t : evenly spaced points, six or more; of a function the two ends between which it is sampled
    unit : whether the three components are a unit vector: samples, and what is between them, are divided by their lengths
    periodic : which of ``x`` and ``y`` repeat: samples one spacing after the last point, a function from its end on
    accuracy : of a function: largest error half way between the samples over the largest |λ|. Where the quintic spline
        through 32 equal intervals is worse, they are halved along all axes

    Raises
    ------
    InputError
        for arrays of other shapes, not finite numbers, and functions that no spline follows, such as those that jump

    Examples
    --------
    >>> import numpy as np, wavepacket
    >>> dot = wavepacket.sampled_profile(lambda x, y: np.exp(-(x * x + y * y) / 800), x=(-150, 150), y=(-150, 150))
    >>> texture = {"strength": 0.2, "term": {"matrix": [[1, 0], [0, -1]]}, "profile": dot}

    """
    axes = {name: np.asarray(axis) for name, axis in (("x", x), ("y", y), ("t", t)) if axis is not None}
    section = GridProfile.model_validate(
        {"kind": "grid", "file": "profile.npz", "periodic": tuple(periodic), "unit": unit}
    )
    arrays = (
        _samples_of(values, axes, section, accuracy)
        if callable(values)
        else {**axes, QUANTITY: np.asarray(values)}
    )
    profile_splines(arrays, periodic, unit=unit)
    return section.holding(packed(arrays))


def _samples_of(
    function: ProfileFunction, axes: Mapping[str, npt.NDArray[Any]], section: GridProfile, accuracy: float
) -> dict[str, npt.NDArray[Any]]:
    """Sample a function until the splines meet the accuracy half way between the samples."""
    if not _BEST <= accuracy < 1:
        raise InputError(f"accuracy must be from {_BEST:g} to 1, not {accuracy:g}")
    for name, ends in axes.items():
        if ends.shape != (2,) or not np.isfinite(ends.astype(np.float64)).all() or not ends[0] < ends[1]:
            raise InputError(f"of a function {name} is the two ends between which it is sampled, ascending")
    intervals = _FIRST
    while True:
        points = {
            name: np.linspace(float(ends[0]), float(ends[1]), intervals + 1)[
                : intervals + (name not in section.periodic)
            ]
            for name, ends in axes.items()
        }
        samples = _values(function, points, section)
        splines = profile_splines({**points, QUANTITY: samples}, section.periodic)
        middles = {name: p[0] + (p[1] - p[0]) * (0.5 + np.arange(intervals)) for name, p in points.items()}
        exact = _values(function, middles, section)
        between = np.stack([_between(spline.coefficients, axes) for spline in splines], axis=-1)
        error = np.abs(between.reshape(exact.shape) - exact)
        if error.max() <= accuracy * np.abs(samples).max():
            return {**points, QUANTITY: samples}
        intervals *= 2
        if intervals > _FINEST or (intervals + 1) ** len(axes) > _MOST:
            worst = np.unravel_index(int(np.argmax(error)), error.shape)
            at = ", ".join(f"{name} = {middles[name][i]:.4g}" for name, i in zip(axes, worst, strict=False))
            raise InputError(
                f"no spline through {intervals // 2} intervals along each axis follows the profile to {accuracy:g} of its "
                f"largest value: it jumps or bends most near {at}: make it smooth there, sample a smaller place, or take a "
                "larger accuracy="
            )


def _values(function: ProfileFunction, points: Mapping[str, Float], section: GridProfile) -> Float:
    """Samples over the axes and, where there are several, components; those of a unit vector of length 1."""
    found: list[npt.NDArray[Any]] = []
    for place in itertools.product(*(axis.tolist() for axis in points.values())):
        try:
            found.append(np.asarray(function(*place)))
        except Exception as error:
            at = ", ".join(f"{name} = {value:g}" for name, value in zip(points, place, strict=True))
            raise InputError(f"the profile failed at {at}: {type(error).__name__}: {error}") from error
    shapes = {each.shape for each in found}
    if len(shapes) != 1 or not shapes <= {(), (1,), (2,), (3,)} or found[0].dtype.kind not in "iuf":
        raise InputError("the profile must return one to three real numbers, everywhere as many")
    values = np.array(found, dtype=np.float64).reshape(*map(len, points.values()), *found[0].shape)
    if not np.all(np.isfinite(values)):
        raise InputError("the profile is not finite everywhere")
    return unit_samples(values) if section.unit and values.shape[-1:] == (3,) else values


def _between(coefficients: Float, axes: Mapping[str, object]) -> Float:
    """The spline half way between its points along all axes, in the order x, y, t."""
    found = np.moveaxis(coefficients[:, 0], 0, -1)
    for number, name in enumerate("xyt"):
        if name in axes:
            window = np.lib.stride_tricks.sliding_window_view(found, len(_MIDDLE), axis=number)
            found = window @ _MIDDLE
        else:
            found = np.take(found, [0], axis=number)
    return np.asarray(found)
