"""What all drawings of packets need: which to show, the plane to show them in, and line segments by valley."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.lines import Line2D

from wavepacket.arrays import Flags, Float, Integer
from wavepacket.bandstructure.points import point_label
from wavepacket.plots.colours import CATEGORIES, valley_colour

__all__ = ["Group", "colour_groups", "group_handles", "last_finite", "motion_axes", "shown_packets"]


def shown_packets(n: int, most: int) -> Integer:
    """Indices of at most ``most`` of n packets, in order; always the same ones."""
    if n <= most:
        return np.arange(n)
    # At random: equal steps through a grid of starting points would show stripes of it.
    return np.sort(np.random.default_rng(0).permutation(n)[:most])


def motion_axes(vectors: Float) -> tuple[int, ...]:
    """Cartesian axes to draw (n, T, 3) in: the two along which packets move most, in order; one if they keep to a line.

    A plane is preferred to a line only if the motion out of the line is more than rounding.
    """
    offset = vectors - vectors[:, :1]
    finite = np.where(np.isfinite(offset), offset, 0.0)
    size = np.abs(finite).max(axis=(0, 1), initial=0.0)
    spread = np.where(np.isfinite(vectors), np.abs(vectors), 0.0).max(axis=(0, 1), initial=0.0)
    order = np.lexsort((np.arange(3), -spread, -size))
    reach = max(float(size.max()), float(spread.max()))
    if max(size[order[1]], spread[order[1]]) <= 1e-9 * reach:
        return (int(order[0]),)
    first, second = sorted(order[:2].tolist())
    return first, second


@dataclass(frozen=True, eq=False)
class Group:
    """Packets that share a colour: those of a valley, or a single one where there are few and no valleys.

    Parameters
    ----------
    members : (n,) true for the packets of the group
    name : for the legend; empty for none
    """

    members: Flags
    colour: str
    name: str = ""


def colour_groups(n: int, valley: npt.ArrayLike | None, names: Sequence[str] = ()) -> list[Group]:
    """Groups of n packets with their valley's index (n,), −1 for none, and the valleys' names."""
    labels = np.full(n, -1) if valley is None else np.asarray(valley)
    if np.all(labels < 0) and n <= len(CATEGORIES):
        return [Group(np.arange(n) == i, CATEGORIES[i]) for i in range(n)]
    groups = []
    for label in np.unique(labels).tolist():
        name = point_label(names[label]) if 0 <= label < len(names) else ""
        groups.append(Group(labels == label, valley_colour(label), name))
    return groups


def group_handles(groups: Sequence[Group]) -> list[Artist]:
    """Legend entries of the groups that have a name."""
    return [Line2D([], [], color=one.colour, linewidth=1.5, label=one.name) for one in groups if one.name]


def last_finite(paths: Float) -> tuple[Float, Flags]:
    """Last finite point (n, d) of each path (n, T, d), and whether the path ended before the last save."""
    finite: Flags = np.all(np.isfinite(paths), axis=2)
    last = finite.shape[1] - 1 - np.argmax(finite[:, ::-1], axis=1)
    return paths[np.arange(len(paths)), last], last < finite.shape[1] - 1
