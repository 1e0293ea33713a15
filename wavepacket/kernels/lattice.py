"""Band source of a one- or two-band lattice Hamiltonian, from its hopping numbers read at run time.

H(k) = Σ_h [α_h cos θ_h + β_h sin θ_h]·(1, σ),  θ_h = Σ_i n_hi k·a_i over half of the cells (a cell and its opposite
make one term). Directions are the lattice vectors: D_i = ∂/∂(k·a_i). Since the phase holds no orbital
positions, covariant derivatives bring them in (two_band.rotate).

integers: need bits, directions, number of terms, highest power of e^{ik·a}, then n (3 a term).
reals: s, distance τ_2 - τ_1 in lattice vectors (3), lattice vectors (9), then α (4) and β (4) a term.
"""

from wavepacket.kernels._jit import kernel, scalar
from wavepacket.kernels.elementary import fma, sine_cosine
from wavepacket.kernels.layout import GEOMETRY_SIGNATURE, LANES, NEED_MOMENT
from wavepacket.kernels.pseudospin import (
    at,
    band_geometry,
    first_row,
    rows3,
    rows_of_work,
    second_row,
    work_rows,
)
from wavepacket.kernels.two_band import rotate

W = LANES
FIRST_CELL = 4
FRAME = 4
FIRST_AMPLITUDE = 13


def scratch_size(directions: int, highest_power: int) -> int:
    """Numbers of scratch space: pseudospin rows, powers of the phases, and the phase of the current term."""
    return (work_rows(directions) + 2 * directions * (highest_power + 1) + 2) * W


@scalar
def phase_powers(k, frame, directions, highest, powers):
    """Rows (re, im) of e^{i p k·a_i} for p = 0..highest, one direction after another."""
    for i in range(directions):
        start = 2 * i * (highest + 1) * W
        one = powers[start : start + 2 * W]
        first = powers[start + 2 * W : start + 4 * W]
        a0, a1, a2 = frame[3 * i], frame[3 * i + 1], frame[3 * i + 2]
        for l in range(W):
            s, c = sine_cosine(fma(a0, k[l], fma(a1, k[W + l], a2 * k[2 * W + l])))
            one[l] = 1.0
            one[W + l] = 0.0
            first[l] = c
            first[W + l] = s
        for p in range(2, highest + 1):
            last = powers[start + 2 * (p - 1) * W : start + 2 * p * W]
            this = powers[start + 2 * p * W : start + 2 * (p + 1) * W]
            for l in range(W):
                this[l] = fma(last[l], first[l], -last[W + l] * first[W + l])
                this[W + l] = fma(last[l], first[W + l], last[W + l] * first[l])


@scalar
def term_phase(cell, directions, highest, powers, phase):
    """Rows (cos θ, sin θ) of one term as a product of powers."""
    for i in range(directions):
        n = cell[i]
        start = 2 * (i * (highest + 1) + abs(n)) * W
        power = powers[start : start + 2 * W]
        sign = 1.0 if n >= 0 else -1.0
        if i == 0:
            for l in range(W):
                phase[l] = power[l]
                phase[W + l] = sign * power[W + l]
        elif n != 0:
            for l in range(W):
                c, s = phase[l], phase[W + l]
                phase[l] = fma(c, power[l], -sign * s * power[W + l])
                phase[W + l] = fma(c, sign * power[W + l], s * power[l])


@scalar
def accumulate(factor, a, b, phase, row):
    """Row += factor (a cos θ + b sin θ)."""
    x, y = factor * a, factor * b
    for l in range(W):
        row[l] += fma(x, phase[l], y * phase[W + l])


@scalar
def add_term(cell, amplitude, directions, need, phase, work):
    """Add one term to d, its first and (where the moment is wanted) second derivatives."""
    for c in range(4):
        a, b = amplitude[c], amplitude[4 + c]
        if a == 0.0 and b == 0.0:
            continue
        accumulate(1.0, a, b, phase, work[c * W : (c + 1) * W])
        for i in range(directions):
            if cell[i] == 0:
                continue
            row = first_row(i) + c
            accumulate(float(cell[i]), b, -a, phase, work[row * W : (row + 1) * W])
            if c > 0 and need & NEED_MOMENT:
                for j in range(i, directions):
                    if cell[j] != 0:
                        row = second_row(i, j, directions) + c - 1
                        accumulate(-float(cell[i] * cell[j]), a, b, phase, work[row * W : (row + 1) * W])


@scalar
def bring_in_positions(shift, directions, need, work):
    """Turn plain derivatives into covariant ones, second derivatives first: they need the plain first ones."""
    d = rows3(work, 1)
    if need & NEED_MOMENT:
        for i in range(directions):
            for j in range(i, directions):
                di, dj = rows3(work, first_row(i) + 1), rows3(work, first_row(j) + 1)
                dij = rows3(work, second_row(i, j, directions))
                for l in range(W):
                    x, y, _ = at(d, l)
                    value = rotate(shift[j], at(di, l), rotate(shift[i], at(dj, l), at(dij, l)))
                    dij[0][l] = value[0] - shift[i] * shift[j] * x
                    dij[1][l] = value[1] - shift[i] * shift[j] * y
    for i in range(directions):
        di = rows3(work, first_row(i) + 1)
        for l in range(W):
            value = rotate(shift[i], at(d, l), at(di, l))
            di[0][l] = value[0]
            di[1][l] = value[1]


@kernel(GEOMETRY_SIGNATURE)
def lattice_geometry(k, count, integers, reals, scratch, out):
    """Geometry rows of a one- or two-band lattice; see the module for the arrays, layout.py for the contract."""
    need, directions, terms, highest = integers[0], integers[1], integers[2], integers[3]
    rows = rows_of_work(directions)
    work = scratch[: rows * W]
    powers = scratch[rows * W : (rows + 2 * directions * (highest + 1)) * W]
    phase = scratch[(rows + 2 * directions * (highest + 1)) * W :]
    frame = reals[FRAME : FRAME + 9]
    for l in range(rows * W):
        work[l] = 0.0
    phase_powers(k, frame, directions, highest, powers)
    for h in range(terms):
        cell = integers[FIRST_CELL + 3 * h : FIRST_CELL + 3 * h + 3]
        amplitude = reals[FIRST_AMPLITUDE + 8 * h : FIRST_AMPLITUDE + 8 * h + 8]
        term_phase(cell, directions, highest, powers, phase)
        add_term(cell, amplitude, directions, need, phase, work)
    if reals[0] != 0.0:
        bring_in_positions(reals[1:4], directions, need, work)
    band_geometry(work, directions, frame, reals[0], need, out)
