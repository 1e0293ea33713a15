"""Functions of a Hermitian matrix times a vector by Chebyshev's recurrence.

Time evolution: H. Tal-Ezer and R. Kosloff, J. Chem. Phys. 81, 3967 (1984).
"""

from collections.abc import Callable

import numpy as np

from wavepacket.arrays import Complex, Float

Apply = Callable[[Complex], Complex]


def apply_series(apply: Apply, bounds: tuple[float, float], coefficients: Complex, state: Complex) -> Complex:
    """Return Σ_n c_n T_n((H − middle)/half) times a state, for a spectrum within ``bounds`` = middle ∓ half."""
    low, high = bounds
    middle, inverse = 0.5 * (low + high), 2.0 / (high - low)
    before, now = state, inverse * (apply(state) - middle * state)
    result: Complex = coefficients[0] * before + coefficients[1] * now
    for coefficient in coefficients[2:]:
        later = apply(now)
        later -= middle * now
        later *= 2.0 * inverse
        later -= before
        before, now = now, later
        result += coefficient * now
    return result


def exponential_series(bounds: tuple[float, float], angle_per_energy: float, tolerance: float) -> Complex:
    """Coefficients of exp(−i x H), x in 1/eV, to a remainder below ``tolerance``."""
    from scipy.special import jv  # a tenth of a second to import

    low, high = bounds
    reach = abs(0.5 * (high - low) * angle_per_energy)
    # Beyond n = reach the Bessel functions fall as exp(−(n/reach^(1/3))^(3/2)) and faster.
    order = np.arange(int(reach + 20.0 * (1.0 + reach ** (1 / 3)) + 10))
    bessel = jv(order, reach)
    needed = np.flatnonzero(np.abs(bessel) > 0.1 * tolerance)
    order, bessel = order[: needed[-1] + 2], bessel[: needed[-1] + 2]
    sign = -1j if angle_per_energy >= 0 else 1j
    coefficients = np.where(order == 0, 1.0, 2.0) * sign**order * bessel
    return np.asarray(coefficients * np.exp(-0.5j * (low + high) * angle_per_energy))


def function_series(
    function: Callable[[Float], Float], bounds: tuple[float, float], tolerance: float, most: int = 20_000
) -> Complex:
    """Coefficients of a smooth real function of the energy, to a remainder of about ``tolerance``."""
    from scipy.fft import dct

    low, high = bounds
    count = 64
    while True:
        nodes = np.cos(np.pi * (np.arange(count) + 0.5) / count)
        values = function(0.5 * (low + high) + 0.5 * (high - low) * nodes)
        coefficients: Float = dct(values, type=2) / count
        coefficients[0] *= 0.5
        if np.abs(coefficients[-count // 8 :]).max() < tolerance or count >= most:
            needed = np.flatnonzero(np.abs(coefficients) > tolerance)
            return coefficients[: max(2, needed[-1] + 1 if len(needed) else 2)].astype(np.complex128)
        count *= 2
