"""Linear combinations of stages, made from rows of a tableau.

A factory closes over the non-zero coefficients, so that the short loop over them has a constant trip count: the
compiler unrolls it and vectorises the loop over lanes. The rates of stage j stand in rows STATE·j.. of ``K``.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from wavepacket.kernels._jit import routine, scalar
from wavepacket.kernels.elementary import fma
from wavepacket.kernels.lanes import NOW, STEP
from wavepacket.kernels.layout import LANES, STATE

W = LANES
_STRIDE = STATE * W


def make_sum(coefficients: Mapping[int, float]) -> Any:
    """Compiled Σ_j c_j K_j for one place (row times LANES plus lane) of the state."""
    columns = np.array(sorted(coefficients), dtype=np.int64) * _STRIDE
    values = np.array([coefficients[j] for j in sorted(coefficients)])
    last = len(columns) - 1

    @scalar
    def stage_sum(K, place):
        total = values[last] * K[columns[last] + place]
        for j in range(last):
            total = fma(values[j], K[columns[j] + place], total)
        return total

    return stage_sum


def make_stage(coefficients: Mapping[int, float]) -> Callable[..., Any]:
    """Compiled ``out = y + h Σ_j c_j K_j`` for the wavevector of each lane."""
    stage_sum = make_sum(coefficients)

    @routine
    def stage(lanes, K, dimension, out):
        for row in range(dimension):
            for l in range(W):
                place = row * W + l
                out[place] = fma(lanes[STEP * W + l], stage_sum(K, place), lanes[NOW * W + place])

    return stage


def make_solution(coefficients: Mapping[int, float]) -> Callable[..., Any]:
    """Compiled ``new = y + h Σ_j c_j K_j`` for the rows of the state that move."""
    stage_sum = make_sum(coefficients)

    @routine
    def solution(lanes, K, dimension, new):
        for half in range(2):
            for row in range(3 * half, 3 * half + dimension):
                for l in range(W):
                    place = row * W + l
                    new[place] = fma(lanes[STEP * W + l], stage_sum(K, place), lanes[NOW * W + place])

    return solution
