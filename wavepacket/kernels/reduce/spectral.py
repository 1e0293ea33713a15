"""Spectral weights on an energy axis: where each state goes.

See response/axis.py and histogram.py for what is summed and why.
"""

from numba import types

from wavepacket.kernels.jit.decorators import INTEGER, REAL, kernel, routine
from wavepacket.kernels.jit.memory import numbers
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
def weigh(state, point, weights, row):
    """What a state adds to a row: to its channels, then without signs to the two of rounding errors."""
    columns, measure, _, share = weights
    count, size = measure.shape[1], columns.shape[2]
    for m in range(count):
        for c in range(size):
            row[m * size + c] = measure[point, m] * columns[state, 0, c]
    for layer in range(1, columns.shape[1]):
        for c in range(size):
            row[(count + layer - 1) * size + c] = share[point] * columns[state, layer, c]


@routine
def enter(out, width, place, value, point, weights, row):
    """Add what a state adds, times a value, to a row of ``width`` numbers: channels, each with its columns."""
    columns, measure, first, _ = weights
    size = columns.shape[2]
    few, rest = measure.shape[1] * size, (columns.shape[1] - 1) * size
    at, end = width * place + size * first[point], width * (place + 1) - rest
    for i in range(few):
        out[at + i] += value * row[i]
    for i in range(rest):
        out[end + i] += value * row[few + i]


@routine
def room(weights):
    """A row of what a state adds."""
    columns, measure, _, _ = weights
    return (measure.shape[1] + columns.shape[1] - 1) * columns.shape[2]


@kernel(types.void(types.float64, REAL))
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
def enter_wide(nodes, energy, widths, work, outs, point, weights, row):
    """A wide cell on the nodes near a chemical potential, and what is below them.

    A cell gives a node what a function that is linear between nodes would need. With G(ε) the integral of the occupation,
    the nodes at the ends of an interval h get ΔG/h − G′ at its lower end, and G′ at its upper end − ΔG/h.
    """
    (t, surface, sea, grand, value), (out, wide, width) = work, outs
    half = 0.0
    for axis in range(widths.shape[0]):
        half += 0.5 * widths[axis]
    last = nodes.shape[0] - 1
    first = min(max(below(nodes, energy - half) - 1, 0), last)
    count = min(max(below(nodes, energy + half), 0), last) - first + 1
    for i in range(count):
        t[i] = min(max(nodes[first + i] - energy, -half), half)
    spread(t, count, widths, surface, sea, grand)
    for i in range(count):
        beyond = nodes[first + i] - energy - t[i]
        if t[i] >= half:
            sea[i], grand[i] = 1.0, t[i]
        grand[i] += max(beyond, 0.0)
        value[i] = 0.0
    for i in range(count - 1):
        mean = (grand[i + 1] - grand[i]) / (nodes[first + i + 1] - nodes[first + i])
        value[i] += mean - sea[i]
        value[i + 1] += sea[i + 1] - mean
    for i in range(count):
        if value[i] != 0.0:
            enter(wide, width, first + i, value[i], point, weights, row)
    deep = out.shape[0] // width - 2
    enter(out, width, deep, sea[0], point, weights, row)
    enter(out, width, deep + 1, nodes[first] * sea[0] - grand[0], point, weights, row)


@kernel(types.void(REAL, REAL, REAL, REAL, _STATES, _WEIGHTS, _OUTS), allocates=True)
def enter_thermal(numbers_of, mu, nodes, near, states, weights, outs):
    """Rows (J + 2) of a group of temperatures, and of wide cells on the near nodes (K), of ``width`` numbers each, flat.

    numbers_of: energies at and above which a state is on nodes or beyond them, spacing, the width that is resolved, the
    reach of the tails of f. states: energies, those that tell which cells are wide, widths (S, d). weights: columns
    (S, layers, C), measures (points, m), the channel of the first measure, and the share of the rounding errors.
    """
    low, high, spacing, resolved, tails = (
        numbers_of[0],
        numbers_of[1],
        numbers_of[2],
        numbers_of[3],
        numbers_of[4],
    )
    (energy, still, widths), out, width, row = states, outs[0], outs[2], numbers(room(weights))
    bands, size = energy.shape[0] // weights[1].shape[0], near.shape[0]
    work = (numbers(size), numbers(size), numbers(size), numbers(size), numbers(size))
    factors = numbers(POINTS)
    for s in range(energy.shape[0]):
        point, half, widest = s // bands, tails, 0.0
        for axis in range(widths.shape[1]):
            half += 0.5 * widths[s, axis]
            widest = max(widest, widths[s, axis])
        if widest > resolved and up_to(mu, still[s] + half) > below(mu, still[s] - half):
            weigh(s, point, weights, row)
            enter_wide(near, energy[s], widths[s], work, outs, point, weights, row)
        elif energy[s] < low:
            weigh(s, point, weights, row)
            enter(out, width, nodes.shape[0], 1.0, point, weights, row)
            enter(out, width, nodes.shape[0] + 1, energy[s], point, weights, row)
        elif energy[s] < high:
            position = (energy[s] - nodes[0]) / spacing
            first = min(max(int(position) - (POINTS // 2 - 1), 0), nodes.shape[0] - POINTS)
            interpolation(position - first, factors)
            weigh(s, point, weights, row)
            for i in range(POINTS):
                enter(out, width, first + i, factors[i], point, weights, row)


@kernel(types.void(REAL, _STATES, _WEIGHTS, REAL, types.int64), allocates=True)
def enter_cold(mu, states, weights, out, width):
    """Rows (5 M) of ``width`` numbers for T = 0: what each μ cuts, and the steps of what is below it."""
    energy, _, widths = states
    count, bands, row = mu.shape[0], energy.shape[0] // weights[1].shape[0], numbers(room(weights))
    t, surface, sea, grand = numbers(count), numbers(count), numbers(count), numbers(count)
    for s in range(energy.shape[0]):
        point, half = s // bands, 0.0
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
            enter(out, width, i, surface[i - first], point, weights, row)
            enter(out, width, count + i, sea[i - first], point, weights, row)
            enter(out, width, 2 * count + i, grand[i - first], point, weights, row)
        if beyond < count:
            enter(out, width, 3 * count + beyond, 1.0, point, weights, row)
            enter(out, width, 4 * count + beyond, energy[s], point, weights, row)


@kernel(types.void(INTEGER, _WEIGHTS, REAL, types.int64), allocates=True)
def enter_rows(rows, weights, out, width):
    """Each state (S,) in a row of its own choice."""
    bands, row = rows.shape[0] // weights[1].shape[0], numbers(room(weights))
    for s in range(rows.shape[0]):
        weigh(s, s // bands, weights, row)
        enter(out, width, rows[s], 1.0, s // bands, weights, row)
