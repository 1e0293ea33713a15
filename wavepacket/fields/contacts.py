"""Where contacts lie, and to which side they emit: into the sample that walls and contacts enclose."""

import numpy as np

from wavepacket.arrays import Flags, Float
from wavepacket.config import CircleWall, PolygonWall, Sample
from wavepacket.errors import InputError

__all__ = ["SNAP", "inward", "overlapping", "placed"]

SNAP = 0.1  # Å: contacts that lie so near to an edge of a wall are moved onto it
_NEAR = 1e-9  # of the size of the sample: what counts as on an edge
_RAYS = 41  # that look for a way out of the sample
_WIDEST = 1.4  # rad from the normal
_ENDS = 1e-9  # of an edge: how far beyond its ends a ray still meets it


def placed(sample: Sample) -> dict[str, Float]:
    """Ends (2, 2) of each contact, Å, on the edge of a wall that it is near to."""
    edges = _straight(sample)
    return {name: _on_edge(np.array(ends), edges) for name, ends in sample.contacts.items()}


def _straight(sample: Sample) -> Float:
    """Ends (n, 2, 2) of the straight edges of all walls."""
    found = [wall.edges for wall in sample.walls if not isinstance(wall, CircleWall)]
    return np.array([edge for edges in found for edge in edges], dtype=np.float64).reshape(-1, 2, 2)


def _on_edge(ends: Float, edges: Float) -> Float:
    """Ends of a contact, moved onto an edge where both are near to it."""
    if np.linalg.norm(ends[1] - ends[0]) < 10.0 * SNAP:
        return ends
    for one, other in edges:
        length = np.linalg.norm(other - one)
        along = (other - one) / length
        on = one + np.clip((ends - one) @ along, 0.0, length)[:, None] * along
        off = np.linalg.norm(ends - on, axis=1).max()
        if off <= SNAP and np.linalg.norm(on[1] - on[0]) > 0.0:
            return ends if off <= _NEAR * np.abs(edges).max() else on
    return ends


def overlapping(sample: Sample) -> tuple[str, str] | None:
    """The first two contacts of which one covers a part of the other."""
    found = list(placed(sample).items())
    for i, (name, (one, other)) in enumerate(found):
        length = np.linalg.norm(other - one)
        along = (other - one) / length
        for second, ends in found[:i]:
            s = (ends - one) @ along
            off = (ends - one) @ np.array([-along[1], along[0]])
            common = min(s.max(), length) - max(s.min(), 0.0)
            if common > 2.0 * SNAP and np.abs(off).max() <= SNAP:
                return second, name
    return None


def inward(sample: Sample, contact: str) -> Float:
    """Unit vector (2,) in which a contact emits: into what closed walls hold, or what walls and contacts enclose.

    To the left of its direction where nothing encloses a side of it, or where it is the chord of a circle.

    Raises
    ------
    InputError
        for a contact that has the sample on both sides, or leads out of it
    """
    ends = placed(sample)
    one, other = ends.pop(contact)
    length = float(np.linalg.norm(other - one))
    along = (other - one) / length
    left, inset = np.array([-along[1], along[0]]), min(2.0 * SNAP, 0.25 * length)
    places = (
        one + np.array([inset, 0.25 * length, 0.5 * length, 0.75 * length, length - inset])[:, None] * along
    )
    sides = [places + sign * 0.05 * inset * left for sign in (1.0, -1.0)]
    held = [_holds(sample, side) for side in sides]
    if np.any(held):
        inside, outside = ([bool(np.all(side == truth)) for side in held] for truth in (True, False))
        if (inside[0] and outside[1]) or (all(inside) and _is_chord(sample, one, other)):
            return np.asarray(left)
        if inside[1] and outside[0]:
            return np.asarray(-left)
        if all(inside):
            raise InputError(
                "lies within the sample, would absorb on both sides and emit to one: put it on a wall"
            )
        raise InputError(f"does not lie on the edge of the sample with its whole length, to {SNAP} angstrom")
    edges = np.concatenate([_straight(sample), np.array(list(ends.values())).reshape(-1, 2, 2)])
    closed = [
        _enclosed(edges, _circles(sample), side, sign * left)
        for side, sign in zip(sides, (1, -1), strict=True)
    ]
    if all(closed):
        raise InputError(
            "has walls or contacts all round on both sides, so that the side that it emits to is not known"
        )
    return np.asarray(-left if closed[1] else left)


def _circles(sample: Sample) -> Float:
    """Centre and radius (n, 3) of circles."""
    found = [[*wall.center, wall.radius] for wall in sample.walls if isinstance(wall, CircleWall)]
    return np.array(found, dtype=np.float64).reshape(-1, 3)


def _is_chord(sample: Sample, *ends: Float) -> bool:
    """Whether both ends lie on one circle."""
    off = [
        np.abs(np.linalg.norm(end - _circles(sample)[:, :2], axis=1) - _circles(sample)[:, 2]) for end in ends
    ]
    return bool(np.any(np.maximum(*off) <= SNAP))


def _holds(sample: Sample, points: Float) -> Flags:
    """Whether points (n, 2) lie in an odd number of polygons and circles: those within others are holes."""
    inside = np.zeros(len(points), dtype=bool)
    for wall in sample.walls:
        if isinstance(wall, CircleWall):
            inside ^= np.linalg.norm(points - wall.center, axis=1) < wall.radius
        elif isinstance(wall, PolygonWall):
            inside ^= _in_polygon(np.array(wall.edges), points)
    return inside


def _in_polygon(edges: Float, points: Float) -> Flags:
    """Whether a polygon with edges (m, 2, 2) holds points (n, 2), by the crossings of a ray."""
    (x, y), (after_x, after_y) = (np.moveaxis(edges[:, i] - points[:, None], -1, 0) for i in (0, 1))
    rises = (y > 0) != (after_y > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        meets = x - y * (after_x - x) / (after_y - y)
    return np.asarray(np.count_nonzero(rises & (meets > 0), axis=1) % 2 == 1)


def _enclosed(edges: Float, circles: Float, points: Float, normal: Float) -> bool:
    """Whether all rays from points (n, 2) to the side of a normal meet an edge."""
    angle = np.arctan2(normal[1], normal[0]) + np.linspace(-_WIDEST, _WIDEST, _RAYS)
    rays = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    way = edges[:, 1] - edges[:, 0]
    for point in points:
        to = edges[:, 0] - point
        with np.errstate(divide="ignore", invalid="ignore"):
            turn = rays[:, :1] * way[:, 1] - rays[:, 1:] * way[:, 0]
            far = (to[:, 0] * way[:, 1] - to[:, 1] * way[:, 0]) / turn
            part = (to[:, 0] * rays[:, 1:] - to[:, 1] * rays[:, :1]) / turn
        met = np.any((far > 0.0) & (np.abs(part - 0.5) <= 0.5 + _ENDS), axis=1)
        off, reach = circles[:, :2] - point, rays @ (circles[:, :2] - point).T
        aside = np.sum(off**2, axis=1) - reach**2
        met |= np.any((aside <= circles[:, 2] ** 2) & (reach > 0.0), axis=1)
        if not np.all(met):
            return False
    return True
