"""How far a table is from its band: measured at random points of the zone and around the smallest gaps, off the grid."""

from dataclasses import dataclass, fields

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands.extrema import find_gap_minima
from wavepacket.bands.source import Band, BandGeometry
from wavepacket.hamiltonians import LatticeHamiltonian

MARGIN = 1.5
"""By which points that were not measured may be worse."""
_RANDOM_POINTS = 500
_GAPS = 6  # smallest gaps on either side of the band around which errors are measured
_AROUND = 16  # points around each
_SEARCH = {1: 120, 2: 36, 3: 12}  # points along each axis of the search for gaps, which then walks downhill
ZERO = 1e-10  # Å² or eV/T: below, a field is zero by symmetry up to rounding, and has no relative error


@dataclass(frozen=True)
class TableError:
    """Largest errors, each relative to the largest value of its quantity over the zone (ε: to the width of the band)."""

    energy: float
    velocity: float
    curvature: float
    moment: float

    @property
    def worst(self) -> float:
        """The largest of them."""
        return float(max(getattr(self, field.name) for field in fields(self)))

    def joined(self, other: "TableError") -> "TableError":
        """The larger of two errors of each quantity."""
        return TableError(*(max(getattr(self, f.name), getattr(other, f.name)) for f in fields(self)))


@dataclass(frozen=True)
class Scales:
    """Largest absolute values over the zone: ε above its mean (eV), velocity (Å/fs), Ω (Å²), m (eV/T)."""

    energy: float
    velocity: float
    curvature: float
    moment: float

    @classmethod
    def of(cls, exact: BandGeometry) -> "Scales":
        """From samples that cover the zone."""
        vectors = (exact.group_velocity, exact.berry_curvature, exact.orbital_moment)
        width = float(np.abs(exact.energy - exact.energy.mean()).max())
        return cls(width, *(float(np.abs(values).max()) for values in vectors))


def compare(table: BandGeometry, exact: BandGeometry, scales: Scales) -> TableError:
    """Relative errors of one geometry against the exact one."""

    def relative(a: Float, b: Float, scale: float, least: float) -> float:
        return float(np.abs(a - b).max(initial=0.0)) / scale if scale > least else 0.0

    return TableError(
        relative(table.energy, exact.energy, scales.energy, 0.0),
        relative(table.group_velocity, exact.group_velocity, scales.velocity, 0.0),
        relative(table.berry_curvature, exact.berry_curvature, scales.curvature, ZERO),
        relative(table.orbital_moment, exact.orbital_moment, scales.moment, ZERO),
    )


def errors_at(table: BandGeometry, exact: BandGeometry, scales: Scales) -> Float:
    """The largest of the relative errors of one geometry at each point, (n,)."""
    worst = np.abs(table.energy - exact.energy) / scales.energy if scales.energy > 0 else 0 * exact.energy
    for name, least in (("group_velocity", 0.0), ("berry_curvature", ZERO), ("orbital_moment", ZERO)):
        scale = getattr(scales, _SCALES[name])
        if scale > least:
            off = np.abs(getattr(table, name) - getattr(exact, name)).max(axis=1) / scale
            worst = np.maximum(worst, off)
    return worst


_SCALES = {"group_velocity": "velocity", "berry_curvature": "curvature", "orbital_moment": "moment"}


@dataclass(frozen=True, eq=False)
class ExactSamples:
    """A band diagonalised where its table will be judged.

    Attributes
    ----------
    random : (n, 3) points of the zone in reduced coordinates
    gaps : (m, 3) places of the smallest gaps to the bands above and below
    smallest_gap : eV; infinite for a single band
    closest : (3,) where it is, in reduced coordinates
    at_random : exact geometry at the random points
    scales : of the quantities over the zone

    """

    source: Band
    random: Float
    gaps: Float
    smallest_gap: float
    closest: Float
    at_random: BandGeometry
    scales: Scales
    threads: int

    def errors(self, built: Band, points: tuple[int, ...]) -> tuple[TableError, TableError]:
        """Errors of a table of that many points: at random points, and within three of its cells around the gaps."""
        hamiltonian = self.source.hamiltonian
        assert isinstance(hamiltonian, LatticeHamiltonian)
        at_random = compare(
            built.geometry(self.random @ hamiltonian.reciprocal, slopes=False), self.at_random, self.scales
        )
        if len(self.gaps) == 0:
            return at_random, TableError(0.0, 0.0, 0.0, 0.0)
        return at_random, self.error(built, self.around_gaps(points))

    def around_gaps(self, points: tuple[int, ...]) -> Float:
        """Reduced coordinates (n, 3) within half a cell and three cells of the gaps, for a table of so many points."""
        reach = np.repeat([0.5, 3.0], _AROUND // 2)[:, None] / np.array(points)
        offsets = np.random.default_rng(21).uniform(-1, 1, (_AROUND, 3)) * reach
        hamiltonian = self.source.hamiltonian
        assert isinstance(hamiltonian, LatticeHamiltonian)
        return np.asarray((self.gaps[:, None, :] + offsets * np.array(hamiltonian.periodic)).reshape(-1, 3))

    def error(self, built: Band, x: Float) -> TableError:
        """Errors at reduced coordinates (n, 3)."""
        hamiltonian = self.source.hamiltonian
        assert isinstance(hamiltonian, LatticeHamiltonian)
        k = x @ hamiltonian.reciprocal
        exact = self.source.geometry(k, self.threads, slopes=False)
        return compare(built.geometry(k, slopes=False), exact, self.scales)


def exact_samples(source: Band, threads: int) -> ExactSamples:
    """Find the smallest gaps of a band and diagonalise it there and at random points."""
    hamiltonian = source.hamiltonian
    assert isinstance(hamiltonian, LatticeHamiltonian)
    random = np.random.default_rng(20).uniform(0, 1, (_RANDOM_POINTS, 3)) * np.array(hamiltonian.periodic)
    at_random = source.geometry(random @ hamiltonian.reciprocal, threads, slopes=False)
    touching = bool(at_random.gap.min() < SMALLEST_GAP)
    minima = np.empty((0, 3)) if touching else _smallest_gaps(hamiltonian, source.index)
    at_gaps = source.geometry(minima @ hamiltonian.reciprocal, threads, slopes=False)
    every = np.concatenate([random, minima])
    exact = BandGeometry(
        **{
            f.name: np.concatenate([getattr(at_random, f.name), getattr(at_gaps, f.name)])
            for f in fields(BandGeometry)
        }
    )
    smallest = float(exact.gap.min())
    # Where bands touch Ω has no largest value: what is reached at random points then sets the scale.
    scales = Scales.of(exact if smallest > SMALLEST_GAP else at_random)
    closest = every[exact.gap.argmin()] % 1.0
    return ExactSamples(source, random, minima, smallest, closest, at_random, scales, threads)


def _smallest_gaps(hamiltonian: LatticeHamiltonian, index: int) -> Float:
    """Places of the smallest gaps to the bands below and above, in reduced coordinates (m, 3)."""
    minima = [
        minimum
        for lower in (index - 1, index)
        if 0 <= lower < hamiltonian.size - 1
        for minimum in find_gap_minima(hamiltonian, lower, grid=_SEARCH[hamiltonian.dimension])[:_GAPS]
    ]
    return np.array([minimum.reduced for minimum in minima], dtype=float).reshape(-1, 3)


SMALLEST_GAP = 1e-5
"""eV; nearer to another band a band has no curvature that a table could hold."""
