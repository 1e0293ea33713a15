"""From values at nodes to a first mesh: marching cubes of scikit-image in 3D, lines of contourpy in 2D.

Nodes are moved away from zero by a part of what 𝓔 changes between neighbours, so that corners stay away from nodes and
simplices have no short edges: the signs alone say how they hang together, and Newton's rule finds the level.
"""

from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.errors import InputError
from wavepacket.fermi.level import Level
from wavepacket.fermi.mesh import Mesh, led_onto
from wavepacket.fermi.nodes import Nodes

__all__ = ["Raw", "first_mesh"]

_AWAY = 0.15
_ON_NODE = 0.02


@dataclass(frozen=True, eq=False)
class Raw:
    """A first mesh, and which of its corners are the same states.

    Attributes
    ----------
    mesh : with corners on opposite faces of a periodic cell as different ones
    same : (p,) equal for corners that differ by a reciprocal vector
    """

    mesh: Mesh
    same: Integer


def first_mesh(level: Level, nodes: Nodes) -> Raw:
    """Simplices of the surface that nodes show; none where it does not pass between them."""
    d = nodes.domain.dimension
    value = np.where(nodes.value > 0, 1.0, -1.0) * (np.abs(nodes.value) + _AWAY * nodes.change)
    crossed = bool(np.any(nodes.value > 0) and np.any(nodes.value < 0))
    x, simplices = _cubes(value) if d == 3 and crossed else _lines(value) if crossed else _nothing(d)
    nearest = np.round(x)
    on = np.abs(x - nearest) < _ON_NODE
    x = np.where(on, nearest, x)
    key = np.where(on, nearest % nodes.shape if nodes.domain.periodic else nearest, np.floor(x))
    same = _numbered(np.concatenate([key, on], axis=1))
    ends = on & ((nearest == 0) | (nearest == nodes.shape))
    border = ends @ (1 << np.arange(d)) if nodes.domain.periodic else np.zeros(len(x), dtype=np.int64)
    k = nodes.domain.at(x / nodes.shape)
    steps = nodes.domain.frame / np.array(nodes.shape)[:, None]
    reach = float(np.linalg.norm(steps, axis=1).max())
    k, direction, off = led_onto(level, nodes.domain, k, border, reach)
    mesh = Mesh(nodes.domain, k, direction, border, simplices, np.zeros(len(simplices), dtype=np.int64), off)
    return Raw(_turned(mesh), same)


def _nothing(d: int) -> tuple[Float, Integer]:
    return np.zeros((0, d)), np.zeros((0, d), dtype=np.int64)


def _numbered(keys: Float) -> Integer:
    if len(keys) == 0:
        return np.zeros(0, dtype=np.int64)
    return np.asarray(np.unique(keys, axis=0, return_inverse=True)[1].ravel(), dtype=np.int64)


def _cubes(value: Float) -> tuple[Float, Integer]:
    try:
        from skimage.measure import marching_cubes
    except ImportError:
        raise InputError(
            "Fermi surfaces of crystals in three dimensions need scikit-image: pip install 'berry-wavepacket[fermi]'"
        ) from None
    scale = np.abs(value[np.abs(value) < 1e300]).max()
    corners, faces, *_ = marching_cubes((value / scale).astype(np.float64), 0.0, gradient_direction="ascent")
    return corners.astype(np.float64), faces.astype(np.int64)


def _lines(value: Float) -> tuple[Float, Integer]:
    from contourpy import contour_generator  # comes with matplotlib

    found = contour_generator(z=value.T, name="serial").lines(0.0)
    x, segments, first = [], [], 0
    for line in found:
        points = np.asarray(line)
        closed = bool(np.all(points[0] == points[-1]))
        x.append(points[:-1] if closed else points)
        number = len(x[-1])
        begin = np.arange(number if closed else number - 1)
        segments.append(np.stack([begin, (begin + 1) % number], axis=1) + first)
        first += number
    return np.concatenate(x), np.concatenate(segments)


def _turned(mesh: Mesh) -> Mesh:
    """The same mesh with the order of corners that `Mesh` promises: all simplices are turned alike."""
    if len(mesh.simplices) == 0:
        return mesh
    area = areas(mesh.domain.frame, np.diff(mesh.k[mesh.simplices], axis=1))
    if np.sum(area * mesh.direction[mesh.simplices].mean(axis=1)) >= 0:
        return mesh
    return Mesh(
        mesh.domain, mesh.k, mesh.direction, mesh.border, mesh.simplices[:, ::-1].copy(), mesh.part, mesh.off
    )  # fmt: skip


def areas(frame: Float, edges: Float) -> Float:
    """Vectors (n, 3) across simplices with edges (n, d − 1, 3): cross products, of a segment with its plane's normal."""
    if len(frame) == 3:
        return np.asarray(np.cross(edges[:, 0], edges[:, 1]))
    normal = np.cross(frame[0], frame[1])
    return np.asarray(np.cross(edges[:, 0], normal / np.linalg.norm(normal)))
