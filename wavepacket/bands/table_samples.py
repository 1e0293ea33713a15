"""Exact geometry of a band on grids of the zone, and the arrays of the table kernel that are made from it.

Cells are summed axis by axis, planes go to threads; spline coefficients are padded and aligned.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands.direct import lower_triangles
from wavepacket.bands.source import Band, BandGeometry
from wavepacket.bands.table_symmetry import Images, images_on_grid
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
        self.source, self.crystal = source, hamiltonian
        positions = int(source.integers[4])
        self.numbers = hamiltonian.size, source.index, positions, source.scratch_size
        self.cells = hamiltonian.cells.ravel().copy()
        matrices = hamiltonian.hoppings[:, None]
        if positions:
            matrices = np.concatenate([matrices, hamiltonian.position_matrices], axis=1)
        data = lower_triangles(matrices).ravel()
        self.arrays = data, hamiltonian.sites.ravel().copy(), hamiltonian.lattice.ravel().copy()

    def plane(self, first: float, second: Float, third: Float) -> Float:
        """Rows (n₂ n₃, GEOMETRY) of one plane of a grid; without ∂m/∂k."""
        from wavepacket.kernels.bands.grid import plane_geometry  # compiled when first needed
        from wavepacket.kernels.layout import GEOMETRY

        rows = np.empty((len(second) * len(third), int(GEOMETRY)))
        plane_geometry(*self.numbers, self.cells, (*self.arrays, np.array([first]), second, third), rows)
        return rows

    def values(self, x: Float, threads: int = 1) -> tuple[Float, Float]:
        """Fields (n, 8) and mixing (n, 6) at reduced coordinates (n, 3)."""
        from wavepacket.kernels.layout import MIXING

        rows = self.source.rows(x @ self.crystal.reciprocal, threads, mixing=True)
        return fields_of(rows), rows[:, MIXING : MIXING + 6]

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

    folded = images_on_grid(sampler.crystal, points, sampler.values)
    if folded is not None:
        return _sample_folded(sampler, points, folded, threads)
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


def _sample_folded(sampler: Sampler, points: tuple[int, int, int], folded: Images, threads: int) -> Samples:
    """Sample the points that stand for all, and turn what is there to their images."""
    x = np.stack(np.unravel_index(folded.chosen, points), axis=1) / np.array(points)
    fields, mixing = folded.spread(*sampler.values(x, threads))
    return Samples(fields.reshape(*points, -1), mixing.reshape(*points, 6))


def fields_of(rows: Float) -> Float:
    """Columns ε, Ω, m and gap of geometry rows."""
    from wavepacket.kernels.bands.spline import NO_NEIGHBOUR
    from wavepacket.kernels.layout import CURVATURE, ENERGY, GAP, MOMENT

    vectors = [*range(CURVATURE, CURVATURE + 3), *range(MOMENT, MOMENT + 3)]
    fields: Float = rows[:, [ENERGY, *vectors, GAP]]
    fields[:, -1] = np.minimum(fields[:, -1], NO_NEIGHBOUR)
    return fields


def prefiltered(samples: Float) -> Float:
    """Spline coefficients that interpolate periodic samples: division by the symbol of the quintic B-spline."""
    spectrum = np.fft.rfftn(samples)
    for axis, n in enumerate(samples.shape):
        phase = 2 * np.pi * np.arange(spectrum.shape[axis]) / n
        symbol = (66 + 52 * np.cos(phase) + 2 * np.cos(2 * phase)) / 120
        spectrum /= symbol.reshape([-1 if i == axis else 1 for i in range(samples.ndim)])
    return np.fft.irfftn(spectrum, samples.shape, axes=range(samples.ndim))


def table_arrays(
    source: Band, samples: Samples, coefficients_of: Callable[[Float], Float] = prefiltered
) -> tuple[list[int], Float]:
    """Arrays of the kernel; a planar table lacks the first of the three axes."""
    from wavepacket.kernels.bands import spline as kernels  # compiled when first needed

    hamiltonian = source.hamiltonian
    assert isinstance(hamiltonian, LatticeHamiltonian)
    shape = samples.fields.shape[:3]
    points = shape if hamiltonian.dimension == 3 else (1, *shape[:2])
    fields = samples.fields.reshape(*points, -1)
    to_cells = hamiltonian.lattice / (2 * np.pi) * np.array(shape)[:, None]
    if hamiltonian.dimension < 3:
        to_cells = np.concatenate([np.zeros((1, 3)), to_cells[:2]])
    reach = [
        kernels.SUPPORT - 1 if hamiltonian.dimension == 3 else 0,
        kernels.SUPPORT - 1,
        kernels.SUPPORT - 1,
    ]
    padded = [p + extra for p, extra in zip(points, reach, strict=True)]
    # The points before and after the zone, so that the six that reach a cell stand together.
    around = [(np.arange(p + extra) - 2 * (extra > 0)) % p for p, extra in zip(points, reach, strict=True)]
    first, count = kernels.FIRST_COEFFICIENT, int(np.prod(padded)) * kernels.FIELDS
    reals = _on_a_cache_line(first + count + samples.mixing.size)
    reals[:first] = 0.0
    reals[:9] = to_cells.ravel()
    coefficients = reals[first : first + count].reshape(*padded, kernels.FIELDS)
    for field in range(kernels.FIELDS):
        coefficients[..., field] = coefficients_of(fields[..., field])[np.ix_(*around)]
    reals[first + count :] = samples.mixing.ravel()
    planes = kernels.SUPPORT if hamiltonian.dimension == 3 else 1
    return [0, planes, *points, first + count], reals


def table_bytes(points: tuple[int, int, int]) -> tuple[int, int]:
    """Bytes of a table, and the peak while it is built: its samples plus the transforms of one field."""
    size = int(np.prod(points))
    padded = int(np.prod([p + 5 if p > 1 else 1 for p in points]))
    return 64 * padded + 48 * size, 72 * padded + 200 * size


def aligned(numbers: Float) -> Float:
    """A copy at an address that is a multiple of 64 bytes, so that no point of the table straddles cache lines."""
    buffer = _on_a_cache_line(len(numbers))
    buffer[:] = numbers
    return buffer


def _on_a_cache_line(count: int) -> Float:
    buffer = np.empty(count + 8)
    offset = -(buffer.ctypes.data // 8) % 8
    return buffer[offset : offset + count]
