"""Cells with the energy linear over them: their densities of states and occupations, see response/spread.py."""

import math

from numba import types

from wavepacket.kernels.jit.decorators import REAL, kernel, routine, scalar

_TWO = types.float64[:, ::1]


@routine
def add_corner(t, count, shift, sign, d, surface, sea, grand):
    """Add the powers d - 1, d and d + 1 of what is above a corner of a cell; a loop for each dimension, to be wide."""
    if d == 3:
        for i in range(count):
            above = t[i] + shift
            reach = above if above > 0.0 else 0.0
            power = sign * reach * reach
            surface[i] += power
            sea[i] += power * reach
            grand[i] += power * reach * reach
    elif d == 2:
        for i in range(count):
            above = t[i] + shift
            reach = above if above > 0.0 else 0.0
            surface[i] += sign * reach
            sea[i] += sign * reach * reach
            grand[i] += sign * reach * reach * reach
    else:
        for i in range(count):
            above = t[i] + shift
            reach = above if above > 0.0 else 0.0
            surface[i] += sign if reach > 0.0 else 0.0
            sea[i] += sign * reach
            grand[i] += sign * reach * reach


@routine
def spread(t, count, widths, surface, sea, grand):
    """Density, occupation and its integral of a cell at ``count`` distances t of μ, see response/spread.py."""
    d = widths.shape[0]
    scale, volume = 1.0, 1.0
    for axis in range(d):
        volume *= widths[axis]
        scale *= max(axis, 1)
    for i in range(count):
        surface[i] = sea[i] = grand[i] = 0.0
    for corner in range(1 << d):
        shift, sign = 0.0, 1.0
        for axis in range(d):
            up = (corner >> (d - 1 - axis)) & 1
            shift += 0.5 * widths[axis] if up else -0.5 * widths[axis]
            sign = sign if up else -sign
        add_corner(t, count, shift, sign, d, surface, sea, grand)
    factor = 1.0 / (scale * volume)
    for i in range(count):
        surface[i] *= factor
        sea[i] *= factor / d
        grand[i] *= factor / (d * (d + 1))


@kernel(types.void(REAL, _TWO, REAL, REAL, REAL))
def spread_cells(t, widths, surface, sea, grand):
    """The same of cells of their own widths (m, d), at one distance (m,) each."""
    for i in range(t.shape[0]):
        spread(t[i : i + 1], 1, widths[i], surface[i : i + 1], sea[i : i + 1], grand[i : i + 1])


SEA, SURFACE, GRAND, ENTROPY, WARMING = 0, 1, 2, 3, 4


@scalar
def cold_average(kind, distance):
    """Average at T = 0 of a point."""
    if kind == SEA:
        return 1.0 if distance > 0.0 else 0.0
    return max(distance, 0.0) if kind == GRAND else 0.0


@routine
def average(kind, distance, kt):
    """Thermal average of a point at μ − ε, in units of 1, 1/k_BT, k_BT, 1 and 1; T > 0."""
    x = -distance / kt
    small = math.exp(-abs(x))
    if kind == SEA:
        return (small if x > 0.0 else 1.0) / (1.0 + small)
    if kind == SURFACE:
        return small / (1.0 + small) ** 2
    if kind == GRAND:
        return math.log1p(small) + max(-x, 0.0)
    if kind == ENTROPY:
        return abs(x) * small / (1.0 + small) + math.log1p(small)
    return x * small / (1.0 + small) ** 2


@kernel(types.void(types.int64, types.int64, REAL, REAL, _TWO, _TWO, _TWO, _TWO, REAL))
def occupations(kind, over, scales, mu, rule, energy, widths, out, work):
    """Kernel (n, N·M) of each state at each μ: of a point where its cell resolves k_BT, else with the energy linear over it.

    scales: k_BT, what a point counts, what a cell counts, and the width beyond which a state is a cell; rule (m, 2): places
    in k_BT and weights of a cell's average, of the T = 0 kernel ``over``; widths (S, d) of the states; work (4,).
    """
    kt, unit, scale, widest = scales[0], scales[1], scales[2], scales[3]
    bands, count = energy.shape[1], mu.shape[0]
    t, surface, sea, grand = work[0:1], work[1:2], work[2:3], work[3:4]
    for point in range(energy.shape[0]):
        for band in range(bands):
            s, e = point * bands + band, energy[point, band]
            most, half = 0.0, 0.0
            for axis in range(widths.shape[1]):
                most, half = max(most, widths[s, axis]), half + 0.5 * widths[s, axis]
            for i in range(count):
                distance, total = mu[i] - e, 0.0
                if most <= widest:
                    total = unit * (average(kind, distance, kt) if kt > 0.0 else cold_average(kind, distance))
                    out[point, band * count + i] = total
                    continue
                for node in range(rule.shape[0]):
                    t[0] = distance + rule[node, 0] * kt
                    part = cold_average(over, t[0])
                    if abs(t[0]) < half:
                        spread(t, 1, widths[s], surface, sea, grand)
                        part = sea[0] if over == SEA else surface[0] if over == SURFACE else grand[0]
                    total += rule[node, 1] * part
                out[point, band * count + i] = total * scale
