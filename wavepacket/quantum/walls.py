"""Hard walls of a lattice: a bond that would lead through a wall is left out, and what lies beyond is another crystal."""

from collections.abc import Sequence

import numpy as np

from wavepacket.arrays import Flags, Float
from wavepacket.config import CircleWall, LineWall, PolygonWall

__all__ = ["Wall", "cut_bonds", "distance_to_walls"]

Wall = LineWall | PolygonWall | CircleWall


def cut_bonds(walls: Sequence[Wall], first: Float, second: Float) -> Flags:
    """Whether the straight line from first to second (n, 3), Å, leads through a wall, (n,).

    An orbital that sits on a straight wall counts to its left side, one on a circle to the outside. The result may depend on
    the order of the ends by rounding.
    """
    one, other = first[:, :2], second[:, :2]
    cut = np.zeros(len(one), dtype=bool)
    for wall in walls:
        if isinstance(wall, CircleWall):
            cut |= _through_circle(np.array(wall.center), wall.radius, one, other)
        else:
            for ends in wall.edges:
                cut |= _through_edge(np.array(ends), one, other)
    return cut


def distance_to_walls(walls: Sequence[Wall], place: Float) -> float:
    """Distance (Å) of a place (3,) from the nearest wall; infinite where there is none."""
    nearest = np.inf
    for wall in walls:
        if isinstance(wall, CircleWall):
            nearest = min(nearest, abs(float(np.hypot(*(place[:2] - wall.center))) - wall.radius))
        else:
            starts, ends = (np.array(each) for each in zip(*wall.edges, strict=True))
            nearest = min(nearest, float(_to_chain(starts, ends, place[:2]).min()))
    return nearest


def _through_edge(ends: Float, one: Float, other: Float) -> Flags:
    """Whether lines from one to other (n, 2) cross an edge, which ends (2, 2) belong to."""
    along = ends[1] - ends[0]
    off_one, off_other = (along[0] * x[:, 1] - along[1] * x[:, 0] for x in (one - ends[0], other - ends[0]))
    apart = (off_one >= 0.0) != (off_other >= 0.0)
    part = off_one[apart] / (off_one - off_other)[apart]
    meeting = one[apart] + part[:, None] * (other - one)[apart]
    way = (meeting - ends[0]) @ along / (along @ along)
    cut = np.zeros(len(one), dtype=bool)
    cut[apart] = (way >= 0.0) & (way <= 1.0)
    return cut


def _through_circle(centre: Float, radius: float, one: Float, other: Float) -> Flags:
    """Whether lines from one to other (n, 2) cross a circle, once or twice."""
    nearest = _to_chain(one, other, centre)
    farthest = np.maximum(np.hypot(*(one - centre).T), np.hypot(*(other - centre).T))
    return np.asarray((nearest < radius) & (farthest >= radius))


def _to_chain(starts: Float, ends: Float, place: Float) -> Float:
    """Distance of a place (2,) from straight lines between starts and ends (n, 2), (n,)."""
    along = ends - starts
    square = np.sum(along**2, axis=1)
    part = np.sum((place - starts) * along, axis=1) / np.where(square > 0.0, square, 1.0)
    return np.asarray(np.linalg.norm(starts + np.clip(part, 0.0, 1.0)[:, None] * along - place, axis=1))
