"""Velocities at the saves of one window: some are evaluated, the others follow from a polynomial, where two checks allow it.

A window is a number of successive saves, of which those nearest to the nodes of Chebyshev are evaluated. A polynomial goes
through them by least squares, three degrees below what would go through all of them. It serves where these three next
degrees add next to nothing, and where the path between any two saves is as long as the integral of the polynomial: the
integrator follows r with steps as short as it needs, so that nothing passes unseen between the evaluated saves.

``shapes``: a row for each kind of window, made by ``simulation/saves.py``. ``weights`` stand in blocks of eight results, an
even number of blocks, with eight numbers for every node in each.
"""

from wavepacket.kernels.jit.decorators import routine, scalar
from wavepacket.kernels.layout import LANES
from wavepacket.kernels.simd import WIDTH, every, fused, load, store_triples

W = LANES

# Columns of ``shapes``: number of saves and of nodes, and where its lists begin: saves in ``order``, nodes first; in
# ``weights`` those of the values at all saves, of the integrals from each save to the next, and of the three next degrees.
SAVES, NODES, ORDER, VALUES, INTEGRALS, NEXT = 0, 1, 2, 3, 4, 5
COLUMNS = 6
MORE = 3  # degrees that are looked at
MOST_NODES = 48
ROUND = 2 * WIDTH  # sums are made so many at a time

# Places in ``limits``.
SHARE = 0  # of the largest velocity: what the next degrees may add
REACH = 1  # of a step's path plus a: what the integral may miss the path by
LENGTH = 2  # a, Å
INTERVAL = 3  # between two saves, fs
LIMITS = 4


@routine
def put_saves(path, places, first, block):
    """Times, k and r at the saves ``first + places`` of one path, 32 at most, into lanes.

    path: times (T,), k and r, flat; block: t, sign, point, band, field and out of 32 lanes. Lanes are saves of one packet,
    so nothing depends on its neighbours.
    """
    t, point, (times, wavevector, position) = block[0], block[2], path
    for l in range(len(places)):
        save = first + places[l]
        t[l] = times[save]
        for c in range(3):
            point[c * W + l] = wavevector[3 * save + c]
            point[(3 + c) * W + l] = position[3 * save + c]


@routine
def evaluate(rates, geometry, source, block, path, places, first, velocity):
    """Velocities at the saves ``first + places`` of one path, into the triples of ``velocity``."""
    t, sign, point, band, field, out = block
    for begin in range(0, len(places), W):
        some = places[begin : begin + W]
        put_saves(path, some, first, block)
        rates(geometry, len(some), source, t, sign, point, band, field, out)
        for l in range(len(some)):
            save = first + some[l]
            for c in range(3):
                velocity[3 * save + c] = out[(3 + c) * W + l]


@routine
def combine(weights, count, known, nodes, planar, out, at):
    """Triples from ``at`` on: ``count`` weighted sums over the nodes, and up to ROUND - 1 more that mean nothing.

    Sixteen sums at a time, since each waits for the one before.
    """
    for start in range(0, count, ROUND):
        left, right = start * nodes, (start + WIDTH) * nodes
        x, y, z = every(0.0), every(0.0), every(0.0)
        u, v, w = every(0.0), every(0.0), every(0.0)
        for i in range(nodes):
            a, b = load(weights, left + WIDTH * i), load(weights, right + WIDTH * i)
            p, q = every(known[i]), every(known[MOST_NODES + i])
            x, y, u, v = fused(a, p, x), fused(a, q, y), fused(b, p, u), fused(b, q, v)
        if not planar:
            for i in range(nodes):
                p = every(known[2 * MOST_NODES + i])
                z = fused(load(weights, left + WIDTH * i), p, z)
                w = fused(load(weights, right + WIDTH * i), p, w)
        store_triples(out, at + 3 * start, x, y, z)
        store_triples(out, at + 3 * (start + WIDTH), u, v, w)


@scalar
def three_of(triples, at):
    """One triple of a flat array."""
    return triples[at], triples[at + 1], triples[at + 2]


@routine
def take(velocity, places, first, known):
    """Velocities at the nodes, a row for each component; returns the largest component, and whether all lie in a plane."""
    largest, across = 0.0, 0.0
    for i in range(len(places)):
        x, y, z = three_of(velocity, 3 * (first + places[i]))
        known[i], known[MOST_NODES + i], known[2 * MOST_NODES + i] = x, y, z
        largest, across = max(largest, max(abs(x), abs(y))), max(across, abs(z))
    return max(largest, across), across == 0.0


@routine
def agrees(path, parts, interval, limit):
    """Whether no part of a path differs from the interval times what ``parts`` say by more than a limit, Å."""
    unlike = 0
    for i in range(len(path) - 3):
        unlike += 0 if abs(path[i + 3] - path[i] - interval * parts[i]) <= limit else 1
    return unlike == 0


@routine
def is_smooth(weights, known, nodes, planar, limit, parts):
    """Whether the next degrees add no more than a limit (Å/fs) to any component at any save."""
    start = 0 * nodes
    combine(weights, MORE + start, known, nodes, planar, parts, start)
    x, y, z = 0.0, 0.0, 0.0
    for i in range(MORE):
        x += abs(parts[3 * i])
        y += abs(parts[3 * i + 1])
        z += abs(parts[3 * i + 2])
    return x <= limit and y <= limit and z <= limit


@routine
def interpolate(shape, tables, path, first, buffers):
    """Velocities at all saves of a window from those at its nodes; returns whether the checks allow it.

    tables: order, weights, limits, and the time of a mean step of the packet, fs; path: r of all saves, flat.
    """
    (order, weights, limits, step), (velocity, known, parts) = tables, buffers
    saves, nodes, start = shape[SAVES], shape[NODES], 0 * first
    size, planar = take(velocity, order[shape[ORDER] : shape[ORDER] + nodes], first, known)
    if not is_smooth(weights[shape[NEXT] :], known, nodes, planar, limits[SHARE] * size, parts):
        return False
    combine(weights[shape[INTEGRALS] :], saves - 1, known, nodes, planar, parts, start)
    limit = limits[REACH] * (limits[LENGTH] + size * step)
    if not agrees(path[3 * first : 3 * (first + saves)], parts, limits[INTERVAL], limit):
        return False
    combine(weights[shape[VALUES] :], saves, known, nodes, planar, velocity, 3 * first)
    return True


@routine
def follow(rates, geometry, source, block, path, plan, buffers):
    """Velocities at all saves of one path, window by window; the last one ends with the last save.

    path: times (T,), k and r, flat; plan: row of ``shapes``, order, weights, limits, time of a mean step.
    """
    shape, order, weights, limits, step = plan
    saves, nodes, total = shape[SAVES], shape[NODES], path[0].shape[0]
    places, tables = order[shape[ORDER] : shape[ORDER] + saves], (order, weights, limits, step)
    for begin in range(0, total - 1, saves - 1):
        first = min(begin, total - saves)
        evaluate(rates, geometry, source, block, path, places[:nodes], first, buffers[0])
        if not interpolate(shape, tables, path[2], first, buffers):
            evaluate(rates, geometry, source, block, path, places[nodes:], first, buffers[0])
