"""Geometry of band n of an N-band Hamiltonian by perturbation theory at one k, free of any smooth gauge.

With covariant derivatives of operators D_a O = ∂_a O - i[A_a, O] (A: position matrix between the basis states), V_a = D_a H,
G = Σ_{l≠n} |l⟩⟨l|/(ε_n - ε_l) and |D_a n⟩ = G V_a |n⟩ (charge -e):

    Ω_ab = -2 Im⟨D_a n|D_b n⟩ + ⟨n|F_ab|n⟩,  F_ab = ∂_aA_b - ∂_bA_a - i[A_a, A_b]
    m_ab = -(e/ħ) Im T_ab,  T_ab = ⟨n|V_a G V_b|n⟩

and ∂_d T_ab follows from D_d G = -P V_d G² - G² V_d P - G (∂_dε - V_d) G. Degeneracies among the other bands do no harm.
With position elements the first line is the full interpolated curvature of X. Wang, J. R. Yates, I. Souza and D. Vanderbilt,
Phys. Rev. B 74, 195118 (2006); m is taken within the space of the basis states, without elements of r outside it.
"""

import math

import numpy as np

from wavepacket.kernels.jit.decorators import allocating_routine, routine
from wavepacket.kernels.layout import (
    CURVATURE,
    ENERGY,
    GAP,
    GEOMETRY,
    GRADIENT,
    LANES,
    MIXING,
    MOMENT,
    MOMENT_GRADIENT,
    NEED_MIXING,
    NEED_MOMENT,
)
from wavepacket.units import E_OVER_HBAR

W = LANES

# Slots of the stack of matrices: H, ∂_aH (3), ∂_a∂_bH (9, both orders), A_a (3), ∂_bA_a (9, slot 16 + 3 b + a).
H, FIRST, SECOND, POSITION, POSITION_SLOPE, MATRICES = 0, 1, 4, 13, 16, 25


@routine
def times(matrix, vector, out):
    """Out = matrix vector."""
    for i in range(len(vector)):
        total = 0j
        for j in range(len(vector)):
            total += matrix[i, j] * vector[j]
        out[i] = total


@routine
def inner(a, b):
    """⟨a|b⟩."""
    total = 0j
    for i in range(len(a)):
        total += np.conj(a[i]) * b[i]
    return total


@routine
def add_commutator(left, right, vector, work, out):
    """Out += i (left right - right left) vector."""
    times(right, vector, work[0])
    times(left, work[0], work[1])
    times(left, vector, work[0])
    for i in range(len(vector)):
        out[i] += 1j * work[1, i]
    times(right, work[0], work[1])
    for i in range(len(vector)):
        out[i] -= 1j * work[1, i]


@routine
def covariant_slope(stack, a, vector, work, out):
    """Out = V_a vector."""
    times(stack[FIRST + a], vector, out)
    add_commutator(stack[H], stack[POSITION + a], vector, work, out)


@routine
def covariant_curvature(stack, d, a, vector, work, more, out):
    """Out = (D_d V_a) vector = (∂_dV_a + i[V_a, A_d]) vector."""
    times(stack[SECOND + 3 * d + a], vector, out)
    add_commutator(stack[FIRST + d], stack[POSITION + a], vector, work, out)
    add_commutator(stack[H], stack[POSITION_SLOPE + 3 * d + a], vector, work, out)
    times(stack[POSITION + d], vector, more[0])
    covariant_slope(stack, a, more[0], work, more[1])
    for i in range(len(vector)):
        out[i] += 1j * more[1, i]
    covariant_slope(stack, a, vector, work, more[0])
    times(stack[POSITION + d], more[0], more[1])
    for i in range(len(vector)):
        out[i] -= 1j * more[1, i]


@routine
def apply_resolvent(states, inverse, vector, out):
    """Out = G vector; inverse holds 1/(ε_n - ε_l), and 0 for l = n."""
    out[:] = 0j
    for l in range(len(inverse)):
        if inverse[l] != 0.0:
            amplitude = 0j
            for i in range(len(vector)):
                amplitude += np.conj(states[i, l]) * vector[i]
            amplitude *= inverse[l]
            for i in range(len(vector)):
                out[i] += amplitude * states[i, l]


@routine
def outer_curvature(stack, a, b, u, work):
    """⟨u|F_ab|u⟩."""
    times(stack[POSITION + a], u, work[0])
    times(stack[POSITION + b], u, work[1])
    value = 2.0 * inner(work[0], work[1]).imag
    times(stack[POSITION_SLOPE + 3 * a + b], u, work[0])
    times(stack[POSITION_SLOPE + 3 * b + a], u, work[1])
    return value + inner(u, work[0]).real - inner(u, work[1]).real


@allocating_routine
def moment_slopes(stack, u, v, w, x, slopes, work, lane, out):
    """Rows of ∂m/∂k; v_a = V_a u, w_a = G v_a, x_a = G w_a, slopes = ∂ε."""
    n = len(u)
    vw, second = np.empty((9, n), dtype=np.complex128), np.empty((9, n), dtype=np.complex128)
    more = np.empty((2, n), dtype=np.complex128)
    for a in range(3):
        for b in range(3):
            covariant_slope(stack, a, w[b], work, vw[3 * a + b])
            covariant_curvature(stack, a, b, u, work, more, second[3 * a + b])
    for c in range(3):
        a, b = (c + 1) % 3, (c + 2) % 3
        for d in range(3):
            t = inner(w[d], vw[3 * a + b]) + inner(second[3 * d + a], w[b])
            t += inner(w[a], second[3 * d + b]) + inner(w[a], vw[3 * b + d])
            t += inner(w[a], vw[3 * d + b]) - slopes[d] * inner(w[a], w[b])
            t -= slopes[a] * inner(v[d], x[b]) + slopes[b] * inner(x[a], v[d])
            out[(MOMENT_GRADIENT + 3 * c + d) * W + lane] = -E_OVER_HBAR * t.imag


@routine
def is_finite(matrix):
    """Whether all elements are numbers."""
    total = 0.0
    for i in range(matrix.shape[0]):
        for j in range(matrix.shape[1]):
            total += abs(matrix[i, j].real) + abs(matrix[i, j].imag)
    return total < math.inf


@allocating_routine
def geometry_of_band(stack, band, need, positions, lane, out):
    """All geometry rows of one lane from the matrices at its k; not numbers where k is none, as after a packet stopped."""
    n = stack.shape[1]
    if not is_finite(stack[H]):
        for row in range(GEOMETRY):
            out[row * W + lane] = math.nan
        return
    energies, states = np.linalg.eigh(stack[H])
    u = states[:, band].copy()
    inverse = np.zeros(n)
    gap = math.inf
    for l in range(n):
        difference = energies[band] - energies[l]
        if l != band:
            gap = min(gap, abs(difference))
            inverse[l] = 1.0 / difference if difference != 0.0 else 0.0
    work = np.empty((2, n), dtype=np.complex128)
    v, w = np.empty((3, n), dtype=np.complex128), np.empty((3, n), dtype=np.complex128)
    x = np.empty((3, n), dtype=np.complex128)
    slopes = np.empty(3)
    for a in range(3):
        covariant_slope(stack, a, u, work, v[a])
        apply_resolvent(states, inverse, v[a], w[a])
        apply_resolvent(states, inverse, w[a], x[a])
        slopes[a] = inner(u, v[a]).real
        out[(GRADIENT + a) * W + lane] = slopes[a]
    out[ENERGY * W + lane] = energies[band]
    out[GAP * W + lane] = gap
    for c in range(3):
        a, b = (c + 1) % 3, (c + 2) % 3
        omega = -2.0 * inner(w[a], w[b]).imag
        if positions:
            omega += outer_curvature(stack, a, b, u, work)
        out[(CURVATURE + c) * W + lane] = omega
        out[(MOMENT + c) * W + lane] = -E_OVER_HBAR * inner(v[a], w[b]).imag
        if need & NEED_MIXING:
            out[(MIXING + c) * W + lane] = inner(x[c], x[c]).real
            out[(MIXING + 3 + c) * W + lane] = inner(x[a], x[b]).real
    if need & NEED_MOMENT:
        moment_slopes(stack, u, v, w, x, slopes, work, lane, out)
