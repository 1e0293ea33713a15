"""Right-hand sides of the analytic problems, each written once for every contender.

A factory takes the elementary functions (of floats, arrays, or symbols) and returns ``rates(t, state)``. The state is
scaled: (x/1000 Å, y/1000 Å[, z/1000 Å], k_x a, k_y a[, k_z a]). All derivatives are worked out by hand, zero terms
left out, so that no contender pays for a general lattice. Two bands H = t d·σ, lower band, electron (q = -e):

    ε = -t|d|,  Ω_c = (a²/2) T_c/|d|³,  m_c = -(e/2ħ) a² t T_c/|d|²,  T_c = d·(∂_a d × ∂_b d),  abc cyclic
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from wavepacket.units import E_OVER_HBAR, HBAR

LENGTH = 1000.0  # Å, the unit of positions in a scaled state

Rates = Callable[[Any, Sequence[Any]], tuple[Any, ...]]


class Functions(NamedTuple):
    """Elementary functions of one contender: sin x, cos x, x^(-1/2)."""

    sin: Callable[[Any], Any]
    cos: Callable[[Any], Any]
    inverse_root: Callable[[Any], Any]


class Planar(NamedTuple):
    """Numbers of the Qi–Wu–Zhang problem: t (eV), m, a (Å), E along x (V/Å), B along z (T)."""

    hopping: float
    mass: float
    lattice_constant: float
    electric: float
    magnetic: float


class Spatial(NamedTuple):
    """Numbers of the Weyl problem: t (eV), offset 2 + cos θ, a (Å), E₀ and E₁ (V/Å), ω (rad/fs), B (T)."""

    hopping: float
    offset: float
    lattice_constant: float
    static: tuple[float, float, float]
    oscillating: tuple[float, float, float]
    frequency: float
    magnetic: tuple[float, float, float]


def qi_wu_zhang(functions: Functions, numbers: Planar) -> Rates:
    """d = (sin p, sin q, m + cos p + cos q) with p = k_x a, q = k_y a."""
    sin, cos, inverse_root = functions
    t, m, a, electric, magnetic = numbers
    b, f = -E_OVER_HBAR * magnetic, -electric / HBAR
    area, zeeman = 0.5 * a * a, 0.5 * E_OVER_HBAR * a * a * t * magnetic
    speed = a / HBAR

    def rates(time, state):
        sp, cp, sq, cq = sin(state[2]), cos(state[2]), sin(state[3]), cos(state[3])
        dz, u, sp2, sq2 = m + cp + cq, cp * cq, sp * sp, sq * sq
        inverse = inverse_root(sp2 + sq2 + dz * dz)
        square = inverse * inverse
        triple = sp2 * cq + sq2 * cp + dz * u
        gp, gq = sp * (cp - dz), sq * (cq - dz)
        w = 2.0 * triple * square
        vx = speed * (zeeman * square * (sp * (u - sq2 - dz * cq) - w * gp) - t * inverse * gp)
        vy = speed * (zeeman * square * (sq * (u - sp2 - dz * cp) - w * gq) - t * inverse * gq)
        omega = area * triple * square * inverse
        factor = 1.0 / (1.0 - b * omega)
        length, phase = factor * (1.0 / LENGTH), factor * a
        return length * vx, length * (vy + f * omega), phase * (f + vy * b), phase * (-b * vx)

    return rates


def weyl_lattice(functions: Functions, numbers: Spatial) -> Rates:
    """d = (sin p, sin q, offset - cos p - cos q - cos s), all terms of the equations of motion, E = E₀ + E₁ cos ωt."""
    sin, cos, inverse_root = functions
    t, offset, a, (e0, e1, e2), (g0, g1, g2), frequency, (B0, B1, B2) = numbers
    b0, b1, b2 = -E_OVER_HBAR * B0, -E_OVER_HBAR * B1, -E_OVER_HBAR * B2
    charge, speed, area = -1.0 / HBAR, a / HBAR, 0.5 * a * a
    zeeman = 0.5 * E_OVER_HBAR * a * a * t
    z0, z1, z2 = zeeman * B0, zeeman * B1, zeeman * B2

    def rates(time, state):
        sp, cp, sq, cq = sin(state[3]), cos(state[3]), sin(state[4]), cos(state[4])
        ss, cs = sin(state[5]), cos(state[5])
        dz, u, sp2, sq2 = offset - cp - cq - cs, cp * cq, sp * sp, sq * sq
        inverse = inverse_root(sp2 + sq2 + dz * dz)
        square = inverse * inverse
        gp, gq, gs = sp * (cp + dz), sq * (cq + dz), ss * dz
        # T = (T_qs, T_sp, T_pq) and the slopes of B·T.
        tx, ty, tz = sp * cq * ss, sq * cp * ss, dz * u - sp2 * cq - sq2 * cp
        total = z0 * tx + z1 * ty + z2 * tz
        slope_p = z0 * (u * ss) - z1 * (sp * sq * ss) + z2 * (sp * (sq2 - u - dz * cq))
        slope_q = z1 * (u * ss) - z0 * (sp * sq * ss) + z2 * (sq * (sp2 - u - dz * cp))
        slope_s = z0 * (sp * cq * cs) + z1 * (sq * cp * cs) + z2 * (u * ss)
        w = 2.0 * total * square
        vx = speed * (square * (slope_p - w * gp) - t * inverse * gp)
        vy = speed * (square * (slope_q - w * gq) - t * inverse * gq)
        vz = speed * (square * (slope_s - w * gs) - t * inverse * gs)
        cube = area * square * inverse
        ox, oy, oz = cube * tx, cube * ty, cube * tz
        wave = cos(frequency * time)
        fx, fy, fz = charge * (e0 + g0 * wave), charge * (e1 + g1 * wave), charge * (e2 + g2 * wave)
        factor = 1.0 / (1.0 - (b0 * ox + b1 * oy + b2 * oz))
        chiral, pumping = vx * ox + vy * oy + vz * oz, fx * b0 + fy * b1 + fz * b2
        length, phase = factor * (1.0 / LENGTH), factor * a
        return (
            length * (vx - (fy * oz - fz * oy) - chiral * b0),
            length * (vy - (fz * ox - fx * oz) - chiral * b1),
            length * (vz - (fx * oy - fy * ox) - chiral * b2),
            phase * (fx + (vy * b2 - vz * b1) - pumping * ox),
            phase * (fy + (vz * b0 - vx * b2) - pumping * oy),
            phase * (fz + (vx * b1 - vy * b0) - pumping * oz),
        )

    return rates
