"""A quintic spline in time through samples of E(t)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float
from wavepacket.errors import InputError
from wavepacket.units import LARGEST_FIELD

__all__ = ["TimeSpline", "time_spline"]


_DEGREE = 5
_ZERO = 1e-9  # of the largest value: an end that is as small does not jump


@dataclass(frozen=True, eq=False)
class TimeSpline:
    """Σ_j c_ij (t − t_i)^j between t_i and t_(i+1), and zero outside.

    Attributes
    ----------
    knots : (n + 1,) fs
    coefficients : (n, 6, 3) V/Å/fs^j
    step : fs, √(max|E|/max|E″|): 1/ω of a wave, the width of a Gaussian
    breaks : the ends where E is not zero, and so jumps
    """

    knots: Float
    coefficients: Float
    step: float
    breaks: tuple[float, ...]

    def at(self, times: Float) -> Float:
        """E (n, 3) at times (n,) within the knots."""
        i = np.clip(np.searchsorted(self.knots, times, side="right") - 1, 0, len(self.coefficients) - 1)
        late = (times - self.knots[i])[:, None]
        value = self.coefficients[i, _DEGREE]
        for j in reversed(range(_DEGREE)):
            value = value * late + self.coefficients[i, j]
        return np.asarray(value)


def time_spline(arrays: Mapping[str, npt.NDArray[Any]]) -> TimeSpline:
    """Return the spline through ``field`` (n, 3), V/Å, at ``time`` (n,), fs.

    Raises
    ------
    InputError
        for arrays of other names and shapes, not finite numbers, and times that do not ascend
    """
    from scipy.interpolate import make_interp_spline  # takes a while to load

    if set(arrays) != {"time", "field"}:
        raise InputError(f"samples of a field need time and field, not {', '.join(arrays) or 'nothing'}")
    time, field = arrays["time"], arrays["field"]
    if time.dtype.kind not in "iuf" or field.dtype.kind not in "iuf":
        raise InputError("time and field must be real numbers")
    time, field = time.astype(np.float64), field.astype(np.float64)
    if time.ndim != 1 or len(time) <= _DEGREE or field.shape != (len(time), 3):
        raise InputError(
            f"time must have shape (n,), n at least {_DEGREE + 1}, and field (n, 3), not {time.shape} and {field.shape}"
        )
    if not (np.all(np.isfinite(time)) and np.all(np.abs(field) <= LARGEST_FIELD)):
        raise InputError(f"time must be finite numbers in fs, and field at most {LARGEST_FIELD:g} V/angstrom")
    if np.any(np.diff(time) <= 0):
        raise InputError("times must ascend")
    spline = make_interp_spline(time, field, k=_DEGREE)
    knots = np.unique(spline.t)
    orders = range(_DEGREE + 1)
    coefficients = np.stack([spline(knots[:-1], nu=j) / math.factorial(j) for j in orders], axis=1)
    largest = float(np.linalg.norm(field, axis=1).max())
    between = np.sort(np.concatenate([knots, (knots[1:] + knots[:-1]) / 2]))
    bend = float(np.linalg.norm(spline(between, nu=2), axis=1).max())
    step = math.sqrt(largest / bend) if bend > 0 else math.inf
    ends = tuple(float(time[i]) for i in (0, -1) if np.linalg.norm(field[i]) > _ZERO * largest)
    return TimeSpline(knots, coefficients, step, ends)
