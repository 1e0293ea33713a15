"""DOP853 for packets with an internal state u behind k and r, and what is done with u at the end of each step."""

from functools import cache
from typing import Any

from wavepacket.kernels.integrate import dop853_coefficients as numbers
from wavepacket.kernels.integrate.error_norm import pair_of_estimates, path_norm
from wavepacket.kernels.integrate.runge_kutta import compiled_table, cubic_interpolant, make_method
from wavepacket.kernels.integrate.valley_crossing import CROSS_SIGNATURE
from wavepacket.kernels.jit.decorators import kernel, routine
from wavepacket.kernels.lanes import ACCEPTED, NOW, REACHED, SAVED, STEP, TIME
from wavepacket.kernels.layout import FLOW, LANES, LAST_STAGE, STATE

W = LANES

# Columns of ``marks``: largest | |u| − 1 | and largest part of u outside the group at the end of a step.
NORM, LEAK, MARKS = 0, 1, 2
VELOCITY = 3  # numbers of a save in front of those of u


@cache
def group_method(rows: int) -> Any:
    """Compiled method for a state of so many rows at most (contract in ``layout``)."""
    stride = rows * W
    estimates = pair_of_estimates(numbers.ERROR_3, numbers.ERROR_5, stride)
    add_squares, close = estimates
    path = path_norm(estimates)

    @routine
    def norm(lanes, K, new, point, scale, sizes, used, error):
        """The larger one of the errors of the path and of u, whose size is 1."""
        path(lanes, K, new, point, scale, sizes, used, error)
        inverse, e3, e5, turned = point[:used], point[W : 2 * W], point[2 * W : 3 * W], point[3 * W :]
        for l in range(len(inverse)):
            e3[l], e5[l], inverse[l] = 0.0, 1e-300, scale[2]
        add_squares(scale, K[STATE * W :], sizes[FLOW + 2], inverse, e3, e5)
        close(scale, lanes[STEP * W : STEP * W + used], e3, e5, turned)
        for l in range(used):
            error[l] = max(error[l], turned[l]) if error[l] == error[l] else error[l]

    table = compiled_table(numbers.STAGES, numbers.NODES, LAST_STAGE, stride)
    return make_method(table, norm, cubic_interpolant(stride), stride=stride)


@routine
def put_save(found, row, size, l, rates, u):
    """Velocity and u of one lane into the numbers of one save."""
    at = row * (VELOCITY + size)
    for c in range(3):
        found[at + c] = rates[(3 + c) * W + l]
    for i in range(size):
        found[at + VELOCITY + i] = u[(STATE + i) * W + l]


@routine
def put_back(source, block, count, packets, times, marks, saves):
    """Put u back into the group with norm 1 after each step, note how far it was from there, and save it.

    The end of a step was evaluated last, so that the first rows of the scratch space are what u is put to. ``times``
    (1, T) are those of the saves, fs; ``marks`` (n, MARKS).
    """
    lanes, K, new = block[0], block[1], block[2]
    size, last, scratch = source[6][FLOW + 2], K[LAST_STAGE * len(new) :], source[2]
    for l in range(count):
        if lanes[ACCEPTED * W + l] == 0.0:
            continue
        mark, found, square = marks[packets[l]], saves[packets[l]], 0.0
        row = packets[SAVED * W + l]
        if row == 1 and lanes[TIME * W + l] == times[0, 0]:
            put_save(found, 0 * row, size, l, K, lanes[NOW * W :])
        for i in range(size):
            square += new[(STATE + i) * W + l] * new[(STATE + i) * W + l]
        length, leak = square**0.5, 0.0
        for i in range(size):
            inside = scratch[i * W + l]
            away = new[(STATE + i) * W + l] / length - inside
            leak += away * away
            new[(STATE + i) * W + l] = inside
        mark[NORM], mark[LEAK] = max(mark[NORM], abs(length - 1.0)), max(mark[LEAK], leak**0.5)
        if row < times.shape[1] and times[0, row] <= lanes[REACHED * W + l]:
            put_save(found, row, size, l, last, new)


@kernel(CROSS_SIGNATURE)
def keep_state(method, rates, geometry, count, source, block, packets, followed, polynomial):
    """Keep u in the group after each step, and save it.

    The first matrix of ``followed`` holds the times of the saves, fs, at which steps end; its last two are ``marks`` and,
    for each packet, velocity and u at all saves.
    """
    put_back(source, block, count, packets, followed[0], followed[5], followed[6])
