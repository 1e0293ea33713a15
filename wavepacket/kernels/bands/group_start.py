"""States of a group of bands at given k, matrices between them, and eigenstates of small matrices.

What packets of a group start from, and what collisions lead them to.
"""

from numba import types

from wavepacket.kernels.bands.every_band import solve
from wavepacket.kernels.bands.group import cut
from wavepacket.kernels.bands.group_positions import OWN, own_field, positions_at, velocities
from wavepacket.kernels.bands.group_states import (
    elements,
    has_positions,
    is_lattice,
    last_band,
    matrices_at,
    sort_states,
    states_of,
)
from wavepacket.kernels.bands.matrices import phases
from wavepacket.kernels.bands.reflections import PAIR, lower
from wavepacket.kernels.bands.states import FIRST
from wavepacket.kernels.jit.decorators import INTEGER, REAL, kernel, routine
from wavepacket.kernels.jit.memory import numbers
from wavepacket.kernels.layout import LANES
from wavepacket.kernels.simd import WIDTH

W = LANES
_MATRIX = types.float64[:, ::1]
_STATES = types.float64[:, :, :, ::1]
_ELEMENTS = types.float64[:, :, :, :, ::1]


@routine
def read_states(n, first, last, energy, states, lane, levels, found):
    """Energies and states first, ..., last − 1 of one lane, (Re, Im) of each component."""
    for j in range(first, last):
        levels[j - first] = energy[WIDTH * j + lane]
        for i in range(n):
            found[j - first, i, 0] = states[PAIR * (n * j + i) + lane]
            found[j - first, i, 1] = states[PAIR * (n * j + i) + WIDTH + lane]


@routine
def begin_block(first, integers, reals, scratch, k, rest):
    """Put wavevectors from number ``first`` on into rows, and the phases of a lattice behind; how many there are."""
    count = min(W, k.shape[0] - first)
    for l in range(W):
        for c in range(3):
            scratch[c * W + l] = k[first + min(l, count - 1), c]
    if is_lattice(integers):
        phases(scratch, integers[3], reals, rest)
    return count


@routine
def read_elements(n, first, last, source, at, lane, found):
    """Matrix elements between states first, ..., last − 1 of one lane, (Re, Im); the matrix begins at ``at``."""
    for i in range(first, last):
        for j in range(first, last):
            x = at + PAIR * (n * i + j) + lane
            found[i - first, j - first, 0] = source[x]
            found[i - first, j - first, 1] = source[x + WIDTH]


@kernel(types.void(INTEGER, REAL, REAL, _MATRIX, _MATRIX, _STATES, _ELEMENTS, _ELEMENTS))
def group_elements(integers, reals, scratch, k, energy, frames, velocity, own):
    """The same, with V_a (n, 3, G, G, 2) between the states, and with elements of r also F (n, 3, G, G, 2)."""
    n, terms, group = integers[1], integers[3], (integers[2], last_band(integers) + 1)
    positions, square = has_positions(integers), PAIR * n * n
    arrays, tri, rest = cut(n, positions, scratch)
    matrices, states, image, speed, _, _, _, more = arrays
    for first in range(0, k.shape[0], W):
        count = begin_block(first, integers, reals, scratch, k, rest)
        for lane in range(0, count, WIDTH):
            matrices_at(scratch, lane, integers, reals, rest, rest[2 * W * terms :], matrices)
            states_of(n, matrices, states, tri)
            if positions:
                positions_at(integers, reals, rest[2 * W * terms :], matrices)
                velocities(n, tri[0], arrays)
                own_field(n, group, arrays)
            for a in range(0 if positions else 3):
                elements(n, FIRST + a, group, matrices, states, image, speed, a * square)
            for l in range(min(WIDTH, count - lane)):
                at = first + lane + l
                read_states(n, group[0], group[1], tri[0], states, l, energy[at], frames[at])
                for a in range(3):
                    read_elements(n, group[0], group[1], speed, a * square, l, velocity[at, a])
                    if positions:
                        read_elements(n, group[0], group[1], more, (OWN + a) * square, l, own[at, a])


@kernel(types.void(INTEGER, REAL, REAL, _MATRIX, _MATRIX, _STATES))
def group_frames(integers, reals, scratch, k, energy, frames):
    """Energies (n, G) by rising order and states (n, G, N, 2) of a group at k (n, 3), in the gauge of u."""
    n, terms, group = integers[1], integers[3], (integers[2], last_band(integers) + 1)
    (matrices, states, _, _, _, _, _, _), tri, rest = cut(n, has_positions(integers), scratch)
    for first in range(0, k.shape[0], W):
        count = begin_block(first, integers, reals, scratch, k, rest)
        for lane in range(0, count, WIDTH):
            matrices_at(scratch, lane, integers, reals, rest, rest[2 * W * terms :], matrices)
            states_of(n, matrices, states, tri)
            for l in range(min(WIDTH, count - lane)):
                at = first + lane + l
                read_states(n, group[0], group[1], tri[0], states, l, energy[at], frames[at])


@kernel(types.void(_STATES, _MATRIX, _STATES), allocates=True)
def eigenstates(matrices, values, vectors):
    """Eigenvalues (n, M) by rising order and eigenvectors (n, M, M, 2) of Hermitian matrices (n, M, M, 2)."""
    n, none = matrices.shape[1], 0 * matrices.shape[1]
    triangle, states = numbers(lower(n, 0)), numbers(PAIR * n * n)
    tri = (
        numbers(WIDTH * n), numbers(WIDTH * n), numbers(WIDTH * n), numbers(PAIR * n), numbers(PAIR * n),
        numbers(lower(n, 0)), numbers(WIDTH * n * n),
    )  # fmt: skip
    for first in range(0, matrices.shape[0], WIDTH):
        count = min(WIDTH, matrices.shape[0] - first)
        for l in range(WIDTH):
            matrix = matrices[first + min(l, count - 1)]
            for i in range(n):
                for j in range(i + 1):
                    triangle[lower(i, j) + l] = matrix[i, j, 0]
                    triangle[lower(i, j) + WIDTH + l] = matrix[i, j, 1]
        solve(n, triangle, states, tri)
        sort_states(n, tri[0], states)
        for l in range(count):
            read_states(n, none, n, tri[0], states, l, values[first + l], vectors[first + l])
