"""Band source of a one- or two-band k·p Hamiltonian, H(k) = Σ_t k_x^p k_y^q k_z^r (c_t0 + c_t·σ).

Directions are the Cartesian axes. integers: need bits, number of terms, highest power, 0, then the powers (3 a term).
reals: s, the axes (9), then c (4 a term).
"""

from functools import cache
from typing import Any

from wavepacket.kernels.bands.pseudospin import planar_geometry, rows_of_group, spatial_geometry, work_rows
from wavepacket.kernels.elementary import fma
from wavepacket.kernels.jit.decorators import kernel, scalar
from wavepacket.kernels.lanes import used_lanes
from wavepacket.kernels.layout import GEOMETRY_SIGNATURE, LANES, NEED_MOMENT

W = LANES
FIRST_POWER = 4
FIRST_COEFFICIENT = 10
FRAME = 1


def scratch_size(directions: int, highest_power: int) -> int:
    """Numbers of scratch space: pseudospin rows, powers of the components of k, and the current monomial."""
    return (work_rows(directions) + 3 * (highest_power + 1) + 1) * W


@scalar
def component_powers(k, highest, used, powers):
    """Rows k_i^p for p = 0..highest, one component after another."""
    for i in range(3):
        start = i * (highest + 1) * W
        zeroth = powers[start : start + W]
        component = k[i * W : (i + 1) * W]
        for l in range(used):
            zeroth[l] = 1.0
        for p in range(1, highest + 1):
            last = powers[start + (p - 1) * W : start + p * W]
            this = powers[start + p * W : start + (p + 1) * W]
            for l in range(used):
                this[l] = last[l] * component[l]


@scalar
def monomial(p, q, r, factor, highest, powers, used, row):
    """Row = factor k_x^p k_y^q k_z^r."""
    x = powers[p * W : (p + 1) * W]
    y = powers[(highest + 1 + q) * W : (highest + 2 + q) * W]
    z = powers[(2 * (highest + 1) + r) * W : (2 * (highest + 1) + r + 1) * W]
    for l in range(used):
        row[l] = factor * x[l] * y[l] * z[l]


@scalar
def add_components(coefficient, first, row, directions, term, used, work):
    """Add a monomial times each non-zero coefficient c_first.. to one row of the groups of d."""
    size = rows_of_group(directions)
    for c in range(first, 4):
        if coefficient[c] != 0.0:
            place = work[(c * size + row) * W : (c * size + row + 1) * W]
            for l in range(used):
                place[l] = fma(coefficient[c], term[l], place[l])


@scalar
def lowered(power, i):
    """Derivative of a monomial along i: (factor, p, q, r)."""
    p, q, r = power
    factor = p if i == 0 else (q if i == 1 else r)
    return float(factor), (max(p - (i == 0), 0), max(q - (i == 1), 0), max(r - (i == 2), 0))


@scalar
def add_derivatives(power, coefficient, directions, highest, need, powers, used, term, work):
    """Add one term to d, its first and (where the moment is wanted) second derivatives."""
    monomial(power[0], power[1], power[2], 1.0, highest, powers, used, term)
    add_components(coefficient, 0, 0, directions, term, used, work)
    row = 1 + directions
    for i in range(directions):
        factor, once = lowered(power, i)
        if factor != 0.0:
            monomial(once[0], once[1], once[2], factor, highest, powers, used, term)
            add_components(coefficient, 0, 1 + i, directions, term, used, work)
        for j in range(i, directions):
            again, twice = lowered(once, j)
            if need & NEED_MOMENT and factor * again != 0.0:
                monomial(twice[0], twice[1], twice[2], factor * again, highest, powers, used, term)
                add_components(coefficient, 1, row, directions, term, used, work)
            row += 1


@cache
def polynomial_kernel(directions: int) -> Any:
    """Compiled geometry kernel for two directions in the xy plane, or for three; contract in layout.py."""

    @kernel(GEOMETRY_SIGNATURE)
    def polynomial_geometry(k, count, integers, reals, scratch, out):
        need, terms, highest, used = integers[0], integers[1], integers[2], used_lanes(count)
        rows = 4 * rows_of_group(directions)
        work = scratch[: rows * W]
        powers = scratch[rows * W : (rows + 3 * (highest + 1)) * W]
        term = scratch[(rows + 3 * (highest + 1)) * W : (rows + 3 * (highest + 1) + 1) * W]
        for row in range(rows):
            for l in range(used):
                work[row * W + l] = 0.0
        component_powers(k, highest, used, powers)
        for t in range(terms):
            start = FIRST_POWER + 3 * t
            power = (integers[start], integers[start + 1], integers[start + 2])
            c = reals[FIRST_COEFFICIENT + 4 * t : FIRST_COEFFICIENT + 4 * t + 4]
            add_derivatives(power, c, directions, highest, need, powers, used, term, work)
        if directions == 2:
            planar_geometry(work, reals[FRAME : FRAME + 9], reals[0], need, used, out)
        else:
            spatial_geometry(work, reals[FRAME : FRAME + 9], reals[0], need, used, out)

    return polynomial_geometry
