"""Functions of x = (ε−μ)/k_BT that thermal averages are made of."""

import numpy as np
import numpy.typing as npt

from wavepacket.fermi import fermi

__all__ = ["entropy_kernel", "grand_kernel"]

Float = npt.NDArray[np.float64]


def grand_kernel(x: Float) -> Float:
    """ln(1+e⁻ˣ), the integral of f from x on."""
    return np.log1p(np.exp(-np.abs(x))) + np.maximum(-x, 0.0)


def entropy_kernel(x: Float) -> Float:
    """Entropy of a level in units of k_B: x f + ln(1+e⁻ˣ)."""
    size = np.abs(x)
    return size * fermi(size) + np.log1p(np.exp(-size))
