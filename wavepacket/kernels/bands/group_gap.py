"""Distance of a group of bands to the others at given k, which needs no internal state: what lies inside a step."""

from wavepacket.kernels.bands.group import cut, put_gap
from wavepacket.kernels.bands.group_states import has_positions, is_lattice, last_band, matrices_at, states_of
from wavepacket.kernels.bands.matrices import phases
from wavepacket.kernels.jit.decorators import kernel
from wavepacket.kernels.layout import CURVATURE, ENERGY, GEOMETRY_SIGNATURE, LANES
from wavepacket.kernels.simd import WIDTH, every, load, store

W = LANES


@kernel(GEOMETRY_SIGNATURE)
def group_gap(k, count, integers, reals, scratch, out):
    """Gap and the energy of the lowest band of the group; Ω counts as zero. Contract in layout.py."""
    n, terms, group = integers[1], integers[3], (integers[2], last_band(integers) + 1)
    (matrices, states, _, _, _, _, _, _), tri, rest = cut(n, has_positions(integers), scratch)
    if is_lattice(integers):
        phases(k, terms, reals, rest)
    for lane in range(0, count, WIDTH):
        matrices_at(k, lane, integers, reals, rest, rest[2 * W * terms :], matrices)
        states_of(n, matrices, states, tri)
        store(out, ENERGY * W + lane, load(tri[0], WIDTH * group[0]))
        for row in range(CURVATURE, CURVATURE + 3):
            store(out, row * W + lane, every(0.0))
        put_gap(n, group, tri[0], lane, out)
