"""The packets of several bands, one band after the other, as one ensemble."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate

import numpy as np

from wavepacket.ensembles import Ensemble, Packets, Resolution

__all__ = ["joined"]

_COUNTS = 1e-3  # of all weight: a band with less does not make the whole unresolved


def joined(ensembles: list[Ensemble], shares: list[float]) -> Ensemble:
    """Ensembles one after the other."""
    ends = list(accumulate(each.size for each in ensembles))

    def packets(first: int, number: int) -> Packets:
        found = [each.packets(begin, count) for each, begin, count in _cut(ensembles, ends, first, number)]
        names = ("wavevector", "position", "weight", "replica", "phase")
        return Packets(*(np.concatenate([getattr(each, name) for each in found]) for name in names))

    return replace(
        ensembles[0], size=ends[-1], packets=packets, resolution=_resolution(ensembles, shares),
        equal_weights=all(each.equal_weights for each in ensembles),
    )  # fmt: skip


def _cut(
    ensembles: list[Ensemble], ends: list[int], first: int, number: int
) -> Iterator[tuple[Ensemble, int, int]]:
    """Ensembles that hold packets first, first + 1, ..., with the first of each and how many."""
    for each, end in zip(ensembles, ends, strict=True):
        begin, last = max(first, end - each.size), min(first + number, end)
        if last > begin:
            yield each, begin - (end - each.size), last - begin


def _resolution(ensembles: list[Ensemble], shares: list[float]) -> Resolution | None:
    """That of the whole: all its points together, and the steps of the worst band that counts."""
    known = [(each.resolution, share) for each, share in zip(ensembles, shares, strict=True)]
    found = [(each, share) for each, share in known if each is not None]
    if not found:
        return None
    total = sum(share for _, share in found)
    # (Σw)²/Σw² of all weights, from that of each band and its share of Σw.
    points = total**2 / sum(share**2 / max(each.points, 1e-300) for each, share in found)
    counted = [each for each, share in found if share >= _COUNTS * total]
    return replace(
        found[0][0], points=points, energy=max(each.energy for each in counted),
        states=max(each.states for each in counted),
    )  # fmt: skip
