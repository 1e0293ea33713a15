"""Band sources that diagonalise at every k: the reference for N bands, and the way near small gaps.

Lattice: H = Σ_R H(R) e^{ik·R}; orbital positions and position elements make A, so nothing is lost by leaving them out
of the phase. integers: need bits, N, band, number of cells, whether r(R) is given. reals: Cartesian R (3 a cell),
positions (3N, Å), then H(R), and where given r_x(R), r_y(R), r_z(R), as (re, im) pairs, one cell after another.

k·p: H = Σ_t k_x^p k_y^q k_z^r M_t and A = 0. integers: need bits, N, band, number of terms, 0, powers (3 a term).
reals: M_t as (re, im) pairs.
"""

import math

import numpy as np

from wavepacket.kernels.bands.perturbation import (
    FIRST,
    MATRICES,
    POSITION,
    POSITION_SLOPE,
    SECOND,
    H,
    geometry_of_band,
)
from wavepacket.kernels.jit.decorators import kernel, routine
from wavepacket.kernels.layout import GEOMETRY_SIGNATURE, LANES, MOMENT_GRADIENT, NEED_MOMENT

W = LANES
FIRST_POWER = 5


@routine
def lattice_matrices(kx, ky, kz, n, cells, positions, need, reals, stack):
    """Fill the stack of matrices of a lattice Hamiltonian at one k."""
    stack[:] = 0j
    per_cell = 2 * n * n * (4 if positions else 1)
    data = 3 * cells + 3 * n
    for i in range(n):
        for a in range(3):
            stack[POSITION + a, i, i] = reals[3 * cells + 3 * i + a]
    for cell in range(cells):
        r = reals[3 * cell : 3 * cell + 3]
        angle = kx * r[0] + ky * r[1] + kz * r[2]
        phase = complex(math.cos(angle), math.sin(angle))
        start = data + cell * per_cell
        for place in range(n * n):
            i, j = place // n, place % n
            h = phase * complex(reals[start + 2 * place], reals[start + 2 * place + 1])
            stack[H, i, j] += h
            for a in range(3):
                stack[FIRST + a, i, j] += 1j * r[a] * h
                if need & NEED_MOMENT:
                    for b in range(3):
                        stack[SECOND + 3 * a + b, i, j] -= r[a] * r[b] * h
        if positions:
            for a in range(3):
                first = start + 2 * n * n * (1 + a)
                for place in range(n * n):
                    i, j = place // n, place % n
                    x = phase * complex(reals[first + 2 * place], reals[first + 2 * place + 1])
                    stack[POSITION + a, i, j] += x
                    for b in range(3):
                        stack[POSITION_SLOPE + 3 * b + a, i, j] += 1j * r[b] * x


@kernel(GEOMETRY_SIGNATURE, allocates=True)
def direct_lattice_geometry(k, count, integers, reals, scratch, out):
    """Geometry rows of one band of an N-band lattice by diagonalisation at each k."""
    need, n, band, cells, positions = integers[0], integers[1], integers[2], integers[3], integers[4]
    stack = np.empty((MATRICES, n, n), dtype=np.complex128)
    for row in range(MOMENT_GRADIENT, MOMENT_GRADIENT + 9):
        out[row * W : (row + 1) * W] = 0.0
    for l in range(count):
        lattice_matrices(k[l], k[W + l], k[2 * W + l], n, cells, positions, need, reals, stack)
        geometry_of_band(stack, band, need, positions, l, out)


@routine
def falling(power, order):
    """Power (power - 1) ... of the given order."""
    value = 1.0
    for i in range(order):
        value *= power - i
    return value


@routine
def power_derivative(x, power, order):
    """d^order/dx^order of x^power."""
    return falling(power, order) * x ** max(power - order, 0) if power >= order else 0.0


@routine
def monomial_derivative(k, power, a, b):
    """∂_a∂_b of k_x^p k_y^q k_z^r; a direction of -1 means no derivative."""
    value = 1.0
    for i in range(3):
        value *= power_derivative(k[i], power[i], (1 if a == i else 0) + (1 if b == i else 0))
    return value


@kernel(GEOMETRY_SIGNATURE, allocates=True)
def direct_polynomial_geometry(k, count, integers, reals, scratch, out):
    """Geometry rows of one band of an N-band k·p Hamiltonian by diagonalisation at each k."""
    need, n, band, terms = integers[0], integers[1], integers[2], integers[3]
    stack = np.empty((MATRICES, n, n), dtype=np.complex128)
    for row in range(MOMENT_GRADIENT, MOMENT_GRADIENT + 9):
        out[row * W : (row + 1) * W] = 0.0
    for l in range(count):
        here = (k[l], k[W + l], k[2 * W + l])
        stack[:] = 0j
        for t in range(terms):
            power = integers[FIRST_POWER + 3 * t : FIRST_POWER + 3 * t + 3]
            for place in range(n * n):
                i, j = place // n, place % n
                start = 2 * (t * n * n + place)
                m = complex(reals[start], reals[start + 1])
                stack[H, i, j] += m * monomial_derivative(here, power, -1, -1)
                for a in range(3):
                    stack[FIRST + a, i, j] += m * monomial_derivative(here, power, a, -1)
                    for b in range(3):
                        stack[SECOND + 3 * a + b, i, j] += m * monomial_derivative(here, power, a, b)
        geometry_of_band(stack, band, need, 0, l, out)
