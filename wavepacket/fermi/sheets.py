"""How the pieces of a mesh hang together across the border of a cell: sheets, their winding, Euler characteristic."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Integer
from wavepacket.fermi.contour import Raw
from wavepacket.fermi.mesh import edges_of

__all__ = ["Topology", "topology"]


@dataclass(frozen=True, eq=False)
class Topology:
    """Of a first mesh.

    Attributes
    ----------
    piece : (s,) connected part within the cell of each simplex
    sheet : (pieces,) that each piece belongs to
    offset : (pieces, d) reciprocal vectors by which a piece is moved so that its sheet is whole
    winding : for each sheet (w, d) independent reciprocal vectors by which it comes back to itself; none where it closes
    euler : (sheets,) corners − edges + triangles
    """

    piece: Integer
    sheet: Integer
    offset: Integer
    winding: tuple[Integer, ...]
    euler: Integer


def _parts(number: int, pairs: Integer) -> tuple[int, Integer]:
    from scipy.sparse import coo_array  # takes a while to load
    from scipy.sparse.csgraph import connected_components

    ones = np.ones(len(pairs))
    graph = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(number, number))
    count, label = connected_components(graph, directed=False)
    return int(count), np.asarray(label, dtype=np.int64)


def topology(raw: Raw) -> Topology:
    """Sheets of a mesh."""
    mesh, d = raw.mesh, raw.mesh.domain.dimension
    edges, _ = edges_of(mesh.simplices)
    if len(edges) == 0:
        none = np.zeros(0, dtype=np.int64)
        return Topology(none, none, np.zeros((0, d), dtype=np.int64), (), none)
    pieces, of_corner = _parts(len(mesh.k), edges)
    links = _links(raw, of_corner)
    sheets, sheet = _parts(pieces, links[:, :2])
    offset, loops = _unwrapped(pieces, links)
    winding = []
    for number in range(sheets):
        found = loops[sheet[links[:, 0]] == number] if len(links) else loops
        winding.append(_independent(found))
    return Topology(
        of_corner[mesh.simplices[:, 0]], sheet, offset, tuple(winding), _euler(raw, sheet[of_corner], sheets)
    )  # fmt: skip


def _links(raw: Raw, of_corner: Integer) -> Integer:
    """Rows (n, 2 + d): two pieces with a state in common, and by how much the first is moved to touch the second."""
    first = np.unique(raw.same, return_index=True)[1][raw.same]
    x = raw.mesh.domain.coordinates(raw.mesh.k)
    moved = np.round(x - x[first]).astype(np.int64)
    other = first != np.arange(len(first))
    rows = np.concatenate([of_corner[first, None], of_corner[:, None], moved], axis=1)[other]
    return np.unique(rows, axis=0) if len(rows) else rows


def _unwrapped(pieces: int, links: Integer) -> tuple[Integer, Integer]:
    """Offsets of pieces along a tree of links, and what each link is off by: how a path through it winds."""
    d = links.shape[1] - 2
    beside = defaultdict(list)
    for one, other, *moved in links.tolist():
        beside[one].append((other, -np.array(moved)))
        beside[other].append((one, np.array(moved)))
    offset, seen = np.zeros((pieces, d), dtype=np.int64), np.zeros(pieces, dtype=bool)
    for start in range(pieces):
        todo = [] if seen[start] else [start]
        seen[start] = True
        while todo:
            here = todo.pop()
            for there, shift in beside[here]:
                if not seen[there]:
                    seen[there] = True
                    offset[there] = offset[here] + shift
                    todo.append(there)
    # A state of both pieces is one place if x_other + o_other = x_one + o_one, that is o_other = o_one − moved.
    return offset, offset[links[:, 1]] - offset[links[:, 0]] + links[:, 2:]


def _independent(loops: Integer) -> Integer:
    """Rows that span the lattice of integer vectors (n, d), by Euclid's algorithm on their columns."""
    rows = [row for row in np.unique(loops, axis=0).tolist() if any(row)]
    kept: list[list[int]] = []
    for column in range(loops.shape[1]):
        while True:
            there = sorted((row for row in rows if row[column]), key=lambda row: abs(row[column]))
            if len(there) < 2:
                break
            least = there[0]
            rest = [row for row in rows if row is not least]
            rows = [least] + [
                [a - row[column] // least[column] * b for a, b in zip(row, least, strict=True)]
                for row in rest
            ]
            rows = [row for row in rows if any(row)]
        if there:
            kept.append(there[0])
            rows = [row for row in rows if row is not there[0]]
    return np.array(kept, dtype=np.int64).reshape(-1, loops.shape[1])


def _euler(raw: Raw, of_corner: Integer, sheets: int) -> Integer:
    simplices = raw.same[raw.mesh.simplices]
    edges, _ = edges_of(simplices)
    first = np.unique(raw.same, return_index=True)[1]
    used = np.unique(simplices)
    total = np.bincount(of_corner[first[used]], minlength=sheets)
    total = total - np.bincount(of_corner[first[edges[:, 0]]], minlength=sheets)
    if raw.mesh.domain.dimension == 3:
        total = total + np.bincount(of_corner[raw.mesh.simplices[:, 0]], minlength=sheets)
    return np.asarray(total, dtype=np.int64)
