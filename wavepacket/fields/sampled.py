"""E(t) that a script gives, as samples or as a function of time."""

from collections.abc import Callable
from numbers import Real
from pathlib import Path
from typing import overload

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Flags, Float, packed
from wavepacket.config import SampledField
from wavepacket.errors import InputError
from wavepacket.time_spline import TimeSpline, time_spline

__all__ = ["sampled_field"]

FieldFunction = Callable[[float], npt.ArrayLike]

_INTERVALS = 256  # that a function is sampled at first
_PROBES = (0.5, 0.21, 0.83)  # of an interval: where the spline is compared with the function
_MOST = 20_000  # samples
_FINEST = 1e-6  # of the time span: shorter intervals show a jump or a kink rather than resolve a feature
_BEST = 1e-13  # accuracy: double precision gives no more


@overload
def sampled_field(time: npt.ArrayLike, field: npt.ArrayLike, *, scale: float = ...) -> SampledField: ...
@overload
def sampled_field(
    time: FieldFunction, *, end: float, start: float = ..., accuracy: float = ..., scale: float = ...
) -> SampledField: ...
def sampled_field(
    time: npt.ArrayLike | FieldFunction,
    field: npt.ArrayLike | None = None,
    *,
    start: float = 0.0,
    end: float | None = None,
    accuracy: float = 1e-10,
    scale: float = 1.0,
) -> SampledField:
    """Return a term of ``fields.electric`` for E(t); the folder of the run keeps its samples to the last bit.

    Parameters
    ----------
    time : (n,) fs, ascending, six or more; before the first and after the last E is zero. Or a function of t (a float, fs)
        that returns the three components of E in V/Å, compiled by numba or not
    field : (n, 3) V/Å; not with a function
    start, end : fs; from where to where a function is sampled. E is zero outside
    accuracy : of a function: largest error between the samples over the largest |E|. Where the quintic spline through
        256 equal intervals is worse, they are halved; features shorter than a thousandth of the span can be missed
    scale : factor of E

    Raises
    ------
    InputError
        for arrays of other shapes, not finite numbers, times that do not ascend, and functions that no spline follows,
        such as those that jump

    Examples
    --------
    >>> import numpy as np, wavepacket
    >>> term = wavepacket.sampled_field(lambda t: (1e-3 * np.exp(-((t - 50) / 12) ** 2), 0, 0), end=100)
    >>> config = {"fields": {"electric": term}}

    """
    if callable(time):
        if not isinstance(end, Real) or field is not None:
            raise InputError(
                "a field as a function of time is sampled_field(function, end=...), a number in fs"
            )
        arrays = _samples_of(time, float(start), float(end), accuracy)
    else:
        if field is None or end is not None:
            raise InputError("samples of a field are sampled_field(time, field)")
        arrays = {"time": np.asarray(time), "field": np.asarray(field)}
        time_spline(arrays)
    return SampledField(file=Path("field.npz"), scale=scale).holding(packed(arrays))


def _samples_of(function: FieldFunction, start: float, end: float, accuracy: float) -> dict[str, Float]:
    """Sample a function until the spline meets the accuracy everywhere between the samples."""
    if not (np.isfinite([start, end]).all() and start < end):
        raise InputError(f"a field is sampled from start to a later end, not from {start:g} to {end:g} fs")
    if not _BEST <= accuracy < 1:
        raise InputError(f"accuracy must be from {_BEST:g} to 1, not {accuracy:g}")
    known: dict[float, Float] = {}

    def values(times: Float) -> Float:
        for t in times.tolist():
            if t not in known:
                known[t] = _components(function, t)
        return np.array([known[t] for t in times.tolist()])

    time = np.linspace(start, end, _INTERVALS + 1)
    while True:
        arrays = {"time": time, "field": values(time)}
        error = _errors(time_spline(arrays), time, values)
        allowed = accuracy * max(float(np.linalg.norm(each)) for each in known.values())
        if np.all(error <= allowed):
            return arrays
        length = np.diff(time)
        poor = error > allowed
        if length[poor].min() < _FINEST * (end - start):
            raise InputError(_no_spline(time, error, length, accuracy))
        halved = _graded(length, poor)
        if len(time) + np.count_nonzero(halved) > _MOST:
            raise InputError(
                f"E(t) needs more than {_MOST} samples for {accuracy:g} of its largest value: take a shorter time, a larger "
                "accuracy=, or a sinusoid of the config for what oscillates fast"
            )
        time = np.sort(np.concatenate([time, (time[:-1] + length / 2)[halved]]))


def _components(function: FieldFunction, t: float) -> Float:
    try:
        value = np.asarray(function(t))
    except Exception as error:
        raise InputError(f"the field failed at t = {t:g} fs: {type(error).__name__}: {error}") from error
    if value.shape != (3,) or value.dtype.kind not in "iuf" or not np.all(np.isfinite(value)):
        raise InputError(
            f"the field must be three finite real numbers in V/angstrom, at t = {t:g} fs it is {value}"
        )
    return value.astype(np.float64)


def _errors(spline: TimeSpline, time: Float, values: Callable[[Float], Float]) -> Float:
    """Largest |E − spline| (n − 1,) at the probes of each interval."""
    length = np.diff(time)
    probes = [time[:-1] + part * length for part in _PROBES]
    return np.asarray(np.max([np.linalg.norm(values(t) - spline.at(t), axis=1) for t in probes], axis=0))


def _graded(length: Float, halved: Flags) -> Flags:
    """Intervals to halve so that neighbours differ by a factor of two at most: else a spline swings between samples."""
    while True:
        left = np.where(halved, length / 2, length)
        longer = np.zeros_like(halved)
        longer[1:] |= left[1:] > 3 * left[:-1]
        longer[:-1] |= left[:-1] > 3 * left[1:]
        if not np.any(longer & ~halved):
            return halved
        halved = halved | longer


def _no_spline(time: Float, error: Float, length: Float, accuracy: float) -> str:
    at = time[:-1][np.argmax(np.where(length < 2 * length.min(), error, -1.0))]
    return (
        f"E(t) has a jump or a kink near t = {at:.4g} fs, where no spline follows it to {accuracy:g} of its largest value: "
        "make it smooth, or give each side as a function of its own that is smooth up to the time T of the jump, "
        "[sampled_field(before, end=T), sampled_field(after, start=T, end=...)]"
    )
