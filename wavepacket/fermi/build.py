"""From a band to its Fermi surface."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from wavepacket.arrays import Integer
from wavepacket.fermi.contour import first_mesh
from wavepacket.fermi.count import occupied_part
from wavepacket.fermi.level import Domain, Level, domain_of
from wavepacket.fermi.mesh import Mesh, divided, joined
from wavepacket.fermi.nodes import sampled
from wavepacket.fermi.pockets import small_pockets
from wavepacket.fermi.quadrature import lifted
from wavepacket.fermi.sheets import Topology, topology
from wavepacket.fermi.surface import Estimate, LevelSurface

__all__ = ["CELLS", "level_surface"]

CELLS = {2: 64, 3: 24}
"""Cells along the longest edge of the zone, by the dimension, unless told."""

_FEWEST = {2: 32, 3: 1000}  # simplices of a sheet
_DIVISIONS = 6
_MOST = {2: 512, 3: 96}  # cells along the longest edge, unless told


def level_surface(level: Level, cells: int | None = None, *, fewest: int | None = None) -> LevelSurface:
    """The Fermi surface of one band.

    Parameters
    ----------
    cells : of the grid along the longest edge of the zone, simplices are half as large; default: as many as resolve all
        necks and gaps, up to a bound
    fewest : simplices of each sheet on the finer mesh

    Raises
    ------
    InputError : no Fermi surface is known of such a crystal (`domain_of`), or scikit-image is missing
    """
    domain = domain_of(level)
    if cells is not None:
        return _surface(level, domain, cells, fewest)
    number, before = CELLS[domain.dimension], np.inf
    found = _surface(level, domain, number, fewest)
    # Where sheets touch, no grid is fine enough: half of what is left must go each time.
    while found.notes and number < _MOST[domain.dimension] and found.unresolved <= before / 2:
        number, before = 2 * number, found.unresolved
        found = _surface(level, domain, number, fewest)
    return found


def _surface(level: Level, domain: Domain, cells: int, fewest: int | None) -> LevelSurface:
    """That with so many cells along the longest edge."""
    nodes, boxes, unresolved = small_pockets(level, sampled(level, domain, cells))
    raws = [first_mesh(level, each) for each in (nodes, *boxes)]
    found = [topology(raw) for raw in raws]
    sheet, offset, mesh = _together([raw.mesh for raw in raws], found)
    mesh = _within(level, replace(mesh, domain=domain))
    coarse, fine, parent = _two_meshes(level, mesh, sheet, fewest or _FEWEST[domain.dimension])
    samples, rough = (
        points.kept(level.inside(points.k))
        for points in (lifted(level, fine, flat=True), lifted(level, coarse))
    )
    winding = tuple(each for one in found for each in one.winding)
    euler = np.concatenate([one.euler for one in found])
    surface = LevelSurface(
        level, domain, fine, coarse, parent, sheet, offset, winding, euler, samples, rough, nodes,
        len(found[0].sheet), unresolved=unresolved,
    )  # fmt: skip
    surface = replace(surface, notes=_notes(surface))
    return replace(surface, occupied=_occupied(surface))


def _together(meshes: Sequence[Mesh], found: Sequence[Topology]) -> tuple[Integer, Integer, Mesh]:
    """Sheet and offset of all pieces, and one mesh whose parts they are."""
    pieces = np.cumsum([0, *(len(one.sheet) for one in found)])
    sheets = np.cumsum([0, *(len(one.winding) for one in found)])
    parts = [
        replace(mesh, part=one.piece + first) for mesh, one, first in zip(meshes, found, pieces, strict=False)
    ]
    sheet = np.concatenate([one.sheet + first for one, first in zip(found, sheets, strict=False)])
    return sheet, np.concatenate([one.offset for one in found]), joined(parts)


def _within(level: Level, mesh: Mesh) -> Mesh:
    """Simplices that lie in the domain of a k·p model, in part at least."""
    inside = level.inside(mesh.k)
    return mesh if np.all(inside) else mesh.chosen(np.flatnonzero(inside[mesh.simplices].any(axis=1)))


def _two_meshes(level: Level, mesh: Mesh, sheet: Integer, fewest: int) -> tuple[Mesh, Mesh, Integer]:
    """Each sheet divided until it has enough simplices, and once more; and which each of those is a part of."""
    d = mesh.domain.dimension
    of_simplex = sheet[mesh.part]
    number = np.bincount(of_simplex, minlength=1)
    with np.errstate(divide="ignore"):
        wanted = np.ceil(np.log(fewest / number) / np.log(2 ** (d - 1)))
    divisions = np.clip(wanted, 1, _DIVISIONS).astype(np.int64)[of_simplex]
    coarse, fine, parent = list[Mesh](), list[Mesh](), list[Integer]()
    for times in np.unique(divisions) if len(divisions) else [1]:
        one = mesh.chosen(np.flatnonzero(divisions == times))
        for _ in range(times - 1):
            one = divided(level, one)
        own, before = np.arange(len(one.simplices)), sum(len(each.simplices) for each in coarse)
        coarse.append(one)
        fine.append(divided(level, one))
        parent.append(before + np.tile(own, len(fine[-1].simplices) // max(len(own), 1)))
    return joined(coarse), joined(fine), np.concatenate(parent)


def _notes(surface: LevelSurface) -> tuple[str, ...]:
    said = []
    if surface.unresolved:
        said.append(
            f"at {surface.unresolved} places a neck or a gap of the Fermi surface is narrower than the grid: take a "
            "finer one"
        )
    if surface.samples.lost:
        held = "their part is in the uncertainty" if surface.complete else "no uncertainty is known"
        said.append(
            f"{surface.samples.lost} points, {100 * surface.missed:.2g} % of the Fermi surface, lie where sheets touch or "
            f"the velocity vanishes, and were not led onto it: {held}"
        )
    return tuple(said)


def _occupied(surface: LevelSurface) -> Estimate | None:
    """Filled part of the zone, or of the ball within the cutoff of a k·p model where no sheet is cut."""
    level, domain = surface.level, surface.domain
    if domain.periodic:
        pair = []
        for mesh, points, divisions in (
            (surface.fine, surface.samples, 2), (surface.coarse, surface.coarse_samples, 1)
        ):  # fmt: skip
            x = domain.coordinates(points.k)[:, 0] - surface.line_begin(mesh, points)
            pair.append(occupied_part(level, surface.nodes, x, points, divisions))
        return Estimate.of(*pair, complete=surface.complete)
    if any(sheet.kind == "cut" for sheet in surface.sheets):
        return None
    assert level.cutoff is not None
    ball = np.pi * level.cutoff**2 if surface.dimension == 2 else 4 / 3 * np.pi * level.cutoff**3
    edge = float(level.at(level.cutoff * domain.frame[:1] / np.linalg.norm(domain.frame[0]))[0][0] < 0.0)
    volume = [
        np.sum(points.k * points.area) / surface.dimension
        for points in (surface.samples, surface.coarse_samples)
    ]
    return Estimate.of(edge + volume[0] / ball, edge + volume[1] / ball, complete=surface.complete)
