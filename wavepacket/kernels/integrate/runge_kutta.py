"""Explicit Runge-Kutta methods for a block of packets, each made from a table of numbers.

A method is a table (`compiled_table`, or one that is read as it runs), the norm of its error and its interpolant. What is
integrated is a matter of `layout`: the rates may depend on any rows of the state, and stage points hold those rows.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from wavepacket.kernels.elementary import fma
from wavepacket.kernels.jit.decorators import inner, kernel, routine, scalar
from wavepacket.kernels.lanes import NOW, SIGN, STEP, TIME, begin_gaps, note_gaps, used_lanes
from wavepacket.kernels.layout import (
    DENSE,
    FLOW,
    INTEGRATED,
    LANES,
    LAST_STAGE,
    METHOD_SIGNATURE,
    PARTS,
    STAGES,
    STATE,
)
from wavepacket.kernels.layout import STEP as STEP_PART

W = LANES
POLYNOMIAL = STATE * W  # numbers of one block of polynomial coefficients


def make_sum(coefficients: Mapping[int, float], stride: int = STATE * W) -> Any:
    """Compiled Σ_j c_j K_j for one place (row times LANES plus lane) of the state; K_j is ``stride`` numbers long.

    A factory closes over the non-zero coefficients, so that the short loop over them has a constant trip count: the
    compiler unrolls it and vectorises the loop over lanes.
    """
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


def make_stage(coefficients: Mapping[int, float], stride: int = STATE * W) -> Any:
    """Compiled ``out = y + h Σ_j c_j K_j`` for the first ``rows`` rows; h has one number a lane.

    Rows further down are reached through shifted views: an offset inside the loop would keep it from being vectorised. The
    number of lanes comes from an array, or the compiler would write short sums out 32 times instead of vectorising them.
    """
    stage_sum = make_sum(coefficients, stride)

    @routine
    def stage(y, h, K, rows, out):
        for row in range(rows):
            for l in range(len(h)):
                place = row * W + l
                out[place] = fma(h[l], stage_sum(K, place), y[place])

    return stage


def make_increment(coefficients: Mapping[int, float], stride: int = STATE * W) -> Any:
    """Compiled ``out = h Σ_j c_j K_j`` for the first ``rows`` rows."""
    stage_sum = make_sum(coefficients, stride)

    @routine
    def increment(h, K, rows, out):
        for row in range(rows):
            for l in range(len(h)):
                place = row * W + l
                out[place] = h[l] * stage_sum(K, place)

    return increment


@routine
def _no_stage(y, h, K, rows, out):
    """Stage 0 is the state itself."""


def compiled_table(
    rows: Sequence[Mapping[int, float]], nodes: Sequence[float], stages: int, stride: int = STATE * W
) -> tuple[Any, Any, Any]:
    """Number of stages, node of a stage and ``y + h Σ_j a_ij K_j``: a table whose numbers become part of the code.

    Row ``stages`` gives the solution, and rows behind it serve dense output; there are STAGES of them at most.
    """
    node_values = np.array(nodes)
    made = [*(make_stage(row, stride) for row in rows[1:]), *[_no_stage] * STAGES]
    _1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, _13, _14, _15 = made[: STAGES - 1]

    @scalar
    def count(scale):
        return stages

    @scalar
    def node(i, scale):
        return node_values[i]

    @inner
    def combine(i, scale, y, h, K, rows, out):
        # Written out: functions in a loop, or in each other, take several times as long to compile or to call.
        if i == 1:
            _1(y, h, K, rows, out)
        elif i == 2:
            _2(y, h, K, rows, out)
        elif i == 3:
            _3(y, h, K, rows, out)
        elif i == 4:
            _4(y, h, K, rows, out)
        elif i == 5:
            _5(y, h, K, rows, out)
        elif i == 6:
            _6(y, h, K, rows, out)
        elif i == 7:
            _7(y, h, K, rows, out)
        elif i == 8:
            _8(y, h, K, rows, out)
        elif i == 9:
            _9(y, h, K, rows, out)
        elif i == 10:
            _10(y, h, K, rows, out)
        elif i == 11:
            _11(y, h, K, rows, out)
        elif i == 12:
            _12(y, h, K, rows, out)
        elif i == 13:
            _13(y, h, K, rows, out)
        elif i == 14:
            _14(y, h, K, rows, out)
        elif i == 15:
            _15(y, h, K, rows, out)

    return count, node, combine


@scalar
def time_of_stage(node, h, t):
    """Node times h plus t."""
    return fma(node, h, t)


@routine
def hermite(y, new, h, first, last, rows, polynomial):
    """Coefficients of the cubic through the states and rates at both ends of the step, in the form of dense output."""
    for row in range(rows):
        for l in range(len(h)):
            place = row * W + l
            change, begin, end = new[place] - y[place], h[l] * first[place], h[l] * last[place]
            polynomial[place] = change
            polynomial[POLYNOMIAL + place] = begin - change
            polynomial[2 * POLYNOMIAL + place] = 2.0 * change - (end + begin)


@routine
def cubic(y, new, h, first, last, rows, polynomial):
    """The same, and nothing beyond the cubic."""
    hermite(y, new, h, first, last, rows, polynomial)
    for n in range(3, DENSE):
        for i in range(rows * W):
            polynomial[n * POLYNOMIAL + i] = 0.0


@scalar
def locate(y, p, i, u):
    """One component of one lane after the part u of a step: Hairer, Nørsett and Wanner (1993), section II.6."""
    v = 1.0 - u
    value = p[6 * POLYNOMIAL + i] * u + p[5 * POLYNOMIAL + i]
    value = (value * v + p[4 * POLYNOMIAL + i]) * u + p[3 * POLYNOMIAL + i]
    value = (value * v + p[2 * POLYNOMIAL + i]) * u + p[POLYNOMIAL + i]
    return (value * v + p[i]) * u + y[i]


def interpolant(dense: Sequence[Mapping[int, float]], stages: range, stride: int = STATE * W) -> Any:
    """Compiled polynomial of a table that has ``stages`` for it and four rows of coefficients beyond the cubic."""
    third, fourth, fifth, sixth = (make_increment(row, stride) for row in dense)
    first_stage, last_stage = stages.start, stages.stop

    @routine
    def write(y, new, h, K, rows, polynomial):
        hermite(y, new, h, K, K[LAST_STAGE * stride :], rows, polynomial)
        third(h, K, rows, polynomial[3 * POLYNOMIAL :])
        fourth(h, K, rows, polynomial[4 * POLYNOMIAL :])
        fifth(h, K, rows, polynomial[5 * POLYNOMIAL :])
        sixth(h, K, rows, polynomial[6 * POLYNOMIAL :])

    return first_stage, last_stage, write


def cubic_interpolant(stride: int = STATE * W) -> Any:
    """Compiled cubic, which needs no stages of its own."""

    @routine
    def write(y, new, h, K, rows, polynomial):
        cubic(y, new, h, K, K[LAST_STAGE * stride :], rows, polynomial)

    return 0, 0, write


def make_method(
    table: tuple[Any, Any, Any],
    norm: Any,
    dense: tuple[int, int, Any],
    *,
    stride: int = STATE * W,
    interpolated: int = 2,
    stage_time: Any = time_of_stage,
) -> Callable[..., Any]:
    """Compile a method (contract in ``layout``).

    Parameters
    ----------
    table, norm, dense : as `compiled_table`, ``error_norm`` and `interpolant` make them
    stride : numbers of one block of the state's rows
    interpolated : how many of the state's parts (k, then r) dense output is made for
    stage_time : compiled time of a stage from its node, h and t
    """
    count_stages, node, combine = table
    first_dense, last_dense, polynomial_of = dense

    def runge_kutta(part, rates, geometry, count, source, block, out):
        integers, reals, scratch, environment, last_integers, scale, sizes = source
        lanes, K, new, point, time, band, field = block
        used, final, is_step = used_lanes(count), count_stages(scale), part == STEP_PART
        y, h, t, own = lanes[NOW * W :], lanes[STEP * W : STEP * W + used], time[:used], lanes[SIGN * W :]
        if is_step:
            begin_gaps(lanes, used)
        first, last = (1, final + 1) if is_step else (first_dense, last_dense)
        for i in range(first, last):
            # The final stage is the solution: it has all rows, and stands at the end of the step.
            state, stage, wanted, asked = point, i, FLOW, integers
            if i == final:
                state, stage, wanted, asked = new, LAST_STAGE, INTEGRATED, last_integers
            for each in range(PARTS):
                number, begin = sizes[wanted + each], 3 * W * each
                if number > 0:
                    combine(i, scale, y[begin:], h, K[begin:], number, state[begin:])
            for l in range(used):
                t[l] = stage_time(node(i, scale), h[l], lanes[TIME * W + l])
            arrays, end = (asked, reals, scratch, environment), (stage + 1) * stride
            rates(geometry, count, arrays, t, own, state, band, field, K[stage * stride : end])
            note_gaps(lanes, band, used)
        if is_step:
            norm(lanes, K, new, point, scale, sizes, used, out)
            return
        for each in range(interpolated):
            begin = 3 * W * each
            polynomial_of(y[begin:], new[begin:], h, K[begin:], sizes[INTEGRATED + each], out[begin:])

    return kernel(METHOD_SIGNATURE)(runge_kutta)
