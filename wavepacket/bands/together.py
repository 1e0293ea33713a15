"""Which bands belong together: those that a force mixes along given ways through k space, and how near they come there."""

from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.hamiltonians import Hamiltonian

__all__ = ["Meeting", "Ways", "together"]

_PARTS = 8  # that the way to a neighbour of the smallest gap is divided into at a time
_ROUNDS = 4  # of dividing
_LOOKED_AT = 32  # smallest gaps of each pair of bands that are looked at closely
_BLOCK = 512  # wavevectors at once


@dataclass(frozen=True, eq=False)
class Ways:
    """Ways of packets through k space, straight between their points.

    Attributes
    ----------
    k : (P, T, 3) 1/Å
    force : (P, T, 3) ħk̇, eV/Å
    """

    k: Float
    force: Float

    def at(self, way: Integer, place: Float) -> tuple[Float, Float]:
        """Wavevectors and forces (n, 3) on ways (n,) at places (n,) between 0 and T − 1."""
        before = np.minimum(place.astype(np.int64), max(self.k.shape[1] - 2, 0))
        after, part = np.minimum(before + 1, self.k.shape[1] - 1), (place - before)[:, None]
        k, force = ((1 - part) * each[way, before] + part * each[way, after] for each in (self.k, self.force))
        return k, force


@dataclass(frozen=True, eq=False)
class Meeting:
    """Where a band takes part most in the motion of those of a group.

    Attributes
    ----------
    inside, outside : a band of the group, and the other one
    gap : distance of the two there, eV
    mixing : ħ|k̇·A|/gap there, the amplitude of the other band; infinite where the gap is below the least one
    k : (3,) 1/Å
    """

    inside: int
    outside: int
    gap: float
    mixing: float
    k: Float


def together(
    hamiltonian: Hamiltonian, index: int, ways: Ways, *, mixing: float, gap: float
) -> tuple[tuple[int, int], list[Meeting]]:
    """First and last band of the group that band ``index`` is in, with the meetings that joined it.

    A band belongs to the group if its amplitude ħ|k̇·A_mn|/|ε_m − ε_n| = |ħk̇·⟨m|∂H|n⟩|/(ε_m − ε_n)² in the motion of one
    of its bands exceeds ``mixing`` anywhere on the ways, or its distance to one falls below ``gap`` (eV). Where the group is
    the band alone, the list holds the nearest other band instead, if there is one.

    Between the points of the ways the smallest gaps to the bands beside the group are searched for.
    """
    first = last = index
    found: list[Meeting] = []
    pairs = _Pairs(hamiltonian, ways, gap)
    while True:
        for lower in (first - 1, last):
            if 0 <= lower < hamiltonian.size - 1:
                pairs.look_closely(lower)
        near = pairs.strongest(first, last)
        if near is None or near.mixing <= mixing:
            return (first, last), found or ([] if near is None else [near])
        first, last = min(first, near.outside), max(last, near.outside)
        found.append(near)


class _Pairs:
    """The strongest mixing of each pair of bands at all wavevectors that were looked at."""

    def __init__(self, hamiltonian: Hamiltonian, ways: Ways, least: float) -> None:
        n, (number, length) = hamiltonian.size, ways.k.shape[:2]
        self.hamiltonian, self.ways, self.least = hamiltonian, ways, least
        self.mixing, self.gap, self.k = np.full((n, n), -1.0), np.full((n, n), np.inf), np.zeros((n, n, 3))
        way, place = np.divmod(np.arange(number * length), length)
        self.energy = self.look(way, place.astype(np.float64)).reshape(number, length, n)
        self.closely: set[int] = set()

    def look(self, way: Integer, place: Float) -> Float:
        """Take in the wavevectors (n,) at places of ways; return the energies (n, N)."""
        blocks = (slice(i, i + _BLOCK) for i in range(0, len(way), _BLOCK))
        return np.concatenate([self._block(*self.ways.at(way[some], place[some])) for some in blocks])

    def _block(self, k: Float, force: Float) -> Float:
        energy, states = np.linalg.eigh(self.hamiltonian.hamiltonian(k))
        along = np.einsum("na,naij->nij", force, self.hamiltonian.hamiltonian_gradient(k))
        element = np.abs(np.conj(np.swapaxes(states, 1, 2)) @ along @ states)
        gap = np.abs(energy[:, :, None] - energy[:, None, :])
        # Below the least gap the states are any of a level, and their elements tell nothing.
        mixing = np.where(gap < self.least, np.inf, element / np.maximum(gap, self.least) ** 2)
        place = mixing.argmax(axis=0)
        here = (place, *np.ogrid[: gap.shape[1], : gap.shape[1]])
        better = mixing[here] > self.mixing
        self.mixing = np.where(better, mixing[here], self.mixing)
        self.gap = np.where(better, gap[here], self.gap)
        self.k = np.where(better[:, :, None], k[place], self.k)
        return np.asarray(energy)

    def look_closely(self, lower: int) -> None:
        """Look between the points of the ways where band ``lower`` and the next come nearest to each other."""
        last = float(self.ways.k.shape[1] - 1)
        if lower in self.closely or not last:
            return
        self.closely.add(lower)
        gap = self.energy[:, :, lower + 1] - self.energy[:, :, lower]
        beside = np.pad(gap, ((0, 0), (1, 1)), constant_values=np.inf)
        lowest = np.argwhere((gap <= beside[:, :-2]) & (gap <= beside[:, 2:]))
        lowest = lowest[np.argsort(gap[lowest[:, 0], lowest[:, 1]], kind="stable")[:_LOOKED_AT]]
        way, centre, reach = lowest[:, 0], lowest[:, 1].astype(np.float64), 1.0
        steps = np.arange(-_PARTS, _PARTS + 1) / _PARTS
        for _ in range(_ROUNDS):
            place = np.clip(centre[:, None] + reach * steps, 0.0, last)
            energy = self.look(np.repeat(way, len(steps)), place.ravel()).reshape(*place.shape, -1)
            nearest = (energy[:, :, lower + 1] - energy[:, :, lower]).argmin(axis=1)
            centre, reach = place[np.arange(len(place)), nearest], reach / _PARTS

    def strongest(self, first: int, last: int) -> Meeting | None:
        """The band outside of bands first to last that mixes most with one of them; None where these are all."""
        inside = np.arange(first, last + 1)
        rest = self.mixing[inside].copy()
        rest[:, inside] = -1.0
        if len(inside) == self.hamiltonian.size:
            return None
        row, outside = np.unravel_index(int(rest.argmax()), rest.shape)
        n, m = int(inside[row]), int(outside)
        return Meeting(n, m, float(self.gap[n, m]), float(self.mixing[n, m]), self.k[n, m])
