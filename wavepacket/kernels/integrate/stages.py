"""Linear combinations of stages, made from rows of a tableau.

A factory closes over the non-zero coefficients, so that the short loop over them has a constant trip count: the
compiler unrolls it and vectorises the loop over lanes. The rates of stage j stand in rows STATE·j.. of ``K``.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from wavepacket.kernels.elementary import fma
from wavepacket.kernels.jit.decorators import routine, scalar
from wavepacket.kernels.layout import LANES, STATE

W = LANES
_STRIDE = STATE * W


def make_sum(coefficients: Mapping[int, float], stride: int = _STRIDE) -> Any:
    """Compiled Σ_j c_j K_j for one place (row times LANES plus lane) of the state; K_j is ``stride`` numbers long."""
    columns = np.array(sorted(coefficients), dtype=np.int64) * stride
    values = np.array([coefficients[j] for j in sorted(coefficients)])
    last = len(columns) - 1

    @scalar
    def stage_sum(K, place):
        total = values[last] * K[columns[last] + place]
        for j in range(last):
            total = fma(values[j], K[columns[j] + place], total)
        return total

    return stage_sum


def make_stage(coefficients: Mapping[int, float], stride: int = _STRIDE) -> Callable[..., Any]:
    """Compiled ``out = y + h Σ_j c_j K_j`` for the first ``dimension`` rows; h has one number a lane.

    Positions, which stand three rows further, are reached through shifted views: an offset inside the loop would keep it
    from being vectorised. The number of lanes comes from an array, or the compiler would write short sums out 32 times
    instead of vectorising them.
    """
    stage_sum = make_sum(coefficients, stride)

    @routine
    def stage(y, h, K, dimension, out):
        for row in range(dimension):
            for l in range(len(h)):
                place = row * W + l
                out[place] = fma(h[l], stage_sum(K, place), y[place])

    return stage


def make_increment(coefficients: Mapping[int, float]) -> Callable[..., Any]:
    """Compiled ``out = h Σ_j c_j K_j`` for the first ``dimension`` rows."""
    stage_sum = make_sum(coefficients)

    @routine
    def increment(h, K, dimension, out):
        for row in range(dimension):
            for l in range(len(h)):
                place = row * W + l
                out[place] = h[l] * stage_sum(K, place)

    return increment
