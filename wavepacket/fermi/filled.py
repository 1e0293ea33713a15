"""Points and weights for integrals over the states that a Fermi surface encloses, without a sum over a sharp edge.

A closed sheet is filled by cones from its middle: every point of the surface stands for the line that leads to it. Where
sheets run through the whole zone, lines along the first edge of the cell lead to the surface, then lines within the face
where they begin, and so on, as in `occupied_part`. Along lines Gauss's rule is used, around the zone equal steps. So all
integrands that are smooth between the surface and the middle, or along the lines, are exact to rounding with few points.
"""

from collections.abc import Iterator
from itertools import product

import numpy as np

from wavepacket.arrays import Float
from wavepacket.errors import InputError
from wavepacket.fermi.contour import first_mesh
from wavepacket.fermi.count import crossings
from wavepacket.fermi.mesh import divided
from wavepacket.fermi.nodes import Nodes
from wavepacket.fermi.quadrature import Samples, lifted
from wavepacket.fermi.surface import LevelSurface

__all__ = ["Points", "filled_points", "whole_points"]

Points = tuple[Float, Float]
"""Wavevectors (n, 3), 1/Å, and volumes (n,), 1/Å^d, that they stand for; negative where what is filled is taken back."""

_ON_LINE = {True: 12, False: 9}
_AROUND = {(2, True): 256, (2, False): 192, (3, True): 36, (3, False): 28}


def filled_points(surface: LevelSurface, *, fine: bool = True) -> Points:
    """Of the occupied states; of a finer or a coarser mesh and rule, whose difference is the uncertainty.

    Raises
    ------
    InputError : a sheet leaves the domain of a k·p model
    """
    kinds = {sheet.kind for sheet in surface.sheets}
    if "cut" in kinds:
        raise InputError("the Fermi surface leaves the domain of this k·p model: raise model.cutoff")
    if "open" in kinds:
        return _by_lines(surface, fine)
    mesh, samples = (surface.fine, surface.samples) if fine else (surface.coarse, surface.coarse_samples)
    sheet = surface.sheet[mesh.part[samples.simplex]]
    whole = samples.k + surface.offset[mesh.part[samples.simplex]] @ surface.domain.frame
    number = np.maximum(np.bincount(sheet, minlength=1), 1)
    centre = np.stack([np.bincount(sheet, whole[:, a], minlength=1) / number for a in range(3)], axis=1)[
        sheet
    ]
    part, weight = _gauss(_ON_LINE[fine])
    k = centre[:, None] + part[:, None] * (whole - centre)[:, None]
    cones = np.sum((whole - centre) * samples.area, axis=1)
    volume = cones[:, None] * (weight * part ** (surface.dimension - 1))
    found = [(k.reshape(-1, 3), volume.ravel())]
    if _outside_is_filled(surface, float(cones.sum()) / surface.dimension):
        found.append(whole_points(surface, fine=fine))
    return _joined(found)


def whole_points(surface: LevelSurface, *, fine: bool = True) -> Points:
    """Of all states: over the zone, or the ball within the cutoff of a k·p model."""
    domain, d = surface.domain, surface.dimension
    steps = _AROUND[d, fine]
    if domain.periodic:
        x = _grid(steps, d)
        return domain.at(x), np.full(len(x), domain.volume / len(x))
    cutoff = surface.level.cutoff
    assert cutoff is not None
    part, weight = _gauss(4 * _ON_LINE[fine])
    angle = 2 * np.pi * (np.arange(steps) + 0.5) / steps
    circle = np.stack([np.cos(angle), np.sin(angle), np.zeros(steps)], axis=1)
    if d == 2:
        around, share = circle, np.full(steps, 2 * np.pi / steps)
    else:
        height, heights = np.polynomial.legendre.leggauss(2 * _ON_LINE[fine])
        around = np.sqrt(1 - height**2)[:, None, None] * circle + height[:, None, None] * np.array(
            [0.0, 0.0, 1.0]
        )
        around, share = around.reshape(-1, 3), np.repeat(heights, steps) * 2 * np.pi / steps
    k = cutoff * part[:, None, None] * around
    return k.reshape(-1, 3), (cutoff**d * (weight * part ** (d - 1))[:, None] * share).ravel()


def _outside_is_filled(surface: LevelSurface, enclosed: float) -> bool:
    """Whether states that no closed sheet encloses are occupied; ``enclosed``: volume, negative of holes, 1/Å^d."""
    if surface.domain.periodic:
        assert surface.occupied is not None
        return bool(surface.occupied.value - enclosed / surface.domain.volume > 0.5)
    assert surface.level.cutoff is not None
    edge = surface.level.cutoff * surface.domain.frame[:1] / np.linalg.norm(surface.domain.frame[0])
    return bool(surface.level.at(edge)[0][0] < 0.0)


def _gauss(number: int) -> tuple[Float, Float]:
    """Nodes and weights over [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(number)
    return 0.5 * (nodes + 1.0), 0.5 * weights


def _grid(steps: int, d: int) -> Float:
    """Points (steps^d, d) of [0, 1)^d, none of them on a plane of symmetry."""
    axis = (np.arange(steps) + 0.34) / steps
    return np.array(list(product(axis, repeat=d))).reshape(steps**d, d)


def _joined(parts: list[Points]) -> Points:
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def _by_lines(surface: LevelSurface, fine: bool) -> Points:
    k, volume = _joined(list(_lines(surface, fine)))
    if fine and surface.dimension == 3:
        # Lines lead to the coarser mesh, which has points enough; the finer one tells by what volumes are off.
        assert surface.occupied is not None
        volume = volume * (surface.occupied.value * surface.domain.volume / volume.sum())
    return k, volume


def _lines(surface: LevelSurface, fine: bool) -> Iterator[Points]:
    """Lines in the cell, in its face, and on its edge, to where each ends on the surface."""
    nodes, d = surface.nodes, surface.dimension
    mesh, samples = (surface.coarse, surface.coarse_samples) if d == 3 else (surface.fine, surface.samples)
    begin = surface.line_begin(mesh, samples)
    for done in range(d - 1):
        x = nodes.domain.coordinates(samples.k)
        share = samples.area @ nodes.domain.frame[0] / nodes.domain.volume
        yield _led_to(surface, x, begin, share, done, fine=fine)
        nodes = nodes.face()
        samples = _on_face(surface, nodes, 1) if done + 2 < d else samples
        begin = np.zeros(len(samples.k))
    x, up, filled = crossings(surface.level, nodes)
    ends, signs = np.append(x, 1.0), np.append(np.where(up, 1.0, -1.0), float(filled))
    yield _led_to(surface, ends[:, None], np.zeros(len(ends)), signs, d - 1, fine=fine)


def _on_face(surface: LevelSurface, nodes: Nodes, divisions: int) -> Samples:
    mesh = first_mesh(surface.level, nodes).mesh
    for _ in range(divisions):
        mesh = divided(surface.level, mesh)
    return lifted(surface.level, mesh)


def _led_to(surface: LevelSurface, x: Float, begin: Float, share: Float, done: int, *, fine: bool) -> Points:
    """Points on lines along the first edge that is left, from ``begin`` to x (n, d − done), all round the others."""
    part, weight = _gauss(2 * _ON_LINE[fine])
    line = begin[:, None] + (x[:, 0] - begin)[:, None] * part
    amount = (share * (x[:, 0] - begin))[:, None] * weight
    around = _grid(_AROUND[3, fine], done)
    shape = (*line.shape, len(around))
    columns = [np.broadcast_to(around[:, a], shape) for a in range(done)]
    columns.append(np.broadcast_to(line[:, :, None], shape))
    columns += [np.broadcast_to(x[:, None, None, a], shape) for a in range(1, x.shape[1])]
    k = surface.domain.at(np.stack(columns, axis=-1).reshape(-1, surface.dimension))
    volume = np.broadcast_to(amount[:, :, None], shape).ravel() * surface.domain.volume / len(around)
    return k, volume
