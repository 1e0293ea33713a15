"""What bands add to the anomalous Hall effect that have no packets, or whose packets leave it out, from their curvature.

Energies are those without a magnetic field. Bands without packets are full or empty: f(ε − m·B) = f(ε). m of a single band
has no bound where it touches another one that is equally full; the sum over both, which is meant, knows nothing of it.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands.between import EveryBand
from wavepacket.config import FermiSurface
from wavepacket.ensembles.all_bands import Occupied, each_block
from wavepacket.ensembles.at_zero import MESHES, REPLICAS, scattered_zone
from wavepacket.ensembles.candidates import ZonePoints, zone_points
from wavepacket.ensembles.occupation import fermi_function
from wavepacket.ensembles.sea import COLUMNS
from wavepacket.hamiltonians import Hamiltonian

__all__ = ["curvature_of_others", "may_cross"]

_LOOKED_AT = {1: 96, 2: 24, 3: 12}  # points of a grid along each axis that tell which bands may reach a level
_KEPT = 4  # the points of a sweep of B share what needs no field


def may_cross(specification: FermiSurface, hamiltonian: Hamiltonian) -> tuple[int, ...]:
    """Bands that may reach the chemical potential: energies on a coarse grid, and as far beyond as they change on it."""
    plain = specification.model_copy(update={"number": None, "valley_radius": None})
    return _may_cross(plain, hamiltonian)


@lru_cache(maxsize=_KEPT)
def _may_cross(specification: FermiSurface, hamiltonian: Hamiltonian) -> tuple[int, ...]:
    shape = (_LOOKED_AT[hamiltonian.dimension],) * hamiltonian.dimension
    zone = _grid_over(specification, hamiltonian, shape)
    energy = np.concatenate(
        [np.linalg.eigvalsh(hamiltonian.hamiltonian(zone.points(ids)[0])) for ids in zone.chunks()]
    )
    grid = energy.reshape(*shape, -1)
    steps = [
        np.abs(np.diff(grid, axis=axis)).max(axis=tuple(range(len(shape)))) for axis in range(len(shape))
    ]
    beyond = np.max(steps, axis=0)
    mu = specification.chemical_potential
    reached = (energy.min(axis=0) - beyond <= mu) & (mu <= energy.max(axis=0) + beyond)
    return tuple(np.flatnonzero(reached).tolist())


def _grid_over(specification: FermiSurface, hamiltonian: Hamiltonian, shape: tuple[int, ...]) -> ZonePoints:
    """Points of a grid over the whole zone, whatever a section says of its own."""
    plain = specification.model_copy(update={"grid": shape, "number": None, "valley_radius": None})
    return zone_points(plain, hamiltonian, 0, np.zeros((0, 3)))


class _How(NamedTuple):
    """How states are summed over."""

    position_elements: bool
    threads: int


def curvature_of_others(
    specification: Occupied,
    hamiltonian: Hamiltonian,
    carried: Sequence[int],
    centres: Float,
    *,
    seed: int,
    position_elements: bool = True,
    threads: int = 1,
) -> Float:
    """∫[dk] Σ f Ω of all bands but some, those that carry packets, by replica, in the columns of `fermi_sea`: (P, COLUMNS).

    At 0 K the replicas are both meshes of each patch of a surface. Bands that are full or empty have no edge, and here a
    grid and one of half the density, as one patch; with an edge points are scattered over all replicas.

    Bands that are equally full add nothing to each other's, however near they come: of a pair only the difference of its
    occupations counts, f_n Ω_nm + f_m Ω_mn = (f_n − f_m) Ω_nm.
    """
    how, left_out = _How(position_elements, threads), tuple(carried)
    if isinstance(specification, FermiSurface) and specification.is_cold:
        return _at_zero(specification, hamiltonian, left_out, how, seed).copy()
    return _sum(
        specification, hamiltonian, left_out, how, zone_points(specification, hamiltonian, seed, centres)
    )


@lru_cache(maxsize=_KEPT)
def _at_zero(
    specification: FermiSurface, hamiltonian: Hamiltonian, left_out: tuple[int, ...], how: _How, seed: int
) -> Float:
    if set(may_cross(specification, hamiltonian)) - set(left_out):
        zone = scattered_zone(specification, hamiltonian, seed)
        return _sum(specification, hamiltonian, left_out, how, zone)
    cells = max(specification.grid or (round((specification.number or 0) ** (1 / hamiltonian.dimension)),))
    shapes = [(max(cells // part, 4),) * hamiltonian.dimension for part in (1, MESHES)]
    grids = [_grid_over(specification, hamiltonian, shape) for shape in shapes]
    sums = [_sum(specification, hamiltonian, left_out, how, zone) for zone in grids]
    found = np.zeros((REPLICAS, COLUMNS))
    found[:MESHES] = [each.sum(axis=0) / MESHES for each in sums]
    return found


def _sum(
    specification: Occupied, hamiltonian: Hamiltonian, left_out: tuple[int, ...], how: _How, zone: ZonePoints
) -> Float:
    mu, temperature = specification.chemical_potential, specification.temperature
    without = np.ones(hamiltonian.size)
    without[list(left_out)] = 0.0

    every = EveryBand(hamiltonian, how.position_elements)

    def curvature(k: Float) -> Float:
        found = every.at(k)
        return found.curvature_of(fermi_function(found.energy, mu, temperature) * without) * zone.states

    found = np.zeros((zone.replicas, COLUMNS))
    for replica, part in each_block(zone, hamiltonian, curvature, how.threads, by_point=True):
        np.add.at(found[:, :3], replica, part)
    found[:, 5:] = found[:, :3]
    return found
