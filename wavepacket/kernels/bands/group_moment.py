"""Orbital moment of a packet in a group of bands, its derivative along k with u carried along, and what it does to u.

The covariant derivative of X_a follows from that of X_a h − H X_a = V_a between the spaces (n, j in g; m, l not in g):

    (ε_j − ε_m) (D_cX_a)_mj = (D_cV_a)_mj + Σ_l [V_a,ml X_c,lj + V_c,ml X_a,lj] − Σ_n [X_c,mn V_a,nj + X_a,mn V_c,nj]
"""

from wavepacket.kernels.bands.group_chains import add_chain, outside
from wavepacket.kernels.bands.group_positions import add_orders, add_to_second
from wavepacket.kernels.bands.group_states import PAIRS, add_adjoint, elements, product
from wavepacket.kernels.bands.group_vectors import DE, DX, DY, EX, SPARE, VA, VX, A, E, X, Y, Z
from wavepacket.kernels.bands.reflections import PAIR
from wavepacket.kernels.bands.states import SECOND, SECOND_OF, add, copy, imaginary_inner
from wavepacket.kernels.jit.decorators import routine
from wavepacket.kernels.layout import LANES, MOMENT, MOMENT_GRADIENT
from wavepacket.kernels.simd import WIDTH, every, fused, load, store
from wavepacket.units import E_OVER_HBAR

W = LANES


@routine
def derivative_of_tilt(n, group, energy, pair, velocity, tilt, second, total):
    """D_cX_a from the matrix elements of D_cV_a, in place."""
    square, (a, c) = PAIR * n * n, pair[:2]
    for m in range(n):
        for j in range(group[0], group[1] if m < group[0] or m >= group[1] else group[0]):
            at, here = pair[2] * square + PAIR * (n * m + j), (m, j)
            store(total, 0, load(second, at))
            store(total, WIDTH, load(second, at + WIDTH))
            for p, q in ((a * square, c * square), (c * square, a * square)):
                add_chain(n, here, (0, group[0]), velocity, p, tilt, q, total, 1.0)
                add_chain(n, here, (group[1], n), velocity, p, tilt, q, total, 1.0)
                add_chain(n, here, group, tilt, p, velocity, q, total, -1.0)
            inverse = every(1.0) / (load(energy, WIDTH * j) - load(energy, WIDTH * m))
            store(second, at, inverse * load(total, 0))
            store(second, at + WIDTH, inverse * load(total, WIDTH))


@routine
def among_others(n, group, matrix, at, vectors, source, target):
    """Product with a matrix between states that are not of the group."""
    for rows in ((0, group[0]), (group[1], n)):
        product(n, rows, (0, n), matrix, at, vectors, source, target)


@routine
def clear(n, vectors, first, last):
    """Set vectors from number first to before the last to zero."""
    for i in range(PAIR * n * first, PAIR * n * last, WIDTH):
        store(vectors, i, every(0.0))


@routine
def slopes_of_vectors(n, group, energy, positions, arrays):
    """D_b of w_a and of X_a h u, and V_b w_a outside the group."""
    matrices, states, image, velocity, tilt, second, vectors, more = arrays
    square = PAIR * n * n
    for place, (a, c) in enumerate(PAIRS):
        elements(n, SECOND + place, group, matrices, states, image, second, place * square)
        if positions:
            add_to_second(n, group, energy, (a, c, place), arrays)
        derivative_of_tilt(n, group, energy, (a, c, place), velocity, tilt, second, image)
        outside(n, group, second, place * square, vectors, A, DX + 3 * a + c)
        if a != c:
            copy(n, vectors, DX + 3 * a + c, DX + 3 * c + a)
        outside(n, group, second, place * square, vectors, E, DE + place)
    for a in range(3):
        product(n, group, group, velocity, a * square, vectors, A, VA + a)
    for b in range(3):
        for a in range(3):
            # w_a has no part within the group, so that all columns serve.
            among_others(n, group, velocity, b * square, vectors, X + a, VX + 3 * b + a)
            outside(n, group, tilt, a * square, vectors, VA + b, DY + 3 * b + a)
            add(n, every(1.0), every(0.0), vectors, DE + SECOND_OF[3 * b + a], DY + 3 * b + a)
    if positions:
        add_orders(n, group, more, vectors)


@routine
def moment_between(n, vectors, p, q):
    """Im[⟨w_p|H|w_q⟩ − (⟨w_p|X_q h u⟩ + ⟨X_p h u|w_q⟩)/2]."""
    half = every(-0.5)
    value = fused(half, imaginary_inner(n, vectors, X + p, Y + q), imaginary_inner(n, vectors, X + p, EX + q))
    return fused(half, imaginary_inner(n, vectors, Y + p, X + q), value)


@routine
def slope_between(n, vectors, d, p, q):
    """Derivative of the same along d."""
    half, dp, dq = every(-0.5), DX + 3 * d + p, DX + 3 * d + q
    value = imaginary_inner(n, vectors, dp, EX + q) + imaginary_inner(n, vectors, EX + p, dq)
    value += imaginary_inner(n, vectors, X + p, VX + 3 * d + q)
    less = imaginary_inner(n, vectors, dp, Y + q) + imaginary_inner(n, vectors, X + p, DY + 3 * d + q)
    less += imaginary_inner(n, vectors, DY + 3 * d + p, X + q) + imaginary_inner(n, vectors, Y + p, dq)
    return fused(half, less, value)


@routine
def half_of_moment(n, group, energy, tilt, vectors, p, q, factor):
    """Add (e/ħ)(−i/2)(X_p† H w_q − (X_p† X_q h u + h X_p† w_q)/2) times −factor to the vector Z."""
    square, none, rest = PAIR * n * n, every(0.0), ((0, group[0]), (group[1], n))
    clear(n, vectors, SPARE, SPARE + 3)
    add(n, every(1.0), none, vectors, EX + q, SPARE)
    add(n, every(-0.5), none, vectors, Y + q, SPARE)
    for rows in rest:
        add_adjoint(n, rows, group, tilt, p * square, vectors, SPARE, SPARE + 1)
        add_adjoint(n, rows, group, tilt, p * square, vectors, X + q, SPARE + 2)
    for j in range(group[0], group[1]):
        x, y, e = (
            PAIR * (n * (SPARE + 2) + j),
            PAIR * (n * (SPARE + 1) + j),
            every(-0.5) * load(energy, WIDTH * j),
        )
        store(vectors, y, fused(e, load(vectors, x), load(vectors, y)))
        store(vectors, y + WIDTH, fused(e, load(vectors, x + WIDTH), load(vectors, y + WIDTH)))
    add(n, none, every(0.5 * E_OVER_HBAR) * factor, vectors, SPARE + 1, Z)


@routine
def moment_and_slopes(n, group, energy, positions, arrays, field, lane, band):
    """Rows of m and ∂m, of charge −e, and (−m̂·B + ⟨m̂·B⟩) u added to the vector Z; ``field``: rows of −(q/e) B."""
    tilt, vectors = arrays[4], arrays[6]
    slopes_of_vectors(n, group, energy, positions, arrays)
    total = every(0.0)
    for c in range(3):
        p, q, b = (c + 1) % 3, (c + 2) % 3, load(field, c * W + lane)
        moment = every(E_OVER_HBAR) * moment_between(n, vectors, p, q)
        total = fused(b, moment, total)
        store(band, (MOMENT + c) * W + lane, moment)
        for d in range(3):
            store(
                band,
                (MOMENT_GRADIENT + 3 * c + d) * W + lane,
                every(E_OVER_HBAR) * slope_between(n, vectors, d, p, q),
            )
        half_of_moment(n, group, energy, tilt, vectors, p, q, b)
        half_of_moment(n, group, energy, tilt, vectors, q, p, -b)
    add(n, total, every(0.0), vectors, A, Z)
