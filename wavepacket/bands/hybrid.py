"""A table for the cells of the zone in which it meets its accuracy; in the others the band is diagonalised.

A point where bands touch spoils no more than the cells around it: their spline coefficients come from the nearest points of
the grid alone. How well a cell does is told by a table of every second point, which is compared with the points between;
how much of that is good enough, by diagonalisation in some thousand cells.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from wavepacket.arrays import Flags, Float, Integer
from wavepacket.bands.source import Band, BandGeometry
from wavepacket.bands.table_error import MARGIN, ZERO, ExactSamples, Scales, TableError, errors_at
from wavepacket.bands.table_plan import LARGE, TableGrid, plan_most
from wavepacket.bands.table_samples import Report, Sampler, Samples, aligned, sample_grid, table_arrays
from wavepacket.hamiltonians import LatticeHamiltonian
from wavepacket.units import HBAR

__all__ = ["Hybrid", "hybrid", "hybrid_band", "is_hybrid", "local_coefficients", "share_left_out"]

MOST_DIAGONALISED = 0.5
"""Of the zone; beyond it a table is not worth its memory."""
_ENOUGH = 0.02
"""Of the zone, that may be diagonalised: where more is, a finer table is made, of about LARGE points at most."""
_PARTNER = 1e-3  # eV: a band that is nearer to another is one of a pair, whose Ω and m hang on how rounding splits it
_WORTH = 1.3  # times as many points, at least
_TABLE = 6  # integers of a table
_NEIGHBOURS = 6  # grid points on either side from which a coefficient is made
_CUT = 4.0  # times its largest value at random points: Ω and m beyond it are cut off
_FIRST, _NEXT, _ROUNDS = 4000, 16_000, 12
"""Points at which cells are tried, then those of each round in the worst cells that are kept."""
_WORST = 0.1  # of the cells that are kept, from which these are taken
# Of quintic splines with half the step: values gain a factor of 64, and the largest error of a slope, per step, is 3.13
# times that of a value, max |B₅|/5! over |B₆(1/2) - B₆|/6! with Bernoulli's polynomials.
_GAIN, _SLOPE = 64.0, 3.13


@dataclass(frozen=True, eq=False)
class Hybrid:
    """A band that a table holds in most of the zone, and how it was judged.

    Attributes
    ----------
    reference : its scales are the largest values at random points
    points : of the table along each axis
    border : (n, 3) reduced coordinates of points in the worst cells of the table
    """

    band: Band
    reference: ExactSamples
    points: tuple[int, int, int]
    border: Float

    def errors(self) -> tuple[TableError, TableError]:
        """At random points of the zone, and in the worst cells of the table."""
        at_random, near_gaps = self.reference.errors(self.band, self.points)
        return at_random, near_gaps.joined(self.reference.error(self.band, self.border))


def hybrid(
    sampler: Sampler, reference: ExactSamples, accuracy: float, threads: int, report: Report
) -> Hybrid | None:
    """Build a table of at most `table_plan.LARGE` points for most of the zone.

    None where it would not reach the accuracy in half of it, and for one of a pair of bands.
    """
    source = reference.source
    if np.mean(reference.at_random.gap < _PARTNER) > MOST_DIAGONALISED:
        return None
    # Where bands touch Ω has no largest value, and where they nearly do that of a point would hide errors anywhere else.
    reference = replace(reference, scales=_scales(reference.at_random))
    plan = plan_most(sampler, reference, accuracy)
    if plan.size > LARGE:
        return None
    while True:
        report(
            f"no table of band {source.index} has an accuracy of {accuracy:.1e} everywhere: building one of "
            f"{plan.shown} points, about {sampler.seconds_per_point() * plan.size / threads:.2g} s, for most of the zone"
        )
        samples = sample_grid(sampler, plan.points, threads, report)
        integers, reals = table_arrays(source, _tamed(samples, reference.scales), local_coefficients)
        everywhere = hybrid_band(source, *_joined(source, integers, reals, np.zeros(plan.points)))
        trial = _Trial(everywhere, reference, predicted(samples, reference))
        limit, border = _limit(trial, accuracy / MARGIN)
        left_out = trial.expected > limit
        finer = _finer(plan, float(left_out.mean()) / _ENOUGH, source.hamiltonian.dimension)
        if left_out.mean() > _ENOUGH and finer.size > _WORTH * plan.size:
            plan = finer
            continue
        if left_out.mean() > MOST_DIAGONALISED:
            return None
        band = hybrid_band(source, *_joined(source, integers, reals, left_out))
        return Hybrid(band, reference, plan.points, border)


def _scales(exact: BandGeometry) -> Scales:
    """Largest values at random points; none of Ω and m that are rounding at most points, however large near contacts."""
    scales = Scales.of(exact)
    curvature, moment = (
        float(np.median(np.abs(each).max(axis=1))) for each in (exact.berry_curvature, exact.orbital_moment)
    )
    return replace(
        scales,
        curvature=scales.curvature if curvature > ZERO else 0.0,
        moment=scales.moment if moment > ZERO else 0.0,
    )


def _finer(plan: TableGrid, factor: float, dimension: int) -> TableGrid:
    """A grid of that many times more points, eight at most, if a table may be so large; else the largest one."""
    factor = min(factor, 2.0**dimension, LARGE / plan.size)
    return plan.grown(max(factor, 1.0) ** (1 / dimension))


def is_hybrid(integers: Sequence[int] | Integer) -> bool:
    """Whether these are the integers of a band of this kind, not those of a table."""
    return len(integers) > _TABLE


def hybrid_band(source: Band, integers: list[int], reals: Float) -> Band:
    """The band with the arrays of ``kernels/bands/hybrid.py``."""
    from wavepacket.kernels.bands import hybrid as kernels  # compiled when first needed

    return replace(
        source,
        kind="hybrid",
        kernel=kernels.hybrid_geometry,
        integers=np.array(integers, dtype=np.int64),
        reals=reals,
        scratch_size=int(kernels.SCRATCH) + source.scratch_size,
    )


def share_left_out(band: Band) -> float:
    """Part of the zone in which a band of this kind is diagonalised."""
    return float(np.mean(band.reals[int(band.integers[_TABLE + 1]) :]))


def _joined(
    source: Band, integers: list[int], reals: Float, left_out: Float | Flags
) -> tuple[list[int], Float]:
    """Arrays of the kernel."""
    first = len(reals) + len(source.reals)
    every = [*integers, len(reals), first, *map(int, source.integers)]
    return every, aligned(np.concatenate([reals, source.reals, left_out.ravel()]))


def _tamed(samples: Samples, scales: Scales) -> Samples:
    """The same without what is huge or no number where bands touch."""
    fields = np.nan_to_num(samples.fields)
    for first, scale in ((1, scales.curvature), (4, scales.moment)):
        part = fields[..., first : first + 3]
        np.clip(part, -_CUT * scale, _CUT * scale, out=part)
    return Samples(fields, np.nan_to_num(samples.mixing))


@dataclass(frozen=True, eq=False)
class _Trial:
    """A table, and the error that is expected in each of its cells, (n₁, n₂, n₃)."""

    table: Band
    reference: ExactSamples
    expected: Float

    def errors(self, x: Float) -> Float:
        """Relative errors at reduced coordinates (n, 3)."""
        source = self.reference.source
        assert isinstance(source.hamiltonian, LatticeHamiltonian)
        k = x @ source.hamiltonian.reciprocal
        exact = source.geometry(k, self.reference.threads, slopes=False)
        return errors_at(self.table.geometry(k, slopes=False), exact, self.reference.scales)

    def at(self, x: Float) -> Float:
        """What is expected at reduced coordinates (n, 3)."""
        shape = np.array(self.expected.shape)
        cell = np.minimum((x % 1.0 * shape).astype(np.int64), shape - 1)
        return np.asarray(self.expected[tuple(cell.T)])

    def inside(self, cells: Integer, rng: np.random.Generator) -> Float:
        """A random point in each of some cells, given by their numbers."""
        shape = np.array(self.expected.shape)
        x = (np.stack(np.unravel_index(cells, shape), axis=1) + rng.uniform(0, 1, (len(cells), 3))) / shape
        return np.asarray(np.where(shape > 1, x, 0.0))


def _limit(trial: _Trial, allowed: float) -> tuple[float, Float]:
    """Up to which expected error cells of the table are good enough, and points (n, 3) in the worst of them.

    Some of the points lie in cells that were found not to be good enough by others.
    """
    rng, expected, reference = np.random.default_rng(22), trial.expected.ravel(), trial.reference
    anywhere = trial.inside(rng.integers(0, len(expected), _FIRST), rng)
    x = np.concatenate([anywhere, reference.random, reference.around_gaps(trial.expected.shape)])
    limit = _below(trial.at(x), trial.errors(x), allowed, np.inf)
    for _ in range(_ROUNDS):
        kept = np.flatnonzero(expected <= limit)
        if not len(kept):
            break
        kept = kept[np.argsort(-expected[kept], kind="stable")][: max(1, int(_WORST * len(kept)))]
        x = trial.inside(rng.choice(kept, _NEXT), rng)
        limit, before = _below(trial.at(x), trial.errors(x), allowed, limit), limit
        if limit == before:
            break
    return limit, x


def _below(expected: Float, errors: Float, allowed: float, limit: float) -> float:
    """The limit, or a number below the least expected error of a point that is worse than allowed."""
    bad = expected[(errors > allowed) & (expected <= limit)]
    return float(np.nextafter(bad.min(), 0.0)) if len(bad) else limit


def local_coefficients(samples: Float) -> Float:
    """Spline coefficients of periodic samples from the `_NEIGHBOURS` points on either side of each along every axis.

    The inverse of 1 + δ²/4 + δ⁴/120, the values of the quintic B-spline at grid points in central differences δ²,
    up to δ^(2 `_NEIGHBOURS`): exact for polynomials up to the order 2 `_NEIGHBOURS` + 1.
    """
    series = [1.0, -0.25]
    for _ in range(_NEIGHBOURS - 1):
        series.append(-series[-1] / 4 - series[-2] / 120)
    weights, power = np.zeros(2 * _NEIGHBOURS + 1), np.ones(1)
    for n, factor in enumerate(series):
        weights[_NEIGHBOURS - n : _NEIGHBOURS + n + 1] += factor * power
        power = np.convolve(power, [1.0, -2.0, 1.0])
    for axis in range(samples.ndim):
        if samples.shape[axis] > 1:
            samples = _weighed(samples, weights, axis)
    return samples


def _weighed(samples: Float, weights: Float, axis: int) -> Float:
    """Sum of weights (an odd number of them, the middle one for the point itself) times neighbours along an axis."""
    total = np.zeros_like(samples)
    for i, weight in enumerate(weights):
        total += weight * np.roll(samples, len(weights) // 2 - i, axis)
    return total


def predicted(samples: Samples, reference: ExactSamples) -> Float:
    """Relative error (n₁, n₂, n₃) in each cell, the largest of ε, velocity, Ω and m, from every second point."""
    scales, fields = reference.scales, np.nan_to_num(samples.fields)
    hamiltonian = reference.source.hamiltonian
    assert isinstance(hamiltonian, LatticeHamiltonian)
    cells = hamiltonian.lattice / (2 * np.pi) * np.array(fields.shape[:3])[:, None]
    steepest = float(np.linalg.norm(cells[: hamiltonian.dimension], axis=1).max()) / HBAR
    sizes = [scales.energy, *[scales.curvature] * 3, *[scales.moment] * 3]
    worst = np.zeros(fields.shape[:3])
    for field, scale in enumerate(sizes):
        off = np.abs(_from_every_second(fields[..., field]) - fields[..., field]) / _GAIN
        if field == 0:
            worst = np.maximum(off / scale, _SLOPE * steepest * off / scales.velocity)
        elif scale > ZERO:
            worst = np.maximum(worst, off / scale)
    # The points of a cell of the table of every second point, whichever of them the cell begins at.
    for axis in range(worst.ndim):
        if worst.shape[axis] > 1:
            worst = np.max([np.roll(worst, -step, axis) for step in (-1, 0, 1, 2)], axis=0)
    return worst


def _from_every_second(samples: Float) -> Float:
    """Samples by the table of every second point along each axis of more than one."""
    periodic = [axis for axis, size in enumerate(samples.shape) if size > 1]
    coarse = samples[tuple(slice(None, None, 2 if axis in periodic else 1) for axis in range(3))]
    coarse = local_coefficients(coarse)
    for axis in periodic:
        there = _weighed(coarse, np.array([1.0, 26.0, 66.0, 26.0, 1.0]) / 120, axis)
        between = _weighed(coarse, np.array([0.0, 1.0, 237.0, 1682.0, 1682.0, 237.0, 1.0]) / 3840, axis)
        coarse = np.stack([there, between], axis=axis + 1).reshape(
            *coarse.shape[:axis], 2 * coarse.shape[axis], *coarse.shape[axis + 1 :]
        )
    return coarse
