"""States of a group of bands where packets start in a texture."""

from numba import types

from wavepacket.kernels.bands.group_start import read_states
from wavepacket.kernels.bands.group_states import states_of
from wavepacket.kernels.bands.matrices import phases
from wavepacket.kernels.bands.phase_group import cut, numbers_begin
from wavepacket.kernels.bands.phase_matrices import (
    CRYSTAL,
    FIRST_BAND,
    LAMBDAS,
    LAST_BAND,
    LATTICE,
    PROFILES,
    SIZE,
    TERMS,
    phase_matrices,
    profiles_begin,
    texture_of,
)
from wavepacket.kernels.jit.decorators import INTEGER, REAL, kernel
from wavepacket.kernels.layout import LANES, STATE
from wavepacket.kernels.motion.profiles import JET, profiles
from wavepacket.kernels.simd import WIDTH

W = LANES
_MATRIX = types.float64[:, ::1]
_STATES = types.float64[:, :, :, ::1]


@kernel(types.void(INTEGER, REAL, REAL, _MATRIX, types.float64, _MATRIX, _STATES))
def texture_frames(every, numbers, scratch, places, t, energy, frames):
    """Energies (n, G) by rising order and states (n, G, N, 2), in the gauge of u, at k and r (n, 6) and one time, fs."""
    integers, reals = texture_of(every, numbers)
    n, first_band, end = integers[SIZE], integers[FIRST_BAND], integers[LAST_BAND] + 1
    # the rows that right-hand sides keep are free here: k, r and t stand in them
    point, time = scratch[: STATE * W], scratch[STATE * W : (STATE + 1) * W]
    begin = numbers_begin(n)
    trig = begin + (1 + JET * integers[LAMBDAS]) * W
    work = trig + 2 * W * integers[TERMS]
    (matrices, states, _, _, _, _, _), tri, rest = cut(n, scratch[work:])
    for first in range(0, places.shape[0], W):
        count = min(W, places.shape[0] - first)
        for l in range(W):
            time[l] = t
            for c in range(STATE):
                point[c * W + l] = places[first + min(l, count - 1), c]
        profiles(
            integers[PROFILES],
            reals[profiles_begin(integers) :],
            point[3 * W :],
            time,
            W,
            scratch[begin:trig],
        )
        if integers[LATTICE] == 1:
            phases(point, integers[TERMS], reals[CRYSTAL:], scratch[trig:work])
        for lane in range(0, count, WIDTH):
            phase_matrices(
                integers, reals, point, lane, scratch[trig:work], scratch[begin:trig], rest, matrices
            )
            states_of(n, matrices, states, tri)
            for l in range(min(WIDTH, count - lane)):
                at = first + lane + l
                read_states(n, first_band, end, tri[0], states, l, energy[at], frames[at])
