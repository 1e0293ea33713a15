"""A quintic spline through samples of a field on an evenly spaced grid along x, y, z and t."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float
from wavepacket.errors import InputError

__all__ = ["AXES", "GridAxis", "SpaceSpline", "divergence", "space_spline"]

AXES = "xyzt"
_UNITS = {"x": "angstrom", "y": "angstrom", "z": "angstrom", "t": "fs"}
_DEGREE = 5
_MORE = 5  # coefficients of an axis more than cells
_EVEN = 1e-6  # of a spacing: how far a point may be from where it should
_PERIODS = (
    64  # points of a periodic axis that a coefficient hangs on, on either side: 0.43^64 is below rounding
)
_LARGEST, _LONGEST = 2**24, 2**12  # samples, and those along an axis
_BOUND = 1e12
_FAR = 1e6  # Å, spacing of an axis on which nothing depends
_ROUNDING = 1e-11  # of the largest value
# Of coefficients in a value at a point of the grid, and in the slope there.
_AT_POINTS = (1.0 / 120.0, 26.0 / 120.0, 66.0 / 120.0, 26.0 / 120.0, 1.0 / 120.0)
_SLOPE_AT_POINTS = (-5.0 / 120.0, -50.0 / 120.0, 0.0, 50.0 / 120.0, 5.0 / 120.0)


@dataclass(frozen=True)
class GridAxis:
    """One axis of a grid: first point, spacing (Å or fs), cells, and whether it repeats, one spacing after the last."""

    origin: float
    spacing: float
    cells: int
    periodic: bool

    @property
    def end(self) -> float:
        """The last point."""
        return self.origin + self.spacing * self.cells

    def numbers(self) -> tuple[float, float, float]:
        """As in ``kernels/motion/potential_grid.py``."""
        return self.origin, 1.0 / self.spacing, float(-self.cells if self.periodic else self.cells)


@dataclass(frozen=True, eq=False)
class SpaceSpline:
    """Σ c B(x) B(y) B(z) B(t), and beyond an edge what it is at the edge.

    Attributes
    ----------
    axes : those of x, y, z, t; None where the samples have none
    coefficients : (t, z, x, y), five more than cells along each axis, one without
    length : over which it varies, Å: √(span of the values/largest second derivative)
    rate : the same in time, 1/fs; 0 where it is static
    narrowest : place (x, y, z) of the largest second derivative, Å

    """

    axes: tuple[GridAxis | None, ...]
    coefficients: Float
    length: float
    rate: float
    narrowest: tuple[float, ...]

    @property
    def has_edges(self) -> bool:
        """Whether there is anything beyond."""
        return any(axis is not None and not axis.periodic for axis in self.axes[:3])

    @property
    def extent(self) -> str:
        """In words."""
        return ", ".join(
            f"{name} from {axis.origin:.6g} to {axis.end:.6g}"
            for name, axis in zip(AXES[:3], self.axes, strict=False)
            if axis is not None and not axis.periodic
        )

    def outside(self, places: Float) -> npt.NDArray[np.bool_]:
        """Which of the places (n, 3) in Å lie beyond the grid."""
        beyond = np.zeros(len(places), dtype=bool)
        for axis, x in zip(self.axes[:3], places.T, strict=True):
            if axis is not None and not axis.periodic:
                slack = 1e-9 * axis.spacing * axis.cells
                beyond |= (x < axis.origin - slack) | (x > axis.end + slack)
        return beyond


def space_spline(
    arrays: Mapping[str, npt.NDArray[Any]],
    quantity: str,
    unit: str,
    periodic: Collection[str] = (),
    *,
    axes: str = AXES,
) -> SpaceSpline:
    """Return the spline through ``quantity`` over the axes of ``arrays``: x (Å), then y, z and t (fs) where they are there.

    Parameters
    ----------
    periodic : which axes repeat, one spacing after the last point
    axes : which there may be

    Raises
    ------
    InputError
        for arrays of other names and shapes, not finite numbers, axes that do not ascend evenly, fewer than six points
    """
    names = [axis for axis in axes if axis in arrays]
    if quantity not in arrays or "x" not in arrays or set(arrays) != {quantity, *names}:
        raise InputError(
            f"a grid of {quantity} has x, maybe {', '.join(axes[1:])}, and {quantity}, not {', '.join(arrays) or 'nothing'}"
        )
    if alone := [name for name in periodic if name not in names]:
        raise InputError(f"a periodic axis must be one of the grid: it has no {', '.join(alone)}")
    values = _numbers(arrays[quantity], quantity, unit)
    along = {name: _axis(name, arrays[name], name in periodic) for name in names}
    shape = tuple(len(arrays[name]) for name in names)
    if values.shape != shape:
        raise InputError(f"{quantity} must have shape ({', '.join(names)}) = {shape}, not {values.shape}")
    if values.size > _LARGEST or max(shape) > _LONGEST:
        raise InputError(
            f"a grid may have {_LARGEST} points, {_LONGEST} along an axis, not {shape}: leave some out"
        )
    coefficients = values
    for number, name in enumerate(names):
        coefficients = _coefficients(coefficients, number, along[name].periodic)
    scales = {name: _scale(values, coefficients, i, along[name].spacing) for i, name in enumerate(names)}
    rate = 1.0 / scales.pop("t") if "t" in names else 0.0
    shortest = min(scales, key=lambda name: scales[name])
    narrowest = _narrowest(coefficients, names, along, shortest)
    if "y" not in names:  # the same along all y
        along["y"] = GridAxis(0.0, _FAR, _DEGREE + 1, True)
        coefficients = np.repeat(np.expand_dims(coefficients, 1), _DEGREE + 1 + _MORE, axis=1)
        names.insert(1, "y")
    return SpaceSpline(
        tuple(along.get(name) for name in AXES), _ordered(coefficients, names), scales[shortest], rate,
        narrowest,
    )  # fmt: skip


def divergence(components: Sequence[SpaceSpline]) -> tuple[float, float, tuple[float, ...]]:
    """Largest |∂_a B_a| of a field with three components at the points of its grid, and where; largest |∂_a B_c| between.

    Returns the divergence and the slope per Å, and the place in Å.
    """
    axes = components[0].axes[:3]
    there = [a for a in range(3) if axes[a] is not None]
    slopes = {(c, a): _slopes(components[c], a) for c in range(3) for a in there}
    total = np.abs(sum(slopes[a, a] for a in there))
    number = np.unravel_index(int(np.argmax(total)), total.shape)
    place = [0.0 if (axis := axes[a]) is None else axis.origin + axis.spacing * number[a] for a in range(3)]
    steepest = max(float(np.abs(slope).max()) for slope in slopes.values())
    return float(total.max()), steepest, tuple(map(float, place))


def _slopes(spline: SpaceSpline, along: int) -> Float:
    """Slope along an axis at all points of the grid, in the order (x, y, z), per Å."""
    found = np.moveaxis(spline.coefficients[0], 0, -1)
    for number, axis in enumerate(spline.axes[:3]):
        if axis is not None:
            weights = np.array(_SLOPE_AT_POINTS) / axis.spacing if number == along else np.array(_AT_POINTS)
            around = np.lib.stride_tricks.sliding_window_view(found, len(weights), axis=number)
            found = np.einsum("...i,i->...", around, weights)
    return np.asarray(found, dtype=np.float64)


def _numbers(array: npt.NDArray[Any], name: str, unit: str) -> Float:
    if array.dtype.kind not in "iuf":
        raise InputError(f"{name} must be real numbers")
    numbers = array.astype(np.float64)
    if not np.all(np.abs(numbers) <= _BOUND):
        raise InputError(f"{name} must be finite numbers in {unit}, at most {_BOUND:g}")
    return numbers


def _axis(name: str, array: npt.NDArray[Any], periodic: bool) -> GridAxis:
    points = _numbers(array, name, _UNITS[name])
    if points.ndim != 1 or len(points) <= _DEGREE:
        raise InputError(f"{name} must have shape (n,), n at least {_DEGREE + 1}, not {points.shape}")
    spacing = float(points[-1] - points[0]) / (len(points) - 1)
    even = points[0] + spacing * np.arange(len(points))
    if not spacing > 0 or np.abs(points - even).max() > _EVEN * spacing:
        raise InputError(f"{name} must ascend in even steps")
    return GridAxis(float(points[0]), spacing, len(points) - (not periodic), periodic)


def _scale(values: Float, coefficients: Float, axis: int, spacing: float) -> float:
    """√(span/largest second derivative) along an axis: 1/k of a wave, the width of a Gaussian; infinite of a straight line.

    B-splines are positive and their sum is 1, so that second differences of their coefficients bound the second derivative.
    """
    bend = float(np.abs(np.diff(coefficients, 2, axis=axis)).max())
    if bend <= _ROUNDING * float(np.abs(values).max()):
        return math.inf
    return spacing * math.sqrt(float(np.ptp(values)) / bend)


def _narrowest(
    coefficients: Float, names: list[str], along: Mapping[str, GridAxis], shortest: str
) -> tuple[float, ...]:
    """Place of the largest second difference along an axis."""
    number = names.index(shortest)
    bends = np.abs(np.diff(coefficients, 2, axis=number))
    where = dict(zip(names, np.unravel_index(int(np.argmax(bends)), bends.shape), strict=True))
    found = []
    for name in AXES[:3]:
        axis = along.get(name)
        # The first coefficient belongs two spacings before the first point, the first difference to the second one.
        point = 0 if axis is None else int(where[name]) - 2 + (name == shortest)
        found.append(0.0 if axis is None else axis.origin + axis.spacing * min(max(point, 0), axis.cells))
    return tuple(found)


def _ordered(coefficients: Float, names: list[str]) -> Float:
    """Axes (t, z, x, y), those that are not there of one point."""
    moved = np.moveaxis(coefficients, [names.index(name) for name in "xy"], [-2, -1])
    if "t" in names and "z" in names:
        moved = np.moveaxis(moved, 1, 0)
    elif "t" in names:
        moved = moved[:, None]
    elif "z" in names:
        moved = moved[None]
    return np.ascontiguousarray(moved.reshape((1,) * (4 - moved.ndim) + moved.shape))


def _coefficients(values: Float, axis: int, periodic: bool) -> Float:
    """Coefficients that interpolate along an axis; without a period three cells at each end have one polynomial.

    Worked out by elimination in a fixed order: libraries for it give other last bits on other CPUs.
    """
    rows = np.moveaxis(values, axis, 0)
    number = len(rows)
    if periodic:
        around = np.arange(-_PERIODS, number + _PERIODS) % number
        found = _solved(rows[around])[_PERIODS : _PERIODS + number + _MORE]
    else:
        found = _solved(rows)
    return np.moveaxis(found, 0, axis)


def _solved(rows: Float) -> Float:
    """Coefficients (n + 4, ...) of samples (n, ...): Gauss with partial pivoting on a band."""
    number = len(rows) + 4
    jump = [1.0, -6.0, 15.0, -20.0, 15.0, -6.0, 1.0]  # of the fifth derivative at a point
    value = _AT_POINTS
    matrix, right = np.zeros((number, number + _WIDTH)), np.zeros((number, *rows.shape[1:]))
    for row, first in ((0, 0), (1, 1), (number - 2, number - 8), (number - 1, number - 7)):
        matrix[row, first : first + 7] = jump
    for i in range(len(rows)):
        matrix[i + 2, i : i + 5] = value
        right[i + 2] = rows[i]
    return _eliminated(matrix, right)[:number]


_WIDTH = 8  # how far from the diagonal an element may lie


def _eliminated(matrix: Float, right: Float) -> Float:
    number = len(matrix)
    for i in range(number):
        below = slice(i, min(i + _WIDTH, number))
        pivot = i + int(np.argmax(np.abs(matrix[below, i])))
        if pivot != i:
            matrix[[i, pivot]], right[[i, pivot]] = matrix[[pivot, i]], right[[pivot, i]]
        for j in range(i + 1, below.stop):
            if factor := matrix[j, i] / matrix[i, i]:
                matrix[j, i : i + 2 * _WIDTH] -= factor * matrix[i, i : i + 2 * _WIDTH]
                right[j] -= factor * right[i]
    for i in reversed(range(number)):
        for j in range(i + 1, min(i + 2 * _WIDTH, number)):
            if matrix[i, j]:
                right[i] -= matrix[i, j] * right[j]
        right[i] /= matrix[i, i]
    return right
