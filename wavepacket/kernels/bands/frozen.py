"""Band source of a planar one- or two-band lattice with its numbers frozen into the code: for large ensembles.

The same formulas as lattice.py, but every accumulator lives in a register and zero entries vanish when the kernel is
compiled, which takes seconds for each model. A closure over plain tuples only, so that the disk cache knows it again.
"""

import math

from wavepacket.kernels.bands.two_band import (
    curvature_and_moment,
    moment_slope,
    pseudospin_length,
    rotate,
    rotate_twice,
    slope,
)
from wavepacket.kernels.elementary import fma, sine_cosine
from wavepacket.kernels.jit.decorators import formula, kernel
from wavepacket.kernels.lanes import used_lanes
from wavepacket.kernels.layout import (
    CURVATURE,
    ENERGY,
    GAP,
    GEOMETRY_SIGNATURE,
    GRADIENT,
    LANES,
    MOMENT,
    MOMENT_GRADIENT,
)

W = LANES
TERMS = 8  # a model with more is served by lattice.py
HIGHEST = 2  # largest component of a cell


@formula
def multiply(a, b):
    """Product of two complex numbers (re, im)."""
    return fma(a[0], b[0], -a[1] * b[1]), fma(a[0], b[1], a[1] * b[0])


@formula
def power(z, n):
    """z^n for |z| = 1 and |n| <= 2."""
    sign = 1.0 if n >= 0 else -1.0
    if n == 0:
        return 1.0, 0.0
    if abs(n) == 1:
        return z[0], sign * z[1]
    square = multiply(z, z)
    return square[0], sign * square[1]


@formula
def cell_phase(z1, z2, n):
    """e^{iθ} of a cell from e^{ik·a₁} and e^{ik·a₂}."""
    if n[0] == 0:
        return power(z2, n[1])
    if n[1] == 0:
        return power(z1, n[0])
    return multiply(power(z1, n[0]), power(z2, n[1]))


@formula
def add(total, factor, a, b, z):
    """Total + factor (a cos θ + b sin θ), without the terms whose constants are zero."""
    if factor * a != 0.0:
        total = fma(factor * a, z[0], total)
    if factor * b != 0.0:
        total = fma(factor * b, z[1], total)
    return total


@formula
def add3(total, factor, a, b, z):
    """The same for d_1, d_2, d_3."""
    return (
        add(total[0], factor, a[1], b[1], z),
        add(total[1], factor, a[2], b[2], z),
        add(total[2], factor, a[3], b[3], z),
    )


@formula
def add_term(sums, term, z1, z2):
    """Add one term (n₁, n₂, α, β) to d_0, d, and their derivatives (d_0 twice, d first twice, d second thrice)."""
    n, a, b = (term[0], term[1]), term[2], term[3]
    x, y = float(n[0]), float(n[1])
    z = cell_phase(z1, z2, n)
    turned = -z[1], z[0]  # d/dθ of (cos θ, sin θ)
    d0, d00, d01, d, d_1, d_2, d_11, d_12, d_22 = sums
    return (
        add(d0, 1.0, a[0], b[0], z),
        add(d00, x, a[0], b[0], turned),
        add(d01, y, a[0], b[0], turned),
        add3(d, 1.0, a, b, z),
        add3(d_1, x, a, b, turned),
        add3(d_2, y, a, b, turned),
        add3(d_11, -x * x, a, b, z),
        add3(d_12, -x * y, a, b, z),
        add3(d_22, -y * y, a, b, z),
    )


@formula
def covariant(sums, shift):
    """Bring in the orbital positions: D_i = ∂_i + Δτ_i R."""
    d0, d00, d01, d, d_1, d_2, d_11, d_12, d_22 = sums
    u, v = shift
    if u == 0.0 and v == 0.0:
        return sums
    return (
        d0, d00, d01, d, rotate(u, d, d_1), rotate(v, d, d_2),
        rotate_twice(u, u, d, d_1, d_1, d_11),
        rotate_twice(u, v, d, d_1, d_2, d_12),
        rotate_twice(v, v, d, d_2, d_2, d_22),
    )  # fmt: skip


@formula
def combine(x, y, kx, ky):
    return fma(x, kx, y * ky)


def freeze_planar(sign: float, shift: tuple, frame: tuple, terms: tuple, moment: bool):
    """Compile the geometry kernel of one planar band.

    sign: -1, 0, 1 for the lower, a single, the upper band; shift: τ₂ - τ₁ in lattice vectors; frame: a₁, a₂ (x, y), Å;
    terms: TERMS entries (n₁, n₂, α (4), β (4)) as in lattice.py; moment: whether m and ∂m are wanted.
    """
    a1x, a1y, a2x, a2y = frame
    area = a1x * a2y - a1y * a2x

    def planar_geometry(k, count, integers, reals, scratch, out):
        used = used_lanes(count)
        # Apart from the rest: shorter chains of dependent operations, of which more run at once.
        for l in range(used):
            scratch[W + l], scratch[l] = sine_cosine(combine(a1x, a1y, k[l], k[W + l]))
            scratch[3 * W + l], scratch[2 * W + l] = sine_cosine(combine(a2x, a2y, k[l], k[W + l]))
        for l in range(used):
            z1, z2 = (scratch[l], scratch[W + l]), (scratch[2 * W + l], scratch[3 * W + l])
            o = (0.0, 0.0, 0.0)
            sums = (0.0, 0.0, 0.0, o, o, o, o, o, o)
            sums = add_term(sums, terms[0], z1, z2)
            sums = add_term(sums, terms[1], z1, z2)
            sums = add_term(sums, terms[2], z1, z2)
            sums = add_term(sums, terms[3], z1, z2)
            sums = add_term(sums, terms[4], z1, z2)
            sums = add_term(sums, terms[5], z1, z2)
            sums = add_term(sums, terms[6], z1, z2)
            sums = add_term(sums, terms[7], z1, z2)
            d0, d00, d01, d, d_1, d_2, d_11, d_12, d_22 = covariant(sums, shift)
            length, inverse = pseudospin_length(d, sign)
            e1, e2 = slope(d00, d, d_1, sign, inverse), slope(d01, d, d_2, sign, inverse)
            omega, m = curvature_and_moment(d, d_1, d_2, sign, inverse)
            out[ENERGY * W + l] = fma(sign, length, d0)
            out[GAP * W + l] = 2.0 * length if sign != 0.0 else math.inf
            out[GRADIENT * W + l] = combine(a1x, a2x, e1, e2)
            out[(GRADIENT + 1) * W + l] = combine(a1y, a2y, e1, e2)
            out[(CURVATURE + 2) * W + l] = area * omega
            if moment:
                m1 = moment_slope(d, d_1, d_2, d_1, d_11, d_12, 0.0, inverse)
                m2 = moment_slope(d, d_1, d_2, d_2, d_12, d_22, 0.0, inverse)
                out[(MOMENT + 2) * W + l] = area * m
                out[(MOMENT_GRADIENT + 6) * W + l] = area * combine(a1x, a2x, m1, m2)
                out[(MOMENT_GRADIENT + 7) * W + l] = area * combine(a1y, a2y, m1, m2)

    return kernel(GEOMETRY_SIGNATURE)(planar_geometry)
