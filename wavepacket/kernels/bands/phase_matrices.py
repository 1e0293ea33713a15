"""H(k, λ(r, t)) of N orbitals as a matrix on phase space, with its derivatives, at eight places side by side.

H = Σ_c C_c F_c(k) λ_c(r, t) with fixed matrices C_c, F as in matrices.py and λ = 1 for those of H_0: a column c of the table
for each function of k and each λ that have a matrix. So the derivatives along x, y, k_x, k_y and t are products of those
of F and λ.

integers of a texture: N, first and last band, 1 where packets have an internal state, 1 for a lattice, number of pairs of
cells or of terms, of columns, of the λ and of profiles, where its reals begin, then for each column its function of k and
its λ (from 1 on, 0: none), then powers of a k·p model.
reals: factors of terms in the equations (as in motion/texture.py), of a lattice R (3 a pair, Å), positions (3N, Å), then the
table, then the profiles. Arrays of a band or a group stand in front of both; the last integer says where a texture's begin.
"""

from wavepacket.kernels.bands.matrices import add_products, lattice_factors, polynomial_factors
from wavepacket.kernels.bands.reflections import lower
from wavepacket.kernels.bands.states import FIRST, POSITION, SECOND
from wavepacket.kernels.jit.decorators import routine, scalar
from wavepacket.kernels.layout import LANES, NEED_MOMENT
from wavepacket.kernels.motion.profiles import JET
from wavepacket.kernels.simd import WIDTH, every, fused, load, store

W = LANES

SIZE, FIRST_BAND, LAST_BAND, INTERNAL, LATTICE, TERMS, COLUMNS, LAMBDAS, PROFILES, BEGIN, COLUMN = range(11)
FACTORS, CRYSTAL = 0, 4  # places in the reals

# Directions of phase space, and matrices: H, its first derivatives, ∂_tH, and second derivatives along pairs of directions.
X, Y, KX, KY, T = 0, 1, 2, 3, 4
VALUE, ALONG, LATE, TWICE, MATRICES = 0, 1, 5, 6, 16
PAIRS = ((0, 0), (0, 1), (0, 2), (0, 3), (1, 1), (1, 2), (1, 3), (2, 2), (2, 3), (3, 3))
PLACE = (0, 1, 2, 3, 1, 4, 5, 6, 2, 5, 7, 8, 3, 6, 8, 9)  # of a pair among them, by 4 a + c


@scalar
def texture_of(integers, reals):
    """Integers and reals of the texture."""
    own = integers[integers[len(integers) - 1] :]
    return own, reals[own[BEGIN] :]


@scalar
def functions_of(integers):
    """Number of functions of k."""
    return integers[TERMS] * (1 + integers[LATTICE])


@scalar
def table_begin(integers):
    """Where the table begins in the reals."""
    return CRYSTAL + integers[LATTICE] * 3 * (integers[TERMS] + integers[SIZE])


@scalar
def sites_begin(integers):
    """Where the positions begin in the reals of a lattice."""
    return CRYSTAL + 3 * integers[TERMS]


@scalar
def profiles_begin(integers):
    """Where the profiles begin in the reals."""
    n = integers[SIZE]
    return table_begin(integers) + n * (n + 1) * integers[COLUMNS]


@routine
def along_lambda(jets, a, row, lane):
    """One number of the jet of λ_a; of λ_0 = 1 but for its value all are zero."""
    if a == 0:
        return every(1.0 if row == 0 else 0.0)
    return load(jets, (1 + (a - 1) * JET + row) * W + lane)


@routine
def column_factors(integers, lane, factors, jets, columns):
    """F λ of each column with all derivatives, from those of F and the jets of λ."""
    count, functions = integers[COLUMNS], functions_of(integers)
    for c in range(count):
        at, a = WIDTH * integers[COLUMN + 2 * c], integers[COLUMN + 2 * c + 1]
        f = load(factors, at)
        fx, fy = (
            load(factors, WIDTH * functions * FIRST + at),
            load(factors, WIDTH * functions * (FIRST + 1) + at),
        )
        fxx = load(factors, WIDTH * functions * SECOND + at)
        fyy = load(factors, WIDTH * functions * (SECOND + 1) + at)
        fxy = load(factors, WIDTH * functions * (SECOND + 5) + at)
        value, x, y = (
            along_lambda(jets, a, 0, lane),
            along_lambda(jets, a, 1, lane),
            along_lambda(jets, a, 2, lane),
        )
        to, step = WIDTH * c, WIDTH * count
        store(columns, to, f * value)
        store(columns, to + (ALONG + X) * step, f * x)
        store(columns, to + (ALONG + Y) * step, f * y)
        store(columns, to + (ALONG + KX) * step, fx * value)
        store(columns, to + (ALONG + KY) * step, fy * value)
        store(columns, to + LATE * step, f * along_lambda(jets, a, 3, lane))
        store(columns, to + TWICE * step, f * along_lambda(jets, a, 4, lane))
        store(columns, to + (TWICE + 1) * step, f * along_lambda(jets, a, 5, lane))
        store(columns, to + (TWICE + 2) * step, fx * x)
        store(columns, to + (TWICE + 3) * step, fy * x)
        store(columns, to + (TWICE + 4) * step, f * along_lambda(jets, a, 6, lane))
        store(columns, to + (TWICE + 5) * step, fx * y)
        store(columns, to + (TWICE + 6) * step, fy * y)
        store(columns, to + (TWICE + 7) * step, fxx * value)
        store(columns, to + (TWICE + 8) * step, fxy * value)
        store(columns, to + (TWICE + 9) * step, fyy * value)


@routine
def turn_element(matrices, source, target, angle):
    """Element of one matrix += i angle times that of another."""
    re, im = load(matrices, source), load(matrices, source + WIDTH)
    store(matrices, target, fused(-angle, im, load(matrices, target)))
    store(matrices, target + WIDTH, fused(angle, re, load(matrices, target + WIDTH)))


@routine
def add_sites(n, matrices, sites):
    """Covariant derivatives along k from plain ones: the positions of the orbitals, with Δ = τ_j − τ_i, add iΔ for each."""
    size = lower(n, 0)
    for i in range(n):
        for j in range(i):
            at = lower(i, j)
            p, q = every(sites[3 * j] - sites[3 * i]), every(sites[3 * j + 1] - sites[3 * i + 1])
            kx, ky = at + size * (ALONG + KX), at + size * (ALONG + KY)
            xx, xy, yy = at + size * (TWICE + 7), at + size * (TWICE + 8), at + size * (TWICE + 9)
            # D_aD_bH = ∂_a∂_bH + iΔ_b ∂_aH + iΔ_a D_bH
            turn_element(matrices, kx, xx, p)
            turn_element(matrices, kx, xy, q)
            turn_element(matrices, ky, yy, q)
            turn_element(matrices, at, kx, p)
            turn_element(matrices, at, ky, q)
            turn_element(matrices, kx, xx, p)
            turn_element(matrices, ky, xy, p)
            turn_element(matrices, ky, yy, q)
            for row in (X, Y):
                source = at + size * (ALONG + row)
                turn_element(matrices, source, at + size * (TWICE + 2 + 3 * row), p)
                turn_element(matrices, source, at + size * (TWICE + 3 + 3 * row), q)


@routine
def phase_matrices(integers, reals, k, lane, trig, jets, work, matrices):
    """H and its derivatives of eight lanes; ``trig`` of a lattice is that of all lanes."""
    n, terms = integers[SIZE], integers[TERMS]
    functions = WIDTH * functions_of(integers) * POSITION
    factors, columns = work[:functions], work[functions:]
    if integers[LATTICE] == 1:
        lattice_factors(trig, lane, terms, reals[CRYSTAL:], NEED_MOMENT, factors)
    else:
        powers = integers[COLUMN + 2 * integers[COLUMNS] :]
        polynomial_factors(k, lane, terms, powers, factors)
    column_factors(integers, lane, factors, jets, columns)
    add_products(
        reals,
        table_begin(integers),
        n * (n + 1),
        integers[COLUMNS],
        columns,
        VALUE,
        MATRICES,
        matrices,
        VALUE,
    )
    if integers[LATTICE] == 1:
        begin = sites_begin(integers)
        add_sites(n, matrices, reals[begin : begin + 3 * n])
