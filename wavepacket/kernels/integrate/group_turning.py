"""Specular reflection of a packet in a group of bands.

A steep wall pushes k along its inward normal w so fast that nothing else turns u meanwhile: u is carried parallel along
k + q w, the energy is 𝓔 = ⟨u|h − m̂·B|u⟩ there, and the packet is outside the wall again at the first q where 𝓔 is what it
was. On the way it moves along the wall, ds/dq = ⟨u|Ω|u⟩, and what fields do there counts: the rule for one band
(reflection.py, slide.py) with u and s as a differential equation in q, by DOP853.
"""

import math

import numpy as np

from wavepacket.kernels.bands.group import PROJECTED
from wavepacket.kernels.bands.group_turn import carried_rate
from wavepacket.kernels.integrate import dop853_coefficients as numbers
from wavepacket.kernels.integrate.illinois import between, narrowed
from wavepacket.kernels.integrate.outline import CIRCLE, KIND, REFLECT, ROLE, distance, lies_on, normal
from wavepacket.kernels.integrate.reflection import wavevector_of
from wavepacket.kernels.integrate.slide import place_along, put_on_way, room_along, within
from wavepacket.kernels.integrate.turning import HIT, MIDDLE, SIDE
from wavepacket.kernels.jit.decorators import routine
from wavepacket.kernels.lanes import NOW
from wavepacket.kernels.layout import (
    CURVATURE,
    ENERGY,
    FLOW,
    LANES,
    LAST_STAGE,
    MOMENT_SHIFT,
    POTENTIAL_ENERGY,
    STATE,
)
from wavepacket.kernels.motion.equations import zeeman_energy
from wavepacket.kernels.motion.fields import CHARGE, MOMENT_FIELD, POTENTIAL
from wavepacket.units import HBAR

W = LANES

_PARTS = 32.0  # of 2π/a: the longest step in q
_STEPS = 4000
_CORNER, _NORMALS, _SAME = 4, 12, 1e-15  # as in turning.py
_CLOSE, _MOST = 4e-16, 60
_SHORTEST = 1e-9  # of the longest step
_KEPT = 15  # part of the working space that u at the start is kept in, behind what a step needs


def _dense(rows):
    """Rows of a table with their zeros."""
    table = np.zeros((len(rows), LAST_STAGE))
    for i, row in enumerate(rows):
        for j, value in row.items():
            table[i, j] = value
    return table


_NODES = np.array(numbers.NODES)
_TABLE = _dense(numbers.STAGES[: LAST_STAGE + 1])
_ERRORS = _dense((numbers.ERROR_3, numbers.ERROR_5))


@routine
def look_at(pointers, source, q, path, work):
    """Evaluate everything at k + q w with u and s as in the rows of ``work``; 𝓔 + V − qE·(r − r₀), eV.

    The state (u, then s) and its rate lie in the first two parts of ``work[4]``.
    """
    point, band, field, out, vectors, times, own = work
    size = source[6][FLOW + 2]
    state, rate, environment = vectors[: size + 1], vectors[size + 1 : 2 * size + 2], source[3]
    there = place_along(path, within(path, state[size]))
    put_on_way(point, 0, path[0], q, path[1])
    point[3 * W], point[4 * W] = there[0], there[1]
    for i in range(size):
        point[(STATE + i) * W] = state[i]
    pointers[0](pointers[1], 1, source[:4], times, own, point, band, field, out)
    carried_rate(source[0], source[1], source[2], path[1], rate)
    rate[size] = band[(CURVATURE + 2) * W]
    more = field[(MOMENT_SHIFT + 2) * W] if environment[POTENTIAL] > 0.0 else 0.0
    moments = (environment[MOMENT_FIELD], environment[MOMENT_FIELD + 1], environment[MOMENT_FIELD + 2] + more)
    energy = band[ENERGY * W] + zeeman_energy(band, 0, moments)
    energy += field[POTENTIAL_ENERGY * W] if environment[POTENTIAL] > 0.0 else 0.0
    done = field[0] * (there[0] - path[3]) + field[W] * (there[1] - path[4])
    return energy - environment[CHARGE] * done


@routine
def step(pointers, source, q, h, path, work):
    """One step from q on: 𝓔 at its end, where the state is left and u put into the group, and the error of (u, s).

    Behind the state and its rate in ``work[4]``: the state at the start of the step, then its rate there and at the stages.
    """
    vectors, size = work[4], source[6][FLOW + 2] + 1
    state, rate, begun, stages = vectors, vectors[size:], vectors[2 * size :], vectors[3 * size :]
    scratch, energy = source[2], 0.0
    for i in range(1, LAST_STAGE + 1):
        for n in range(size):
            total = 0.0
            for j in range(i):
                total += _TABLE[i, j] * stages[j * size + n]
            state[n] = begun[n] + h * total
        at = q + h * _NODES[i]
        energy = look_at(pointers, source, at, path, work)
        for n in range(size if i < LAST_STAGE else 0):
            stages[i * size + n] = rate[n]
    e3, e5 = 0.0, 1e-300
    for n in range(size):
        a, b = 0.0, 0.0
        for j in range(LAST_STAGE):
            a += _ERRORS[0, j] * stages[j * size + n]
            b += _ERRORS[1, j] * stages[j * size + n]
        scale = source[5][2] if n < size - 1 else source[5][2] / source[5][1]
        e3, e5 = e3 + scale * scale * a * a, e5 + scale * scale * b * b
    for n in range(size - 1):
        state[n] = scratch[(PROJECTED * (size - 1) + n) * W]
    return energy, h * e5 / math.sqrt(e5 + 0.01 * e3)


@routine
def begin_at(size, vectors):
    """Let the next step begin where the last one has ended."""
    for n in range(size):
        vectors[2 * size + n], vectors[3 * size + n] = vectors[n], vectors[size + n]


@routine
def landed(pointers, source, target, q, h, before, path, work):
    """Where between q and q + h, of which the energy has passed its value, it does so; the state is left there.

    before: (𝓔 − target)/q at q, or its slope at q = 0, negative.
    """
    energy, _ = step(pointers, source, q, h, path, work)
    ends, found, least = (0.0, h, before, (energy - target) / (q + h), 0), h, abs(energy - target)
    last = h
    for _ in range(_MOST):
        part = between(ends)
        energy, _ = step(pointers, source, q, part, path, work)
        last, off = part, energy - target
        if abs(off) < least:
            found, least = part, abs(off)
        if off == 0.0 or ends[1] - ends[0] <= _CLOSE * (q + ends[1]):
            break
        ends = narrowed(ends, part, off / (q + part))
    if last != found:
        step(pointers, source, q, found, path, work)
    return q + found


@routine
def way_back(pointers, source, slope, target, path, work):
    """How far along w k has to go, 0 where no state leads back; the state there is left at the start of ``work[4]``."""
    width, size = 2.0 * math.pi / source[5][1] / _PARTS, source[6][FLOW + 2] + 1
    q, h, before = 0.0, width, slope
    begin_at(size, work[4])
    for _ in range(_STEPS):
        energy, error = step(pointers, source, q, h, path, work)
        if not error <= 1.0:
            h *= max(0.75 * error**-0.125, 0.2) if error > 1.0 else 0.2
            if h < _SHORTEST * width:
                return 0.0
            continue
        value = (energy - target) / (q + h)
        if value >= 0.0:
            return landed(pointers, source, target, q, h, before, path, work)
        look_at(pointers, source, q + h, path, work)  # with u in the group
        begin_at(size, work[4])
        q, before = q + h, value
        h = min(h * min(0.75 * max(error, 1e-12) ** -0.125, 6.0), width)
    return 0.0


@routine
def turn(pointers, source, outline, at, l, lanes, work, mark):
    """Put a packet where a wall leads it, as `turn` in turning.py: 0, 1 or 2."""
    y, (i, sign), vectors, size, result = lanes[NOW * W :], at, work[4], source[6][FLOW + 2], 1
    edge, x, z, k, began = (
        outline[i],
        y[3 * W + l],
        y[4 * W + l],
        wavevector_of(lanes, l),
        vectors[_KEPT * (size + 1) :],
    )
    across = normal(edge, x, z)
    way = (sign * across[0], sign * across[1], 0.0)
    for n in range(size):
        began[n] = y[(STATE + n) * W + l]
    for _ in range(_NORMALS):
        back, ahead = room_along(outline, i, mark[MIDDLE:], x, z, way)
        path = (k, way, edge, x, z, back, ahead)
        for n in range(size):
            vectors[n] = began[n]
        vectors[size] = 0.0
        target = look_at(pointers, source, 0.0, path, work)
        slope = work[3][3 * W] * way[0] + work[3][4 * W] * way[1]
        if not slope < 0.0:
            return result
        q = way_back(pointers, source, HBAR * slope, target, path, work)
        if q == 0.0:
            return 0
        slid, result = within(path, vectors[size]), 2
        put_down(l, y, q, slid, path, vectors[:size])
        if edge[KIND] != CIRCLE or slid == 0.0:
            break
        across = normal(edge, *place_along(path, 0.5 * slid))
        new = (sign * across[0], sign * across[1], 0.0)
        if abs(new[0] - way[0]) + abs(new[1] - way[1]) < _SAME:
            break
        way = new
    return result


@routine
def put_down(l, y, q, slid, path, u):
    """Write k + q w, the place at the wall and u into a lane."""
    there = place_along(path, slid)
    for c in range(2):
        y[c * W + l] = path[0][c] + q * path[1][c]
    y[3 * W + l], y[4 * W + l] = there[0], there[1]
    for n in range(len(u)):
        y[(STATE + n) * W + l] = u[n]


@routine
def reflect(pointers, source, outline, l, lanes, work, mark):
    """Turn a packet round at every wall that it is on, as `reflect` in turning.py; all walls are mirrors."""
    y, hit, new = lanes[NOW * W :], int(mark[HIT]), True
    for _ in range(_CORNER):
        turned = False
        for i in range(outline.shape[0]):
            first = i == hit and new
            if outline[i][ROLE] != REFLECT or not (first or lies_on(outline[i], y[3 * W + l], y[4 * W + l])):
                continue
            side = mark[SIDE] if i == hit else distance(outline[i], mark[MIDDLE], mark[MIDDLE + 1])
            at, new = (i, 1.0 if side > 0.0 else -1.0), new and not first
            found = turn(pointers, source, outline, at, l, lanes, work, mark)
            if found == 0:
                return False
            turned = turned or found == 2
        if not turned:
            return True
    return True
