"""Band source of a one- or two-band lattice Hamiltonian, from its hopping numbers read at run time.

H(k) = Σ_h [α_h cos θ_h + β_h sin θ_h]·(1, σ),  θ_h = Σ_i n_hi k·a_i over half of the cells (a cell and its opposite
make one term). Directions are the lattice vectors: D_i = ∂/∂(k·a_i). Since the phase holds no orbital
positions, covariant derivatives bring them in (two_band.rotate).

integers: need bits, number of terms, highest power of e^{ik·a}, 0, then n (3 a term).
reals: s, distance τ_2 - τ_1 in lattice vectors (3), lattice vectors (9), then α (4) and β (4) a term.
"""

from functools import cache
from typing import Any

from wavepacket.kernels.bands.pseudospin import (
    planar_geometry,
    planar_positions,
    rows_of_group,
    spatial_geometry,
    spatial_positions,
    work_rows,
)
from wavepacket.kernels.elementary import fma, sine_cosine
from wavepacket.kernels.jit.decorators import kernel, scalar
from wavepacket.kernels.lanes import used_lanes
from wavepacket.kernels.layout import GEOMETRY_SIGNATURE, LANES, NEED_MOMENT

W = LANES
FIRST_CELL = 4
FRAME = 4
FIRST_AMPLITUDE = 13


def scratch_size(directions: int, highest_power: int) -> int:
    """Numbers of scratch space: pseudospin rows, powers of the phases, and the phase of the current term."""
    return (work_rows(directions) + 2 * directions * (highest_power + 1) + 2) * W


@scalar
def phase_powers(k, frame, directions, highest, used, powers):
    """Rows (re, im) of e^{i p k·a_i} for p = 0..highest, one direction after another."""
    for i in range(directions):
        start = 2 * i * (highest + 1) * W
        one = powers[start : start + 2 * W]
        first = powers[start + 2 * W : start + 4 * W]
        a0, a1, a2 = frame[3 * i], frame[3 * i + 1], frame[3 * i + 2]
        for l in range(used):
            s, c = sine_cosine(fma(a0, k[l], fma(a1, k[W + l], a2 * k[2 * W + l])))
            one[l] = 1.0
            one[W + l] = 0.0
            first[l] = c
            first[W + l] = s
        for p in range(2, highest + 1):
            last = powers[start + 2 * (p - 1) * W : start + 2 * p * W]
            this = powers[start + 2 * p * W : start + 2 * (p + 1) * W]
            for l in range(used):
                this[l] = fma(last[l], first[l], -last[W + l] * first[W + l])
                this[W + l] = fma(last[l], first[W + l], last[W + l] * first[l])


@scalar
def term_phase(cell, directions, highest, powers, used, phase):
    """Rows (cos θ, sin θ) of one term as a product of powers."""
    for i in range(directions):
        n = cell[i]
        start = 2 * (i * (highest + 1) + abs(n)) * W
        power = powers[start : start + 2 * W]
        sign = 1.0 if n >= 0 else -1.0
        if i == 0:
            for l in range(used):
                phase[l] = power[l]
                phase[W + l] = sign * power[W + l]
        elif n != 0:
            for l in range(used):
                c, s = phase[l], phase[W + l]
                phase[l] = fma(c, power[l], -sign * s * power[W + l])
                phase[W + l] = fma(c, sign * power[W + l], s * power[l])


@scalar
def add_first(group, a, b, cell, directions, phase, used):
    """Add one term to a component and its first derivatives."""
    x, y, z = float(cell[0]), float(cell[1]), float(cell[2])
    for l in range(used):
        c, s = phase[l], phase[W + l]
        turned = fma(b, c, -a * s)
        group[l] += fma(a, c, b * s)
        group[W + l] = fma(x, turned, group[W + l])
        group[2 * W + l] = fma(y, turned, group[2 * W + l])
        if directions == 3:
            group[3 * W + l] = fma(z, turned, group[3 * W + l])


@scalar
def add_second(group, a, b, cell, directions, phase, used):
    """Add one term to the second derivatives of a component."""
    x, y, z = float(cell[0]), float(cell[1]), float(cell[2])
    for l in range(used):
        value = -fma(a, phase[l], b * phase[W + l])
        if directions == 2:
            group[3 * W + l] = fma(x * x, value, group[3 * W + l])
            group[4 * W + l] = fma(x * y, value, group[4 * W + l])
            group[5 * W + l] = fma(y * y, value, group[5 * W + l])
        else:
            group[4 * W + l] = fma(x * x, value, group[4 * W + l])
            group[5 * W + l] = fma(x * y, value, group[5 * W + l])
            group[6 * W + l] = fma(x * z, value, group[6 * W + l])
            group[7 * W + l] = fma(y * y, value, group[7 * W + l])
            group[8 * W + l] = fma(y * z, value, group[8 * W + l])
            group[9 * W + l] = fma(z * z, value, group[9 * W + l])


@scalar
def add_term(cell, amplitude, directions, need, phase, used, work):
    """Add one term to d, its first and (where the moment is wanted) second derivatives."""
    size = rows_of_group(directions) * W
    for c in range(4):
        a, b = amplitude[c], amplitude[4 + c]
        if a == 0.0 and b == 0.0:
            continue
        group = work[c * size : (c + 1) * size]
        add_first(group, a, b, cell, directions, phase, used)
        if c > 0 and need & NEED_MOMENT:
            add_second(group, a, b, cell, directions, phase, used)


@cache
def lattice_kernel(directions: int) -> Any:
    """Compiled geometry kernel for two directions in the xy plane, or for three; contract in layout.py."""

    @kernel(GEOMETRY_SIGNATURE)
    def lattice_geometry(k, count, integers, reals, scratch, out):
        need, terms, highest, used = integers[0], integers[1], integers[2], used_lanes(count)
        rows = 4 * rows_of_group(directions)
        work = scratch[: rows * W]
        powers = scratch[rows * W : (rows + 2 * directions * (highest + 1)) * W]
        phase = scratch[(rows + 2 * directions * (highest + 1)) * W :]
        frame, shift = reals[FRAME : FRAME + 9], reals[1:4]
        for row in range(rows):
            for l in range(used):
                work[row * W + l] = 0.0
        phase_powers(k, frame, directions, highest, used, powers)
        for h in range(terms):
            cell = integers[FIRST_CELL + 3 * h : FIRST_CELL + 3 * h + 3]
            amplitude = reals[FIRST_AMPLITUDE + 8 * h : FIRST_AMPLITUDE + 8 * h + 8]
            term_phase(cell, directions, highest, powers, used, phase)
            add_term(cell, amplitude, directions, need, phase, used, work)
        moved = shift[0] != 0.0 or shift[1] != 0.0 or shift[2] != 0.0
        if directions == 2:
            if moved:
                planar_positions(work, shift[0], shift[1], need, used)
            planar_geometry(work, frame, reals[0], need, used, out)
        else:
            if moved:
                spatial_positions(work, shift, need, used)
            spatial_geometry(work, frame, reals[0], need, used, out)

    return lattice_geometry
