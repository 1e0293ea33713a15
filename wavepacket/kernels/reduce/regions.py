"""Which valley a packet is nearest to along its path."""

import math

import numpy as np
from numba import types

from wavepacket.kernels.jit.decorators import INTEGER, REAL, kernel, routine

_MATRIX = types.float64[:, ::1]
_PATHS = types.float64[:, :, ::1]
_TIE = 1e-9  # relative: rounding must not move a packet that stands on a border


@routine
def fold(k, basis, inverse, found):
    """Put k into the cell about the origin, whose copies of the centres are known."""
    for c in range(3):
        found[c] = k[c]
    for a in range(basis.shape[0]):
        turns = round(k[0] * inverse[a, 0] + k[1] * inverse[a, 1] + k[2] * inverse[a, 2])
        for c in range(3):
            found[c] -= turns * basis[a, c]


@routine
def nearest(k, basis, inverse, images, owners, owner, found):
    """Valley nearest to k, ``owner`` where that is as near, and how far k may move before another can be nearer."""
    fold(k, basis, inverse, found)
    first, second, best, own = math.inf, math.inf, owner, math.inf
    for i in range(images.shape[0]):
        x, y, z = found[0] - images[i, 0], found[1] - images[i, 1], found[2] - images[i, 2]
        distance = math.sqrt(x * x + y * y + z * z)
        if owners[i] == owner:
            own = min(own, distance)
        if distance < first:
            if owners[i] != best:
                second = first
            first, best = distance, owners[i]
        elif owners[i] != best:
            second = min(second, distance)
    if own <= first * (1.0 + _TIE):
        best = owner
    return best, max(0.5 * (second - first), 0.0)


@kernel(
    types.void(
        _PATHS, types.Tuple((_MATRIX, _MATRIX, _MATRIX, INTEGER)), REAL, INTEGER, INTEGER, INTEGER, _PATHS
    ),
    allocates=True,
)
def occupy(wavevector, regions, weights, valleys, groups, included, totals):
    """Add the weight of each packet to the valley that it is nearest to at each save: totals (groups, valleys + 1, T).

    wavevector (n, T, 3); regions: basis (d, 3) of the reciprocal lattice and its inverse (d, 3), both empty without one,
    images of the centres (m, 3) about the first cell and the valley of each; valleys: of each packet at the first save.
    """
    basis, inverse, images, owners = regions
    here, found = np.empty(3), np.empty(3)
    for packet in range(wavevector.shape[0]):
        if included[packet] == 0:
            continue
        valley, reach = valleys[packet], 0.0
        for c in range(3):
            here[c] = wavevector[packet, 0, c]
        for i in range(wavevector.shape[1]):
            moved = 0.0
            for c in range(3):
                moved += (wavevector[packet, i, c] - here[c]) ** 2
            if moved > reach * reach:
                for c in range(3):
                    here[c] = wavevector[packet, i, c]
                valley, reach = nearest(here, basis, inverse, images, owners, valley, found)
            totals[groups[packet], valley, i] += weights[packet]
