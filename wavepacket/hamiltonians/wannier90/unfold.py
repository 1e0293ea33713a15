"""Centres that were folded into the home cell: the lattice vectors that bring them back to where H(R) has them.

A Wannier function that hops, hops to its neighbours: Σ |H_ij(R)|² |R + τ_j − τ_i|² is smallest for the centres that belong
to H(R), and a centre moved by a lattice vector makes it larger. Only differences of the moves count within what hops
connect, and nothing in H tells where a part lies that no hop connects to the rest; the first orbital of each part stays
where it is.
"""

import itertools
from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Complex, Flags, Float, Integer

_NEGLIGIBLE = 1e-12
"""Of the largest Σ |H|² between two orbitals: (1e-6)², the digits that files hold."""
_SURE = 0.8
_FARTHEST = 1e6  # cells: no Wannier function hops that far
"""A mean hop is told from its images where it lies within this part of the lattice's Wigner–Seitz cell."""


@dataclass(frozen=True, eq=False)
class Unfolding:
    """What moves by lattice vectors make of the hops.

    Parameters
    ----------
    moves : (N, 3) lattice vectors to add to the centres, in units of the lattice
    stretch : (N,) Σ|H|²·length² of all hops of an orbital with the centres as they are, over the same after the moves
    certain : whether no other moves are nearly as good
    """

    moves: Integer
    stretch: Float
    certain: bool


@dataclass(frozen=True, eq=False)
class _Hops:
    """Hops between two orbitals: weight Σ|H|² (N, N), mean (N, N, d) from i to j and mean square length (N, N), Å."""

    weight: Float
    mean: Float
    square: Float


def unfolding(lattice: Float, cells: Integer, hoppings: Complex, centres: Float, *, flat: bool) -> Unfolding:
    """Return the moves that make the hops shortest.

    Parameters
    ----------
    lattice : (3, 3) rows, Å
    cells, hoppings : (nR, 3) and (nR, N, N), H(R) = H(−R)†
    centres : (N, 3), Å
    flat : also move along lattice vectors along which nothing hops, whose length then means something
    """
    size = len(centres)
    along = np.any(cells[np.any(hoppings, axis=(1, 2))], axis=0) | flat
    if not np.any(along):
        return Unfolding(np.zeros((size, 3), dtype=np.int64), np.ones(size), certain=True)
    # Coordinates in the space that those vectors span.
    frame = np.linalg.qr(lattice[along].T)[0]
    lattice = lattice[along] @ frame
    hops = _measured(cells[:, along] @ lattice, hoppings, centres @ frame)
    moves, parents = _grown(lattice, hops)
    hanging = np.flatnonzero(parents >= 0).tolist()
    groups = [_branch(parents, orbital) for orbital in hanging]
    groups += [np.arange(size) == orbital for orbital in hanging]
    # Each step shortens the hops, so this ends.
    moving = True
    while moving:
        moving = False
        for group in groups:
            step = -_nearest(lattice, _mean_over_cut(lattice, hops, moves, group))
            moves[group] += step
            moving |= bool(np.any(step))
    before = np.sum(hops.weight * hops.square, axis=0)
    shift = (moves[None, :] - moves[:, None]) @ lattice
    change = np.sum(hops.weight * np.sum(shift * (2 * hops.mean + shift), axis=2), axis=0)
    after = before + change
    stretch = np.divide(before, after, out=np.ones(size), where=after > 0)
    certain = all(_is_sure(lattice, _mean_over_cut(lattice, hops, moves, group)) for group in groups)
    everywhere = np.zeros((size, 3), dtype=np.int64)
    everywhere[:, along] = moves
    return Unfolding(everywhere, stretch, certain)


def _measured(steps: Float, hoppings: Complex, centres: Float) -> _Hops:
    power = np.abs(hoppings) ** 2
    weight = np.sum(power, axis=0)
    weight[weight <= _NEGLIGIBLE * np.max(weight)] = 0.0
    np.fill_diagonal(weight, 0.0)
    share = np.divide(power, weight, out=np.zeros_like(power), where=weight > 0)
    between = centres[None, :] - centres[:, None]
    mean = np.einsum("rij,ra->ija", share, steps)
    square = np.einsum("rij,r->ij", share, np.sum(steps**2, axis=1))
    square += np.sum(between * (2 * mean + between), axis=2)
    return _Hops(weight, mean + between, square)


def _grown(lattice: Float, hops: _Hops) -> tuple[Integer, Integer]:
    """Moves (N, d), found for the orbital first that is best connected to those before; and on which it hangs, or −1."""
    size = len(hops.weight)
    moves, parents = np.zeros((size, len(lattice)), dtype=np.int64), np.full(size, -1)
    placed = np.zeros(size, dtype=bool)
    for _ in range(size):
        reach = np.where(placed, -1.0, hops.weight[placed].sum(axis=0))
        orbital = int(np.argmax(reach))
        if reach[orbital] > 0:
            parents[orbital] = int(np.argmax(np.where(placed, hops.weight[:, orbital], -1.0)))
            pull = np.where(placed, hops.weight[:, orbital], 0.0)
            mean = pull @ (hops.mean[:, orbital] - moves @ lattice) / pull.sum()
            moves[orbital] = -_nearest(lattice, mean)
        placed[orbital] = True
    return moves, parents


def _branch(parents: Integer, orbital: int) -> Flags:
    """Flags (N,) of an orbital and all that hangs on it."""
    inside: Flags = np.arange(len(parents)) == orbital
    while True:
        more = inside | ((parents >= 0) & inside[parents])
        if np.array_equal(more, inside):
            return inside
        inside = more


def _mean_over_cut(lattice: Float, hops: _Hops, moves: Integer, group: Flags) -> Float:
    """Mean hop (d,) into a group of orbitals from all others, Å."""
    weight = hops.weight[np.ix_(~group, group)]
    shift = (moves[None, group] - moves[~group, None]) @ lattice
    mean: Float = np.einsum("ij,ija->a", weight, hops.mean[np.ix_(~group, group)] + shift) / weight.sum()
    return mean


def _nearest(lattice: Float, vector: Float) -> Integer:
    """Lattice vector (d,) next to a vector; zero where none is nearer than zero, or where the file is damaged."""
    reduced = vector @ np.linalg.inv(lattice)
    if not np.all(np.abs(reduced) < _FARTHEST):
        return np.zeros(len(lattice), dtype=np.int64)
    guess = np.rint(reduced).astype(np.int64) + _around(len(lattice))
    distance = np.sum((vector - guess @ lattice) ** 2, axis=1)
    best = guess[int(np.argmin(distance))]
    return best if np.min(distance) < (1 - 1e-9) * np.sum(vector**2) else np.zeros_like(best)


def _is_sure(lattice: Float, vector: Float) -> bool:
    others = _around(len(lattice)) @ lattice
    return bool(np.all(2 * others @ vector <= _SURE * np.sum(others**2, axis=1)))


def _around(dimension: int) -> Integer:
    """Return the cells next to one, (n, d), itself among them."""
    return np.array(list(itertools.product(range(-2, 3), repeat=dimension)), dtype=np.int64)
