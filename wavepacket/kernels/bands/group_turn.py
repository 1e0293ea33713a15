"""How the internal state of a packet in a group of bands turns: along its path, and where a wall turns k round."""

from wavepacket.kernels.bands.group import PROJECTED, TILTED, TURNED
from wavepacket.kernels.bands.group_states import first_site, has_positions
from wavepacket.kernels.elementary import fma
from wavepacket.kernels.jit.decorators import routine
from wavepacket.kernels.layout import LANES, STATE
from wavepacket.units import HBAR

W = LANES
INVERSE_HBAR = 1.0 / HBAR


@routine
def state_rate(count, integers, reals, scratch, point, out):
    """Rates of u: Σ_a k̇_a w_a − (i/ħ)(h − m̂·B less its mean) u, and what the gauge without positions adds.

    With elements of r that stands beside w_a already.
    """
    n, sites, alone = integers[1], first_site(integers), 0.0 if has_positions(integers) else 1.0
    place = 2 * n * W
    for i in range(n):
        at = sites + 3 * i
        tau = (alone * reals[at], alone * reals[at + 1], alone * reals[at + 2])
        for l in range(count):
            x, y, z = out[l], out[W + l], out[2 * W + l]
            at, to = 2 * i * W + l, (STATE + 2 * i) * W + l
            shift = fma(tau[0], x, fma(tau[1], y, tau[2] * z))
            re = fma(-shift, scratch[at + W], INVERSE_HBAR * scratch[place * TURNED + at + W])
            im = fma(shift, scratch[at], -(INVERSE_HBAR * scratch[place * TURNED + at]))
            at += place * TILTED
            re = fma(x, scratch[at], fma(y, scratch[place + at], fma(z, scratch[2 * place + at], re)))
            at += W
            im = fma(x, scratch[at], fma(y, scratch[place + at], fma(z, scratch[2 * place + at], im)))
            out[to], out[to + W] = re, im


@routine
def carried_rate(integers, reals, scratch, way, rate):
    """du/dq of the first lane where k moves along a way in no time, as at a wall: w·way, and what the gauge adds.

    ``rate``: (Re, Im) of each orbital. Nothing turns u by energies meanwhile: it is carried parallel.
    """
    n, sites, alone = integers[1], first_site(integers), 0.0 if has_positions(integers) else 1.0
    for i in range(n):
        shift, re, im = 0.0, 0.0, 0.0
        for a in range(3):
            at = (2 * n * (TILTED + a) + 2 * i) * W
            shift += alone * reals[sites + 3 * i + a] * way[a]
            re += way[a] * scratch[at]
            im += way[a] * scratch[at + W]
        at = (2 * n * PROJECTED + 2 * i) * W
        rate[2 * i] = re - shift * scratch[at + W]
        rate[2 * i + 1] = im + shift * scratch[at]
