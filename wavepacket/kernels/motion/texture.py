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
    ALONG_K1,
    ALONG_K1K1,
    ALONG_K1K2,
    ALONG_K2,
    ALONG_K2K2,
    ALONG_R1,
    ALONG_R1K1,
    ALONG_R1K2,
    ALONG_R1R1,
    ALONG_R1R2,
    ALONG_R2,
    ALONG_R2K1,
    ALONG_R2K2,
    ALONG_R2R2,
    ALONG_T,
    VALUE,
    vector,
)
from wavepacket.kernels.bands.two_band import HALF_E_OVER_HBAR, mixing, pseudospin_length
from wavepacket.kernels.elementary import fma
from wavepacket.kernels.jit.decorators import inner, routine
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
from wavepacket.kernels.vectors import add_scaled, cross, dot, scale
from wavepacket.units import E_OVER_HBAR

W = LANES
# Factors of terms in the equations, 1 but in comparisons: Ω_xy of r, Ω_rk, Ω_kt and Ω_rt, and the gradient energy.
OF_PLACE, MIXED, OF_TIME, OF_GRADIENT = 0, 1, 2, 3

# Row 2 of the rates of a planar problem, which nobody integrates: the zz row of the mixing then holds all of it.
_UNIT_RATE = 1e-8


@inner
def first_derivatives(total, l):
    """D and its derivatives along (ρ_1, ρ_2, κ_1, κ_2) and t."""
    along = (
        vector(total, ALONG_R1, l), vector(total, ALONG_R2, l), vector(total, ALONG_K1, l), vector(total, ALONG_K2, l),
    )  # fmt: skip
    return vector(total, VALUE, l), along, vector(total, ALONG_T, l)


@inner
def second_derivatives(total, l):
    """∂_C∂_A d, one tuple over A for each C."""
    r12, k12 = vector(total, ALONG_R1R2, l), vector(total, ALONG_K1K2, l)
    r1k1, r1k2 = vector(total, ALONG_R1K1, l), vector(total, ALONG_R1K2, l)
    r2k1, r2k2 = vector(total, ALONG_R2K1, l), vector(total, ALONG_R2K2, l)
    return (
        (vector(total, ALONG_R1R1, l), r12, r1k1, r1k2),
        (r12, vector(total, ALONG_R2R2, l), r2k1, r2k2),
        (r1k1, r2k1, vector(total, ALONG_K1K1, l), k12),
        (r1k2, r2k2, k12, vector(total, ALONG_K2K2, l)),
    )


@routine
def put_band(total, crystal, used, band):
    """Rows of the band that do not depend on fields: ε, the gap, and m of charge -e."""
    sign, _, _, area, _ = crystal
    for l in range(used_lanes(used)):
        d, along, _ = first_derivatives(total, l)
        length, inverse = pseudospin_length(d, sign)
        band[ENERGY * W + l] = fma(sign, length, total[l])
        band[GAP * W + l] = 2.0 * length if sign != 0.0 else math.inf
        factor = -HALF_E_OVER_HBAR * area * inverse * inverse
        band[(MOMENT + 2) * W + l] = factor * dot(along[2], cross(along[3], d))


@inner
def energy_slope(volume, second, turned):
    """∂_C (f Σ_j T_{ρ_j κ_j} - c T_{κ_1 κ_2}) from ∂_C∂_A d, vectors of `energies`, and triples of first derivatives.

    ∂_C T_AB = ∂_C d·(∂_A d × ∂_B d) + ∂_C∂_A d·(∂_B d × d) - ∂_C∂_B d·(∂_A d × d).
    """
    place = volume + dot(second[0], turned[0]) + dot(second[1], turned[1])
    return place - dot(second[2], turned[2]) - dot(second[3], turned[3])


@inner
def energies(along, across, second, f, c):
    """Q = f Σ_j T_{ρ_j κ_j} - c T_{κ_1 κ_2} and its slopes along (ρ_1, ρ_2, κ_1, κ_2); across: ∂_A d × d."""
    x, y, kx, ky = along
    n, m = cross(x, y), cross(kx, ky)
    xm, ym = dot(x, m), dot(y, m)
    q = fma(f, dot(x, across[2]) + dot(y, across[3]), -c * dot(kx, across[3]))
    turned = (
        scale(f, across[2]), scale(f, across[3]),
        add_scaled(scale(f, across[0]), c, across[3]), add_scaled(scale(f, across[1]), -c, across[2]),
    )  # fmt: skip
    return q, (
        energy_slope(fma(f, dot(ky, n), -c * xm), second[0], turned),
        energy_slope(fma(-f, dot(kx, n), -c * ym), second[1], turned),
        energy_slope(-f * ym, second[2], turned),
        energy_slope(f * xm, second[3], turned),
    )


@inner
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


@inner
def slope_of_energy(middle, lean, slope, weights):
    """∂𝓔/ħ along one direction from those of d_0, ½|d|² and Q; weights: s/|d|, 1/|d|², 2Q/|d|²."""
    return INVERSE_HBAR * fma(weights[0], lean, fma(-0.5 * weights[1], fma(-weights[2], lean, slope), middle))


@inner
def texture_motion(total, crystal, electric, b, moment_field, l, band, field, out):
    """Rates of one lane, and what is watched of it.

    crystal: s, directions a_i, their duals, a_1 × a_2, the factors of terms; electric: qE/ħ at this lane; b = (q/ħ)B;
    moment_field = -(q/e)B.
    """
    sign, (a1, a2), (b1, b2), area, factors = crystal
    d, along, late = first_derivatives(total, l)
    across = cross(along[0], d), cross(along[1], d), cross(along[2], d), cross(along[3], d)
    _, inverse = pseudospin_length(d, sign)
    square = inverse * inverse
    second = second_derivatives(total, l)
    q, slopes = energies(along, across, second, factors[OF_GRADIENT], E_OVER_HBAR * area * moment_field)
    whole = -0.5 * sign * square * inverse
    place, mixed, time = factors[OF_PLACE] * whole, factors[MIXED] * whole, factors[OF_TIME] * whole
    curvature = (
        place * dot(along[0], across[1]), mixed * dot(along[0], across[2]), mixed * dot(along[0], across[3]),
        mixed * dot(along[1], across[2]), mixed * dot(along[1], across[3]), whole * dot(along[2], across[3]),
    )  # fmt: skip
    middle = (
        total[ALONG_R1 * W + l],
        total[ALONG_R2 * W + l],
        total[ALONG_K1 * W + l],
        total[ALONG_K2 * W + l],
    )
    weights = sign * inverse, square, 2.0 * q * square
    g = (
        slope_of_energy(middle[0], dot(d, along[0]), slopes[0], weights) - fma(a1[0], electric[0], a1[1] * electric[1]),
        slope_of_energy(middle[1], dot(d, along[1]), slopes[1], weights) - fma(a2[0], electric[0], a2[1] * electric[1]),
        slope_of_energy(middle[2], dot(d, along[2]), slopes[2], weights),
        slope_of_energy(middle[3], dot(d, along[3]), slopes[3], weights),
    )  # fmt: skip
    factor, rates = solved(
        curvature,
        area * b,
        (
            fma(time, dot(late, across[0]), g[0]), fma(time, dot(late, across[1]), g[1]),
            fma(time, dot(late, across[2]), g[2]), fma(time, dot(late, across[3]), g[3]),
        ),
    )  # fmt: skip
    turn = 1.0 / factor
    v1, v2, k1, k2 = turn * rates[0], turn * rates[1], turn * rates[2], turn * rates[3]
    out[l], out[W + l] = fma(b1[0], k1, b2[0] * k2), fma(b1[1], k1, b2[1] * k2)
    out[3 * W + l], out[4 * W + l] = fma(a1[0], v1, a2[0] * v2), fma(a1[1], v1, a2[1] * v2)
    change = add_scaled(
        add_scaled(add_scaled(add_scaled(late, v1, along[0]), v2, along[1]), k1, along[2]), k2, along[3]
    )
    band[ENERGY * W + l] += (
        -0.5 * square * factors[OF_GRADIENT] * (dot(along[0], across[2]) + dot(along[1], across[3]))
    )
    put_watched(mixing(d, change, change, inverse), factor, b, l, band, field, out)


@inner
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
