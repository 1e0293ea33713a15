"""Band source of a one- or two-band lattice in three dimensions with its numbers frozen into the code.

The counterpart of frozen.py. Three directions make 36 sums, more than there are registers: each component of d has a
loop of its own, which leaves its rows for the formulas of pseudospin.py.
"""

from wavepacket.kernels.bands.frozen import add, multiply, power
from wavepacket.kernels.bands.pseudospin import (
    group_rows,
    spatial_energy,
    spatial_moment,
    spatial_positions,
    work_rows,
)
from wavepacket.kernels.elementary import sine_cosine
from wavepacket.kernels.jit.decorators import formula, kernel, scalar
from wavepacket.kernels.lanes import used_lanes
from wavepacket.kernels.layout import GEOMETRY_SIGNATURE, LANES
from wavepacket.kernels.motion.equations import three
from wavepacket.kernels.vectors import dot

W = LANES
ROWS = group_rows(3)
GROUP = ROWS * W
PHASES = 6 * W  # cos and sin of k·a_i
SCRATCH = PHASES + work_rows(3) * W
AXES = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


@formula
def cell_phase(z1, z2, z3, n):
    """e^{iθ} of a cell from e^{ik·a_i}."""
    phase = 1.0, 0.0
    if n[0] != 0:
        phase = power(z1, n[0])
    if n[1] != 0:
        phase = multiply(phase, power(z2, n[1])) if n[0] != 0 else power(z2, n[1])
    if n[2] != 0:
        phase = multiply(phase, power(z3, n[2])) if n[0] != 0 or n[1] != 0 else power(z3, n[2])
    return phase


@formula
def add_term(sums, term, z1, z2, z3):
    """Add one term (n, R, α, β) to a component, its three first and its six second derivatives."""
    n, (x, y, z), a, b = term
    phase = cell_phase(z1, z2, z3, n)
    turned = -phase[1], phase[0]  # d/dθ of (cos θ, sin θ)
    c, c1, c2, c3, c11, c12, c13, c22, c23, c33 = sums
    return (
        add(c, 1.0, a, b, phase),
        add(c1, x, a, b, turned),
        add(c2, y, a, b, turned),
        add(c3, z, a, b, turned),
        add(c11, -x * x, a, b, phase),
        add(c12, -x * y, a, b, phase),
        add(c13, -x * z, a, b, phase),
        add(c22, -y * y, a, b, phase),
        add(c23, -y * z, a, b, phase),
        add(c33, -z * z, a, b, phase),
    )


@scalar
def add_component(terms, phases, kept, used, group):
    """Rows of one component of d that are kept."""
    for l in range(used):
        z1 = phases[l], phases[W + l]
        z2 = phases[2 * W + l], phases[3 * W + l]
        z3 = phases[4 * W + l], phases[5 * W + l]
        sums = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        sums = add_term(sums, terms[0], z1, z2, z3)
        sums = add_term(sums, terms[1], z1, z2, z3)
        sums = add_term(sums, terms[2], z1, z2, z3)
        sums = add_term(sums, terms[3], z1, z2, z3)
        sums = add_term(sums, terms[4], z1, z2, z3)
        sums = add_term(sums, terms[5], z1, z2, z3)
        sums = add_term(sums, terms[6], z1, z2, z3)
        sums = add_term(sums, terms[7], z1, z2, z3)
        if kept[0]:
            group[l] = sums[0]
        if kept[1]:
            group[W + l] = sums[1]
        if kept[2]:
            group[2 * W + l] = sums[2]
        if kept[3]:
            group[3 * W + l] = sums[3]
        if kept[4]:
            group[4 * W + l] = sums[4]
        if kept[5]:
            group[5 * W + l] = sums[5]
        if kept[6]:
            group[6 * W + l] = sums[6]
        if kept[7]:
            group[7 * W + l] = sums[7]
        if kept[8]:
            group[8 * W + l] = sums[8]
        if kept[9]:
            group[9 * W + l] = sums[9]


def rows_that_are_there(component: tuple, second: bool) -> tuple:
    """For each row of a component whether any term contributes to it; ``second``: whether second derivatives are wanted."""
    factors = [
        (1, x, y, z, *(second * f for f in (x * x, x * y, x * z, y * y, y * z, z * z)))
        for _, (x, y, z), a, b in component
        if a != 0.0 or b != 0.0
    ]
    return tuple(any(column) for column in zip(*factors, strict=True)) if factors else (False,) * ROWS


def freeze_spatial(sign: float, shift: tuple, lattice: tuple, terms: tuple, moment: bool):
    """Compile the geometry kernel of one band.

    sign: -1, 0, 1 for the lower, a single, the upper band; shift: τ₂ - τ₁, Å; lattice: a₁, a₂, a₃ (9), Å; terms: for each
    component TERMS entries (n, R, α, β) as in lattice.py, the cell in lattice vectors and in Å; moment: whether m and ∂m are
    wanted. Derivatives are taken along Cartesian axes at once: the numbers that lattice.py needs later are constants here.
    """
    moved, need = any(shift), int(moment)  # NEED_MOMENT or nothing
    kept = tuple(rows_that_are_there(terms[c], moment and c > 0) for c in range(4))
    if moved:  # rotations about z mix the first two components and their derivatives
        mixed = (True,) * 4 + (moment,) * (ROWS - 4)
        kept = kept[0], mixed, mixed, kept[3]
    a1, a2, a3 = lattice[:3], lattice[3:6], lattice[6:]

    def spatial_lattice(k, count, integers, reals, scratch, out):
        used = used_lanes(count)
        phases, work = scratch[:PHASES], scratch[PHASES:SCRATCH]
        for l in range(used):
            phases[W + l], phases[l] = sine_cosine(dot(a1, three(k, l)))
            phases[3 * W + l], phases[2 * W + l] = sine_cosine(dot(a2, three(k, l)))
            phases[5 * W + l], phases[4 * W + l] = sine_cosine(dot(a3, three(k, l)))
        add_component(terms[0], phases, kept[0], used, work[:GROUP])
        add_component(terms[1], phases, kept[1], used, work[GROUP : 2 * GROUP])
        add_component(terms[2], phases, kept[2], used, work[2 * GROUP : 3 * GROUP])
        add_component(terms[3], phases, kept[3], used, work[3 * GROUP : 4 * GROUP])
        if moved:
            spatial_positions(work, shift, need, used)
        spatial_energy(work, AXES, sign, kept, used, out)
        if moment:
            spatial_moment(work, AXES, kept, used, out)

    return kernel(GEOMETRY_SIGNATURE)(spatial_lattice)
