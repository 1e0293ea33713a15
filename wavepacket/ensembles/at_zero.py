"""Packets of `fermi_surface` at T = 0: they start exactly on the surface, with the states per energy that each stands for.

Half of the weight is on points of the finer mesh, half on those of the coarser one, whose error is what their difference
tells. Differences of parts of the surface may cancel in the sum, so that the surface is cut into patches: replicas are those
of both meshes, the finer one first, patch by patch.
"""

from functools import lru_cache

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.bands import Band
from wavepacket.config import FermiSurface
from wavepacket.ensembles.ensemble import Ensemble
from wavepacket.ensembles.packets import Packets
from wavepacket.ensembles.resolution import Resolution
from wavepacket.ensembles.valleys import nearest_valley
from wavepacket.errors import EmptyError, InputError
from wavepacket.fermi import (
    CELLS,
    Level,
    LevelSurface,
    filled_points,
    level_surface,
    states_of_all,
    whole_points,
)

__all__ = ["MESHES", "REPLICAS", "cold_sea", "cold_surface", "on_surface"]

_FEWEST = {2: 16, 3: 12}  # cells along the zone
_MOST = {2: 128, 3: 160}  # in a layer more change nothing but rounding
_ALIKE = 1.15  # numbers of cells that are not worth another mesh
_SIMPLICES = {2: 16, 3: 200}  # of each sheet at least
MESHES = 2
_HALVINGS = 4
REPLICAS = MESHES * 2**_HALVINGS


@lru_cache(maxsize=4)  # the packets and the sea of one band
def cold_surface(
    specification: FermiSurface, band: Band, magnetic: tuple[float, ...], charge: float, threads: int
) -> LevelSurface:
    """The surface of a section at T = 0, with about as many points on both meshes as the section asks for.

    Raises
    ------
    InputError : the band does not cross μ, the surface leaves the domain of a k·p model, or is not resolved
    """
    if specification.valley_radius is not None:
        raise InputError(
            "at 0 K leave valley_radius out: packets start on the Fermi surface, however small its pockets are"
        )
    level = Level(band, specification.chemical_potential, np.array(magnetic), charge, threads)
    fewest = _SIMPLICES.get(band.hamiltonian.dimension)
    if specification.grid is not None:
        surface = level_surface(level, max(specification.grid), fewest=fewest)
    else:
        assert specification.number is not None
        surface = level_surface(level, fewest=fewest)
        d, points = surface.dimension, len(surface.samples.k) + len(surface.coarse_samples.k)
        used = max(surface.nodes.shape) if points else CELLS[d]
        cells = used * (specification.number / max(points, 1)) ** (1 / (d - 1))
        cells = float(np.clip(cells, _FEWEST[d], _MOST[d]))
        if points and not 1 / _ALIKE < cells / used < _ALIKE:
            surface = level_surface(level, max(round(cells), used if surface.notes else 0), fewest=fewest)
    if surface.empty:
        raise EmptyError("the ensemble is empty: this band has no states at the chemical potential")
    if any(sheet.kind == "cut" for sheet in surface.sheets):
        raise InputError("the Fermi surface leaves the domain of this k·p model: raise model.cutoff")
    if not surface.complete:
        raise InputError(f"{surface.notes[-1]}; take a finer grid, or a temperature above 0")
    return surface


def on_surface(
    specification: FermiSurface, band: Band, *, magnetic: Float, charge: float, threads: int = 1
) -> Ensemble:
    """Packets at T = 0."""
    surface = cold_surface(specification, band, tuple(magnetic.tolist()), charge, threads)
    both = surface.samples, surface.coarse_samples
    k = np.concatenate([points.k for points in both])
    weight = np.concatenate([surface.weights, surface.coarse_weights]) / MESHES
    patch = _patches(surface.coarse.k[surface.coarse.simplices].mean(axis=1))
    fine = MESHES * patch[surface.parent[surface.samples.simplex]]
    replica = np.concatenate([fine, MESHES * patch[surface.coarse_samples.simplex] + 1])
    phase = np.mod(np.arange(1, len(k) + 1) * np.sqrt(2.0), 1.0)

    def packets(first: int, number: int) -> Packets:
        part = slice(first, first + number)
        return Packets(k[part], np.zeros_like(k[part]), weight[part], replica[part], phase[part])

    effective = float(weight.sum() ** 2 / (weight @ weight))
    found = Resolution(effective / MESHES, notes=surface.notes)
    return Ensemble(len(k), REPLICAS, specification.field_reversal, True, packets, found)


def _patches(places: Float) -> Integer:
    """Number of the patch (s,) that simplices at places (s, 3) belong to: halved where it is longest, again and again."""
    found = np.zeros(len(places), dtype=np.int64)
    for times in range(_HALVINGS):
        for number in range(2**times):
            own = np.flatnonzero(found == number)
            if len(own) > 1:
                longest = int(np.argmax(np.ptp(places[own], axis=0)))
                order = np.argsort(places[own, longest], kind="stable")
                found[own[order[len(own) // 2 :]]] += 2**times
    return found


def cold_sea(
    specification: FermiSurface,
    band: Band,
    centres: Float,
    *,
    magnetic: Float,
    charge: float,
    alone: bool = True,
    threads: int = 1,
) -> Float:
    """What `fermi_sea` gives, (P, V + 1, 8), from points that fill the surface at T = 0.

    Of a band that is not ``alone`` it is the number of states with D = 1, and no curvature: that of two bands that all but
    cross has to be summed over both on the same points. Filled states are all in the first patch.
    """
    field, none = tuple(magnetic.tolist()), (0.0, 0.0, 0.0)
    surface = cold_surface(specification, band, field, charge, threads)
    if not alone:
        return _counted(surface)
    still = surface if field == none else cold_surface(specification, band, none, charge, threads)
    total = np.zeros((REPLICAS, len(centres) + 1, 8))

    def add(
        mesh: int, points: tuple[Float, Float], states: dict[int, float], curvature: tuple[int, ...]
    ) -> None:
        """To columns of ∫[dk] D with their signs, and to three from each that begins ∫[dk] Ω."""
        k, volume = points
        geometry = band.geometry(k, threads, slopes=False)
        valley = nearest_valley(band.hamiltonian, k, centres) % (len(centres) + 1)
        amount = volume / ((2 * np.pi) ** band.hamiltonian.dimension * MESHES)
        terms = {column: sign * surface.level.factor(geometry) for column, sign in states.items()}
        for first in curvature:
            terms |= {first + c: geometry.berry_curvature[:, c] for c in range(3)}
        for column, term in terms.items():
            total[mesh, :, column] += np.bincount(valley, amount * term, minlength=len(centres) + 1)

    for mesh, fine in enumerate((True, False)):
        occupied = filled_points(surface, fine=fine)
        add(mesh, occupied, {3: 1.0, 4: -1.0}, (0, 5) if still is surface else (0,))
        add(mesh, whole_points(surface, fine=fine), {4: 1.0}, ())
        if still is not surface:
            add(mesh, filled_points(still, fine=fine), {}, (5,))
    return total


def _counted(surface: LevelSurface) -> Float:
    """Occupied and empty states (P, 1, 8), by the volume that a surface encloses."""
    assert surface.occupied is not None  # no sheet is cut
    total, full = np.zeros((REPLICAS, 1, 8)), states_of_all(surface.level.band.hamiltonian)
    part = surface.occupied.value - np.array([0.0, surface.occupied.uncertainty])
    total[:MESHES, 0, 3], total[:MESHES, 0, 4] = full * part / MESHES, full * (1 - part) / MESHES
    return total
