"""Formulas that several floors need, each written once: occupation, entropy, states in phase space, the Hall tensor.

docs/theory.md derives nothing but says what each is for, with every sign.

Those of temperature are functions of x = (ε−μ)/k_BT without loss of digits however far a level is from μ. The usual
½(1 − tanh x/2) takes the difference of two numbers near one: its error of 1e-16 is all that is left of f at x = 37. Here
only e^−|x| is formed, so f has full relative accuracy until it is below the smallest number (x = 708).
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float
from wavepacket.units import HBAR

__all__ = [
    "LEVI_CIVITA",
    "density_of_states_factor",
    "entropy_kernel",
    "fermi",
    "grand_kernel",
    "hall_tensor",
    "heat_kernel",
    "mott_kernel",
    "surface_kernel",
]


def _levi_civita() -> Float:
    tensor = np.zeros((3, 3, 3))
    for a, b, c in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        tensor[a, b, c], tensor[b, a, c] = 1.0, -1.0
    return tensor


LEVI_CIVITA: Final = _levi_civita()
"""ε_abc (3, 3, 3)."""


def fermi(x: npt.ArrayLike) -> Float:
    """Occupation f = 1/(eˣ+1), of the shape of x."""
    small = np.exp(-np.abs(x))
    return np.asarray(np.where(np.greater(x, 0), small, 1.0) / (1.0 + small))


def surface_kernel(x: npt.ArrayLike) -> Float:
    """−df/dx = f(x) f(−x), which integrates to one; of the shape of x."""
    small = np.exp(-np.abs(x))
    return np.asarray(small / (1.0 + small) ** 2)


def grand_kernel(x: Float) -> Float:
    """ln(1+e⁻ˣ), the integral of f from x on."""
    return np.log1p(np.exp(-np.abs(x))) + np.maximum(-x, 0.0)


def entropy_kernel(x: Float) -> Float:
    """Entropy of a level in units of k_B: x f + ln(1+e⁻ˣ)."""
    size = np.abs(x)
    return size * fermi(size) + np.log1p(np.exp(-size))


_SMALL = 1e-4  # e^−x below which the dilogarithm is its series


def heat_kernel(x: Float) -> Float:
    """∫ y² (−df/dy) dy from x on: x² f + 2x ln(1+e⁻ˣ) − 2 Li₂(−e⁻ˣ), which is π²/3 far below μ."""
    from scipy.special import spence  # heat alone needs it

    size = np.abs(x)
    small = np.exp(-size)
    series = small * (1.0 - small / 4.0 + small**2 / 9.0 - small**3 / 16.0)
    minus = np.where(small < _SMALL, series, -spence(1.0 + small))  # −Li₂(−e^−|x|)
    above = size**2 * fermi(size) + 2.0 * size * np.log1p(small) + 2.0 * minus
    return np.asarray(np.where(np.greater(x, 0), above, np.pi**2 / 3.0 - above))


def mott_kernel(x: Float) -> Float:
    """−d ln(−df/dx)/dx = 1 − 2f: what the weight of a state at the Fermi surface changes by with μ, times k_BT."""
    return fermi(-np.asarray(x)) - fermi(x)


def density_of_states_factor(flux: Any) -> Any:
    """D = 1 − b·Ω, b = (q/ħ)B: states of a wavepacket in phase space (D. Xiao, J. Shi and Q. Niu, PRL 95, 137204 (2005)).

    ``flux`` is b·Ω, a number or an array; compiled kernels evaluate this function, too.
    """
    return 1.0 - flux


def hall_tensor(curvature: Float, charge: float) -> Float:
    """−(q²/ħ) ε_abc ∫[dk] f Ω_c (..., 3, 3), internal unit, from ∫[dk] f Ω (..., 3)."""
    return np.asarray(-(charge**2) / HBAR * np.einsum("abc,...c->...ab", LEVI_CIVITA, curvature))
