"""Pockets that lie between the nodes of a grid, or hold so few of them that they need a grid of their own.

A pocket has an extremum of 𝓔 within, where all slopes vanish. So cells without a change of sign are divided where every
slope changes its own, or nearly so, and the largest slope at their corners lets 𝓔 reach the level. Near an extremum that
slope falls with the size of the cell: few cells are divided twice.
"""

from itertools import product

import numpy as np

from wavepacket.arrays import Flags, Float, Integer
from wavepacket.fermi.level import Domain, Level
from wavepacket.fermi.nodes import Nodes, box_of, corners, radius_of

__all__ = ["shared_corners", "small_pockets"]

_STEEPER = 1.5
_SLACK = 0.2  # of the range of a slope over a cell
_HALVINGS = 14
_MOST = 20_000  # cells that are divided at once
_FEW = 3  # nodes along each edge that a pocket has at most for a grid of its own
_BOX = 12  # cells along each edge of the box round a pocket
_TRIES = 40
_WIDEST = 4.0  # cells of the grid that a pocket between its nodes may be wide


def small_pockets(level: Level, nodes: Nodes) -> tuple[Nodes, list[Nodes], int]:
    """Nodes without pockets smaller than some cells, boxes that hold one of those each, and where a finer grid is needed.

    Such places belong to no pocket of their own: a neck or a gap between parts of the surface is narrower than the grid.
    """
    found: list[Nodes] = []
    unresolved = 0
    for places in _few_nodes(nodes):
        deepest = places[np.argmax(np.abs(nodes.value[tuple(places.T)]))]
        positive = bool(nodes.value[tuple(deepest)] > 0.0)
        box = _box_round(level, nodes, nodes.domain.at(deepest[None] / np.array(nodes.shape))[0], positive)
        if box is not None:
            found.append(box)
            nodes = nodes.without(tuple(places.T))
    seeds, signs = _seeds(level, nodes)
    same = np.arange(len(seeds)) if level.images is None else level.images.orbits(seeds).which
    none = set[int]()  # what is no pocket at one place is none at its images
    for k, positive, orbit in zip(seeds, signs, same.tolist(), strict=True):
        if any(_holds(nodes.domain, box.domain, k) for box in found):
            continue
        box = None if orbit in none else _box_round(level, nodes, k, positive)
        if box is None:
            unresolved += 1
            none.add(orbit)
        else:
            found.append(box)
    return nodes, found, unresolved


def _holds(domain: Domain, box: Domain, k: Float) -> bool:
    """Whether a wavevector (3,), or an equivalent one, lies in a box."""
    if domain.periodic:
        middle = box.at(np.full((1, box.dimension), 0.5))
        k = k - np.round(domain.coordinates(k + domain.origin - middle))[0] @ domain.frame
    x = box.coordinates(k[None])[0]
    return bool(np.all((x > 0) & (x < 1)))


def _few_nodes(nodes: Nodes) -> list[Integer]:
    """Indices (m, d) of nodes of one sign in places a few cells wide, place by place."""
    from scipy.ndimage import find_objects, label  # takes a while to load

    shape = np.array(nodes.shape)
    inner = nodes.value[tuple(slice(None, n) for n in shape)] if nodes.domain.periodic else nodes.value
    padded = np.pad(inner, _FEW + 1, mode="wrap" if nodes.domain.periodic else "edge")
    found = []
    for sign in (padded > 0.0, padded < 0.0):
        parts, _ = label(sign, structure=np.ones((3,) * sign.ndim))
        for number, extent in enumerate(find_objects(parts), 1):
            first = np.array([one.start for one in extent])
            size = np.array([one.stop for one in extent]) - first
            begins = first - _FEW - 1
            if np.all(size <= _FEW) and np.all(begins >= 0) and np.all(begins < inner.shape):
                places = np.argwhere(parts[extent] == number) + begins
                found.append(places % shape if nodes.domain.periodic else places)
    return found


def _suspects(value: Float, slope: Float, radius: float) -> Flags:
    """Whether 𝓔 may have the other sign between corners (2^d, n); slopes (2^d, n, d + 1): along edges, and their length."""
    along, steepest = slope[..., :-1], slope[..., -1].max(axis=0)
    low, high = along.min(axis=0), along.max(axis=0)
    slack = _SLACK * (high - low)
    turning = np.all((low <= slack) & (high >= -slack), axis=1)
    near = np.abs(value).min(axis=0) <= _STEEPER * steepest * radius
    return np.asarray(turning & near)


def _slopes(gradient: Float, frame: Float) -> Float:
    length = np.linalg.norm(gradient, axis=-1, keepdims=True)
    return np.concatenate([gradient @ frame.T, length], axis=-1)


def _seeds(level: Level, nodes: Nodes) -> tuple[Float, Flags]:
    """Places (n, 3) with another sign than all nodes around, and whether it is the positive one."""
    frame, shape = nodes.domain.frame, np.array(nodes.shape)
    at_corners, slopes = corners(nodes.value), _corner_vectors(_slopes(nodes.slope, frame))
    steps = frame / shape[:, None]
    places = np.argwhere(nodes.kept & ~nodes.crossed())
    of, every = tuple(places.T), np.arange(len(at_corners))[:, None]
    suspect = _suspects(at_corners[every, *of], slopes[every, *of], radius_of(steps))
    x = places[suspect].astype(np.float64)
    sign = nodes.value[tuple(places[suspect].T)] > 0.0
    cube = np.array(list(product((0.0, 1.0), repeat=len(frame))))
    seeds, signs = [np.zeros((0, 3))], [np.zeros(0, dtype=bool)]
    size = 1.0
    for _ in range(_HALVINGS):
        if len(x) == 0:
            break
        x, sign = x[:_MOST], sign[:_MOST]
        size *= 0.5
        x, sign = (x[:, None] + size * cube).reshape(-1, x.shape[1]), np.repeat(sign, len(cube))
        once, corner = shared_corners(x, size)
        k = nodes.domain.at(once / shape)
        value, gradient = level.at(k)
        value = value[corner].T
        other = (value > 0.0) != sign
        hit = other.any(axis=0)
        which = np.argmax(other, axis=0)[hit]
        seeds.append(k[corner[hit, which]])
        signs.append(~sign[hit])
        slope = np.moveaxis(_slopes(gradient, frame)[corner], 1, 0)
        going = ~hit & _suspects(value, slope, size * radius_of(steps))
        x, sign = x[going], sign[going]
    return np.concatenate(seeds), np.concatenate(signs)


def shared_corners(x: Float, size: float) -> tuple[Float, Integer]:
    """Corners of cells that begin at x (n, d), multiples of their size: each once (m, d), and which (n, 2^d) a cell has.

    Cells share corners with their neighbours, and bands cost more than sorting.
    """
    cube = np.array(list(product((0, 1), repeat=x.shape[1])))
    steps = (np.round(x / size).astype(np.int64)[:, None] + cube).reshape(-1, x.shape[1])
    where, first = steps[:, 0], np.arange(len(steps))
    for column in steps.T[
        1:
    ]:  # one axis after the other: the product of all extents may be no integer of 64 bits
        _, first, where = np.unique(
            where * (column.max() + 1) + column, return_index=True, return_inverse=True
        )
    return size * steps[first], where.reshape(len(x), -1)


def _corner_vectors(values: Float) -> Float:
    return np.stack([corners(values[..., i]) for i in range(values.shape[-1])], axis=-1)


def _box_round(level: Level, nodes: Nodes, k: Float, positive: bool) -> Nodes | None:
    """Nodes of a box whose border has one sign and which holds the other, well resolved; None where none is so small."""
    steps = nodes.domain.frame / np.array(nodes.shape)[:, None]
    low, high = -0.5 * np.ones(len(steps)), 0.5 * np.ones(len(steps))
    grid = np.array(list(product(np.arange(_BOX + 1) / _BOX, repeat=len(steps))))
    for _ in range(_TRIES):
        domain = Domain(k + low @ steps, (high - low)[:, None] * steps, False)
        inside = ((level.energy(domain.at(grid)) > 0.0) == positive).reshape((_BOX + 1,) * len(steps))
        wide = high - low
        if not np.any(inside):
            low, high = (
                low / 2,
                high / 2,
            )  # the seed itself lies in the middle, but the pocket is thinner than a cell
            continue
        places = np.argwhere(inside)
        first, last = places.min(axis=0), places.max(axis=0)
        touches = (first == 0) | (last == _BOX)
        if np.any(touches):
            low = np.where(first == 0, low - 0.5 * wide, low)
            high = np.where(last == _BOX, high + 0.5 * wide, high)
            if np.any(high - low > _WIDEST):
                return None
            continue
        if np.all(last - first >= _BOX // 3):
            return box_of(level, domain, _BOX)
        cell = wide / _BOX
        low, high = low + (first - 1.5) * cell, low + (last + 1.5) * cell
    return None
