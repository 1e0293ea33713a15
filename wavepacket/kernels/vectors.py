"""Three-vectors as tuples, for scalar functions."""

from wavepacket.kernels.elementary import fma
from wavepacket.kernels.jit.decorators import formula


@formula
def dot(a, b):
    return fma(a[0], b[0], fma(a[1], b[1], a[2] * b[2]))


@formula
def cross(a, b):
    return (fma(a[1], b[2], -a[2] * b[1]), fma(a[2], b[0], -a[0] * b[2]), fma(a[0], b[1], -a[1] * b[0]))


@formula
def scale(s, a):
    return s * a[0], s * a[1], s * a[2]


@formula
def add_scaled(a, s, b):
    """A + s b."""
    return fma(s, b[0], a[0]), fma(s, b[1], a[1]), fma(s, b[2], a[2])
