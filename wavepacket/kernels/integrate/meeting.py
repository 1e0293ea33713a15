"""Where the path of a step first meets an edge: the roots of a polynomial in Bernstein form, of which none is missed.

Dense output is a polynomial of degree 7 in the part u of a step, and so is the distance from a straight edge; of degree 14
is the squared distance from the centre of a circle. A polynomial has as many roots between 0 and 1 as its Bernstein
coefficients change their sign, or fewer by an even number: with no change there is none, with one there is one, and with
more the way is halved. G. Farin, Curves and Surfaces for CAGD (2002), chapters 5 and 6.
"""

from wavepacket.kernels.integrate.outline import CIRCLE, KIND, LENGTH, NEAR, X, Y, beside, distance, normal
from wavepacket.kernels.integrate.runge_kutta import POLYNOMIAL, locate
from wavepacket.kernels.jit.decorators import routine
from wavepacket.kernels.layout import LANES

W = LANES

# Parts of the working space: the way gained over u (two components of degree 6), the distance, and a piece of it.
WAY_X, WAY_Y, ALL, PIECE, WORK = 0, 8, 16, 32, 48

_SIX = (1.0, 6.0, 15.0, 20.0, 15.0, 6.0, 1.0)  # binomial coefficients
_SEVEN = (1.0, 7.0, 21.0, 35.0, 35.0, 21.0, 7.0, 1.0)
_THIRTEEN = (
    1.0, 13.0, 78.0, 286.0, 715.0, 1287.0, 1716.0, 1716.0, 1287.0, 715.0, 286.0, 78.0, 13.0, 1.0,
)  # fmt: skip

_ROUNDING = 1e-15  # of lengths: a path that leads no farther past an edge has only touched it
_END = 4.0  # times as near to the edge counts as on it where a step ends
_CLOSE = 1e-15  # of a piece
_SHORTEST = 2.0**-45  # of a step: pieces are halved no further
_MOST = 60


@routine
def gain(p, i, out):
    """Bernstein coefficients (degree 6) of what one component gains after the part u of a step, over u: see `locate`."""
    out[0] = p[6 * POLYNOMIAL + i]
    for n in range(5, -1, -1):
        degree = 6 - n
        if n % 2 == 1:  # times u
            for j in range(degree, 0, -1):
                out[j] = j / degree * out[j - 1]
            out[0] = 0.0
        else:  # times 1 - u
            out[degree] = 0.0
            for j in range(degree):
                out[j] *= (degree - j) / degree
        for j in range(degree + 1):
            out[j] += p[n * POLYNOMIAL + i]


@routine
def begin_way(p, l, work):
    """Write the way of the step of a lane; returns a length, Å, that it does not lead farther than."""
    gain(p, 3 * W + l, work[WAY_X:])
    gain(p, 4 * W + l, work[WAY_Y:])
    most = 0.0
    for j in range(7):
        most = max(most, abs(work[WAY_X + j]) + abs(work[WAY_Y + j]))
    return most


@routine
def growth(edge, x, y, reach, work):
    """Write by how much the distance from an edge grows, over u; its degree, and the size of the numbers that it is made of.

    For a circle that of (r² - R²)/2R, which has the sign of the distance: with g for the way over u, g (2 r₀ + u g)/2R.
    """
    f = work[ALL:]
    if edge[KIND] != CIRCLE:
        across = normal(edge, x, y)
        for j in range(7):
            f[j] = across[0] * work[WAY_X + j] + across[1] * work[WAY_Y + j]
        size = abs(across[0]) * (abs(x) + abs(edge[X])) + abs(across[1]) * (abs(y) + abs(edge[Y]))
        return 6, size + reach
    dx, dy, unit = x - edge[X], y - edge[Y], 0.5 / edge[LENGTH]
    for k in range(14):
        f[k] = 0.0
    for j in range(8):
        ax, ay = 2.0 * dx, 2.0 * dy
        if j > 0:
            ax += j / 7.0 * work[WAY_X + j - 1]
            ay += j / 7.0 * work[WAY_Y + j - 1]
        for i in range(7):
            f[i + j] += _SIX[i] * _SEVEN[j] * (ax * work[WAY_X + i] + ay * work[WAY_Y + i])
    for k in range(14):
        f[k] *= unit / _THIRTEEN[k]
    size = abs(x) + abs(y) + abs(edge[X]) + abs(edge[Y]) + edge[LENGTH]
    return 13, size + reach * unit * (2.0 * (abs(dx) + abs(dy)) + reach)


@routine
def add_start(edge, x, y, degree, work):
    """The distance itself, from how it grows over u; returns its degree."""
    f, off = work[ALL:], distance(edge, x, y)
    if edge[KIND] == CIRCLE:
        off *= 1.0 + 0.5 * off / edge[LENGTH]
    for j in range(degree + 1, 0, -1):
        f[j] = off + j / (degree + 1) * f[j - 1]
    f[0] = off
    return degree + 1


@routine
def cut_out(work, degree, u, width):
    """Write the coefficients of a piece: de Casteljau's rule for what follows u, then for its beginning."""
    f = work[PIECE:]
    for j in range(degree + 1):
        f[j] = work[ALL + j]
    s = width / (1.0 - u)
    for n in range(degree if u > 0.0 else 0):
        for j in range(degree - n):
            f[j] = (1.0 - u) * f[j] + u * f[j + 1]
    for n in range(degree if s < 1.0 else 0):
        for j in range(degree, n, -1):
            f[j] = (1.0 - s) * f[j - 1] + s * f[j]


@routine
def signs(f, degree, noise, side):
    """How often the sign changes, from one before the piece on (0: none), and the last sign; noise has no sign."""
    changes = 0
    for j in range(degree + 1):
        if abs(f[j]) > noise:
            sign = 1.0 if f[j] > 0.0 else -1.0
            changes += 1 if sign * side < 0.0 else 0
            side = sign
    return changes, side


@routine
def value_at(f, degree, u):
    """A polynomial in Bernstein form."""
    v, factor, value = 1.0 - u, 1.0, f[0]
    for j in range(1, degree + 1):
        factor *= u * (degree - j + 1) / j
        value = value * v + factor * f[j]
    return value


@routine
def root(f, degree, side):
    """Where in a piece the sign leaves that of the side: regula falsi, Illinois variant."""
    low, high, a, b, kept = 0.0, 1.0, f[0], f[degree], 0
    if a * side <= 0.0:
        return low
    if b * side >= 0.0:
        return high
    for _ in range(_MOST):
        if high - low <= _CLOSE * high:
            break
        u = (low * b - high * a) / (b - a)
        u = u if low < u < high else 0.5 * (low + high)
        value = value_at(f, degree, u)
        if value == 0.0:
            return u
        if value * b > 0.0:
            high, b = u, value
            a = 0.5 * a if kept == 1 else a
            kept = 1
        else:
            low, a = u, value
            b = 0.5 * b if kept == -1 else b
            kept = -1
    return high


@routine
def first_meeting(edge, l, leaves, reach, path, work):
    """The part of a step after which its path first meets an edge, 2 where it does not; and the side that it comes from.

    leaves: whether the packet leaves the edge, so that only a return counts, and to which side if that is known (else 0);
    path: the state at the start and dense output, from which `begin_way` has been made. A packet that moves along the edge
    does not meet it.
    """
    (on, side), (y, p) = leaves, path
    x, z = y[3 * W + l], y[4 * W + l]
    degree, size = growth(edge, x, z, reach, work)
    degree = degree if on else add_start(edge, x, z, degree, work)
    noise, f = _ROUNDING * size, work[PIECE:]
    if signs(work[ALL:], degree, noise, 0.0)[1] == 0.0:
        return 2.0, 0.0
    u, width = 0.0, 1.0
    while u < 1.0:
        width = min(width, 1.0 - u)
        cut_out(work, degree, u, width)
        changes, after = signs(f, degree, noise, side)
        if changes > 1 and width > _SHORTEST:
            width *= 0.5
            continue
        if changes % 2 == 1:
            side = side if side != 0.0 else -after
            found = u + width * root(f, degree, side)
            if beside(edge, locate(y, p, 3 * W + l, found), locate(y, p, 4 * W + l, found), edge[NEAR]):
                return found, side
        side = after
        u += width
        width *= 2.0
    # Where the step ends on the edge, the next one would not know from which side it came.
    ends = abs(f[degree]) <= _END * noise
    ends = ends and beside(edge, locate(y, p, 3 * W + l, 1.0), locate(y, p, 4 * W + l, 1.0), edge[NEAR])
    return (1.0, side) if ends else (2.0, 0.0)
