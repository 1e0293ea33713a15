"""The pseudospin d(k, λ(r, t)) of two bands as a function on phase space: its derivatives along r, t and k.

H(k, λ) = H_0(k) + Σ_a λ_a H_a(k) has d = d⁰ + Σ_a λ_a dᵃ. Contracted with the derivatives of λ, what the motion needs are
derivatives of one function of (r, k) and t: how many λ there are does not matter any more.

Place and wavevector are those along the directions a_i of the crystal, r = Σ_i ρ_i a_i and κ_i = a_i·k. They are conjugate
as r and k are, and so the equations of motion have the same form in them.

integers of a texture: number P of the λ_a, number of the terms, highest power, number of profiles, 0 for a lattice and 1 for
a k·p model, then for each of H_0 .. H_P and component d_0 .. d_3 whether it is zero, constant or varies with k (4 (1 + P)),
then cells of a lattice or powers of a k·p model (3 a term), the constant one first.
reals: s, τ_2 - τ_1 in lattice vectors (3), directions (9), factors of terms in the equations (as in motion/texture.py), then
for each term and each of H_0 .. H_P its amplitudes (8 of a lattice, 4 of a k·p model), then the profiles.
"""

from wavepacket.kernels.bands.lattice import add_first, add_second, phase_powers, term_phase
from wavepacket.kernels.bands.polynomial import add_derivatives, component_powers
from wavepacket.kernels.bands.pseudospin import work_rows
from wavepacket.kernels.bands.two_band import rotate, rotate_twice
from wavepacket.kernels.elementary import fma
from wavepacket.kernels.jit.decorators import inner, routine
from wavepacket.kernels.lanes import used_lanes
from wavepacket.kernels.layout import LANES, NEED_MOMENT
from wavepacket.kernels.motion.profile_numbers import JET

W = LANES

LAMBDAS, TERMS, HIGHEST, PROFILES, FORM, PRESENT = 0, 1, 2, 3, 4, 5  # places in the integers
SIGN, SHIFT, FRAME, FACTORS, AMPLITUDES = 0, 1, 4, 13, 17  # and in the reals
LATTICE, POLYNOMIAL = 0, 1  # forms
OF_LATTICE, OF_POLYNOMIAL = 8, 4  # amplitudes of a term
NONE, CONSTANT, VARIES = 0, 1, 2  # components

# Rows of one component of d on phase space.
VALUE, ALONG_R1, ALONG_R2, ALONG_T, ALONG_K1, ALONG_K2 = 0, 1, 2, 3, 4, 5
ALONG_R1R1, ALONG_R1R2, ALONG_R2R2, ALONG_R1K1, ALONG_R1K2, ALONG_R2K1, ALONG_R2K2, ALONG_K1K1, ALONG_K1K2, ALONG_K2K2 = (
    6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
)  # fmt: skip
ROWS = 16
S = ROWS * W  # from one component to the next
_GROUP = 6  # rows of one component of one H_a: value, two slopes, three second derivatives
_OF_ONE = work_rows(2)


def scratch_size(lambdas: int, highest_power: int) -> int:
    """Numbers of scratch space: d on phase space, jets of λ, d of each H_a, powers, and one row or two more."""
    return (4 * ROWS + 1 + JET * lambdas + _OF_ONE * (1 + lambdas) + 4 * (highest_power + 1) + 2) * W


@inner
def spaces(integers, scratch):
    """Parts of the scratch space: d on phase space, jets, d of each H_a, the rest."""
    lambdas = integers[LAMBDAS]
    jets = 4 * ROWS * W
    work = jets + (1 + JET * lambdas) * W
    rest = work + _OF_ONE * (1 + lambdas) * W
    return scratch[:jets], scratch[jets:work], scratch[work:rest], scratch[rest:]


@inner
def amplitudes_of(integers):
    """How many amplitudes a term has."""
    return OF_POLYNOMIAL if integers[FORM] == POLYNOMIAL else OF_LATTICE


@inner
def vector(total, row, l):
    """Components d_1, d_2, d_3 of one row."""
    place = S + row * W + l
    return total[place], total[place + S], total[place + 2 * S]


@inner
def put(total, row, l, values):
    """Replace the first two components of one row; rotations about z leave the third one alone."""
    place = S + row * W + l
    total[place], total[place + S] = values[0], values[1]


@routine
def lattice_parts(integers, reals, k, used, work, rest):
    """Components of a lattice that vary with k, and plain derivatives along the directions of the crystal."""
    used = used_lanes(used)  # the same number: the compiler must know once more what it can be
    parts, terms, highest = 1 + integers[LAMBDAS], integers[TERMS], integers[HIGHEST]
    powers, phase = rest[: 4 * (highest + 1) * W], rest[4 * (highest + 1) * W :]
    cells = integers[PRESENT + 4 * parts :]
    phase_powers(k, reals[FRAME : FRAME + 9], 2, highest, used, powers)
    for c in range(4 * parts):
        group = work[c * _GROUP * W : (c + 1) * _GROUP * W]
        if integers[PRESENT + c] == VARIES:
            value = reals[AMPLITUDES + 8 * (c >> 2) + (c & 3)]
            for l in range(used):
                group[l] = value
            for i in range(W, _GROUP * W):
                group[i] = 0.0
    for h in range(1, terms):
        cell = cells[3 * h : 3 * h + 3]
        term_phase(cell, 2, highest, powers, used, phase)
        for c in range(4 * parts):
            place = AMPLITUDES + 8 * (h * parts + (c >> 2)) + (c & 3)
            a, b = reals[place], reals[place + 4]
            if a == 0.0 and b == 0.0:
                continue
            group = work[c * _GROUP * W : (c + 1) * _GROUP * W]
            add_first(group, a, b, cell, 2, phase, used)
            if c & 3 != 0:
                add_second(group, a, b, cell, 2, phase, used)


@routine
def polynomial_parts(integers, reals, k, used, work, rest):
    """Components of a k·p model that vary with k."""
    used = used_lanes(used)
    parts, terms, highest = 1 + integers[LAMBDAS], integers[TERMS], integers[HIGHEST]
    powers, term = rest[: 3 * (highest + 1) * W], rest[3 * (highest + 1) * W : (3 * (highest + 1) + 1) * W]
    first = PRESENT + 4 * parts
    for i in range(_OF_ONE * parts * W):
        work[i] = 0.0
    component_powers(k, highest, used, powers)
    for h in range(terms):
        place = first + 3 * h
        power = (integers[place], integers[place + 1], integers[place + 2])
        for a in range(parts):
            place = AMPLITUDES + 4 * (h * parts + a)
            one = work[a * _OF_ONE * W : (a + 1) * _OF_ONE * W]
            add_derivatives(power, reals[place : place + 4], 2, highest, NEED_MOMENT, powers, used, term, one)


@routine
def begin(present, value, group, used, total):
    """One component of d where all λ are zero."""
    used = used_lanes(used)
    for i in range(S):  # whole rows: one stretch of memory
        total[i] = 0.0
    if present == CONSTANT:
        for l in range(used):
            total[l] = value
    elif present == VARIES:
        for l in range(used):
            total[l] = group[l]
            total[ALONG_K1 * W + l], total[ALONG_K2 * W + l] = group[W + l], group[2 * W + l]
            total[ALONG_K1K1 * W + l], total[ALONG_K1K2 * W + l] = group[3 * W + l], group[4 * W + l]
            total[ALONG_K2K2 * W + l] = group[5 * W + l]


@inner
def turned(frame, jet, l):
    """First and second derivatives of λ along ρ_1 and ρ_2."""
    a, b = frame
    x, y, xx, xy, yy = jet[W + l], jet[2 * W + l], jet[4 * W + l], jet[5 * W + l], jet[6 * W + l]
    ax, ay = fma(a[0], xx, a[1] * xy), fma(a[0], xy, a[1] * yy)
    bx, by = fma(b[0], xx, b[1] * xy), fma(b[0], xy, b[1] * yy)
    return (
        fma(a[0], x, a[1] * y), fma(b[0], x, b[1] * y),
        fma(a[0], ax, a[1] * ay), fma(b[0], ax, b[1] * ay), fma(b[0], bx, b[1] * by),
    )  # fmt: skip


@routine
def add_constant(d, jet, frame, used, total):
    """Add λ_a times a component of dᵃ that does not depend on k, with all derivatives."""
    for l in range(used_lanes(used)):
        r1, r2, r11, r12, r22 = turned(frame, jet, l)
        total[l] = fma(jet[l], d, total[l])
        total[ALONG_R1 * W + l] = fma(r1, d, total[ALONG_R1 * W + l])
        total[ALONG_R2 * W + l] = fma(r2, d, total[ALONG_R2 * W + l])
        total[ALONG_T * W + l] = fma(jet[3 * W + l], d, total[ALONG_T * W + l])
        total[ALONG_R1R1 * W + l] = fma(r11, d, total[ALONG_R1R1 * W + l])
        total[ALONG_R1R2 * W + l] = fma(r12, d, total[ALONG_R1R2 * W + l])
        total[ALONG_R2R2 * W + l] = fma(r22, d, total[ALONG_R2R2 * W + l])


@routine
def add(group, jet, frame, used, total):
    """Add λ_a times a component of dᵃ, with all derivatives."""
    for l in range(used_lanes(used)):
        r1, r2, r11, r12, r22 = turned(frame, jet, l)
        value, d, d1, d2 = jet[l], group[l], group[W + l], group[2 * W + l]
        total[l] = fma(value, d, total[l])
        total[ALONG_R1 * W + l] = fma(r1, d, total[ALONG_R1 * W + l])
        total[ALONG_R2 * W + l] = fma(r2, d, total[ALONG_R2 * W + l])
        total[ALONG_T * W + l] = fma(jet[3 * W + l], d, total[ALONG_T * W + l])
        total[ALONG_K1 * W + l] = fma(value, d1, total[ALONG_K1 * W + l])
        total[ALONG_K2 * W + l] = fma(value, d2, total[ALONG_K2 * W + l])
        total[ALONG_R1R1 * W + l] = fma(r11, d, total[ALONG_R1R1 * W + l])
        total[ALONG_R1R2 * W + l] = fma(r12, d, total[ALONG_R1R2 * W + l])
        total[ALONG_R2R2 * W + l] = fma(r22, d, total[ALONG_R2R2 * W + l])
        total[ALONG_R1K1 * W + l] = fma(r1, d1, total[ALONG_R1K1 * W + l])
        total[ALONG_R1K2 * W + l] = fma(r1, d2, total[ALONG_R1K2 * W + l])
        total[ALONG_R2K1 * W + l] = fma(r2, d1, total[ALONG_R2K1 * W + l])
        total[ALONG_R2K2 * W + l] = fma(r2, d2, total[ALONG_R2K2 * W + l])
        total[ALONG_K1K1 * W + l] = fma(value, group[3 * W + l], total[ALONG_K1K1 * W + l])
        total[ALONG_K1K2 * W + l] = fma(value, group[4 * W + l], total[ALONG_K1K2 * W + l])
        total[ALONG_K2K2 * W + l] = fma(value, group[5 * W + l], total[ALONG_K2K2 * W + l])


@routine
def turn_positions(u, v, used, total):
    """Turn plain derivatives along κ_1 and κ_2 into covariant ones; (u, v) is the distance of the orbitals."""
    for l in range(used_lanes(used)):
        d, d1, d2 = vector(total, VALUE, l), vector(total, ALONG_K1, l), vector(total, ALONG_K2, l)
        r1, r2 = vector(total, ALONG_R1, l), vector(total, ALONG_R2, l)
        put(total, ALONG_K1K1, l, rotate_twice(u, u, d, d1, d1, vector(total, ALONG_K1K1, l)))
        put(total, ALONG_K1K2, l, rotate_twice(u, v, d, d1, d2, vector(total, ALONG_K1K2, l)))
        put(total, ALONG_K2K2, l, rotate_twice(v, v, d, d2, d2, vector(total, ALONG_K2K2, l)))
        put(total, ALONG_R1K1, l, rotate(u, r1, vector(total, ALONG_R1K1, l)))
        put(total, ALONG_R1K2, l, rotate(v, r1, vector(total, ALONG_R1K2, l)))
        put(total, ALONG_R2K1, l, rotate(u, r2, vector(total, ALONG_R2K1, l)))
        put(total, ALONG_R2K2, l, rotate(v, r2, vector(total, ALONG_R2K2, l)))
        put(total, ALONG_K1, l, rotate(u, d, d1))
        put(total, ALONG_K2, l, rotate(v, d, d2))


@routine
def on_phase_space(integers, reals, work, jets, used, total):
    """D and its derivatives on phase space, from those of each H_a and the jets of λ."""
    used, size = used_lanes(used), _GROUP * W
    frame = (reals[FRAME], reals[FRAME + 1]), (reals[FRAME + 3], reals[FRAME + 4])
    number = amplitudes_of(integers)
    for c in range(4 * (1 + integers[LAMBDAS])):
        a, present = c >> 2, integers[PRESENT + c]
        group, rows = work[c * size : (c + 1) * size], total[(c & 3) * S : ((c & 3) + 1) * S]
        value = reals[AMPLITUDES + number * a + (c & 3)]
        if a == 0:
            begin(present, value, group, used, rows)
            continue
        jet = jets[(1 + (a - 1) * JET) * W : (1 + a * JET) * W]
        if present == CONSTANT:
            add_constant(value, jet, frame, used, rows)
        elif present == VARIES:
            add(group, jet, frame, used, rows)
    u, v = reals[SHIFT], reals[SHIFT + 1]
    if u != 0.0 or v != 0.0:
        turn_positions(u, v, used, total)
