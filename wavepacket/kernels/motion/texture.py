"""Motion of a packet in two bands of H(k, λ(r, t)) in the plane, all terms.

On phase space ξ = (x, y, k_x, k_y) the band has Ω_AB = -(s/2) T_AB/|d|³ with T_AB = d·(∂_A d × ∂_B d), and
the packet the energy

    𝓔 = ε + Σ_j G_{r_j k_j} - m·B,   G_AB = -½ T_AB/|d|²,   m_z = -(q/ħ) G_{k_x k_y}.

The second term is the gradient energy; it is of the same order as Ω_rk. Then W ξ̇ = ∂𝓔/ħ - Ω_{ξt} with the antisymmetric
W = Ω - J, J = [[0, 1], [-1, 0]], to whose Ω_xy the field adds (q/ħ)B, and D = √det W = -Pf W. Without λ these are the
equations of ``equations.py``. G. Sundaram and Q. Niu, Phys. Rev. B 59, 14915 (1999); signs in docs/theory.md.
"""

import math

from wavepacket.kernels.bands.phase_space import (
    ALONG_1,
    ALONG_2,
    ALONG_11,
    ALONG_12,
    ALONG_22,
    ALONG_T,
    ALONG_X,
    ALONG_X1,
    ALONG_X2,
    ALONG_XX,
    ALONG_XY,
    ALONG_Y,
    ALONG_Y1,
    ALONG_Y2,
    ALONG_YY,
    ROWS,
)  # fmt: skip
from wavepacket.kernels.bands.two_band import HALF_E_OVER_HBAR, mixing, pseudospin_length
from wavepacket.kernels.elementary import fma
from wavepacket.kernels.jit.decorators import routine, scalar
from wavepacket.kernels.lanes import used_lanes
from wavepacket.kernels.layout import (
    CURVATURE,
    ENERGY,
    GAP,
    LANES,
    MIXING,
    MOMENT,
    MOMENT_SHIFT,
    REDUCED_SHIFT,
)
from wavepacket.kernels.motion.equations import INVERSE_HBAR
from wavepacket.kernels.vectors import add_scaled, cross, dot
from wavepacket.units import E_OVER_HBAR

W = LANES
S = ROWS * W  # from one component to the next

# Factors of terms in the equations, 1 but in comparisons: Ω_xy of r, Ω_rk, Ω_kt and Ω_rt, and the gradient energy.
OF_PLACE, MIXED, OF_TIME, OF_GRADIENT = 0, 1, 2, 3

# Row 2 of the rates of a planar problem, which nobody integrates: the zz row of the mixing then holds all of it.
_UNIT_RATE = 1e-8


@scalar
def vector(total, row, l):
    """Components d_1, d_2, d_3 of one row."""
    place = S + row * W + l
    return total[place], total[place + S], total[place + 2 * S]


@scalar
def turned(frame, first, second):
    """Derivatives along x and y from those along the two directions of the crystal."""
    a, b = frame[0], frame[1]
    x = (
        fma(a[0], first[0], b[0] * second[0]),
        fma(a[0], first[1], b[0] * second[1]),
        fma(a[0], first[2], b[0] * second[2]),
    )
    y = (
        fma(a[1], first[0], b[1] * second[0]),
        fma(a[1], first[1], b[1] * second[1]),
        fma(a[1], first[2], b[1] * second[2]),
    )
    return x, y


@scalar
def first_derivatives(total, frame, l):
    """D and its derivatives along (x, y, k_x, k_y) and t."""
    kx, ky = turned(frame, vector(total, ALONG_1, l), vector(total, ALONG_2, l))
    along = vector(total, ALONG_X, l), vector(total, ALONG_Y, l), kx, ky
    return vector(total, 0, l), along, vector(total, ALONG_T, l)


@scalar
def second_derivatives(total, frame, l):
    """∂_C∂_A d, one tuple over A for each C."""
    xy = vector(total, ALONG_XY, l)
    xk = turned(frame, vector(total, ALONG_X1, l), vector(total, ALONG_X2, l))
    yk = turned(frame, vector(total, ALONG_Y1, l), vector(total, ALONG_Y2, l))
    middle = vector(total, ALONG_12, l)
    one = turned(frame, vector(total, ALONG_11, l), middle)
    two = turned(frame, middle, vector(total, ALONG_22, l))
    kxx, kxy = turned(frame, one[0], two[0])
    kyy = turned(frame, one[1], two[1])[1]
    return (
        (vector(total, ALONG_XX, l), xy, xk[0], xk[1]),
        (xy, vector(total, ALONG_YY, l), yk[0], yk[1]),
        (xk[0], yk[0], kxx, kxy),
        (xk[1], yk[1], kxy, kyy),
    )


@scalar
def slopes_of_middle(total, frame, l):
    """∂d_0 along (x, y, k_x, k_y)."""
    one, two = total[ALONG_1 * W + l], total[ALONG_2 * W + l]
    a, b = frame[0], frame[1]
    return (
        total[ALONG_X * W + l], total[ALONG_Y * W + l], fma(a[0], one, b[0] * two), fma(a[1], one, b[1] * two),
    )  # fmt: skip


@routine
def put_band(total, crystal, used, band):
    """Rows of the band that do not depend on fields: ε, the gap, and m of charge -e."""
    sign, frame, _ = crystal
    for l in range(used_lanes(used)):
        d, along, _ = first_derivatives(total, frame, l)
        length, inverse = pseudospin_length(d, sign)
        band[ENERGY * W + l] = fma(sign, length, total[l])
        band[GAP * W + l] = 2.0 * length if sign != 0.0 else math.inf
        band[(MOMENT + 2) * W + l] = -HALF_E_OVER_HBAR * inverse * inverse * dot(along[2], cross(along[3], d))


@scalar
def energy_slope(volume, second, across, factors):
    """∂_C (Σ_j T_{r_j k_j} - c T_{k_x k_y}) from ∂_C∂_A d, ∂_A d × d, and the triple products of three first derivatives.

    ∂_C T_AB = ∂_C d·(∂_A d × ∂_B d) + ∂_C∂_A d·(∂_B d × d) - ∂_C∂_B d·(∂_A d × d).
    """
    x = dot(second[0], across[2]) - dot(second[2], across[0])
    y = dot(second[1], across[3]) - dot(second[3], across[1])
    k = dot(second[2], across[3]) - dot(second[3], across[2])
    return fma(factors[0], volume[0] + (x + y), -factors[1] * (volume[1] + k))


@scalar
def energies(d, along, across, second, factors):
    """Q = Σ_j T_{r_j k_j} - c T_{k_x k_y} and its slopes along (x, y, k_x, k_y); factors: of the first sum, and c."""
    x, y, kx, ky = along
    n, m = cross(x, y), cross(kx, ky)
    xm, ym = dot(x, m), dot(y, m)
    q = fma(factors[0], dot(x, across[2]) + dot(y, across[3]), -factors[1] * dot(kx, across[3]))
    return q, (
        energy_slope((dot(ky, n), xm), second[0], across, factors),
        energy_slope((-dot(kx, n), ym), second[1], across, factors),
        energy_slope((-ym, 0.0), second[2], across, factors),
        energy_slope((xm, 0.0), second[3], across, factors),
    )


@scalar
def solved(curvature, field, g):
    """D and D ξ̇ of W ξ̇ = g by the Pfaffian of W; curvature: Ω of (xy, xk_x, xk_y, yk_x, yk_y, k_xk_y), field = (q/ħ)B."""
    a, b, c = curvature[0] + field, curvature[1] - 1.0, curvature[2]
    d, e, f = curvature[3], curvature[4] - 1.0, curvature[5]
    return fma(b, e, fma(-a, f, -c * d)), (
        fma(f, g[1], fma(-e, g[2], d * g[3])),
        fma(-f, g[0], fma(c, g[2], -b * g[3])),
        fma(e, g[0], fma(-c, g[1], a * g[3])),
        fma(-d, g[0], fma(b, g[1], -a * g[2])),
    )


@scalar
def slope_of_energy(middle, lean, slope, weights):
    """∂𝓔/ħ along one direction from those of d_0, ½|d|² and Q; weights: s/|d|, 1/|d|², 2Q/|d|²."""
    return INVERSE_HBAR * fma(weights[0], lean, fma(-0.5 * weights[1], fma(-weights[2], lean, slope), middle))


@scalar
def texture_motion(total, crystal, electric, b, moment_field, l, band, field, out):
    """Rates of one lane, and what is watched of it.

    crystal: s, directions, the factors of terms; electric: qE/ħ at this lane; b = (q/ħ)B; moment_field = -(q/e)B.
    """
    sign, frame, factors = crystal
    d, along, late = first_derivatives(total, frame, l)
    across = cross(along[0], d), cross(along[1], d), cross(along[2], d), cross(along[3], d)
    _, inverse = pseudospin_length(d, sign)
    square = inverse * inverse
    second = second_derivatives(total, frame, l)
    weights = factors[OF_GRADIENT], E_OVER_HBAR * moment_field
    q, slopes = energies(d, along, across, second, weights)
    scale = -0.5 * sign * square * inverse
    place, mixed, time = factors[OF_PLACE] * scale, factors[MIXED] * scale, factors[OF_TIME] * scale
    curvature = (
        place * dot(along[0], across[1]), mixed * dot(along[0], across[2]), mixed * dot(along[0], across[3]),
        mixed * dot(along[1], across[2]), mixed * dot(along[1], across[3]), scale * dot(along[2], across[3]),
    )  # fmt: skip
    middle = slopes_of_middle(total, frame, l)
    weights = sign * inverse, square, 2.0 * q * square
    g = (
        fma(time, dot(late, across[0]), slope_of_energy(middle[0], dot(d, along[0]), slopes[0], weights)) - electric[0],
        fma(time, dot(late, across[1]), slope_of_energy(middle[1], dot(d, along[1]), slopes[1], weights)) - electric[1],
        fma(time, dot(late, across[2]), slope_of_energy(middle[2], dot(d, along[2]), slopes[2], weights)),
        fma(time, dot(late, across[3]), slope_of_energy(middle[3], dot(d, along[3]), slopes[3], weights)),
    )  # fmt: skip
    factor, rates = solved(curvature, b, g)
    turn = 1.0 / factor
    vx, vy, kx, ky = turn * rates[0], turn * rates[1], turn * rates[2], turn * rates[3]
    out[l], out[W + l], out[3 * W + l], out[4 * W + l] = kx, ky, vx, vy
    change = add_scaled(
        add_scaled(add_scaled(add_scaled(late, vx, along[0]), vy, along[1]), kx, along[2]), ky, along[3]
    )
    band[ENERGY * W + l] += (
        -0.5 * square * factors[OF_GRADIENT] * (dot(along[0], across[2]) + dot(along[1], across[3]))
    )
    put_watched(mixing(d, change, change, inverse), factor, b, l, band, field, out)


@scalar
def put_watched(mixed, factor, b, l, band, field, out):
    """Let the monitors find D in 1 - b·Ω, and all of the interband mixing in a rate of k_z that nobody integrates."""
    band[(CURVATURE + 2) * W + l] = 1.0 - factor
    field[(REDUCED_SHIFT + 2) * W + l] += 1.0 - b
    band[(MIXING + 2) * W + l] = mixed / (_UNIT_RATE * _UNIT_RATE)
    out[2 * W + l] = _UNIT_RATE


@routine
def move(total, crystal, fields, electric, used, band, field, out):
    """Rates of a block; fields: (q/ħ)B, -(q/e)B and q/ħ; electric: rows of E, or of E with the force of V and B(r)."""
    b, moment_field, charge = fields
    for l in range(used_lanes(used)):
        here, moments = (
            b + field[(REDUCED_SHIFT + 2) * W + l],
            moment_field + field[(MOMENT_SHIFT + 2) * W + l],
        )
        force = charge * electric[l], charge * electric[W + l]
        texture_motion(total, crystal, force, here, moments, l, band, field, out)
