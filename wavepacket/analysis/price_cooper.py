"""Berry curvature from drifts alone, by the protocol of H. M. Price and N. R. Cooper, Phys. Rev. A 85, 033620 (2012).

The velocities of a band at the same k in opposite forces differ by the anomalous velocity only. A packet that runs with +F
from one point of a grid to another and one that runs back with −F see the same k, so the difference of their drifts
is exactly twice the curvature along the way, times F.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from wavepacket.analysis.source import Source
from wavepacket.arrays import Float, Integer
from wavepacket.bands import band, followed
from wavepacket.config import Config
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.observables import Observable, rows
from wavepacket.units import HBAR

if TYPE_CHECKING:
    from wavepacket.bandstructure.maps import ZoneMap

__all__ = ["drift_map"]


_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
_ON_GRID = 1e-6  # of a step


def pairs(of: Source) -> tuple[Float, Float, Float] | None:
    """Ω_z (n,), beginning and way (n, 3) of each pair, where the run is such a protocol: a grid, and ±E to its points."""
    run, config = of.run, of.config
    grid = getattr(config.ensemble, "grid", None)
    if (
        config.vary_in_space
        or config.ensemble.kind != "zone"
        or grid is None
        or config.fields.is_magnetic
        or run.dimension != 2
    ):
        return None
    if not (config.ensemble.field_reversal and run.path_count == run.trajectory_count):
        return None
    assert isinstance(of.hamiltonian, LatticeHamiltonian)
    paths = run.trajectories(("electric_sign", "wavevector", "position"))
    forward = paths["electric_sign"] > 0
    k, r = paths["wavevector"], paths["position"]
    there, back = np.flatnonzero(forward), np.flatnonzero(~forward)
    steps = k @ of.hamiltonian.lattice.T / (2 * np.pi) * [*grid, 1]
    origin = steps[back[0], 0, :2]
    starts, _ = _place(steps[back, 0, :2] - origin, grid)
    ends, off = _place(steps[there, -1, :2] - origin, grid)
    # A packet that stopped is not a number, and a field that does not lead to the grid leaves no pair.
    if not np.all(off < _ON_GRID):
        return None
    order = np.argsort(starts)
    partner = back[order[np.searchsorted(starts[order], ends)]]
    drift = (r[there, -1] - r[there, 0]) - (r[partner, -1] - r[partner, 0])
    force = config.charge * of.electric / HBAR
    duration = run.time[-1] - run.time[0]
    omega = -(drift[:, 0] * force[1] - drift[:, 1] * force[0]) / (2 * duration * (force @ force))
    return omega, k[there, 0], k[there, -1] - k[there, 0]


def _of_pairs(make: Callable[..., Float]) -> Callable[[Source], Float | None]:
    """A function of a run from one of its pairs, where there are some."""

    def made(of: Source) -> Float | None:
        found = of.once(pairs)
        return None if found is None else make(of, *found)

    return made


rows(
    "ballistic",
    ("berry_curvature_from_drifts", "angstrom^2", r"$\Omega_z$",
     "Omega_z = hbar [v(k,+F) - v(k,-F)]_across/2F, mean over the way of each pair; exact but for the "
     "integrator's tolerance",
     _of_pairs(lambda of, omega, begin, way: omega)),
    ("drift_wavevector", "1/angstrom", "$k$",
     "middle of the way of each pair of berry_curvature_from_drifts, [pair, axis]",
     _of_pairs(lambda of, omega, begin, way: begin + 0.5 * way)),
    ("drift_way", "1/angstrom", r"$\Delta k$",
     "way of each pair of berry_curvature_from_drifts, end less beginning, [pair, axis]",
     _of_pairs(lambda of, omega, begin, way: way)),
    ("berry_curvature_on_way", "angstrom^2", r"$\Omega_z$",
     "mean Omega_z of the band over the way of each pair, to compare berry_curvature_from_drifts with",
     _of_pairs(lambda of, omega, begin, way: _mean_curvature(of.hamiltonian, of.config, begin, way))),
    needs=("static E", "crystal", "one band"),
)  # fmt: skip


def _place(steps: Float, grid: tuple[int, ...]) -> tuple[Integer, Float]:
    """Number of the nearest point of the grid, and the distance from it in steps."""
    nearest = np.round(steps)
    index = np.mod(nearest, grid).astype(np.int64)
    return index[:, 0] * grid[1] + index[:, 1], np.abs(steps - nearest).max(axis=1)


def _mean_curvature(hamiltonian: Hamiltonian, config: Config, begin: Float, way: Float) -> Float:
    """∫Ω_z along each way by Gauss quadrature, for comparison."""
    chosen = followed(config, hamiltonian)
    source = band(chosen.hamiltonian, chosen.index, position_elements=config.band.position_elements)
    total = np.zeros(len(begin))
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        geometry = source.geometry(begin + 0.5 * (1 + node) * way, slopes=False)
        total += 0.5 * weight * geometry.berry_curvature[:, 2]
    return total


def drift_map(found: Mapping[str, Observable], true: "ZoneMap") -> "ZoneMap":
    """Map of the curvature from drifts with the frame of a map of the band: the nearest measured point counts."""
    from scipy.spatial import KDTree  # a tenth of a second to import

    from wavepacket.bandstructure.zone import fold_by_faces

    measured = found["berry_curvature_from_drifts"]
    k = fold_by_faces(np.asarray(found["drift_wavevector"].value), true.faces)
    images = np.vstack([np.zeros((1, 3)), true.faces])
    near = KDTree((k[None] + images[:, None]).reshape(-1, 3))
    _, index = near.query(fold_by_faces(true.k, true.faces))
    values = np.asarray(measured.value)[index % len(k)]
    return replace(
        true, values=values, quantity="berry_curvature", unit=measured.unit, label=r"$\Omega_z$ of the drifts"
    )
