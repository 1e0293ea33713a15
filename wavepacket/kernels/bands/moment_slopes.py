"""∂m/∂k by perturbation theory of second order: the last line of perturbation.py."""

from wavepacket.kernels.bands.reflections import PAIR, to_orbitals
from wavepacket.kernels.bands.states import (
    AAU,
    AGU,
    AU,
    FIRST,
    GGV,
    GV,
    GVU,
    HAU,
    HU,
    SECOND,
    SECOND_OF,
    SLOPE,
    SPARE,
    VGVU,
    VU,
    H,
    U,
    V,
    add,
    apply,
    apply_position,
    copy,
    imaginary_inner,
    position,
    real_inner,
)
from wavepacket.kernels.jit.decorators import routine
from wavepacket.kernels.layout import LANES, MOMENT_GRADIENT
from wavepacket.kernels.simd import WIDTH, every, load, store
from wavepacket.units import E_OVER_HBAR

W = LANES


@routine
def second_order(n, matrices, sites, positions, tri, energy, vectors):
    """V_a G V_b u and (D_d V_a) u.

    From H u = ε u and (H - ε) G V_b u = ∂_bε u - V_b u follow

        V_a w = ∂_aH w + i (H - ε) A_a w + i A_a V_b u - i ∂_bε A_a u,    w = G V_b u,
        (D_d V_a) u = ∂_d∂_aH u + i (∂_dH A_a + ∂_aH A_d) u + i (H - ε) (∂_dA_a) u - (H - ε) A_a A_d u
                      + A_a g_d + A_d g_a - ε (A_a A_d + A_d A_a) u,      g_a = H A_a u - i ∂_aH u,

    of which A_a V_b u = i A_a g_b - i ε A_a A_b u.
    """
    reflections, beta, phase = tri[0], tri[1], tri[2]
    none, one = every(0.0), every(1.0)
    for d in range(3):
        copy(n, vectors, GV + d, GVU + d)
        to_orbitals(n, reflections, beta, phase, vectors, PAIR * n * (GVU + d))
        copy(n, vectors, HAU + d, SPARE)
        add(n, none, -one, vectors, HU + d, SPARE)
        for a in range(3):
            apply_position(n, a, matrices, sites, positions, vectors, AU + d, AAU + 3 * a + d)
            apply_position(n, a, matrices, sites, positions, vectors, SPARE, AGU + 3 * a + d)
    for a in range(3):
        for b in range(3):
            to, slope = VGVU + 3 * a + b, real_inner(n, vectors, U, VU + b)
            apply(n, matrices, FIRST + a, vectors, GVU + b, to)
            apply_position(n, a, matrices, sites, positions, vectors, GVU + b, SPARE)
            apply(n, matrices, H, vectors, SPARE, SPARE + 1)
            add(n, none, one, vectors, SPARE + 1, to)
            add(n, none, -energy, vectors, SPARE, to)
            add(n, -one, none, vectors, AGU + 3 * a + b, to)
            add(n, energy, none, vectors, AAU + 3 * a + b, to)
            add(n, none, -slope, vectors, AU + a, to)
    for d in range(3):
        for a in range(3):
            slope_of_operator(n, d, a, matrices, positions, energy, vectors)


@routine
def slope_of_operator(n, d, a, matrices, positions, energy, vectors):
    """(D_d V_a) u, as in ``second_order``."""
    none, one, to = every(0.0), every(1.0), SLOPE + 3 * d + a
    apply(n, matrices, SECOND + SECOND_OF[3 * d + a], vectors, U, to)
    apply(n, matrices, FIRST + d, vectors, AU + a, SPARE)
    add(n, none, one, vectors, SPARE, to)
    apply(n, matrices, FIRST + a, vectors, AU + d, SPARE)
    add(n, none, one, vectors, SPARE, to)
    copy(n, vectors, AAU + 3 * a + d, SPARE)
    for i in range(0, PAIR * n, WIDTH):
        at = PAIR * n * SPARE + i
        store(vectors, at, -load(vectors, at))
    if positions:
        apply(n, matrices, position(a) + 1 + d, vectors, U, SPARE + 1)
        add(n, none, one, vectors, SPARE + 1, SPARE)
    apply(n, matrices, H, vectors, SPARE, SPARE + 1)
    add(n, one, none, vectors, SPARE + 1, to)
    add(n, -energy, none, vectors, SPARE, to)
    add(n, one, none, vectors, AGU + 3 * a + d, to)
    add(n, one, none, vectors, AGU + 3 * d + a, to)
    add(n, -energy, none, vectors, AAU + 3 * a + d, to)
    add(n, -energy, none, vectors, AAU + 3 * d + a, to)


@routine
def moment_slopes(n, vectors, lane, out):
    """Rows of ∂m/∂k."""
    for c in range(3):
        a, b = (c + 1) % 3, (c + 2) % 3
        for d in range(3):
            slope_a = real_inner(n, vectors, U, VU + a)
            slope_b = real_inner(n, vectors, U, VU + b)
            slope_d = real_inner(n, vectors, U, VU + d)
            t = imaginary_inner(n, vectors, GVU + d, VGVU + 3 * a + b)
            t += imaginary_inner(n, vectors, SLOPE + 3 * d + a, GVU + b)
            t += imaginary_inner(n, vectors, GVU + a, SLOPE + 3 * d + b)
            t += imaginary_inner(n, vectors, GVU + a, VGVU + 3 * b + d)
            t += imaginary_inner(n, vectors, GVU + a, VGVU + 3 * d + b)
            t -= slope_d * imaginary_inner(n, vectors, GV + a, GV + b)
            t -= slope_a * imaginary_inner(n, vectors, V + d, GGV + b)
            t -= slope_b * imaginary_inner(n, vectors, GGV + a, V + d)
            store(out, (MOMENT_GRADIENT + 3 * c + d) * W + lane, every(-E_OVER_HBAR) * t)
