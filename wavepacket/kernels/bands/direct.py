"""Band sources that diagonalise at every k: the reference for N bands, and the way near small gaps.

Both kinds have matrices that are sums of fixed matrices times functions of k; for their arrays see matrices.py.
"""

from wavepacket.kernels.bands.matrices import (
    FIRST_POWER,
    add_products,
    lattice_factors,
    phases,
    polynomial_factors,
)
from wavepacket.kernels.bands.perturbation import geometry_of_band, work_size
from wavepacket.kernels.bands.reflections import lower
from wavepacket.kernels.bands.states import MATRICES, POSITION, SECOND, H, position
from wavepacket.kernels.jit.decorators import kernel, routine
from wavepacket.kernels.layout import GEOMETRY_SIGNATURE, LANES, MOMENT_GRADIENT, NEED_MOMENT
from wavepacket.kernels.simd import WIDTH, every, load, store

W = LANES


def scratch_size(n, terms):
    """Numbers of scratch space that both kernels want."""
    return WIDTH * (MATRICES * n * (n + 1) + POSITION * terms) + W * terms + work_size(n)


@routine
def clear_moment_slopes(out):
    """∂m/∂k is zero where nobody needs it."""
    for i in range(MOMENT_GRADIENT * W, (MOMENT_GRADIENT + 9) * W):
        out[i] = 0.0


@routine
def lattice_rows(need, k, count, integers, reals, scratch, out):
    """Geometry rows of one band of an N-band lattice by diagonalisation at each k."""
    n, band, pairs, positions = integers[1], integers[2], integers[3], integers[4]
    rows, terms = n * (n + 1), 2 * pairs
    sites = reals[3 * pairs : 3 * pairs + 3 * n]
    table = 3 * pairs + 3 * n
    first, second = WIDTH * MATRICES * rows, WIDTH * (MATRICES * rows + POSITION * terms)
    matrices, factors = scratch[:first], scratch[first:second]
    trig, work = scratch[second : second + W * terms], scratch[second + W * terms :]
    clear_moment_slopes(out)
    phases(k, pairs, reals, trig)
    for lane in range(0, count, WIDTH):
        lattice_factors(trig, lane, pairs, reals, need, factors)
        add_products(
            reals, table, rows, terms, factors, H, POSITION if need & NEED_MOMENT else SECOND, matrices, H
        )
        for a in range(3 if positions else 0):
            add_products(
                reals, table + (1 + a) * rows * terms, rows, terms, factors, H, SECOND, matrices, position(a)
            )
            for i in range(n):
                at = WIDTH * rows * position(a) + lower(i, i)
                store(matrices, at, load(matrices, at) + every(sites[3 * i + a]))
        geometry_of_band(n, band, need, positions, matrices, sites, work, lane, out)


@kernel(GEOMETRY_SIGNATURE)
def direct_lattice_geometry(k, count, integers, reals, scratch, out):
    """Geometry rows of one band of an N-band lattice; integers[0] holds the need bits."""
    lattice_rows(integers[0], k, count, integers, reals, scratch, out)


@kernel(GEOMETRY_SIGNATURE)
def direct_polynomial_geometry(k, count, integers, reals, scratch, out):
    """Geometry rows of one band of an N-band k·p Hamiltonian by diagonalisation at each k."""
    need, n, band, terms = integers[0], integers[1], integers[2], integers[3]
    rows, sites = n * (n + 1), reals[: 3 * n]
    first, second = WIDTH * MATRICES * rows, WIDTH * (MATRICES * rows + POSITION * terms)
    matrices, factors, work = scratch[:first], scratch[first:second], scratch[second:]
    clear_moment_slopes(out)
    for lane in range(0, count, WIDTH):
        polynomial_factors(k, lane, terms, integers[FIRST_POWER:], factors)
        add_products(reals, 3 * n, rows, terms, factors, H, POSITION, matrices, H)
        geometry_of_band(n, band, need, 0, matrices, sites, work, lane, out)
