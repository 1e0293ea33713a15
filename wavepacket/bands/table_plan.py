"""How many points a table needs along each axis: found on lines through the zone before anything large is built."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands.source import BandGeometry
from wavepacket.bands.table_error import SMALLEST_GAP, ExactSamples, compare, errors_at
from wavepacket.bands.table_samples import Sampler
from wavepacket.hamiltonians import LatticeHamiltonian
from wavepacket.units import HBAR

MOST_POINTS = 4_000_000
"""Points of the largest table: 0.5 GB, and twice that while it is built."""

_FIRST = 8
_LINES = 3  # through random points; as many as that through the smallest gaps
_MOST_LINES = 8
_STRETCHED = 3.0  # times the points of a cubic grid: the most along one axis
_PARTS = (0.98, 0.95, 0.9)  # of the zone, that a table which does not hold everywhere is made for
LARGE = 1_000_000  # points; a table of more is made for a smaller part
_ORDER = 6  # of quintic splines: no error falls faster than h⁶
_QUARTER = 0.25  # of a cell: errors of slopes vanish in its middle, those of values on its borders


@dataclass(frozen=True)
class TableGrid:
    """Points along each of three axes, one along an axis that is not periodic; ``obstacle``: why there is no grid."""

    points: tuple[int, int, int]
    obstacle: str = ""

    @property
    def size(self) -> int:
        """Number of points."""
        return int(np.prod(self.points))

    @property
    def shown(self) -> str:
        """Such as ``64 x 64 x 40``."""
        return shown(self.points)

    def grown(self, factor: float) -> "TableGrid":
        """The same plan with that many times more points along every axis that has more than one."""
        return _within_limit([_even(p * factor) if p > 1 else 1 for p in self.points])


def shown(points: Sequence[int]) -> str:
    """A grid in words, without axes of one point."""
    return " x ".join(str(p) for p in points if p > 1) or "1"


def plan_grid(sampler: Sampler, reference: ExactSamples, accuracy: float) -> TableGrid:
    """Points along each axis with which splines along lines reach the accuracy.

    Each axis is tried by itself, on lines through the smallest gaps and through random points, with an ever finer row of
    points; the errors of the axes add up, so each gets its share of the accuracy.
    """
    hamiltonian = reference.source.hamiltonian
    assert isinstance(hamiltonian, LatticeHamiltonian)
    if reference.smallest_gap < SMALLEST_GAP:
        return TableGrid((0, 0, 0), f"it comes within {reference.smallest_gap:.1e} eV of another band")
    starts = np.concatenate([reference.gaps[:_LINES], reference.gaps[-_LINES:], reference.random[:_LINES]])
    share = accuracy / hamiltonian.dimension
    points, most = [1, 1, 1], MOST_POINTS / _FIRST ** (hamiltonian.dimension - 1)
    for axis in range(hamiltonian.dimension):
        for start in starts:
            error = partial(_line_error, sampler, reference, start, axis)
            points[axis] = _needed(error, share, max(points[axis], _FIRST), most)
        if points[axis] > most:
            break
    return _within_limit(points)


def plan_most(sampler: Sampler, reference: ExactSamples, accuracy: float) -> TableGrid:
    """Points along each axis with which splines reach the accuracy nearly everywhere, along lines through random points.

    The larger the part of the zone is, the better; a grid that would be too large is one for a smaller part.
    """
    dimension = reference.source.hamiltonian.dimension
    starts, grid = reference.random[:_MOST_LINES], TableGrid((1, 1, 1))
    most = _STRETCHED * LARGE ** (1 / dimension)
    for part in _PARTS:
        points = [1, 1, 1]
        for axis in range(dimension):

            def error(number: int, axis: int = axis, part: float = part) -> float:
                lines = [_on_line(sampler, reference, start, axis, number) for start in starts]
                errors = [errors_at(*line, reference.scales) for line in lines]
                return float(np.quantile(np.concatenate(errors), part))

            points[axis] = _needed(error, accuracy / dimension, _FIRST, most)
        grid = _within_limit(points)
        if grid.size <= LARGE:
            break
    return grid


def _within_limit(points: Sequence[int]) -> TableGrid:
    size = int(np.prod([float(p) for p in points]))
    obstacle = ""
    if size > MOST_POINTS:
        grid = " x ".join(f"{p:.3g}" for p in points)
        obstacle = f"it would need about {grid} points, and {MOST_POINTS} are the most"
    return TableGrid((points[0], points[1], points[2]), obstacle)


def _even(points: float) -> int:
    return 2 * int(np.ceil(points / 2))


def _needed(error_of: Callable[[int], float], share: float, number: int, most: float) -> int:
    """Points along an axis, at least ``number``, for an error of at most ``share``; beyond ``most`` a lower bound."""
    before = np.inf
    while True:
        error = error_of(number)
        if error <= share and not np.isfinite(before):
            return number
        if error <= share:
            # Between the last two rows errors fall as a power of the spacing.
            order = max(np.log2(before / max(error, 1e-300)), 1.0)
            return _even(min(number, number / 2 * (before / share) ** (1 / order)))
        least = number * (error / share) ** (1 / _ORDER)
        if least > most:
            return _even(least)
        number, before = 2 * number, error


def _line_error(sampler: Sampler, reference: ExactSamples, start: Float, axis: int, number: int) -> float:
    """Largest relative error of the spline through ``number`` points of a closed line."""
    return compare(*_on_line(sampler, reference, start, axis, number), reference.scales).worst


def _on_line(
    sampler: Sampler, reference: ExactSamples, start: Float, axis: int, number: int
) -> tuple[BandGeometry, BandGeometry]:
    """Spline through ``number`` points of a closed line, a quarter of a step behind them, and what is exact there."""
    steps = np.arange(number) / number
    nodes = sampler.line(start, axis, steps)
    exact = sampler.line(start, axis, steps + _QUARTER / number)
    values, slope = _interpolated(nodes.energy[:, None], number)
    omega, _ = _interpolated(nodes.berry_curvature, number)
    moment, _ = _interpolated(nodes.orbital_moment, number)
    hamiltonian = reference.source.hamiltonian
    assert isinstance(hamiltonian, LatticeHamiltonian)
    along = hamiltonian.reciprocal[axis]
    # Along the line alone: the error of ∂ε/∂x_i is one of the velocity along a_i.
    true = HBAR * exact.group_velocity @ along
    direction = along / (along @ along)
    velocity = exact.group_velocity + (slope[:, 0] - true)[:, None] * direction / HBAR
    interpolated: BandGeometry = replace(
        exact, energy=values[:, 0], group_velocity=velocity, berry_curvature=omega, orbital_moment=moment
    )
    return interpolated, exact


def _interpolated(samples: Float, number: int) -> tuple[Float, Float]:
    """Values and slopes (per period) of periodic quintic splines through samples (n, m), a quarter of a cell later."""
    from wavepacket.kernels.quintic import quintic_slopes, quintic_weights

    phase = 2 * np.pi * np.fft.rfftfreq(number)
    symbol = (66 + 52 * np.cos(phase) + 2 * np.cos(2 * phase)) / 120
    spectrum = np.fft.rfft(samples, axis=0) / symbol[:, None]
    shifts = np.exp(1j * np.outer(phase, np.arange(-2, 4)))
    value = np.fft.irfft(spectrum * (shifts @ quintic_weights(_QUARTER))[:, None], number, axis=0)
    slope = np.fft.irfft(spectrum * (shifts @ quintic_slopes(_QUARTER))[:, None], number, axis=0)
    return value, number * slope
