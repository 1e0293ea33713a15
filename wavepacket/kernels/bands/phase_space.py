"""The pseudospin d(k, λ(r, t)) of two bands as a function on phase space: its derivatives along r, t and k.

H(k, λ) = H_0(k) + Σ_a λ_a H_a(k) has d = d⁰ + Σ_a λ_a dᵃ. Contracted with the derivatives of λ, what the motion needs are
derivatives of one function of (r, k) and t: how many λ there are does not matter any more.

integers of a texture: number P of the λ_a, number of the terms, highest power, number of profiles, then for each H_a and
component d_0 .. d_3 whether it is there (4 P), then cells of a lattice or powers of a k·p model (3 a term).
reals: s, τ_2 - τ_1 in lattice vectors (3), directions (9), factors of terms in the equations (as in motion/texture.py), then
for each term and each of H_0 .. H_P its amplitudes (8 of a lattice, 4 of a k·p model), then the profiles.
"""

from wavepacket.kernels.bands.lattice import add_term, phase_powers, term_phase
from wavepacket.kernels.bands.polynomial import add_derivatives, component_powers
from wavepacket.kernels.bands.pseudospin import planar_positions, work_rows
from wavepacket.kernels.elementary import fma
from wavepacket.kernels.jit.decorators import routine, scalar
from wavepacket.kernels.lanes import used_lanes
from wavepacket.kernels.layout import LANES, NEED_MOMENT
from wavepacket.kernels.motion.profiles import JET

W = LANES

LAMBDAS, TERMS, HIGHEST, PROFILES, PRESENT = 0, 1, 2, 3, 4  # places in the integers
SIGN, SHIFT, FRAME, FACTORS, AMPLITUDES = 0, 1, 4, 13, 17  # and in the reals

# Rows of one component of d on phase space; directions 1 and 2 are those of the crystal.
VALUE, ALONG_X, ALONG_Y, ALONG_T, ALONG_1, ALONG_2 = 0, 1, 2, 3, 4, 5
ALONG_XX, ALONG_XY, ALONG_YY, ALONG_X1, ALONG_X2, ALONG_Y1, ALONG_Y2, ALONG_11, ALONG_12, ALONG_22 = (
    6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
)  # fmt: skip
ROWS = 16
_GROUP = 6  # rows of one component of one H_a: value, two slopes, three second derivatives
_OF_ONE = work_rows(2)


def scratch_size(lambdas: int, highest_power: int) -> int:
    """Numbers of scratch space: d on phase space, jets of λ, d of each H_a, powers, and one row or two more."""
    return (4 * ROWS + 1 + JET * lambdas + _OF_ONE * (1 + lambdas) + 4 * (highest_power + 1) + 2) * W


@scalar
def spaces(integers, scratch):
    """Parts of the scratch space: d on phase space, jets, d of each H_a, the rest."""
    lambdas = integers[LAMBDAS]
    jets = 4 * ROWS * W
    work = jets + (1 + JET * lambdas) * W
    rest = work + _OF_ONE * (1 + lambdas) * W
    return scratch[:jets], scratch[jets:work], scratch[work:rest], scratch[rest:]


@scalar
def clear(rows, used):
    """Set whole rows to zero."""
    for row in range(len(rows) // W):
        for l in range(used):
            rows[row * W + l] = 0.0


@routine
def lattice_parts(integers, reals, k, used, work, rest):
    """D of each H_a of a lattice, with plain derivatives first and covariant ones in the end."""
    used = used_lanes(used)  # the same number: the compiler must know once more what it can be
    parts, terms, highest = 1 + integers[LAMBDAS], integers[TERMS], integers[HIGHEST]
    powers, phase = rest[: 4 * (highest + 1) * W], rest[4 * (highest + 1) * W :]
    first, u, v = PRESENT + 4 * integers[LAMBDAS], reals[SHIFT], reals[SHIFT + 1]
    clear(work, used)
    phase_powers(k, reals[FRAME : FRAME + 9], 2, highest, used, powers)
    for h in range(terms):
        cell = integers[first + 3 * h : first + 3 * h + 3]
        term_phase(cell, 2, highest, powers, used, phase)
        for a in range(parts):
            place = AMPLITUDES + 8 * (h * parts + a)
            one = work[a * _OF_ONE * W : (a + 1) * _OF_ONE * W]
            add_term(cell, reals[place : place + 8], 2, NEED_MOMENT, phase, used, one)
    for a in range(parts if u != 0.0 or v != 0.0 else 0):
        planar_positions(work[a * _OF_ONE * W : (a + 1) * _OF_ONE * W], u, v, NEED_MOMENT, used)


@routine
def polynomial_parts(integers, reals, k, used, work, rest):
    """D of each H_a of a k·p model."""
    used = used_lanes(used)
    parts, terms, highest = 1 + integers[LAMBDAS], integers[TERMS], integers[HIGHEST]
    powers, term = rest[: 3 * (highest + 1) * W], rest[3 * (highest + 1) * W : (3 * (highest + 1) + 1) * W]
    first = PRESENT + 4 * integers[LAMBDAS]
    clear(work, used)
    component_powers(k, highest, used, powers)
    for h in range(terms):
        place = first + 3 * h
        power = (integers[place], integers[place + 1], integers[place + 2])
        for a in range(parts):
            place = AMPLITUDES + 4 * (h * parts + a)
            one = work[a * _OF_ONE * W : (a + 1) * _OF_ONE * W]
            add_derivatives(power, reals[place : place + 4], 2, highest, NEED_MOMENT, powers, used, term, one)


@routine
def begin(group, total, used):
    """One component of d where all λ are zero."""
    for l in range(used_lanes(used)):
        total[l] = group[l]
        for row in range(ALONG_X, ALONG_1):
            total[row * W + l] = 0.0
        for row in range(ALONG_XX, ALONG_11):
            total[row * W + l] = 0.0
        total[ALONG_1 * W + l], total[ALONG_2 * W + l] = group[W + l], group[2 * W + l]
        total[ALONG_11 * W + l], total[ALONG_12 * W + l] = group[3 * W + l], group[4 * W + l]
        total[ALONG_22 * W + l] = group[5 * W + l]


@routine
def add(group, jet, total, used):
    """Add λ_a times one component of dᵃ, with all derivatives."""
    for l in range(used_lanes(used)):
        value, x, y, t = jet[l], jet[W + l], jet[2 * W + l], jet[3 * W + l]
        d, d1, d2 = group[l], group[W + l], group[2 * W + l]
        total[l] = fma(value, d, total[l])
        total[ALONG_X * W + l] = fma(x, d, total[ALONG_X * W + l])
        total[ALONG_Y * W + l] = fma(y, d, total[ALONG_Y * W + l])
        total[ALONG_T * W + l] = fma(t, d, total[ALONG_T * W + l])
        total[ALONG_1 * W + l] = fma(value, d1, total[ALONG_1 * W + l])
        total[ALONG_2 * W + l] = fma(value, d2, total[ALONG_2 * W + l])
        total[ALONG_X1 * W + l] = fma(x, d1, total[ALONG_X1 * W + l])
        total[ALONG_X2 * W + l] = fma(x, d2, total[ALONG_X2 * W + l])
        total[ALONG_Y1 * W + l] = fma(y, d1, total[ALONG_Y1 * W + l])
        total[ALONG_Y2 * W + l] = fma(y, d2, total[ALONG_Y2 * W + l])
        for row in range(3):
            place, second = (ALONG_XX + row) * W + l, (ALONG_11 + row) * W + l
            total[place] = fma(jet[(4 + row) * W + l], d, total[place])
            total[second] = fma(value, group[(3 + row) * W + l], total[second])


@routine
def on_phase_space(integers, work, jets, used, total):
    """D and its derivatives on phase space, from those of each H_a and the jets of λ."""
    used, size = used_lanes(used), _GROUP * W
    for c in range(4):
        begin(work[c * size : (c + 1) * size], total[c * ROWS * W : (c + 1) * ROWS * W], used)
    for a in range(integers[LAMBDAS]):
        for c in range(4):
            if integers[PRESENT + 4 * a + c] != 0:
                place = (4 * (a + 1) + c) * size
                jet, rows = (
                    jets[(1 + a * JET) * W : (1 + (a + 1) * JET) * W],
                    total[c * ROWS * W : (c + 1) * ROWS * W],
                )
                add(work[place : place + size], jet, rows, used)
