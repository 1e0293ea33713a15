"""Exact geometry of a band on grids of the zone, quickly: cells are summed axis by axis, planes go to threads."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands.geometry import BandGeometry
from wavepacket.bands.source import Band
from wavepacket.hamiltonians import LatticeHamiltonian

Report = Callable[[str], None]

_INTERVAL = 10.0  # s between two lines of progress


@dataclass(frozen=True, eq=False)
class Samples:
    """Exact values on a grid (n₁, n₂, n₃).

    Attributes
    ----------
    fields : (n₁, n₂, n₃, 8): ε (eV), Ω (Å²), m (eV/T), gap (eV)
    mixing : (n₁, n₂, n₃, 6) interband mixing as in the kernels, Å²/eV²

    """

    fields: Float
    mixing: Float


class Sampler:
    """Evaluates one band on products of axes; reduced coordinates x with k = Σ x_i b_i."""

    def __init__(self, source: Band) -> None:
        hamiltonian = source.hamiltonian
        assert isinstance(hamiltonian, LatticeHamiltonian)
        self.integers, self.reals = source.integers, source.reals
        self.cells = hamiltonian.cells.ravel().copy()
        self.lattice = hamiltonian.lattice.ravel().copy()

    def plane(self, first: float, second: Float, third: Float) -> Float:
        """Rows (n₂ n₃, GEOMETRY) of one plane of a grid; without ∂m/∂k."""
        from wavepacket.kernels.bands.grid import plane_geometry  # compiled when first needed
        from wavepacket.kernels.layout import GEOMETRY

        rows = np.empty((len(second) * len(third), int(GEOMETRY)))
        plane_geometry(self.integers, self.reals, self.cells, self.lattice, first, second, third, rows)
        return rows

    def line(self, start: Float, axis: int, steps: Float) -> BandGeometry:
        """Geometry at start + step along one axis, all in reduced coordinates."""
        axes = [start[i] + (steps if i == axis else np.zeros(1)) for i in range(3)]
        rows = np.concatenate([self.plane(float(first), axes[1], axes[2]) for first in axes[0]])
        return BandGeometry.from_rows(rows, slopes=False)

    def seconds_per_point(self) -> float:
        """Seconds that one point takes one thread, from a row of them."""
        row = np.linspace(0.0, 1.0, 24)
        begin = time.perf_counter()
        self.plane(0.1, np.array([0.2, 0.3]), row)
        return (time.perf_counter() - begin) / (2 * len(row))


def sample_grid(sampler: Sampler, points: tuple[int, int, int], threads: int, report: Report) -> Samples:
    """Sample the grid x_i = j/points_i plane by plane; a line of progress every ten seconds."""
    from wavepacket.kernels.bands.spline import FIELDS
    from wavepacket.kernels.layout import MIXING

    samples = Samples(np.empty((*points, int(FIELDS))), np.empty((*points, 6)))
    second, third = np.arange(points[1]) / points[1], np.arange(points[2]) / points[2]

    def fill(i: int) -> None:
        rows = sampler.plane(i / points[0], second, third)
        samples.fields[i] = fields_of(rows).reshape(*points[1:], -1)
        samples.mixing[i] = rows[:, MIXING : MIXING + 6].reshape(*points[1:], 6)

    begin = said = time.monotonic()
    with ThreadPoolExecutor(threads) as pool:
        for done, future in enumerate(as_completed([pool.submit(fill, i) for i in range(points[0])]), 1):
            future.result()
            now = time.monotonic()
            if now - said >= _INTERVAL:
                said, left = now, (now - begin) * (points[0] - done) / done
                report(f"table: {done / points[0]:.0%} of its points, about {left:.0f} s left")
    return samples


def fields_of(rows: Float) -> Float:
    """Columns ε, Ω, m and gap of geometry rows."""
    from wavepacket.kernels.bands.spline import NO_NEIGHBOUR
    from wavepacket.kernels.layout import CURVATURE, ENERGY, GAP, MOMENT

    vectors = [*range(CURVATURE, CURVATURE + 3), *range(MOMENT, MOMENT + 3)]
    fields: Float = rows[:, [ENERGY, *vectors, GAP]]
    fields[:, -1] = np.minimum(fields[:, -1], NO_NEIGHBOUR)
    return fields
