"""Ensembles of packets in a group of bands: those of all internal states that they start in."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from wavepacket.ensembles import Ensemble, InGroup, Packets
from wavepacket.errors import InputError
from wavepacket.simulation.group import Group

__all__ = ["in_all_states"]


def in_all_states(group: Group, build: Callable[[int, InGroup], Ensemble]) -> Ensemble:
    """Packets in each internal state that a config names, one state after the other.

    Parameters
    ----------
    build : ensemble of one band, and of what there is to know of one of the states. Of eigenstates each has the weights of
        its own band, of light its own, else all have those of the lowest band; in a magnetic field each has its own

    Raises
    ------
    InputError
        for weights that are not one for each state
    """
    internal = group.internal
    number = group.size if internal.values is None else len(internal.values)
    factors = internal.weights or (1.0,) * number
    if len(factors) != number:
        raise InputError(
            f"internal.weights: there are {number} states to start in, and {len(factors)} weights"
        )
    bands, parts = (group.first, group.last), list[Ensemble]()
    for i in range(number):
        levels = None if group.field is None else partial(group.levels, internal=i)
        if group.light is not None:
            lifted = partial(group.lifted, internal=i)
            parts.append(build(group.first, InGroup(bands, levels, lifted)))
        elif internal.start == "eigenstates":
            parts.append(build(group.first + i, InGroup(bands, levels)))
        elif levels is not None or not parts:
            parts.append(build(group.first, InGroup(bands, levels)))
        else:
            parts.append(parts[0])
    return _joined(parts, factors)


def _joined(parts: Sequence[Ensemble], factors: Sequence[float]) -> Ensemble:
    """Ensembles one after the other, of weights times these factors, without those of 0; packets know which they are of."""
    ends = np.cumsum([each.size * (factor > 0) for each, factor in zip(parts, factors, strict=True)])

    def packets(first: int, number: int) -> Packets:
        found = []
        for i, (part, end) in enumerate(zip(parts, ends.tolist(), strict=True)):
            begin = max(first, end - part.size)
            count = min(first + number, end) - begin
            if count > 0 and factors[i] > 0:
                some = part.packets(begin - (end - part.size), count)
                weight = factors[i] * some.weight
                found.append(replace(some, weight=weight, internal=np.full(count, i, dtype=np.int64)))
        names = ("wavevector", "position", "weight", "replica", "phase", "internal")
        return Packets(*(np.concatenate([getattr(each, name) for each in found]) for name in names))

    equal = all(each.equal_weights for each in parts) and len({each for each in factors if each}) == 1
    return replace(parts[0], size=int(ends[-1]), packets=packets, equal_weights=equal)
