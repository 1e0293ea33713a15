"""How full a level is, as a function of x = (ε−μ)/k_BT, without loss of digits however far it is from μ.

The usual ½(1 − tanh x/2) takes the difference of two numbers near one: its error of 1e-16 is all that is left of f at
x = 37. Here only e^−|x| is formed, so f has full relative accuracy until it is below the smallest number (x = 708).
"""

import numpy as np
import numpy.typing as npt

__all__ = ["fermi", "surface_kernel"]

Float = npt.NDArray[np.float64]


def fermi(x: npt.ArrayLike) -> Float:
    """Occupation f = 1/(eˣ+1), of the shape of x."""
    small = np.exp(-np.abs(x))
    return np.asarray(np.where(np.greater(x, 0), small, 1.0) / (1.0 + small))


def surface_kernel(x: npt.ArrayLike) -> Float:
    """−df/dx = f(x) f(−x), which integrates to one; of the shape of x."""
    small = np.exp(-np.abs(x))
    return np.asarray(small / (1.0 + small) ** 2)
