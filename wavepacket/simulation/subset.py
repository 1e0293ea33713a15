"""Which trajectories keep their full path: packets spread by weight, each with its twin that feels −E.

The choice follows from the numbers of the packets and their weights alone, never from threads, workers or shards.
"""

from typing import TYPE_CHECKING

import numpy as np

from wavepacket.arrays import Float, Integer

if TYPE_CHECKING:
    from wavepacket.simulation.problem import Problem


_CHUNK = 1 << 15


def kept_packets(problem: "Problem") -> Integer | None:
    """Numbers of the packets whose paths are kept, ascending; None for all.

    As many as the config says, where each has two trajectories rounded up to whole pairs. Weights are made once more for
    it, since an ensemble does not keep them: one look at the band for each packet.
    """
    ensemble, wanted = problem.ensemble, problem.config.output.trajectories
    if wanted is None:
        return None
    number = -(-wanted // 2) if ensemble.field_reversal else wanted
    if number >= ensemble.size:
        return None
    if ensemble.equal_weights:  # nothing to look up
        return even(ensemble.size, number)
    weights = [
        ensemble.packets(first, min(_CHUNK, ensemble.size - first)).weight
        for first in range(0, ensemble.size, _CHUNK)
    ]
    return by_weight(np.concatenate(weights), number)


def even(size: int, number: int) -> Integer:
    """Choose evenly among 0, ..., size − 1, (number,), ascending."""
    return np.arange(number, dtype=np.int64) * size // max(number, 1)


def by_weight(weight: Float, number: int) -> Integer:
    """Choose so that each stands for an equal share of the weight, (number,), ascending.

    Systematic sampling (W. G. Madow, Ann. Math. Stat. 20, 333 (1949)): those that weigh more than a share are taken; the
    others are laid end to end in their order, and the one in the middle of each share is chosen. Of weights that are all
    equal every n-th is.
    """
    size = np.abs(np.nan_to_num(weight, posinf=0.0, neginf=0.0))
    chosen = np.zeros(len(size), dtype=bool)
    while (left := number - int(chosen.sum())) > 0:
        rest = np.where(chosen, 0.0, size)
        heavy = rest * left >= rest.sum()
        if not rest.any() or not (heavy & ~chosen).any():
            break
        # The heaviest ones first: together they may be more than are left.
        order = np.flatnonzero(heavy & ~chosen)
        chosen[order[np.argsort(-rest[order], kind="stable")[:left]]] = True
    if left > 0 and np.any(rest := np.where(chosen, 0.0, size)):
        ends = np.cumsum(rest)
        middles = ends[-1] * (np.arange(left) + 0.5) / left
        chosen[np.searchsorted(ends, middles)] = True
    # Where nothing weighs anything, and where rounding made two of a choice one.
    spare = np.flatnonzero(~chosen)
    chosen[spare[even(len(spare), number - int(chosen.sum()))]] = True
    return np.flatnonzero(chosen).astype(np.int64)
