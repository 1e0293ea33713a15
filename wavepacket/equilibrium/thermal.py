"""Functions of x = (ε−μ)/k_BT that thermal averages are made of."""

import numpy as np
import numpy.typing as npt

__all__ = ["entropy_kernel", "fermi", "grand_kernel", "surface_kernel"]

Float = npt.NDArray[np.float64]


def fermi(x: Float) -> Float:
    """Occupation f = 1/(eˣ+1)."""
    small = np.exp(-np.abs(x))
    return np.where(x > 0, small, 1.0) / (1.0 + small)


def surface_kernel(x: Float) -> Float:
    """−df/dx, which integrates to one."""
    small = np.exp(-np.abs(x))
    return small / (1.0 + small) ** 2


def grand_kernel(x: Float) -> Float:
    """ln(1+e⁻ˣ), the integral of f from x on."""
    return np.log1p(np.exp(-np.abs(x))) + np.maximum(-x, 0.0)


def entropy_kernel(x: Float) -> Float:
    """Entropy of a level in units of k_B: x f + ln(1+e⁻ˣ)."""
    size = np.abs(x)
    return size * fermi(size) + np.log1p(np.exp(-size))
