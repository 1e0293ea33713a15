"""Equations of motion of one wavepacket, all terms; `rates_planar` and `rates_spatial` evaluate them for a block of many.

Solved form (Xiao, Chang and Niu, Rev. Mod. Phys. 82, 1959 (2010), section V.A, for a carrier of charge q), with the
velocity ṽ = ∂(ε - m·B)/ħ∂k, f = qE/ħ, b = qB/ħ and D = 1 - b·Ω:

    D ṙ = ṽ - f×Ω - (ṽ·Ω) b,        D k̇ = f + ṽ×b - (f·b) Ω.

All signs and where they come from: docs/theory.md.
"""

from wavepacket.formulas import density_of_states_factor as states
from wavepacket.kernels.elementary import fma
from wavepacket.kernels.jit.decorators import scalar
from wavepacket.kernels.layout import CURVATURE, GRADIENT, LANES, MIXING, MOMENT, MOMENT_GRADIENT
from wavepacket.kernels.vectors import add_scaled, cross, dot, scale
from wavepacket.units import HBAR

W = LANES
CURVATURE_Z = CURVATURE + 2
MOMENT_SLOPE_ZX, MOMENT_SLOPE_ZY = MOMENT_GRADIENT + 6, MOMENT_GRADIENT + 7
INVERSE_HBAR = 1.0 / HBAR


density_of_states_factor = scalar(states)


@scalar
def force_on_packet(v, omega, f, b):
    """D k̇ = f + ṽ×b - (f·b) Ω in 1/(Å fs): electric and Lorentz force, and what E·B pumps between Weyl nodes."""
    return add_scaled(add_scaled(f, 1.0, cross(v, b)), -dot(f, b), omega)


@scalar
def anomalous_velocity(f, omega):
    """-f×Ω in Å/fs: the Hall motion that the Berry curvature Ω gives to a packet under a force."""
    return cross(omega, f)


@scalar
def chiral_part(v, omega):
    """-ṽ·Ω in Å³/fs; times b this is the velocity along B."""
    return -dot(v, omega)


@scalar
def equations_of_motion(v, omega, f, b):
    """(k̇, ṙ) in 1/(Å fs) and Å/fs from ṽ (Å/fs), Ω (Å²), f = qE/ħ (1/(Å fs)), b = qB/ħ (1/Å²)."""
    inverse = 1.0 / density_of_states_factor(dot(b, omega))
    # The anomalous velocity with its product the other way round: the last bit of stored paths hangs on it.
    across = add_scaled(v, -1.0, cross(f, omega))
    velocity = add_scaled(across, chiral_part(v, omega), b)
    return scale(inverse, force_on_packet(v, omega, f, b)), scale(inverse, velocity)


@scalar
def packet_velocity(geometry, lane, moment_field):
    """ṽ = (∂ε/∂k - ∂(m·B)/∂k)/ħ in Å/fs; moment_field is -(q/e) B, since the rows hold m of charge -e."""
    row = GRADIENT * W + lane
    slope = MOMENT_GRADIENT * W + lane
    b0, b1, b2 = moment_field
    vx = geometry[row] - fma(
        b0, geometry[slope], fma(b1, geometry[slope + 3 * W], b2 * geometry[slope + 6 * W])
    )
    row, slope = row + W, slope + W
    vy = geometry[row] - fma(
        b0, geometry[slope], fma(b1, geometry[slope + 3 * W], b2 * geometry[slope + 6 * W])
    )
    row, slope = row + W, slope + W
    vz = geometry[row] - fma(
        b0, geometry[slope], fma(b1, geometry[slope + 3 * W], b2 * geometry[slope + 6 * W])
    )
    return scale(INVERSE_HBAR, (vx, vy, vz))


@scalar
def three(block, place):
    """The numbers of one lane in three rows, of which the first stands at ``place`` (row times LANES plus lane)."""
    return block[place], block[place + W], block[place + 2 * W]


@scalar
def put_three(block, place, vector):
    """Write the numbers of one lane into three rows, as `three` reads them."""
    block[place] = vector[0]
    block[place + W] = vector[1]
    block[place + 2 * W] = vector[2]


@scalar
def with_shift(uniform, field, row, lane):
    """B here, as a multiple: that of the uniform field, and what it is more, in three rows of ``field`` from ``row`` on."""
    more = three(field, row * W + lane)
    return uniform[0] + more[0], uniform[1] + more[1], uniform[2] + more[2]


@scalar
def zeeman_energy(geometry, lane, moment_field):
    """-m·B in eV."""
    return -dot(three(geometry, MOMENT * W + lane), moment_field)


@scalar
def squared_mixing(band, rates, l):
    """|k̇·A_mn|²/(ε_m − ε_n)², summed over all other bands, 1/(eV fs)²: times ħ² the square of the interband mixing."""
    x, y, z = three(rates, l)
    square, skew = three(band, MIXING * W + l), three(band, (MIXING + 3) * W + l)
    return dot(square, (x * x, y * y, z * z)) + 2.0 * dot(skew, (y * z, x * z, x * y))


@scalar
def planar_motion(band, field, charge, b, moment_field, l, out):
    """The equations of motion where Ω, B ∥ z and E lies in the plane: the terms with f·b and ṽ·Ω vanish.

    The other products of the general form have one term each here, and D and the sums are fused: half of its time.
    """
    omega = band[CURVATURE_Z * W + l]
    inverse = 1.0 / fma(-b, omega, 1.0)
    fx, fy = charge * field[l], charge * field[W + l]
    vx = INVERSE_HBAR * fma(-moment_field, band[MOMENT_SLOPE_ZX * W + l], band[GRADIENT * W + l])
    vy = INVERSE_HBAR * fma(-moment_field, band[MOMENT_SLOPE_ZY * W + l], band[(GRADIENT + 1) * W + l])
    out[l] = inverse * fma(vy, b, fx)
    out[W + l] = inverse * fma(-vx, b, fy)
    out[3 * W + l] = inverse * fma(-fy, omega, vx)
    out[4 * W + l] = inverse * fma(fx, omega, vy)


@scalar
def spatial_motion(band, field, charge, b, moment_field, l, out):
    """The equations of motion with all terms."""
    f = scale(charge, three(field, l))
    v = packet_velocity(band, l, moment_field)
    k_rate, r_rate = equations_of_motion(v, three(band, CURVATURE * W + l), f, b)
    put_three(out, l, k_rate)
    put_three(out, 3 * W + l, r_rate)
