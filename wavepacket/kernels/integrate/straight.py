"""Packets whose k moves at a constant rate, B = 0 and E static: r is a quadrature of the velocity along a straight line.

A packet goes through windows of time, each as long as its Chebyshev series resolves: where the last terms add too much it
becomes shorter. The series gives velocity and r at all saves. Lanes are nodes of one packet, so that nothing depends on its
neighbours. What cannot be shown to be right is left to the steps of a Runge-Kutta method: gaps near their limit, energies
that are not finite, a velocity that no series follows, and an energy that is not conserved.
"""

import math

import numpy as np
from numba import types

from wavepacket.kernels.elementary import fma
from wavepacket.kernels.integrate.control import (
    CUTOFF,
    LONGEST_PHASE,
    MAXIMUM_STEPS,
    MINIMUM_FACTOR,
    MINIMUM_GAP,
    UNSEEN,
)
from wavepacket.kernels.integrate.inside import doubt
from wavepacket.kernels.integrate.line import (
    BEGUN,
    COUNTS,
    ENERGY0,
    LENGTH,
    LINE,
    NOW,
    RATE,
    ROW,
    SIZE,
    TRIED,
    K,
    R,
    begin,
    find_mixing,
    note,
    unbalanced,
)
from wavepacket.kernels.integrate.retire import DRIFT, GAP_LOW
from wavepacket.kernels.integrate.saves import with_infinity
from wavepacket.kernels.integrate.series import (
    COARSE,
    FEW,
    FINE,
    MANY,
    NODES,
    TERMS,
    expand,
    integrate,
    ratio_of_lengths,
    rest,
    save,
)
from wavepacket.kernels.jit.decorators import INTEGER, REAL, kernel, routine
from wavepacket.kernels.jit.memory import numbers
from wavepacket.kernels.layout import (
    ENERGY,
    FIELD,
    GAP,
    GEOMETRY,
    GEOMETRY_POINTER,
    INTEGRATED,
    LANES,
    RATES_POINTER,
    SCRATCH,
    STATE,
)
from wavepacket.kernels.simd import WIDTH

W = LANES
LEFT = -1  # status of a packet that is left to another method

# Rows of ``known``: the velocity, and then
GAPS, ENERGIES, KNOWN = 3, 4, 5

_PHASE = 2.0  # change of k in the first window, in units of 1/a
_SHARE = 0.05  # what the last terms may add, of tolerance times velocity
_ROUNDING = 1e-14  # no less than this; k, which is not folded, has a rounding error of its own
_OF_PHASE = 5e-16
_MARGIN, _SHRINK, _HALF, _LEAST, _GROW, _WORTH = 0.85, 0.8, 0.5, 0.1, 4.0, 0.9
_MOST_FAILED = 12  # in a row
_MOST_WINDOWS = 1e6
# Nodes are three times as dense as the stages of a step, for which the limits of ``control`` are made.
_DENSER = 3.0
_DRIFT, _NOISE = 10.0, 1e-12  # of energy: times tolerance and work, and eV


@routine
def evaluate(calls, source, block, line, nodes, places, known):
    """Velocity, gap and energy at some nodes of the window; returns whether all are finite."""
    t, sign, point, band, field, out = block
    begin, half, total = line[NOW], 0.5 * line[LENGTH], 0.0
    for j in range(len(nodes)):
        t[j] = fma(half, places[nodes[j]], begin)
        for c in range(3):
            point[c * W + j] = fma(line[RATE + c], t[j], line[K + c])
    calls[0](calls[1], len(nodes), source, t, sign, point, band, field, out)
    for j in range(len(nodes)):
        i = nodes[j]
        for c in range(3):
            velocity = out[(3 + c) * W + j]
            known[c * NODES + i], total = velocity, total + velocity
            line[SIZE] = max(line[SIZE], abs(velocity))
        known[GAPS * NODES + i], known[ENERGIES * NODES + i] = band[GAP * W + j], band[ENERGY * W + j]
        total += band[ENERGY * W + j]
    return total - total == 0.0


@routine
def allowed_rest(line, scale, end):
    """What the last terms of a series may add, Å/fs: a part of the velocity, and less than moves a packet by a part of a."""
    phase = 0.0
    for c in range(3):
        phase = max(phase, max(abs(line[K + c]), abs(line[K + c] + line[RATE + c] * end)))
    share = _SHARE / scale[2]
    return max(share, _ROUNDING + _OF_PHASE * scale[1] * phase) * line[SIZE] + share * scale[1] / end


@routine
def approximate(calls, source, block, line, counts, fixed, work):
    """The series of the window's velocity: its degree, or 0 if it does not follow it, or -1 if something is not finite.

    Also the ratio by which a window may be longer.
    """
    (_, scale, times, rules, order, planar), (known, series) = fixed, work[:2]
    end = times[len(times) - WIDTH - 1]
    if not evaluate(calls, source, block, line, order[counts[BEGUN] : FEW + 1], rules, known):
        return -1, 0.0
    if counts[BEGUN] == 0:
        line[ENERGY0], counts[BEGUN] = known[ENERGIES * NODES], 1
    degree, weights, wanted = FEW + 0 * counts[TRIED], rules[COARSE:FINE], allowed_rest(line, scale, end)
    expand(known, MANY // degree, degree, weights, planar, series)
    found = rest(series, degree)
    ratio = ratio_of_lengths(line[SIZE], found, wanted, degree)
    if found <= wanted or ratio < _WORTH:
        return (degree if found <= wanted else 0), ratio
    if not evaluate(calls, source, block, line, order[FEW + 1 :], rules, known):
        return -1, 0.0
    degree, weights, wanted = 2 * degree, rules[FINE:], allowed_rest(line, scale, end)
    expand(known, MANY // degree, degree, weights, planar, series)
    found = rest(series, degree)
    return (degree if found <= wanted else 0), ratio_of_lengths(line[SIZE], found, wanted, degree)


@routine
def lowest_gap(known, step, phase, control):
    """The node with the lowest gap, and whether the gap could pass its limit between the nodes."""
    low, high, place = math.inf, -math.inf, 0 * step
    for i in range(0, MANY + 1, step):
        gap = known[GAPS * NODES + i]
        place, low = (i, gap) if gap < low else (place, low)
        high = max(high, gap)
    phase /= _DENSER * control[LONGEST_PHASE]
    unseen, limit = control[UNSEEN] / _DENSER, control[MINIMUM_GAP]
    near = doubt(low, high, 0.0, phase, unseen, limit, control[MINIMUM_FACTOR])
    return place, near > 0.0 or low < limit


@routine
def is_near(line, control, scale, end):
    """Whether a packet stays within the model, and its windows are no more than can be counted."""
    first, last, speed = 0.0, 0.0, 0.0
    for c in range(3):
        first += line[K + c] * line[K + c]
        last += (line[K + c] + line[RATE + c] * end) ** 2
        speed += abs(line[RATE + c])
    line[LENGTH] = min(end, _PHASE / max(scale[1] * speed, 1e-300))
    return max(first, last) <= control[CUTOFF] * control[CUTOFF] and end <= _MOST_WINDOWS * line[LENGTH]


@routine
def accept(line, counts, fixed, work, degree, path, paths):
    """Save what the window has passed, and begin the next one; returns the drift of the energy and the work, eV."""
    times, planar, (known, series, integral, buffer) = fixed[2], fixed[5], work
    end = times[len(times) - WIDTH - 1]
    is_last = line[LENGTH] >= end - line[NOW]
    until = math.inf if is_last else line[NOW] + line[LENGTH]
    integrate(series, degree, 0.5 * line[LENGTH], line[R : R + 3], integral)
    window, saves = (line[NOW], line[LENGTH], until), (times, counts[ROW], path)
    counts[ROW] = save(saves, window, degree, (series, integral), line, planar, paths, buffer)
    line[NOW] = end if is_last else until
    for row in range(KNOWN):
        known[row * NODES] = known[row * NODES + MANY]
    return unbalanced(line, known[ENERGIES * NODES])


@routine
def follow(calls, source, block, line, counts, fixed, work, mixed, results):
    """Take one packet from its start to the last save; returns whether all of it is sure to be right."""
    control, scale, times = fixed[:3]
    packet, paths, monitors = results
    end, failed = times[len(times) - WIDTH - 1], 0 * packet
    if not is_near(line, control, scale, end):
        return False
    speed = scale[1] * (abs(line[RATE]) + abs(line[RATE + 1]) + abs(line[RATE + 2]))
    find_mixing(calls[2], mixed[3], source, mixed[:3], block[3], W - 3, monitors)
    note(line, 0.0, mixed, packet)
    while line[NOW] < end:
        left = end - line[NOW]
        line[LENGTH] = left / max(math.ceil(left / line[LENGTH] * (1.0 - 1e-9)), 1)
        counts[TRIED] += 1
        degree, ratio = approximate(calls, source, block, line, counts, fixed, work)
        if degree < 0 or failed > _MOST_FAILED or counts[TRIED] > control[MAXIMUM_STEPS]:
            return False
        place, doubtful = lowest_gap(work[0], MANY // max(degree, 1), speed * line[LENGTH], control)
        if degree == 0 or doubtful:
            failed += 1
            line[LENGTH] *= max(min(_MARGIN * ratio, _HALF if doubtful else _SHRINK), _LEAST)
            continue
        length, gap = line[LENGTH], work[0][GAPS * NODES + place]
        monitors[packet, GAP_LOW] = min(monitors[packet, GAP_LOW], gap)
        find_mixing(calls[2], mixed[3], source, mixed[:3], block[3], W - 3, monitors)
        note(line, 2.0, mixed, packet)
        if place % MANY != 0:
            note(line, fixed[3][place], mixed, packet)
        first = packet * (len(times) - WIDTH)
        drift, size = accept(line, counts, fixed, work, degree, first, paths)
        monitors[packet, DRIFT] = max(monitors[packet, DRIFT], drift)
        if not drift <= _DRIFT / scale[2] * size + _NOISE:
            return False
        failed, line[LENGTH] = 0 * packet, length * min(_MARGIN * ratio, _GROW)
    return True


_MATRIX = types.float64[:, ::1]
_PATHS = types.float64[:, :, ::1]


@kernel(
    types.void(
        RATES_POINTER, GEOMETRY_POINTER, GEOMETRY_POINTER,
        types.Tuple((INTEGER, REAL, REAL, REAL, INTEGER, INTEGER, REAL, REAL, REAL, INTEGER)), types.UniTuple(_MATRIX, 2),
        types.Tuple((_PATHS, _PATHS, _PATHS, INTEGER, INTEGER, _MATRIX)),
    ),
    allocates=True,
)  # fmt: skip
def straight(rates, geometry, watch, arrays, packets, results):
    """Move packets along straight lines in k and save them at requested times, the first of which is 0.

    arrays: integers, reals and environment of the right-hand side, scale, sizes, integers of ``watch``, control and times as
    for ``advance``; rules of series.py, and the order in which nodes are evaluated. packets: starts (n, 6) k in 1/Å and r in
    Å, and (n, any) sign of E. results: wavevector, position and velocity (n, T, 3), status, 0 or LEFT, windows tried (n,),
    and monitors (n, MONITORS) as for ``advance``.
    """
    integers, reals, environment, scale, sizes, watched, control, times, rules, order = arrays
    wavevector, position, velocity, status, steps, monitors = results
    block = (
        numbers(W), numbers(W), numbers(STATE * W), numbers(GEOMETRY * W), numbers(FIELD * W), numbers(STATE * W)
    )  # fmt: skip
    work = (numbers(KNOWN * NODES), numbers(3 * TERMS), numbers(3 * TERMS), numbers(3 * WIDTH))
    line, counts = numbers(LINE), np.zeros(COUNTS, np.int64)
    source, requested = (integers, reals, numbers(sizes[SCRATCH]), environment), with_infinity(times)
    mixed = (numbers(3 * W), numbers(3 * W), np.zeros(W + 1, np.int64), watched)
    fixed = (control, scale, requested, rules, order, sizes[INTEGRATED] == 2)
    paths = (wavevector.reshape(-1), position.reshape(-1), velocity.reshape(-1))
    for packet in range(packets[0].shape[0]):
        start, sign = packets[0][packet], packets[1][packet, 0]
        begin(line, counts, start, sign, environment, monitors[packet])
        for l in range(W):
            block[1][l] = sign
        known = follow(
            (rates, geometry, watch),
            source,
            block,
            line,
            counts,
            fixed,
            work,
            mixed,
            (packet, paths, monitors),
        )
        status[packet], steps[packet] = 0 if known else LEFT, counts[TRIED]
        for c in range(3):
            position[packet, 0, c] = start[3 + c]
    find_mixing(watch, watched, source, mixed[:3], block[3], 0, monitors)
