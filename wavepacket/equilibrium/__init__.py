"""Intrinsic response and thermodynamics: integrals over the zone of all bands, as functions of μ and T.

One pass collects spectral weights at T = 0 (`tally`); every temperature follows from them by exact convolution.
"""

from wavepacket.equilibrium.respond import response
from wavepacket.equilibrium.result import ResponseResult

__all__ = ["ResponseResult", "response"]
