"""Band source from a periodic quintic spline table, built from the direct one, its error measured off the grid."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from wavepacket.bands.direct import direct
from wavepacket.bands.geometry import BandGeometry, Float
from wavepacket.bands.source import Band
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian

_TEST_POINTS = 500
_FIRST_GRID = {2: 32, 3: 12}
_MOST_POINTS = 4_000_000  # 256 MB of coefficients
_SMALLEST_GAP = 1e-5  # eV; below, a band has no curvature that a table could hold


@dataclass(frozen=True)
class TableError:
    """Largest errors at random points off the grid, relative to the largest value of each quantity over the zone."""

    energy: float
    velocity: float
    curvature: float
    moment: float

    @property
    def worst(self) -> float:
        """The largest of them."""
        return max(self.energy, self.velocity, self.curvature, self.moment)


def table(
    hamiltonian: Hamiltonian,
    index: int,
    *,
    accuracy: float = 1e-6,
    grid: Sequence[int] | None = None,
    position_elements: bool = True,
    threads: int = 1,
    report: Callable[[str], None] = lambda _: None,
) -> Band:
    """Tabulate band ``index``; without ``grid`` the grid is doubled until the measured error meets ``accuracy``.

    Raises
    ------
    InputError
        for a k·p model (it has no zone), or where the band touches another one on the grid

    """
    if not isinstance(hamiltonian, LatticeHamiltonian):
        raise InputError("a table needs a periodic zone: use source: direct for a k·p model")
    source = direct(hamiltonian, index, position_elements=position_elements)
    points = _given_grid(hamiltonian, grid) if grid is not None else _first_grid(hamiltonian)
    while True:
        report(f"building a table of {' x '.join(map(str, points))} points for band {index}")
        built, error = _build(source, points, threads)
        enough = error.worst <= accuracy
        if grid is not None or enough or 2**hamiltonian.dimension * np.prod(points) > _MOST_POINTS:
            return _with_facts(built, error, accuracy)
        points = tuple(2 * p if p > 1 else 1 for p in points)


def _first_grid(hamiltonian: LatticeHamiltonian) -> tuple[int, ...]:
    directions = max(hamiltonian.dimension, 2)
    return tuple(_FIRST_GRID[directions] if i < hamiltonian.dimension else 1 for i in range(directions))


def _given_grid(hamiltonian: LatticeHamiltonian, grid: Sequence[int]) -> tuple[int, ...]:
    if len(grid) != hamiltonian.dimension:
        raise InputError(
            f"the grid of a {hamiltonian.dimension}D table needs {hamiltonian.dimension} numbers, not {len(grid)}"
        )
    return tuple(grid) + (1,) * (max(hamiltonian.dimension, 2) - hamiltonian.dimension)


def _build(source: Band, points: tuple[int, ...], threads: int) -> tuple[Band, TableError]:
    hamiltonian = source.hamiltonian
    assert isinstance(hamiltonian, LatticeHamiltonian)
    from wavepacket.kernels import spline as kernels  # compiled when first needed

    axes = [np.arange(p) / p for p in points] + [np.zeros(1)] * (3 - len(points))
    reduced = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    exact = source.geometry(reduced @ hamiltonian.reciprocal, threads)
    if not exact.gap.min() > _SMALLEST_GAP:
        where = np.round(reduced[exact.gap.argmin()], 4).tolist()
        raise InputError(
            f"band {source.index} touches another band (gap {exact.gap.min():.2e} eV at reduced coordinates {where}): "
            "no table can hold its curvature; use source: direct, away from the degeneracy"
        )
    fields = _fields(exact).reshape(*points, kernels.FIELDS)
    coefficients = _pad(_prefilter(fields), len(points), kernels.SUPPORT).ravel()
    mixing = exact.mixing.reshape(-1, 9)[:, [0, 4, 8, 5, 2, 1]].ravel()
    rows = hamiltonian.lattice[: len(points)] / (2 * np.pi) * np.array(points)[:, None]
    frame = np.concatenate([np.zeros((3 - len(points), 3)), rows]).ravel()
    full = (*[1] * (3 - len(points)), *points)
    planes = kernels.SUPPORT if len(points) == 3 else 1
    header = [0, planes, *full, kernels.FIRST_COEFFICIENT + len(coefficients)]
    built = Band(
        hamiltonian,
        source.index,
        "table",
        kernels.table_geometry,
        np.array(header, dtype=np.int64),
        _aligned(np.concatenate([frame, np.zeros(kernels.FIRST_COEFFICIENT - 9), coefficients, mixing])),
        kernels.SCRATCH,
    )
    return built, measure_error(built, source, exact, threads)


def _aligned(numbers: Float) -> Float:
    """A copy at an address that is a multiple of 64 bytes, so that no point of the table straddles cache lines."""
    room = np.empty(len(numbers) + 8)
    offset = -(room.ctypes.data // 8) % 8
    room[offset : offset + len(numbers)] = numbers
    return room[offset : offset + len(numbers)]


def _fields(geometry: BandGeometry) -> Float:
    from wavepacket.kernels.spline import NO_NEIGHBOUR

    gap = np.minimum(geometry.gap, NO_NEIGHBOUR)[:, None]
    return np.concatenate(
        [geometry.energy[:, None], geometry.berry_curvature, geometry.orbital_moment, gap], axis=1
    )


def _prefilter(fields: Float) -> Float:
    """Spline coefficients that interpolate periodic samples: division by the symbol of the quintic B-spline."""
    spectrum = np.fft.fftn(fields, axes=range(fields.ndim - 1))
    for axis in range(fields.ndim - 1):
        n = fields.shape[axis]
        phase = 2 * np.pi * np.arange(n) / n
        symbol = (66 + 52 * np.cos(phase) + 2 * np.cos(2 * phase)) / 120
        spectrum /= symbol.reshape([-1 if i == axis else 1 for i in range(fields.ndim)])
    return np.fft.ifftn(spectrum, axes=range(fields.ndim - 1)).real


def _pad(coefficients: Float, axes: int, support: int) -> Float:
    """Repeat the first points of each axis after its end, shifted so that a cell's six coefficients stand together."""
    for axis in range(axes):
        n = coefficients.shape[axis]
        coefficients = np.take(coefficients, (np.arange(n + support - 1) - 2) % n, axis=axis)
    return coefficients


def measure_error(built: Band, source: Band, grid: BandGeometry, threads: int) -> TableError:
    """Compare a table with its source at random points of the zone."""
    hamiltonian = built.hamiltonian
    assert isinstance(hamiltonian, LatticeHamiltonian)
    reduced = np.random.default_rng(20).uniform(0, 1, (_TEST_POINTS, 3)) * np.array(hamiltonian.periodic)
    k = reduced @ hamiltonian.reciprocal
    exact, tabulated = source.geometry(k, threads), built.geometry(k)

    def relative(a: Float, b: Float, values: Float) -> float:
        scale = float(np.abs(values).max())
        return float(np.abs(a - b).max()) / scale if scale > 0 else 0.0

    width = grid.energy - grid.energy.mean()
    return TableError(
        relative(tabulated.energy, exact.energy, width),
        relative(tabulated.group_velocity, exact.group_velocity, grid.group_velocity),
        _relative_or_zero(tabulated.berry_curvature, exact.berry_curvature, grid.berry_curvature),
        _relative_or_zero(tabulated.orbital_moment, exact.orbital_moment, grid.orbital_moment),
    )


def _relative_or_zero(a: Float, b: Float, values: Float) -> float:
    """Relative error; a field that is zero by symmetry, up to rounding, has none."""
    scale = float(np.abs(values).max())
    return float(np.abs(a - b).max()) / scale if scale > 1e-10 else 0.0


def _with_facts(built: Band, error: TableError, accuracy: float) -> Band:
    facts = {
        "table_error_energy": error.energy,
        "table_error_velocity": error.velocity,
        "table_error_curvature": error.curvature,
        "table_error_moment": error.moment,
    }
    grid = " x ".join(str(p) for p in built.integers[2:5])
    notes = [f"table of {grid} points: largest relative error off the grid {error.worst:.1e}"]
    if error.worst > accuracy:
        notes.append(f"this table does not reach the accuracy of {accuracy:.1e} that was asked for")
    return replace(built, facts=facts, notes=tuple(notes))
