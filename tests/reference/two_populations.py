"""Collisions between populations at one energy, by quadratures over it: movers along a chain, and two pockets of a layer."""

from itertools import pairwise

import numpy as np
from scipy.integrate import quad

from wavepacket.units import BOLTZMANN, HBAR


def movers(hopping, size, mu, kelvin, time, *, frequency=0.0, order=0):
    """Σ over energies of 2 v/(2πħ) (𝓔 − μ)ⁿ/(2/τ(𝓔) − iω) of a chain ε = −2t cos ka, e = 1.

    Right- and left-movers have 1/(2πħv) states per energy each, and (dn/dt)_R = v_R E − (n_R − n_L)/τ whatever happens
    within each: the sum of Γ, 1/τ within and the packets that come back drops out. 1/τ(𝓔) is that of the mean over
    −∂f/∂𝓔, times the states at 𝓔 over their mean.
    """
    heat = BOLTZMANN * kelvin
    angle = (np.arange(100_000) + 0.5) * np.pi / 100_000
    energy, velocity = -2 * hopping * np.cos(angle), 2 * hopping * size * np.sin(angle) / HBAR
    weight = (
        2 * hopping * np.sin(angle) * np.pi / len(angle) / (4 * heat * np.cosh((energy - mu) / 2 / heat) ** 2)
    )
    states = 1 / (2 * np.pi * HBAR * velocity)
    rate = states / (weight @ states) / time
    return weight @ ((energy - mu) ** order * velocity / (np.pi * HBAR) / (2 * rate - 1j * frequency))


def pockets(masses, edges, signs, within, between, *, kelvin, turning=0.0, order=0):
    """Σ over energies of [xx, xy] of two parabolic pockets of a layer about μ = 0, e = 1, in Å² eV fs units of ħ²/2π.

    Parameters
    ----------
    masses : of both; signs : 1 for electrons, whose states begin at their edge, −1 for holes, whose states end there
    within : τ of each alone; between : time from the first to the second one at the mean of its states over −∂f/∂𝓔
    turning : charge times B of electrons, so that ω = turning/mass
    """
    heat = BOLTZMANN * kelvin

    def there(i, energy):
        return signs[i] * (energy - edges[i]) > 0

    def slope(energy):
        return 1 / (4 * heat * np.cosh(energy / 2 / heat) ** 2)

    far = 40 * heat
    ends = sorted({-far, 0.0, far, *edges})
    pieces = list(pairwise(ends))

    def integral(function):
        return sum(quad(function, low, high, epsabs=0, epsrel=1e-11)[0] for low, high in pieces)

    means = [masses[i] * integral(lambda e, i=i: slope(e) * there(i, e)) for i in (0, 1)]
    exchanged = 1.0 / (between * means[1])  # the same both ways

    def part(i, along):
        def at(energy):
            if not there(i, energy):
                return 0.0
            other = 1 - i
            time = 1 / (1 / within + exchanged * masses[other] * there(other, energy))
            turn = -signs[i] * turning * time / masses[i]
            kinetic = abs(energy - edges[i])
            return (
                slope(energy) * energy**order * kinetic * time / (1 + turn**2) * (turn if not along else 1.0)
            )

        return integral(at)

    return np.array([sum(part(i, along) for i in (0, 1)) for along in (True, False)])
