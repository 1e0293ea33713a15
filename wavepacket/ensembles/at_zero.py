"""Packets of `fermi_surface` at T = 0: they start exactly on the surface, with the states per energy that each stands for.

Half of the weight is on points of the finer mesh, half on those of the coarser one, whose error is what their difference
tells. Differences of parts of the surface may cancel in the sum, so that the surface is cut into patches: replicas are those
of both meshes, the finer one first, patch by patch.
"""

from contextlib import suppress
from functools import lru_cache

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.bands import Band
from wavepacket.config import FermiSurface
from wavepacket.ensembles.candidates import ZonePoints, zone_points
from wavepacket.ensembles.ensemble import Ensemble
from wavepacket.ensembles.occupation import wavepacket_energy
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
from wavepacket.hamiltonians import Hamiltonian

__all__ = ["MESHES", "REPLICAS", "cold_sea", "cold_surface", "on_surface", "scattered_zone"]

_FEWEST = {2: 16, 3: 12}  # cells along the zone
_MOST = {2: 128, 3: 160}  # in a layer more change nothing but rounding
_GROWTH, _TRIES = 1.5, 3  # of cells, where points of a mesh do not come onto the surface
_ALIKE = 1.15  # numbers of cells that are not worth another mesh
_SIMPLICES = {2: 16, 3: 200}  # of each sheet at least
_SCATTERED = 40_000  # points over the zone where bands have edges
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
    surface = _meshed(specification, level)
    if surface.empty:
        raise EmptyError("the ensemble is empty: this band has no states at the chemical potential")
    if any(sheet.kind == "cut" for sheet in surface.sheets):
        raise InputError("the Fermi surface leaves the domain of this k·p model: raise model.cutoff")
    if not surface.complete:
        finer = max(_FEWEST[surface.dimension], round(_GROWTH * max(surface.nodes.shape)))
        way_out = (
            f"take a finer grid, such as {[finer] * surface.dimension}, or leave grid out, which takes as many cells as it "
            "needs"
            if specification.grid is not None
            else "take more points (number)"
        )
        raise InputError(f"{surface.notes[-1]}; {way_out}, or a temperature above 0")
    return surface


def _meshed(specification: FermiSurface, level: Level) -> LevelSurface:
    """With the cells that a section gives, or with as many as have about the number of points that it asks for.

    In three dimensions necks and gaps that the grid does not resolve are left to the uncertainty: their part of the surface
    is small, and each doubling has four times as many packets.
    """
    d = level.band.hamiltonian.dimension
    fewest = _SIMPLICES.get(d)
    if specification.grid is not None:
        return level_surface(level, max(specification.grid), fewest=fewest)
    assert specification.number is not None
    surface = level_surface(level, _FEWEST[d] if d == 3 else None, fewest=fewest)
    tries = _TRIES if d == 3 else 0
    while not surface.complete and tries:
        surface = level_surface(level, round(_GROWTH * max(surface.nodes.shape)), fewest=fewest)
        tries -= 1
    points = len(surface.samples.k) + len(surface.coarse_samples.k)
    used = max(surface.nodes.shape) if points else CELLS[d]
    cells = used * (specification.number / max(points, 1)) ** (1 / (d - 1))
    cells = float(np.clip(cells, _FEWEST[d], _MOST[d]))
    if (d == 3 and cells < used) or not points or 1 / _ALIKE < cells / used < _ALIKE:
        return surface
    return level_surface(level, max(round(cells), used if d < 3 and surface.notes else 0), fewest=fewest)


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
    seed: int = 1,
    alone: bool = True,
    threads: int = 1,
) -> Float:
    """What `fermi_sea` gives, (P, V + 1, 8), from points that fill the surface at T = 0.

    Of a band that is not ``alone`` it is the number of states, and no curvature: that of two bands that all but cross has to
    be summed over both on the same points. ``seed``: of the points that D of these states is found with. What is known of
    the whole surface is in its first patch.
    """
    field, none = tuple(magnetic.tolist()), (0.0, 0.0, 0.0)
    surface = cold_surface(specification, band, field, charge, threads)
    if not alone and surface.dimension == 3:
        return _counted(specification, surface, seed)
    still: LevelSurface | None = surface
    if alone and field != none:
        with suppress(EmptyError):  # only B brings this band to μ
            still = None
            still = cold_surface(specification, band, none, charge, threads)
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
        for first in curvature if alone else ():
            terms |= {first + c: geometry.berry_curvature[:, c] for c in range(3)}
        for column, term in terms.items():
            total[mesh, :, column] += np.bincount(valley, amount * term, minlength=len(centres) + 1)

    for mesh, fine in enumerate((True, False)):
        occupied = filled_points(surface, fine=fine)
        add(mesh, occupied, {3: 1.0, 4: -1.0}, (0, 5) if still is surface else (0,))
        add(mesh, whole_points(surface, fine=fine), {4: 1.0}, ())
        if still is None and _is_full(specification, band):
            add(mesh, whole_points(surface, fine=fine), {}, (5,))
        elif still is not None and still is not surface:
            add(mesh, filled_points(still, fine=fine), {}, (5,))
    return total


def _is_full(specification: FermiSurface, band: Band) -> bool:
    """Whether a band that does not cross μ without a field lies below it."""
    return bool(band.geometry(np.zeros((1, 3)), slopes=False).energy[0] < specification.chemical_potential)


def _counted(specification: FermiSurface, surface: LevelSurface, seed: int) -> Float:
    """∫[dk] D f and ∫[dk] D (1 − f) of a crystal in the columns of `fermi_sea`, (P, 1, 8).

    ∫[dk] f is what the surface encloses. D − 1 of the states within is small, and follows from scattered points: lines to
    all points of a surface would take as long as some flights do.
    """
    assert surface.occupied is not None  # no sheet is cut
    level, hamiltonian = surface.level, surface.level.band.hamiltonian
    total, full = np.zeros((REPLICAS, 1, 8)), states_of_all(hamiltonian)
    part = surface.occupied.value - np.array([0.0, surface.occupied.uncertainty])
    total[:MESHES, 0, 3], total[:MESHES, 0, 4] = full * part / MESHES, full * (1 - part) / MESHES
    if not np.any(level.magnetic):
        return total
    zone = scattered_zone(specification, hamiltonian, seed)
    for ids in zone.chunks():
        k, replica = zone.points(ids)
        geometry = level.band.geometry(k, level.threads, slopes=False)
        more = zone.states * np.where(zone.inside(k), level.factor(geometry) - 1.0, 0.0)
        filled = wavepacket_energy(geometry, level.magnetic, level.charge) < level.chemical_potential
        for column, those in ((3, filled), (4, ~filled)):
            total[:, 0, column] += np.bincount(replica, np.where(those, more, 0.0), minlength=REPLICAS)
    return total


def scattered_zone(specification: FermiSurface, hamiltonian: Hamiltonian, seed: int) -> ZonePoints:
    """Points over the whole zone for sums over states with an edge at 0 K, spread over all replicas of the surface."""
    scattered = specification.model_copy(
        update={"grid": None, "number": _SCATTERED, "replicas": REPLICAS, "valley_radius": None}
    )
    return zone_points(scattered, hamiltonian, seed, np.zeros((0, 3)))
