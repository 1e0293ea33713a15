"""How far a wall pushes a packet along itself while it turns it round.

The force of a wall pushes k along its inward normal w, and with it the Berry curvature moves the packet along the wall:
dr/dq = Ω ẑ×w for k + q w, however steep the wall is. What E, V and B(r) do on that way changes 𝓔 by as much.
"""

import math

from wavepacket.kernels.integrate.outline import (
    CIRCLE,
    KIND,
    LENGTH,
    NEAR,
    X,
    Y,
    beside,
    distance,
    lies_on,
    normal,
)
from wavepacket.kernels.jit.decorators import routine, scalar
from wavepacket.kernels.layout import CURVATURE, ENERGY, LANES, MOMENT_SHIFT, POTENTIAL_ENERGY
from wavepacket.kernels.motion.equations import zeeman_energy
from wavepacket.kernels.motion.fields import CHARGE, MOMENT_FIELD

W = LANES
CURVATURE_Z = CURVATURE + 2

# Gauss's rule of seven places and Kronrod's extension of it: R. Piessens et al., QUADPACK (1983).
_POINTS = 15
_NODES = (
    -0.991455371120812639206854697526329, -0.949107912342758524526189684047851, -0.864864423359769072789712788640926,
    -0.741531185599394439863864773280788, -0.586087235467691130294144691693013, -0.405845151377397166906606412076961,
    -0.207784955007898467600689403773245, 0.0, 0.207784955007898467600689403773245, 0.405845151377397166906606412076961,
    0.586087235467691130294144691693013, 0.741531185599394439863864773280788, 0.864864423359769072789712788640926,
    0.949107912342758524526189684047851, 0.991455371120812639206854697526329,
)  # fmt: skip
_WEIGHTS = (
    0.022935322010529224963732008058970, 0.063092092629978553290700663189204, 0.104790010322250183839876322541518,
    0.140653259715525918745189590510238, 0.169004726639267902826583426598550, 0.190350578064785409913256402421014,
    0.204432940075298892414161999234649, 0.209482141084727828012999174891714, 0.204432940075298892414161999234649,
    0.190350578064785409913256402421014, 0.169004726639267902826583426598550, 0.140653259715525918745189590510238,
    0.104790010322250183839876322541518, 0.063092092629978553290700663189204, 0.022935322010529224963732008058970,
)  # fmt: skip
_GAUSS = (
    0.0, 0.129484966168869693270611432679082, 0.0, 0.279705391489276667901467771423780, 0.0,
    0.381830050505118944950369775488975, 0.0, 0.417959183673469387755102040816327, 0.0,
    0.381830050505118944950369775488975, 0.0, 0.279705391489276667901467771423780, 0.0,
    0.129484966168869693270611432679082, 0.0,
)  # fmt: skip
_EXACT = 1e-9  # Å: by which both rules may differ, the better of which counts
_SHORTEST = 1e-6  # of the way
_MOST = 4000


@scalar
def put_on_way(point, j, k, q, way):
    """Write k + q w as the wavevector in lane j."""
    for c in range(3):
        point[c * W + j] = k[c] + q * way[c]


@routine
def pushed(geometry, source, path, low, high, work):
    """∫ Ω dq in Å between two places q on the way of k; ``path`` = (k, w, ...), ``work`` = (three rows, geometry, ...)."""
    k, way, point, band = path[0], path[1], work[0], work[1]
    total, begin, width = 0.0, low, high - low
    least = _SHORTEST * width
    for _ in range(_MOST):
        if begin >= high:
            break
        end = min(begin + width, high)
        half, middle = 0.5 * (end - begin), 0.5 * (end + begin)
        for j in range(_POINTS):
            put_on_way(point, j, k, middle + half * _NODES[j], way)
        geometry(point, _POINTS, source[0], source[1], source[2], band)
        whole, part = 0.0, 0.0
        for j in range(_POINTS):
            whole += _WEIGHTS[j] * band[CURVATURE_Z * W + j]
            part += _GAUSS[j] * band[CURVATURE_Z * W + j]
        if abs(whole - part) * half > _EXACT and width > least:
            width *= 0.5
            continue
        total += half * whole
        begin, width = end, 2.0 * width
    return total


@routine
def place_along(path, s):
    """The place that lies s farther along the wall, in the sense of ẑ×w; on the arc of a round one."""
    way, edge, x, y = path[1], path[2], path[3], path[4]
    if s == 0.0:
        return x, y
    if edge[KIND] != CIRCLE:
        return x - s * way[1], y + s * way[0]
    dx, dy = x - edge[X], y - edge[Y]
    angle = math.copysign(s / edge[LENGTH], s * (way[0] * dx + way[1] * dy))
    c, d = math.cos(angle), math.sin(angle)
    return edge[X] + c * dx - d * dy, edge[Y] + d * dx + c * dy


@routine
def within(path, s):
    """A way along the wall, cut off where another edge ends it."""
    back, ahead = path[5], path[6]
    return min(max(s, -back), ahead)


@routine
def room_along(outline, hit, mark, x, y, way):
    """How far a packet may be moved against ẑ×w and along it until it is on another edge; ``mark``: a place inside."""
    back, ahead = math.inf, math.inf
    for i in range(outline.shape[0]):
        edge = outline[i]
        across = normal(edge, x, y)
        gain = across[1] * way[0] - across[0] * way[1]
        if i == hit:
            continue
        if lies_on(edge, x, y):
            side = distance(edge, mark[0], mark[1]) * gain
            if abs(gain) > 1e-9:
                ahead, back = (0.0, back) if side < 0.0 else (ahead, 0.0)
            continue
        if edge[KIND] == CIRCLE:
            dx, dy = x - edge[X], y - edge[Y]
            half = dy * way[0] - dx * way[1]
            square = half * half - (dx * dx + dy * dy) + edge[LENGTH] ** 2
            if square >= 0.0:
                for other in (-half - math.sqrt(square), -half + math.sqrt(square)):
                    ahead = min(ahead, other) if other >= 0.0 else ahead
                    back = min(back, -other) if other < 0.0 else back
        elif abs(gain) > 1e-9:
            other = -distance(edge, x, y) / gain
            if beside(edge, x - other * way[1], y + other * way[0], edge[NEAR]):
                ahead = min(ahead, other) if other >= 0.0 else ahead
                back = min(back, -other) if other < 0.0 else back
    return back, ahead


@routine
def total_at(pointers, source, q, s, path, work):
    """𝓔 + V - qE·(r - r₀) in eV at k + q w, and s farther along the wall: what a wall keeps in fields that drive a packet.

    ``work`` = (point, band, field, rates, places, times, signs), the last two the same in all lanes.
    """
    k, way, x, y = path[0], path[1], path[3], path[4]
    point, band, field, out, _, times, signs = work
    there = place_along(path, s)
    put_on_way(point, 0, k, q, way)
    point[3 * W], point[4 * W] = there[0], there[1]
    pointers[0](pointers[1], 1, source[:4], times, signs, point, band, field, out)
    environment = source[3]
    bz = environment[MOMENT_FIELD + 2] + field[(MOMENT_SHIFT + 2) * W]
    energy = band[ENERGY * W] + zeeman_energy(
        band, 0, (environment[MOMENT_FIELD], environment[MOMENT_FIELD + 1], bz)
    )
    done = field[0] * (there[0] - x) + field[W] * (there[1] - y)
    return energy + field[POTENTIAL_ENERGY * W] - environment[CHARGE] * done
