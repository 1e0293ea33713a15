"""Right-hand side in a texture for a band, or a group of bands, of N orbitals; the equations are those of texture.py.

A module of its own: a kernel is compiled or loaded with its module. One kernel serves lattices, k·p models, single bands
and packets with an internal state, for which u̇ = Σ_A ẋ_A w_A − (i/ħ)(h + Σ_j Ĝ_{r_j k_j} − m̂·B less its mean) u, where A
is along r, k and t.
"""

from wavepacket.kernels.bands.matrices import phases
from wavepacket.kernels.bands.phase_group import (
    DIRECTIONS,
    FIELD_SLOPE,
    GRADIENT_SLOPE,
    NUMBERS,
    OMEGA,
    OMEGA_T,
    SLOPE,
    SQUARE,
    TILTED,
    TURNED,
    TURNED_BY_FIELD,
    numbers_begin,
    phase_lanes,
)
from wavepacket.kernels.bands.phase_matrices import (
    CRYSTAL,
    FACTORS,
    INTERNAL,
    LAMBDAS,
    LATTICE,
    PROFILES,
    SIZE,
    TERMS,
    profiles_begin,
    sites_begin,
    texture_of,
)
from wavepacket.kernels.elementary import fma
from wavepacket.kernels.jit.decorators import kernel, routine, scalar
from wavepacket.kernels.lanes import used_lanes
from wavepacket.kernels.layout import (
    EFFECTIVE,
    LANES,
    MOMENT_SHIFT,
    RATES_SIGNATURE,
    REACH,
    REDUCED_SHIFT,
    STATE,
)
from wavepacket.kernels.motion.equations import INVERSE_HBAR
from wavepacket.kernels.motion.fields import (
    FORCE_FACTOR,
    MOMENT_FIELD,
    POTENTIAL,
    REDUCED_FIELD,
    electric_field,
)
from wavepacket.kernels.motion.potentials import clear, fields_in_space
from wavepacket.kernels.motion.profiles import JET, profiles
from wavepacket.kernels.motion.texture import MIXED, OF_GRADIENT, OF_PLACE, OF_TIME, put_watched, solved
from wavepacket.kernels.simd import WIDTH
from wavepacket.units import E_OVER_HBAR

W = LANES


@scalar
def slope_of_energy(rows, a, gradient, moment_field, l):
    """∂_A𝓔/ħ."""
    energy = fma(gradient, rows[(GRADIENT_SLOPE + a) * W + l], rows[(SLOPE + a) * W + l])
    return INVERSE_HBAR * fma(-E_OVER_HBAR * moment_field, rows[(FIELD_SLOPE + a) * W + l], energy)


@scalar
def squared_change(rows, r, k, l):
    """|Σ_A ẋ_A v_A|²."""
    rates, total, place = (r[0], r[1], k[0], k[1], 1.0), 0.0, SQUARE
    for a in range(DIRECTIONS):
        for b in range(a, DIRECTIONS):
            twice = rates[a] * rates[b] * (1.0 if a == b else 2.0)
            total = fma(twice, rows[place * W + l], total)
            place += 1
    return total


@scalar
def bands_motion(rows, factors, electric, b, moment_field, l, band, field, out):
    """Rates of k and r of one lane, and what is watched of it; arguments as of `texture_motion`."""
    place, mixed, time, gradient = factors
    curvature = (
        place * rows[OMEGA * W + l], mixed * rows[(OMEGA + 1) * W + l], mixed * rows[(OMEGA + 2) * W + l],
        mixed * rows[(OMEGA + 3) * W + l], mixed * rows[(OMEGA + 4) * W + l], rows[(OMEGA + 5) * W + l],
    )  # fmt: skip
    g = (
        fma(-time, rows[OMEGA_T * W + l], slope_of_energy(rows, 0, gradient, moment_field, l)) - electric[0],
        fma(-time, rows[(OMEGA_T + 1) * W + l], slope_of_energy(rows, 1, gradient, moment_field, l)) - electric[1],
        fma(-time, rows[(OMEGA_T + 2) * W + l], slope_of_energy(rows, 2, gradient, moment_field, l)),
        fma(-time, rows[(OMEGA_T + 3) * W + l], slope_of_energy(rows, 3, gradient, moment_field, l)),
    )  # fmt: skip
    factor, rates = solved(curvature, b, g)
    turn = 1.0 / factor
    vx, vy, kx, ky = turn * rates[0], turn * rates[1], turn * rates[2], turn * rates[3]
    out[l], out[W + l], out[3 * W + l], out[4 * W + l] = kx, ky, vx, vy
    put_watched(squared_change(rows, (vx, vy), (kx, ky), l), factor, b, l, band, field, out)


@routine
def move_in_bands(rows, factors, fields, electric, used, band, field, out):
    """Rates of k and r of a block; arguments as of `move`."""
    b, moment_field, charge = fields
    for l in range(used_lanes(used)):
        here = b + field[(REDUCED_SHIFT + 2) * W + l]
        moments = moment_field + field[(MOMENT_SHIFT + 2) * W + l]
        force = charge * electric[l], charge * electric[W + l]
        bands_motion(rows, factors, force, here, moments, l, band, field, out)


@routine
def turn_states(n, sites, lattice, moment_field, scratch, field, used, out):
    """Rates of u; of a lattice the gauge without positions adds i(k̇·τ) u."""
    step = 2 * n * W
    for i in range(n):
        tx, ty = sites[3 * i] if lattice == 1 else 0.0, sites[3 * i + 1] if lattice == 1 else 0.0
        for l in range(used_lanes(used)):
            kx, ky, x, y = out[l], out[W + l], out[3 * W + l], out[4 * W + l]
            at, to, shift = 2 * i * W + l, (STATE + 2 * i) * W + l, fma(tx, kx, ty * ky)
            of_field = -E_OVER_HBAR * (moment_field + field[(MOMENT_SHIFT + 2) * W + l])
            p = fma(of_field, scratch[step * TURNED_BY_FIELD + at], scratch[step * TURNED + at])
            q = fma(of_field, scratch[step * TURNED_BY_FIELD + at + W], scratch[step * TURNED + at + W])
            re = fma(-shift, scratch[at + W], INVERSE_HBAR * q)
            im = fma(shift, scratch[at], -(INVERSE_HBAR * p))
            for part in range(2):
                w = step * TILTED + at + part * W
                value = fma(x, scratch[w], fma(y, scratch[w + step], scratch[w + 4 * step]))
                value = fma(kx, scratch[w + 2 * step], fma(ky, scratch[w + 3 * step], value))
                out[to + part * W] = value + (re if part == 0 else im)


@routine
def phase_rows(integers, reals, t, point, used, scratch, band):
    """Rows of numbers and of states of all lanes; the jets of λ stand behind them, the first one with the reach."""
    jets = numbers_begin(integers[SIZE]) + NUMBERS * W
    trig = jets + (1 + JET * integers[LAMBDAS]) * W
    work = trig + 2 * W * integers[TERMS]
    space = (scratch[trig:work], scratch[jets:trig], scratch[work:])
    profiles(integers[PROFILES], reals[profiles_begin(integers) :], point[3 * W :], t, used, space[1])
    for l in range(used):
        point[2 * W + l] = 0.0
    if integers[LATTICE] == 1:
        phases(point, integers[TERMS], reals[CRYSTAL:], space[0])
    for lane in range(0, used, WIDTH):
        phase_lanes(integers, reals, point, lane, space, scratch, band)


@kernel(RATES_SIGNATURE)
def texture_bands_rates(geometry, count, source, t, own, point, band, field, out):
    """Rates of k, r and, where packets have one, of the internal state; ``geometry`` is not asked. See layout.py."""
    every, numbers, scratch, environment = source
    used = used_lanes(count)
    integers, reals = texture_of(every, numbers)
    n = integers[SIZE]
    begin = numbers_begin(n)
    phase_rows(integers, reals, t, point, used, scratch, band)
    rows, jets = scratch[begin:], scratch[begin + NUMBERS * W :]
    electric_field(environment, t, own[:used], field)
    in_space = environment[POTENTIAL] > 0.0
    if in_space:
        fields_in_space(environment, point[3 * W :], t, own, band, used, field)
    else:
        clear(used, field)
    effective = field[EFFECTIVE * W :] if in_space else field
    for l in range(used):
        field[REACH * W + l] = min(field[REACH * W + l], jets[l])
    fields = environment[REDUCED_FIELD + 2], environment[MOMENT_FIELD + 2], environment[FORCE_FACTOR]
    f = reals[FACTORS : FACTORS + 4]
    factors = f[OF_PLACE], f[MIXED], f[OF_TIME], f[OF_GRADIENT]
    move_in_bands(rows, factors, fields, effective, used, band, field, out)
    if integers[INTERNAL] == 1:
        sites = reals[sites_begin(integers) :]
        turn_states(n, sites, integers[LATTICE], fields[1], scratch, field, used, out)
