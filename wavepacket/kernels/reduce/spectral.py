"""Spectral weights on an energy axis: where each state goes.

See response/axis.py and histogram.py for what is summed and why.
"""

from numba import types

from wavepacket.kernels.jit.decorators import INTEGER, REAL, kernel, routine, scalar
from wavepacket.kernels.reduce.cells import spread

POINTS = 12  # of an interpolation
_TWO = types.float64[:, ::1]
_THREE = types.float64[:, :, ::1]
_STATES = types.Tuple((REAL, REAL, _TWO))
_WEIGHTS = types.Tuple((_THREE, _TWO, INTEGER, REAL))
_OUTS = types.Tuple((REAL, REAL, types.int64))


@routine
def below(values, x):
    """How many of rising values are below x."""
    first, last = 0, values.shape[0]
    while first < last:
        middle = (first + last) // 2
        if values[middle] < x:
            first = middle + 1
        else:
            last = middle
    return first


@routine
def up_to(values, x):
    """How many of rising values are at most x."""
    first, last = 0, values.shape[0]
    while first < last:
        middle = (first + last) // 2
        if values[middle] <= x:
            first = middle + 1
        else:
            last = middle
    return first


@routine
def add_scaled(out, value, row):
    """Add a row times a value; of slices, whose indices are known not to be negative, as many at once as the CPU can."""
    for i in range(row.shape[0]):
        out[i] += value * row[i]


@routine
def set_scaled(out, value, row):
    """Set to a row times a value."""
    for i in range(row.shape[0]):
        out[i] = value * row[i]


@routine
def weigh(state, point, weights, row):
    """What a state adds to a row: to its channels, then without signs to the two of rounding errors."""
    columns, measure, _, share = weights
    count, size = measure.shape[1], columns.shape[2]
    for m in range(count):
        set_scaled(row[m * size : (m + 1) * size], measure[point, m], columns[state, 0])
    for layer in range(1, columns.shape[1]):
        start = (count + layer - 1) * size
        set_scaled(row[start : start + size], share[point], columns[state, layer])


@routine
def enter(out, width, place, value, channel, shape, row):
    """Add a row, times a value, to that at ``place`` of ``width`` numbers; its first numbers from ``channel`` on."""
    few, rest = shape
    at, end = width * place + channel, width * (place + 1)
    add_scaled(out[at : at + few], value, row[:few])
    add_scaled(out[end - rest : end], value, row[few : few + rest])


@routine
def shape_of(weights):
    """How many numbers a state adds to channels of its own, and to those of rounding errors."""
    columns, measure, _, _ = weights
    return measure.shape[1] * columns.shape[2], (columns.shape[1] - 1) * columns.shape[2]


@scalar
def interpolation(x, weights):
    """Weights of Lagrange's interpolation from the points 0, 1, …, 11."""
    before = 1.0
    for i in range(POINTS):
        weights[i] = before
        before *= x - i
    after = 1.0
    for back in range(POINTS):
        i = POINTS - 1 - back
        # i! (11 − i)! with the sign of the points above.
        scale = 1.0
        for factor in range(2, i + 1):
            scale *= factor
        for factor in range(2, POINTS - i):
            scale *= factor
        weights[i] *= after / (scale if back % 2 == 0 else -scale)
        after *= x - i


@routine
def enter_wide(nodes, energy, widths, work, outs, channel, shape, row):
    """A wide cell on the nodes near a chemical potential, and what is below them.

    A cell gives a node what a function that is linear between nodes would need. With G(ε) the integral of the occupation,
    the nodes at the ends of an interval h get ΔG/h − G′ at its lower end, and G′ at its upper end − ΔG/h.
    """
    out, wide, width = outs
    size = nodes.shape[0]
    t, surface, sea = work[:size], work[size : 2 * size], work[2 * size : 3 * size]
    grand, value = work[3 * size : 4 * size], work[4 * size : 5 * size]
    half = 0.0
    for axis in range(widths.shape[0]):
        half += 0.5 * widths[axis]
    last = nodes.shape[0] - 1
    first = min(max(below(nodes, energy - half) - 1, 0), last)
    count = min(max(below(nodes, energy + half), 0), last) - first + 1
    near = nodes[first : first + count]
    for i in range(count):
        t[i] = min(max(near[i] - energy, -half), half)
    spread(t, count, widths, surface, sea, grand)
    for i in range(count):
        beyond = near[i] - energy - t[i]
        if t[i] >= half:
            sea[i], grand[i] = 1.0, t[i]
        grand[i] += max(beyond, 0.0)
        value[i] = 0.0
    for i in range(count - 1):
        mean = (grand[i + 1] - grand[i]) / (near[i + 1] - near[i])
        value[i] += mean - sea[i]
        value[i + 1] += sea[i + 1] - mean
    for i in range(count):
        if value[i] != 0.0:
            enter(wide, width, first + i, value[i], channel, shape, row)
    deep = out.shape[0] // width - 2
    enter(out, width, deep, sea[0], channel, shape, row)
    enter(out, width, deep + 1, nodes[first] * sea[0] - grand[0], channel, shape, row)


def thermal_work(near, shape):
    """Numbers of scratch space that ``enter_thermal`` wants."""
    return 5 * near + POINTS + sum(shape)


@kernel(types.void(REAL, REAL, REAL, REAL, _STATES, _WEIGHTS, _OUTS, REAL))
def enter_thermal(facts, mu, nodes, near, states, weights, outs, work):
    """Rows (J + 2) of a group of temperatures, and of wide cells on the near nodes (K), of ``width`` numbers each, flat.

    facts: energies at and above which a state is on nodes or beyond them, spacing, the width that is resolved, the reach
    of the tails of f. states: energies, those that tell which cells are wide, widths (S, d). weights: columns
    (S, layers, C), measures (points, m), the channel of the first measure, and the share of the rounding errors.
    """
    low, high, spacing, resolved = facts[0], facts[1], facts[2], facts[3]
    (energy, still, widths), out, width = states, outs[0], outs[2]
    bands, size, shape = energy.shape[0] // weights[1].shape[0], near.shape[0], shape_of(weights)
    factors, row = work[5 * size : 5 * size + POINTS], work[5 * size + POINTS :]
    for s in range(energy.shape[0]):
        point, half, widest = s // bands, facts[4], 0.0
        channel = weights[2][point] * weights[0].shape[2]
        for axis in range(widths.shape[1]):
            half += 0.5 * widths[s, axis]
            widest = max(widest, widths[s, axis])
        if widest > resolved and up_to(mu, still[s] + half) > below(mu, still[s] - half):
            weigh(s, point, weights, row)
            enter_wide(near, energy[s], widths[s], work, outs, channel, shape, row)
        elif energy[s] < low:
            weigh(s, point, weights, row)
            enter(out, width, nodes.shape[0], 1.0, channel, shape, row)
            enter(out, width, nodes.shape[0] + 1, energy[s], channel, shape, row)
        elif energy[s] < high:
            position = (energy[s] - nodes[0]) / spacing
            first = min(max(int(position) - (POINTS // 2 - 1), 0), nodes.shape[0] - POINTS)
            interpolation(position - first, factors)
            weigh(s, point, weights, row)
            for i in range(POINTS):
                enter(out, width, first + i, factors[i], channel, shape, row)


def cold_work(count, shape):
    """Numbers of scratch space that ``enter_cold`` wants."""
    return 4 * count + sum(shape)


@kernel(types.void(REAL, _STATES, _WEIGHTS, REAL, types.int64, REAL))
def enter_cold(mu, states, weights, out, width, work):
    """Rows (5 M) of ``width`` numbers for T = 0: what each μ cuts, and the steps of what is below it."""
    energy, _, widths = states
    count, bands, shape = mu.shape[0], energy.shape[0] // weights[1].shape[0], shape_of(weights)
    t, surface, sea = work[:count], work[count : 2 * count], work[2 * count : 3 * count]
    grand, row = work[3 * count : 4 * count], work[4 * count :]
    for s in range(energy.shape[0]):
        point, half = s // bands, 0.0
        channel = weights[2][point] * weights[0].shape[2]
        for axis in range(widths.shape[1]):
            half += 0.5 * widths[s, axis]
        first, beyond = below(mu, energy[s] - half), up_to(mu, energy[s] + half)
        if first == count:
            continue
        weigh(s, point, weights, row)
        for i in range(first, beyond):
            t[i - first] = mu[i] - energy[s]
        if beyond > first:
            spread(t, beyond - first, widths[s], surface, sea, grand)
        for i in range(first, beyond):
            enter(out, width, i, surface[i - first], channel, shape, row)
            enter(out, width, count + i, sea[i - first], channel, shape, row)
            enter(out, width, 2 * count + i, grand[i - first], channel, shape, row)
        if beyond < count:
            enter(out, width, 3 * count + beyond, 1.0, channel, shape, row)
            enter(out, width, 4 * count + beyond, energy[s], channel, shape, row)


@kernel(types.void(INTEGER, _WEIGHTS, REAL, types.int64, REAL))
def enter_rows(rows, weights, out, width, row):
    """Each state (S,) in a row of its own choice; ``row`` is scratch space for what one adds."""
    bands, shape = rows.shape[0] // weights[1].shape[0], shape_of(weights)
    for s in range(rows.shape[0]):
        weigh(s, s // bands, weights, row)
        enter(out, width, rows[s], 1.0, weights[2][s // bands] * weights[0].shape[2], shape, row)
