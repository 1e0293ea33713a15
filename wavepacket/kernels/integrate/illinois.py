"""Zero of a function between two places where it has unlike signs: regula falsi, Illinois variant.

An end that stays for the second time in a row counts with half its value, so that the other one moves too.
M. Dowell and P. Jarratt, BIT 11, 168 (1971).
"""

from wavepacket.kernels.jit.decorators import scalar


@scalar
def between(ends):
    """Where a straight line through both ends is zero; ends: low, high, the values there, and which stayed last."""
    low, high, a, b, _ = ends
    u = (low * b - high * a) / (b - a)
    return u if low < u < high else 0.5 * (low + high)


@scalar
def narrowed(ends, u, value):
    """The ends after the function has been found to have a value that is not zero at u between them."""
    low, high, a, b, stayed = ends
    if value * b > 0.0:
        return low, u, 0.5 * a if stayed == 1 else a, value, 1
    return u, high, value, 0.5 * b if stayed == -1 else b, -1
